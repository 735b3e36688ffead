"""An approval request in lines of text, for those who answer without the console.

What a server or a model chose stands behind a label of ours, made safe, one argument a line.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from localguard.control.messages import ClosedView, RequestView
from localguard.policy.docket import DESTRUCTIVE
from localguard.telling.counts import count
from localguard.text import safe

_VALUE: Final = 2000
_LABEL: Final = 10

HOW: Final[Mapping[str, str]] = {
    "allowed": "was allowed",
    "granted": "was allowed for the next identical call",
    "denied": "was denied",
    "stopped": "was stopped",
    "cancelled": "was taken back by its client",
    "ended": "ended with its client",
    "switched": "ended when the profile was switched",
    "changed": "was settled by the rules as they are now",
    "lapsed": "lapsed without an answer",
}


def request_line(view: RequestView) -> str:
    """One line: id, time left, what is called, the risk, who asks."""
    risk = f"  {view.risk.upper()}" if view.risk else ""
    times = f"  ({count(view.count, 'call')})" if view.count > 1 else ""
    client = f"  for {safe(view.client, 40)}" if view.client else ""
    return f"{view.id}  {_left(view):<9} {target(view)}{risk}{times}{client}"


def closed_line(view: ClosedView) -> str:
    """One line: id, what was called, how it ended, by whom."""
    by = f" by {safe(view.by, 80)}" if view.by else ""
    return f"{view.id}  {safe(f'{view.server}/{view.item}', 120)} {HOW[view.how]}{by}"


def request_lines(view: RequestView) -> Iterator[str]:
    """Everything that a person needs to know to answer."""
    yield _field("request", f"{view.id}, {_left(view)}")
    yield _field("call", target(view))
    if view.risk:
        yield _field("risk", view.risk.upper())
    if why := unreviewed_risk(view):
        yield _field("", f"{why}: localguard server review {safe(view.server, 60)}")
    yield _field("asked by", f"{safe(view.client or 'an unnamed client', 80)}")
    yield _field("profile", f"{safe(view.profile)}, {safe(view.by)}: {safe(view.reason, 400)}")
    if view.user is not None:
        yield _field("signed in", safe(view.user, 80))
    if view.step_up is not None:
        yield _field("sign-in", "a yes takes a fresh one, on the screen of a console: localguard")
    reviewed = "" if view.confirmed else " (the server's own claim, reviewed by nobody)"
    yield _field("marks", ", ".join(safe(mark, 20) for mark in view.marks) + reviewed)
    yield from argument_lines(view)
    if view.count > 1:
        yield _field("waiting", f"{count(view.count, 'identical call')}; a yes lets one of them go")
    until = datetime.fromtimestamp(view.until).astimezone()
    yield _field("lapses", f"at {until:%H:%M:%S}")


def unreviewed_risk(view: RequestView) -> str:
    """Why a call has a risk that its marks do not name; empty where they count, or name it."""
    if view.confirmed or view.risk != DESTRUCTIVE or DESTRUCTIVE in view.marks:
        return ""
    return "not reviewed: treated as destructive"


def argument_lines(view: RequestView) -> Iterator[str]:
    """One line for each argument, or what is known of arguments that are too large to show."""
    if not view.whole:
        yield _field("arguments", f"{view.size} bytes, SHA-256 {view.sha256[:16]}, shown in part")
        yield f"  {safe(view.arguments, _VALUE)}"
        return
    try:
        arguments = json.loads(view.arguments)
    except ValueError:
        arguments = None
    if not isinstance(arguments, dict):
        yield _field("arguments", safe(view.arguments, _VALUE))
        return
    yield _field("arguments", "" if arguments else "none")
    for name, value in arguments.items():
        text = f'"{value}"' if isinstance(value, str) else json.dumps(value)
        yield f"  {safe(name, 80)} = {safe(text, _VALUE)}"


def target(view: RequestView) -> str:
    """`server/item`, safe."""
    return safe(f"{view.server}/{view.item}", 120)


def _field(label: str, text: str) -> str:
    return f"{label:<{_LABEL}} {text}".rstrip()


def _left(view: RequestView) -> str:
    match view.state:
        case "waiting":
            seconds = max(0, int(view.left))
            return f"{seconds // 60}:{seconds % 60:02} left"
        case "sending":
            return "sending"
        case "held":
            return "held"
