"""Who signs in before any profile was chosen."""

from pathlib import Path

from localguard.cli.choosing import key_of, people_key_of
from localguard.cli.signed_in import followed
from localguard.config.choice import is_first, read_choice
from localguard.policy.people import SignIn
from localguard.policy.rules import Origin
from tests.config.makers import places_in

ASKED = SignIn("https://login.example.com", "localguard", Origin("work.toml", 3))


def test_a_sign_in_is_no_choice(tmp_path: Path) -> None:
    """Promise: `localguard login --profile P` first, then a client: it is still a first use.

    The key of choices is a sign that there was one, so sign-ins are sealed by another.
    """
    where = places_in(tmp_path)
    people_key_of(where)()
    followed(where).person(ASKED)
    assert is_first(where)
    assert read_choice(where, key_of(where)).profile is None
