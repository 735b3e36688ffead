"""Answers that hold for a while, as the files of all guards have them: listed, and taken back."""

from datetime import datetime
from pathlib import Path

import pytest

from localguard.approvals.answers import answer_of, leave_of, remembered, storm_of
from localguard.approvals.leaves import Leaves
from localguard.approvals.requests import Answered
from localguard.console.rules.kept import KeptAnswers
from localguard.policy.conditions import Argument, Condition
from localguard.telling.passing import passing
from tests.approvals.makers import ANN, EPOCH, call_of, matter_of

MATTER = matter_of(call_of(to="ann"))


def leaves_in(folder: Path, session: str | None, serial: str = "work/1") -> Leaves:
    """The leaves of one process over a folder."""
    return Leaves(
        str(folder / "leaves"),
        key=lambda: b"k" * 32,
        now=lambda: EPOCH,
        serial=lambda: serial,
        session=session,
        notice=lambda _: None,
    )


def test_the_answers_of_every_client_are_listed_and_end(tmp_path: Path) -> None:
    """A person looks after all guards."""
    one, other = leaves_in(tmp_path, "boot/1/1"), leaves_in(tmp_path, "boot/2/2")
    one.remember(remembered("a-1", MATTER, Answered(True, ANN, "session"), EPOCH))
    other.remember(storm_of("a-2", MATTER, ANN, EPOCH))
    kept = KeptAnswers(lambda: leaves_in(tmp_path, None))
    assert {(found.id, found.allows) for found in kept.listed()} == {("a-1", True), ("a-2", False)}
    assert kept.remove("a-2") is True
    assert kept.remove("a-2") is False
    assert other.answers() == ()
    assert len(one.answers()) == 1


def test_what_was_answered_under_another_profile_is_not_listed(tmp_path: Path) -> None:
    """It holds for nobody."""
    leaves_in(tmp_path, "boot/1/1").give(leave_of("a-1", MATTER, ANN, EPOCH))
    assert KeptAnswers(lambda: leaves_in(tmp_path, None, "home/2")).listed() == []
    assert len(KeptAnswers(lambda: leaves_in(tmp_path, None)).listed()) == 1


WHEN: dict[str, tuple[Condition, ...] | None] = {
    " with exactly the arguments of a-1": None,
    ", whatever its arguments": (),
    " with to as in a-1": (Argument(("to",), ()),),
    " with a, b, c, d and 2 more as in a-1": tuple(Argument((name,), ()) for name in "abcdef"),
}


@pytest.mark.parametrize("said", WHEN)
def test_an_answer_says_what_it_covers(said: str) -> None:
    """In words, with the request that shows the rest."""
    found = passing(
        remembered("a-1", MATTER, Answered(True, ANN, "session", when=WHEN[said]), EPOCH)
    )
    assert found.text.startswith(f"{MATTER.call.target}{said}, for ")
    assert found.text.endswith(", while that client runs")
    assert found.until is None


def test_leave_and_minutes_have_an_end() -> None:
    """The time that is left is shown by it."""
    for kept in (
        leave_of("a-1", MATTER, ANN, EPOCH),
        remembered("a-1", MATTER, Answered(True, ANN, "minutes"), EPOCH),
    ):
        until = passing(kept).until
        assert isinstance(until, datetime)
        assert until.timestamp() == EPOCH + 900
    assert answer_of(MATTER, Answered(True, ANN, "switch"), EPOCH).until is None
    switch = passing(remembered("a-1", MATTER, Answered(True, ANN, "switch"), EPOCH))
    assert switch.text.endswith(", until the profile is switched")
