"""A check reads the segments of a folder line by line, whatever they are by then."""

from pathlib import Path

import pytest

from localguard.audit.folders import segments
from localguard.audit.sources import MOST_BYTES, sources
from localguard.audit.verify import Verification
from localguard.errors import AuditFault
from tests.audit.makers import STARTED, journal


def test_a_segment_is_living_while_its_guard_writes(tmp_path: Path) -> None:
    """Promise: a check knows whose end is still to come."""
    log = journal(tmp_path)
    log.write(STARTED)
    assert [source.living for source in sources(str(tmp_path))] == [True]
    log.close()
    assert [source.living for source in sources(str(tmp_path))] == [False]


def test_a_segment_that_vanishes_has_no_lines(tmp_path: Path) -> None:
    """Promise: retention by another guard does not break a check."""
    log = journal(tmp_path)
    log.write(STARTED)
    log.close()
    (source,) = sources(str(tmp_path))
    Path(source.path).unlink()
    assert list(source.lines()) == []


def test_a_segment_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    """Promise: what cannot be read is not clean."""
    (tmp_path / "2026-11-24" / "212000-7f3a.jsonl").mkdir(parents=True)
    with pytest.raises(AuditFault, match="cannot be read"):
        list(Verification(sources(str(tmp_path))).findings())


def test_a_line_without_an_end_is_read_in_pieces(tmp_path: Path) -> None:
    """Attack: gigabytes without a newline, to exhaust who checks the log."""
    log = journal(tmp_path)
    log.write(STARTED)
    log.close()
    with Path(segments(str(tmp_path))[0]).open("ab") as file:
        file.write(b"x" * (2 * MOST_BYTES))
    found = [one.kind for one in Verification(sources(str(tmp_path))).findings()]
    assert found.count("torn") == 2
