"""A person and a sign-in in words, the same for the console and for commands.

Every text that comes out of here is safe: a provider chose the names. Times are seconds since the
epoch, and are told in the zone of whoever reads. Knows no provider and no file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from localguard.telling.counts import count
from localguard.telling.fields import field, moment, span
from localguard.text import safe

SOON: Final = 600.0
"""Seconds before its end from which on a sign-in is told to end soon."""
NAME: Final = 60
_MANY: Final = 40
"""Groups that are named; of more only how many there are."""


@dataclass(frozen=True, slots=True)
class SignInView:
    """The sign-in that a profile asks for, as it stands.

    `name` and `user` are None where nobody is signed in; `reason` and `fix` say why, and what to
    do, and `ended` that somebody was and has not signed out. `since` is when the person signed in,
    `until` when they have to do so again; None where that is not known or has no end. `groups` is
    None where the provider says nothing of groups.
    """

    profile: str
    issuer: str
    required: bool = False
    name: str | None = None
    user: str | None = None
    subject: str | None = None
    groups: tuple[str, ...] | None = None
    since: float | None = None
    until: float | None = None
    reason: str = ""
    fix: str = ""
    ended: bool = False

    @property
    def signed_in(self) -> bool:
        """Whether there is a valid sign-in."""
        return self.user is not None

    def ends_soon(self, now: float) -> bool:
        """Whether it holds, and not for long."""
        return self.signed_in and self.until is not None and self.until - now <= SOON


def provider(issuer: str) -> str:
    """The host of an issuer, with the port where it is not the usual one."""
    try:
        parts = urlsplit(issuer)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    shown = host if port in (None, 443) else f"{host}:{port}"
    return safe(shown or issuer, NAME)


def who(view: SignInView) -> str:
    """The person by name, and by what rules call them where that is another text."""
    user, name = view.user or "", (view.name or "").strip()
    if not view.signed_in:
        return "nobody"
    if not name or name == user:
        return safe(user, NAME)
    return f"{safe(name, NAME)} ({safe(user, NAME)})"


def recorded(person: Mapping[str, object]) -> str:
    """A person as a record of the audit log names them: issuer, subject and a name to read."""
    issuer, subject, name = (person.get(key) for key in ("issuer", "subject", "name"))
    shown = name if isinstance(name, str) and name else subject
    if not isinstance(shown, str):
        return "somebody not named"
    at = f" at {provider(issuer)}" if isinstance(issuer, str) else ""
    return f"{safe(shown, NAME)}{at}"


def standing(view: SignInView, now: float) -> str:
    """One line: who is signed in, where, and for how long; or why nobody is, and the way out."""
    at = provider(view.issuer)
    if view.signed_in:
        until = "" if view.until is None else f", until {moment(view.until, now)}"
        soon = f" (in {span((view.until or now) - now)})" if view.ends_soon(now) else ""
        return f"{who(view)} at {at}{until}{soon}"
    needed = ", which this profile requires" if view.required else ""
    return f"nobody at {at}{needed}{_why(view)}"


def lines(view: SignInView, now: float) -> Iterator[str]:
    """All that is known of a sign-in, a field on each line."""
    yield field("profile", f"{safe(view.profile, NAME)}{_required(view)}")
    yield field("provider", safe(view.issuer, 200))
    yield field("signed in", who(view))
    if not view.signed_in:
        if view.reason:
            yield field("why", safe(view.reason, 400))
        if view.fix:
            yield field("fix", safe(view.fix, 400))
        return
    if view.subject is not None:
        yield field("subject", safe(view.subject, 120))
    yield field("groups", groups(view))
    if view.since is not None:
        yield field("since", moment(view.since, now))
    if view.until is not None:
        yield field("until", f"{moment(view.until, now)} (in {span(view.until - now)})")


def groups(view: SignInView) -> str:
    """The groups by name; of very many only how many there are."""
    if view.groups is None:
        return "the provider says nothing of groups"
    if not view.groups:
        return "none"
    named = ", ".join(safe(group, NAME) for group in view.groups[:_MANY])
    more = len(view.groups) - _MANY
    return f"{named} and {count(more, 'more group')}" if more > 0 else named


def _why(view: SignInView) -> str:
    known = view.reason in ("", "nobody has signed in")
    reason = "" if known else f": {safe(view.reason, 400)}"
    return f"{reason}. Fix: {safe(view.fix, 400)}" if view.fix else reason


def _required(view: SignInView) -> str:
    return ", which requires a sign-in" if view.required else ""
