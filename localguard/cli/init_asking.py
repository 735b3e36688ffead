"""What `init` asks a person at a terminal, and how it says what it is doing meanwhile."""

import sys
from collections.abc import Callable
from typing import Final, TextIO

from localguard.errors import UsageFault
from localguard.onboarding.choosing_profile import Wish
from localguard.onboarding.templates import DEFAULT, NAMES, TEMPLATES, SignIn
from localguard.text import safe

_TRIES: Final = 3
_CLEAR: Final = "\r\x1b[K"

Line = Callable[[str], str]
"""Puts a question, and has the line that is typed; empty where nobody types any more."""


def typed(question: str) -> str:
    """A line from the terminal."""
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def ask_template(line: Line, err: TextIO) -> str:
    """The name of a template. Raises UsageFault for what is none, three times over."""
    width = max(map(len, NAMES))
    print("\nWhich policy?", file=err)
    for number, one in enumerate(TEMPLATES, 1):
        print(f"  {number}  {one.name:{width}}  {one.about}", file=err)
    for _ in range(_TRIES):
        answer = line(f"Number or name [{DEFAULT}]: ").lower()
        if (found := _template(answer)) is not None:
            return found
        print(f"  {safe(answer, 40)} is none of them", file=err)
    raise UsageFault("no policy was chosen", fix="localguard init --template NAME")


def ask_sign_in(line: Line) -> SignIn | None:
    """Who says who sits there; None where that was not said."""
    issuer = line("Issuer (the https address of your provider): ")
    client_id = line("Client id (what it calls localguard) [localguard]: ") if issuer else ""
    return SignIn(issuer, client_id or "localguard") if issuer else None


def wish_of(profile: str, template: str, issuer: str, client_id: str, *, asks: bool) -> Wish:
    """What a command line asks for; the rest a person is asked, or it is what suits a newcomer."""
    given = SignIn(issuer, client_id or "localguard") if issuer else None

    def template_asked() -> str:
        return ask_template(typed, sys.stderr) if asks else DEFAULT

    def sign_in_asked() -> SignIn | None:
        return ask_sign_in(typed) if asks and given is None else given

    return Wish(profile, template, template_asked, sign_in_asked)


class Progress:
    """One line at a time of what is being done: on a terminal each takes the place of the last."""

    def __init__(self, err: TextIO) -> None:
        self._err = err
        self._live = err.isatty()

    def __call__(self, what: str) -> None:
        """Say what is being done now."""
        text = safe(f"{what} …", 76)
        if self._live:
            print(f"{_CLEAR}{text}", end="", file=self._err, flush=True)
        else:
            print(f"localguard: {text}", file=self._err, flush=True)

    def end(self) -> None:
        """Leave nothing behind on a terminal."""
        if self._live:
            print(_CLEAR, end="", file=self._err, flush=True)


def _template(answer: str) -> str | None:
    if answer.isdecimal() and 1 <= int(answer[:4]) <= len(NAMES):
        return NAMES[int(answer) - 1]
    return (answer or DEFAULT) if not answer or answer in NAMES else None
