"""A segment refuses what is not JSON without harm to what is in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.audit.chain import check
from localguard.audit.segment import Segment
from localguard.errors import AuditFault
from tests.audit.makers import MOMENT, lines_of


@pytest.mark.parametrize("value", [object(), float("inf")], ids=["no JSON", "no number"])
def test_a_body_without_a_json_form_is_a_fault(tmp_path: Path, value: object) -> None:
    """Promise: what cannot be recorded is refused, and nothing of it reaches the file."""
    now = datetime.fromtimestamp(MOMENT, UTC)
    segment = Segment.begin(str(tmp_path), now, "7f3a")
    with pytest.raises(AuditFault, match="a start record has no JSON form"):
        segment.append("start", {"kind": "start", "server": value})
    assert segment.breakage() is None
    assert segment.append("start", {"kind": "start"}) == 0
    assert check(lines_of(segment.path)) == []
    segment.close()


def test_a_body_that_is_too_deep_is_a_fault(tmp_path: Path) -> None:
    """Attack: nesting that exhausts the stack of the encoder."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    segment = Segment.begin(str(tmp_path), datetime.fromtimestamp(MOMENT, UTC), "7f3a")
    with pytest.raises(AuditFault, match="RecursionError"):
        segment.append("intent", {"kind": "intent", "facts": deep})
    segment.close()
