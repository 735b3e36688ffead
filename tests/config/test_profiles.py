"""The profiles that come with localguard are valid."""

from pathlib import Path

import pytest

from localguard.config.build import read_profile
from tests.config.makers import places_in, put

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "profiles").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_profile_is_valid_and_uses_nothing_of_later_versions(
    tmp_path: Path, path: Path
) -> None:
    """Promise: copied as it is, it works, and its own tests pass."""
    where = places_in(tmp_path)
    put(where, path.stem, path.read_bytes())
    profile = read_profile(where, path.stem)
    assert profile.tests
    assert not profile.lacking
    assert not any(table.lacking for table in profile.servers.values())
    assert not any(rule.lacking for rule in profile.rules)
