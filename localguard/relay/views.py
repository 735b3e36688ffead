"""What a console is shown of the requests at the desk: values made of values.

Nothing is made safe here, since what is unsafe is what a person has to see; whoever draws it does.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from localguard.approvals.kept import Leave
from localguard.approvals.requests import Finished, Pending
from localguard.control.messages import ClosedView, GrantView, RequestView
from localguard.policy.calls import Arguments, Kind, item_of
from localguard.policy.pins import Definition
from localguard.relay.frames import emit

ROOM: Final = 200 * 1024
"""Bytes of arguments that are shown whole."""
DEFINITION: Final = 64 * 1024
"""Bytes of a definition that are shown."""

Told = Callable[[str], tuple[Definition | None, Definition | None]]
"""What a server says of an item now, and what was pinned of it."""

READ: Final = "resources/read"
_METHODS: Final = {
    item_of(Kind.RESOURCE, ""): READ,
    item_of(Kind.PROMPT, ""): "prompts/get",
}


def request_view(pending: Pending, told: Told, step_up: str | None = None) -> RequestView:
    """A request with everything that a person needs to know to answer.

    `step_up` is what a sign-in for the answer is for, where a yes takes one.
    """
    matter, call = pending.matter, pending.matter.call
    facts, ask = call.facts, matter.ask
    text = _json(call.arguments)
    definition, pinned = _definitions(*told(call.item))
    return RequestView(
        id=pending.id,
        revision=pending.revision,
        digest=matter.digest,
        state=pending.state,
        server=call.server,
        item=call.item,
        method=method_of(call.item),
        profile=matter.profile,
        client=facts.client,
        by=ask.by,
        reason=ask.reason,
        rule=None if ask.rule is None else ask.rule.name,
        remembered_as=ask.remembered_as,
        risk="destructive" if ask.duties.destructive else None,
        marks=tuple(sorted(facts.marks or ())),
        confirmed=facts.confirmed,
        identity=facts.identity,
        pin=facts.pin,
        arguments=_cut(text, ROOM),
        size=len(text),
        sha256=hashlib.sha256(text.encode("ascii")).hexdigest(),
        whole=len(text) <= ROOM,
        count=pending.count,
        opened=pending.opened,
        left=pending.left,
        until=pending.until,
        definition=definition,
        pinned=pinned,
        person=None if facts.person is None else facts.person.id,
        user=facts.user,
        step_up=step_up,
    )


def closed_view(finished: Finished) -> ClosedView:
    """A request that is no longer open."""
    return ClosedView(
        id=finished.id,
        server=finished.server,
        item=finished.item,
        how=finished.how,
        by=(finished.who or "").partition(" < ")[0],
        at=finished.at,
        missed=finished.missed,
    )


def grant_view(leave: Leave) -> GrantView:
    """Leave for one call that was not used yet."""
    return GrantView(id=leave.request, target=leave.target, client=leave.client, until=leave.until)


def method_of(item: str) -> str:
    """The MCP method of a call to an item."""
    for prefix, method in _METHODS.items():
        if item.startswith(prefix):
            return method
    return "tools/call"


def _definitions(
    live: Definition | None, pinned: Definition | None
) -> tuple[str | None, str | None]:
    """Both as JSON: nothing was pinned of what is new, and nothing said of what is not listed."""
    return _body(live), _body(pinned)


def _body(definition: Definition | None) -> str | None:
    return None if definition is None else _cut(_json(definition.body), DEFINITION)


def _json(value: Arguments) -> str:
    return emit(dict(value)).decode("ascii").rstrip("\n")


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room // 2]} ... {text[-room // 2 :]}"
