"""A segment takes several records at once, all or none."""

from datetime import UTC, datetime
from pathlib import Path

from localguard.audit.chain import check
from localguard.audit.sealing import encoded
from localguard.audit.segment import Segment
from tests.audit.makers import MOMENT, lines_of, records_of

NOW = datetime.fromtimestamp(MOMENT, UTC)
BODIES = [encoded({"kind": "intent", "call": f"7f3a-{number}"}) for number in range(4)]


def test_records_written_at_once_are_a_chain_like_any_other(tmp_path: Path) -> None:
    """Promise: how many were written at once cannot be seen in the log."""
    segment = Segment.begin(str(tmp_path), NOW, "7f3a")
    assert segment.append_all(BODIES[:2]) == 0
    assert segment.append(BODIES[2]) == 2
    assert segment.append_all(BODIES[3:]) == 3
    assert segment.breakage() is None
    segment.close()
    assert check(lines_of(segment.path)) == []
    assert [record["call"] for record in records_of(segment.path)] == [
        f"7f3a-{number}" for number in range(4)
    ]


def test_the_first_record_alone_names_the_segment_and_its_links(tmp_path: Path) -> None:
    """Promise: a segment that is renamed or put in another's place is found out."""
    first = Segment.begin(str(tmp_path), NOW, "7f3a")
    first.append_all(BODIES[:2])
    other = Segment.begin(str(tmp_path), NOW, "9c1b")
    other.append(BODIES[2])
    second = Segment.begin(str(tmp_path), NOW, "7f3a", prior=first)
    second.append(BODIES[3])
    opening = records_of(second.path)[0]
    assert opening["segment"] == second.name == "2026-11-24/212000-7f3a.2"
    assert opening["prior"] == {"segment": first.name, "seq": 1, "hash": first.digest}
    assert opening["after"] == {"segment": other.name, "seq": 0, "hash": other.digest}
    assert "segment" not in records_of(first.path)[1]
    for segment in (first, other, second):
        segment.close()
