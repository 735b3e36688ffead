"""What stands above every screen beside the line of state: what keeps calls from passing, hints."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from textual.content import Content

from localguard.console.content import content, plain
from localguard.console.hub import Picture
from localguard.console.identity.line import sign_in_line
from localguard.console.pace import OFTEN, STORM, stormed
from localguard.console.services import Profile
from localguard.control.messages import GuardView
from localguard.telling.people import SignInView

_BAD: Final = "$error bold"
_ODD: Final = "$warning"


def banners(
    picture: Picture, profile: Profile, signed: SignInView | None, now: float
) -> Iterator[Content]:
    """What keeps calls from passing, or should be known; the gravest first."""
    guards = picture.guards
    if profile.lockdown:
        yield plain(" ■ LOCKDOWN  every call is denied, L ends it ", "$error reverse bold")
    if profile.silent:
        yield plain(
            " ○ SILENT  what would be asked is held at once, o ends it ", "$warning reverse"
        )
    if profile.observed is not None:
        until = datetime.fromtimestamp(profile.observed).astimezone()
        yield plain(
            f" ◌ OBSERVED  until {until:%Y-%m-%d %H:%M} what no rule names is let through ",
            "$warning reverse",
        )
    if profile.fault is not None:
        yield plain("✗ FAULT ", _BAD) + content(profile.fault, 160)
    if signed is not None:
        yield from sign_in_line(signed, now)
    for guard in guards:
        yield from _of_guard(guard)
    for trouble in picture.troubles:
        yield plain("! ", _ODD) + content(trouble, 160)


def hints_of(picture: Picture, asked: int, now: float) -> Iterator[Content]:
    """What tells of a person who is asked too much."""
    for target in stormed(picture.closed, now):
        yield Content.assemble(
            ("■ ASKED NO MORE ", _ODD),
            content(target, 60),
            f": {STORM} times no, it is denied while its client runs",
        )
    if asked > OFTEN:
        yield Content.assemble(
            (f"! {asked} QUESTIONS ", _ODD),
            "within the hour: s writes a rule, o holds them for later",
        )


def _of_guard(guard: GuardView) -> Iterator[Content]:
    server = content(guard.server, 24)
    if guard.fault is not None:
        yield Content.assemble(("✗ FAULT ", _BAD), server, ": ", content(guard.fault, 160))
    if guard.refused is not None:
        refused = content(guard.refused, 160)
        yield Content.assemble(("! REFUSED ", _BAD), "to answer ", server, ": ", refused)
