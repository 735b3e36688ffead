"""What a switch tells of the guards that run."""

from dataclasses import replace

from localguard.cli.switched import lines
from localguard.console.hub import Held, Picture
from tests.console.stage import GUARD, request


def test_nobody_is_told_of_guards_that_are_not_there() -> None:
    """A switch on a machine at rest."""
    assert lines(Picture()) == []


def test_what_waits_is_named_and_who_does_not_follow_is_counted() -> None:
    """Promise: held calls that a switch withdraws are shown before it happens."""
    fixed = replace(GUARD, id="fixed", fixed=True)
    held = [Held(GUARD.id, request(f"7f3a-{n}"), n, 0.0) for n in range(7)]
    other = Held("fixed", request("7f3a-9"), 9, 0.0)
    told = lines(Picture(guards=(GUARD, fixed), held=(*held, other)))
    assert told[0] == "  guards    1 follow at once"
    assert "1 hold on to a profile of their own" in told[1]
    assert told[2].startswith("  waiting   7 calls withdrawn: github/create_issue, ")
    assert told[2].endswith(" and 2 more")
