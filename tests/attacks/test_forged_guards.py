"""A program of the same user that plays a guard: what it says must not harm whoever listens."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest

from localguard.cli.approvals import Given, answer, show
from localguard.cli.attached import attached
from localguard.cli.exits import Exit
from localguard.config.paths import places
from localguard.console.guards import Guards
from localguard.console.hub import Held, Picture
from localguard.control.messages import (
    Decided,
    GrantView,
    Match,
    Reply,
    RequestView,
    Scope,
    Surface,
)
from localguard.control.wire import read, wire
from localguard.errors import UsageFault
from tests.control.board import FakeBoard, closed_view, guard_view, request_view
from tests.control.stage import serving


@dataclass
class OneHub:
    """A hub that holds one request, and takes down what is answered."""

    view: RequestView
    given: list[bool] = field(default_factory=list)

    def picture(self) -> Picture:
        return Picture(held=(Held("7f3a9c", self.view, 1, 0.0),))

    async def changed(self) -> None:
        await anyio.sleep_forever()

    async def decide(
        self,
        held: Held,
        *,
        allow: bool,
        scope: Scope = "once",
        match: Match = "exact",
        kept: Sequence[str] = (),
        reason: str | None = None,
        arguments: str | None = None,
        receipt: str | None = None,
        surface: Surface = "console",
    ) -> Reply:
        del scope, match, kept, reason, arguments, receipt, surface
        self.given.append(allow)
        return Decided(ask=1, id=held.view.id, how="done")

    async def stop(self, held: Held) -> Reply:
        return Decided(ask=1, id=held.view.id, how="stopped")


@pytest.mark.parametrize("seconds", [-1.0, 1e12, 1e300])
def test_a_moment_that_no_calendar_has_is_not_heard(seconds: float) -> None:
    """Attack: a date that cannot be shown ends whoever shows it."""
    for view in (
        replace(request_view(), until=seconds),
        replace(request_view(), left=seconds),
        replace(closed_view(), at=seconds),
        replace(guard_view(), started=seconds),
        GrantView(id="a-1", target="a/b", client=None, until=seconds),
    ):
        assert read(wire(view)) is None


async def test_such_a_request_is_not_there_and_others_are(tmp_path: Path) -> None:
    """Attack: one impossible word among others, to a real console."""
    run = tmp_path / "run"
    board = FakeBoard()
    board.requests["a"] = replace(request_view("7f3a9c-1"), until=1e300)
    board.requests["b"] = request_view("7f3a9c-2")
    async with serving(run, board), anyio.create_task_group() as group:
        guards = Guards(str(run))
        await group.start(guards.run)
        assert [held.view.id for held in guards.picture().held] == ["7f3a9c-2"]
        group.cancel_scope.cancel()


def test_a_request_that_nobody_holds_is_told_in_words(tmp_path: Path) -> None:
    """Promise: an id that is none gives the way out, and no trace of the program."""
    where = places({"HOME": str(tmp_path), "LOCALGUARD_HOME": str(tmp_path)})
    with pytest.raises(UsageFault, match='no running guard has a request "a-1"'):
        attached(where, lambda hub: show(hub, "a-1", as_json=False, out=io.StringIO()))


@pytest.mark.parametrize(
    ("view", "why"),
    [
        (request_view(arguments='{"path":"a\\u202etxt.exe"}'), "hides something"),
        (request_view(arguments='{"text":"%s"}' % ("x" * 600)), "too long to be shown whole"),
        (replace(request_view(arguments="{"), whole=False, size=300_000), "too long"),
        (replace(request_view(), risk="destructive"), "is DESTRUCTIVE"),
    ],
)
async def test_what_lines_do_not_show_whole_is_allowed_on_a_screen_alone(
    view: RequestView, why: str
) -> None:
    """Attack: the end of a command hidden in the middle of a long one, for a quick y."""
    hub, out = OneHub(view), io.StringIO()
    code = await answer(hub, view.id, Given(True), confirm=lambda _: True, as_json=False, out=out)
    assert code == Exit.DENIED
    assert why in out.getvalue()
    assert "answer it in the console: localguard" in out.getvalue()
    assert hub.given == []
    code = await answer(hub, view.id, Given(False), confirm=lambda _: True, as_json=False, out=out)
    assert (code, hub.given) == (Exit.OK, [False])


async def test_what_lines_show_whole_is_allowed_there() -> None:
    hub, out = OneHub(request_view(arguments='{"path":"a.txt"}')), io.StringIO()
    given = Given(True)
    code = await answer(hub, "7f3a9c-1", given, confirm=lambda _: True, as_json=False, out=out)
    assert (code, hub.given) == (Exit.OK, [True])
    assert 'path = "a.txt"' in out.getvalue()
