"""Old segments go while a guard works."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.audit.checkpoints import Signer
from localguard.audit.journal import Journal
from localguard.audit.reader import read
from localguard.audit.records import Stop
from localguard.audit.settings import Settings
from localguard.errors import ProfileFault
from localguard.relay.tidying import tidy

DAY = 86_400.0


def signer() -> Signer:
    return Signer(b"k" * 32, "unprotected")


def journal(folder: Path, age: float, instance: str) -> Journal:
    """A guard of so many days ago, with one record."""
    then: Callable[[], float] = lambda: time.time() - age * DAY  # noqa: E731
    opened = Journal(
        str(folder), clock=then, monotonic=time.monotonic, instance=instance, signer=signer
    )
    opened.write(Stop(reason="test", exit_code=0))
    return opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A log with a segment of last year."""
    journal(tmp_path / "audit", 400, "old").close()
    return tmp_path / "audit"


def old_ones(folder: Path) -> list[Path]:
    return list(folder.glob("*/*old*"))


async def test_what_is_old_goes_and_leaves_a_signed_note(folder: Path) -> None:
    """Promise: retention deletes whole segments, and says in the log that it did."""
    now = journal(folder, 0, "new")
    await tidy(now, str(folder), Settings(keep_days=90), signer, patience=0)
    now.close()
    kinds = [entry.record["kind"] for entry in read(str(folder))]
    assert "retention" in kinds
    assert kinds.count("stop") == 1
    assert old_ones(folder) == []


async def test_what_cannot_be_signed_stays(folder: Path) -> None:
    """Promise: nothing is removed that is not recorded."""

    def faulty() -> Signer:
        raise ProfileFault("the key is broken")

    now = journal(folder, 0, "new")
    await tidy(now, str(folder), Settings(keep_days=90), faulty, patience=0)
    now.close()
    assert len(old_ones(folder)) == 1


async def test_a_log_that_is_young_is_left_alone(folder: Path) -> None:
    """Promise: what is to be kept is kept."""
    now = journal(folder, 0, "new")
    await tidy(now, str(folder), Settings(keep_days=1000), signer, patience=0)
    now.close()
    assert len(old_ones(folder)) == 1
