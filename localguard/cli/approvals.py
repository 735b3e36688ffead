"""`approvals list|show|watch|allow|deny`: the queue without a screen.

The same guards, the same peer rules as in the console, and never for a destructive call, nor for
one that lines do not show whole: whoever answers one sees it on a whole screen first.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import NamedTuple, Never, TextIO

import anyio
import anyio.to_thread

from localguard.cli.exits import Exit
from localguard.cli.output import LINE, print_json, print_lines
from localguard.console.hub import Closed, Held, Hub, Picture
from localguard.console.queue.cautions import unseen
from localguard.control.messages import Decided, Refused, Reply, RequestView, Scope
from localguard.errors import UsageFault
from localguard.telling.counts import count
from localguard.telling.requests import closed_line, request_line, request_lines

Confirm = Callable[[str], bool]
"""Asks the person a question on the terminal; True for yes."""


async def list_(hub: Hub, *, as_json: bool, out: TextIO) -> Exit:
    """Print every request that is open, the oldest first."""
    picture = hub.picture()
    if as_json:
        print_json(out, _fields(picture))
        return Exit.OK
    print_lines(out, (request_line(held.view) for held in picture.held))
    guards = count(len(picture.guards), "guard")
    if not picture.held:
        print_lines(out, [f"Nothing waits for an answer ({guards})."])
    print_lines(out, picture.troubles)
    return Exit.OK


async def show(hub: Hub, id_: str, *, as_json: bool, out: TextIO) -> Exit:
    """Print one request, open or closed."""
    picture = hub.picture()
    held = _find(picture, id_)
    if held is None:
        return _gone(picture, id_, as_json=as_json, out=out)
    if as_json:
        print_json(out, {"guard": held.guard, "request": asdict(held.view)})
    else:
        print_lines(out, request_lines(held.view))
        print_lines(out, ["", _ways(held)])
    return Exit.OK


async def watch(hub: Hub, *, as_json: bool, out: TextIO) -> Never:
    """Print each request as it comes and as it ends, until interrupted."""
    seen: set[tuple[str, str]] = set()
    told: set[tuple[str, str]] = set()
    while True:
        picture = hub.picture()
        for held in picture.held:
            if (key := (held.guard, held.view.id)) not in seen:
                seen.add(key)
                _tell_open(held, as_json=as_json, out=out)
        for closed in picture.closed:
            key = closed.guard, closed.view.id
            if key in seen and key not in told:
                told.add(key)
                _tell_closed(closed, as_json=as_json, out=out)
        out.flush()
        await hub.changed()


class Given(NamedTuple):
    """What a person answers."""

    allow: bool
    scope: Scope = "once"
    reason: str | None = None


def scope_of(word: str) -> Scope:
    """The scope that a word names."""
    scopes: dict[str, Scope] = {"minutes": "minutes", "session": "session", "switch": "switch"}
    return scopes.get(word, "once")


def never(_: str) -> bool:
    """A program that wants JSON is not asked, and allows nothing."""
    return False


async def answer(
    hub: Hub, id_: str, given: Given, *, confirm: Confirm, as_json: bool, out: TextIO
) -> Exit:
    """Answer one request; what is allowed is shown before, and asked about once more."""
    picture = hub.picture()
    held = _find(picture, id_)
    if held is None:
        return _gone(picture, id_, as_json=as_json, out=out)
    if given.allow and (code := await _shown(held, confirm, out)) is not None:
        return code
    reply = await hub.decide(
        held, allow=given.allow, scope=given.scope, reason=given.reason, surface="line"
    )
    return _told(reply, as_json=as_json, out=out)


async def _shown(held: Held, confirm: Confirm, out: TextIO) -> Exit | None:
    """Show what is to be allowed; how to exit where it is not."""
    told = list(request_lines(held.view))
    if (why := _unfit(held.view, told)) is not None:
        print_lines(out, [f"{held.view.id} {why}; answer it in the console: localguard"])
        return Exit.DENIED
    print_lines(out, told)
    out.flush()
    if await anyio.to_thread.run_sync(confirm, "Allow this call?"):
        return None
    print_lines(out, ["Nothing was answered."])
    return Exit.HELD


def _unfit(view: RequestView, told: Sequence[str]) -> str | None:
    """Why a request is allowed on a whole screen alone; None where lines will do."""
    if view.risk:
        return f"is {view.risk.upper()}"
    if not view.whole or any(len(line) > LINE for line in told):
        return "is too long to be shown whole in lines"
    return "hides something" if unseen(view) else None


def _told(reply: Reply, *, as_json: bool, out: TextIO) -> Exit:
    if isinstance(reply, Decided):
        words, code = reply.how, Exit.OK
    else:
        words, code = reply.why, Exit.DENIED if isinstance(reply, Refused) else Exit.FAILURE
    if as_json:
        print_json(out, {"request": reply.id, "taken": code == Exit.OK, "words": words})
    else:
        print_lines(out, [f"{reply.id}: {words}"])
    return code


def _find(picture: Picture, id_: str) -> Held | None:
    found = [held for held in picture.held if held.view.id == id_]
    return found[0] if found else None


def _gone(picture: Picture, id_: str, *, as_json: bool, out: TextIO) -> Exit:
    closed = [one.view for one in picture.closed if one.view.id == id_]
    if not closed:
        fix = "localguard approvals list"
        raise UsageFault(f'no running guard has a request "{id_}"', fix=fix)
    if as_json:
        print_json(out, {"closed": asdict(closed[-1])})
    else:
        print_lines(out, [closed_line(closed[-1])])
    return Exit.FAILURE


def _ways(held: Held) -> str:
    if _unfit(held.view, list(request_lines(held.view))) is not None:
        return "Answer it in the console: localguard"
    return f"localguard approvals allow {held.view.id}, or deny {held.view.id}, or in the console"


def _tell_open(held: Held, *, as_json: bool, out: TextIO) -> None:
    if as_json:
        print_json(out, {"event": "request", "guard": held.guard, "request": asdict(held.view)})
    else:
        print_lines(out, [request_line(held.view)])


def _tell_closed(closed: Closed, *, as_json: bool, out: TextIO) -> None:
    if as_json:
        print_json(out, {"event": "closed", "guard": closed.guard, "closed": asdict(closed.view)})
    else:
        print_lines(out, [closed_line(closed.view)])


def _fields(picture: Picture) -> dict[str, object]:
    return {
        "requests": [{"guard": held.guard, **asdict(held.view)} for held in picture.held],
        "closed": [{"guard": one.guard, **asdict(one.view)} for one in picture.closed],
        "grants": [asdict(grant) for grant in picture.grants],
        "guards": [asdict(guard) for guard in picture.guards],
        "troubles": list(picture.troubles),
    }
