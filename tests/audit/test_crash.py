"""A log may end at any byte: what is whole counts, and the next guard goes on."""

import os
import shutil
from pathlib import Path

from localguard.audit.folders import segments
from localguard.audit.reader import read
from localguard.audit.sources import sources
from localguard.audit.verify import Verification
from tests.audit.makers import (
    MOMENT,
    SIGNER,
    STARTED,
    Clock,
    decided,
    journal,
    lines_of,
    outcome,
    records_of,
)


def test_a_log_that_ends_at_any_byte_is_read_continued_and_checked(tmp_path: Path) -> None:
    """Promise: a power cut costs what was not written, and nothing that was."""
    before = tmp_path / "before"
    log = journal(before, signed=True)
    log.write(STARTED)
    for number in range(2):
        log.write(decided(f"7f3a-{number}"))
        log.write(outcome(f"7f3a-{number}"))
    (path,) = segments(str(before))
    lines = lines_of(path)
    size = os.path.getsize(path)
    whole_from = size - len(lines[-1]) - len(lines[-2])
    for end in range(whole_from, size + 1):
        folder = tmp_path / "after"
        shutil.copytree(before, folder)
        os.truncate(segments(str(folder))[0], end)
        after_the_crash(folder, whole=3 + (end >= size - len(lines[-1])) + (end == size), end=end)
        shutil.rmtree(folder)
    log.close()


def after_the_crash(folder: Path, *, whole: int, end: int) -> None:
    (path,) = segments(str(folder))
    kept = lines_of(path)
    torn = len(kept) > whole
    entries = list(read(str(folder)))
    assert [entry.flaw for entry in entries] == [None] * whole + ["torn"] * torn, end
    following = journal(folder, Clock(MOMENT + 60), "9c1b", signed=True)
    following.write(STARTED)
    assert following._segments.current is not None
    following._segments.current.close()
    assert lines_of(path) == kept
    after = records_of(segments(str(folder))[1])[0]["after"]
    assert (after["segment"], after["seq"]) == ("2026-11-24/212000-7f3a", whole - 1)
    check = Verification(sources(str(folder)), signer=SIGNER)
    found = [one.kind for one in check.findings()]
    assert ("torn" in found) == torn, end
    assert "open-end" in found
    assert ("unknown-outcome" in found) == (whole == 4)
    assert set(found) <= {"torn", "open-end", "unknown-outcome", "unprotected"}
