"""Sign-ins and tokens as lines of a list. Pure; knows no widget."""

from collections.abc import Iterable, Iterator
from typing import Final

from textual.content import Content

from localguard.console.content import QUIET, content, plain
from localguard.console.panes.split import Row, columns
from localguard.console.services import Profile
from localguard.telling.fields import moment, span
from localguard.telling.people import SignInView, provider, who
from localguard.telling.server_tokens import ServerView

Known = SignInView | ServerView
_APART: Final = "\0"
"""Between the parts of a key: no name holds it."""
_NAME: Final = 18
_STATE: Final = 16
_TOKENS: Final = {
    "in": ("signed in", "$success"),
    "never": ("never signed in", "$warning"),
    "expired": ("EXPIRED", "$warning bold"),
    "more": ("ASKS FOR MORE", "$warning bold"),
    "broken": ("BROKEN", "$error bold"),
}


def key_of(known: Known) -> str:
    """What tells one line from all others."""
    server = known.server if isinstance(known, ServerView) else ""
    return f"{known.profile}{_APART}{server}"


def rows(found: Iterable[Known], profile: Profile, now: float) -> Iterator[Row]:
    """A line for each profile, and below it one for each of its servers."""
    for one in found:
        if isinstance(one, ServerView):
            yield Row(_server(one, now), key_of(one))
        else:
            yield Row(_sign_in(one, now, in_force=one.profile == profile.name), key_of(one))


def state(view: SignInView, now: float) -> tuple[str, str]:
    """How a sign-in stands in a word or two, and the style of that."""
    if view.ends_soon(now):
        return f"ends in {span((view.until or now) - now)}", "$warning bold"
    if view.signed_in:
        return "signed in", "$success"
    if view.required:
        return "NOT SIGNED IN", "$error bold"
    return "not signed in", "$warning" if view.ended else QUIET


def _sign_in(view: SignInView, now: float, *, in_force: bool) -> Content:
    word, style = state(view, now)
    at = content(provider(view.issuer), 60, QUIET)
    last = (content(who(view), 60), at) if view.signed_in else (at, content(view.reason, 60, QUIET))
    return columns(
        (content(view.profile, _NAME, "bold"), _NAME),
        (plain(word, style), _STATE),
        *(((plain("IN FORCE", "$accent"), 0),) if in_force else ()),
        *((one, 0) for one in last),
    )


def _server(view: ServerView, now: float) -> Content:
    word, style = _TOKENS[view.state]
    until = "" if view.until is None else f"until {moment(view.until, now)}"
    return columns(
        (plain("  ") + content(view.server, _NAME - 2), _NAME),
        (plain(word, style), _STATE),
        *(((plain(until, QUIET), 0),) if until else ()),
        (content(view.fault or view.url, 80, QUIET), 0),
    )
