"""Who is signed in, in the lines above every screen; and what to press where nobody is."""

from collections.abc import Iterator
from typing import Final

from textual.content import Content

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.telling.fields import moment, span
from localguard.telling.people import NAME, SignInView, provider

_BAD: Final = "$error bold"
_ODD: Final = "$warning bold"
_KEY: Final = "$accent bold"
_SHORT: Final = 32


def named_person(view: SignInView) -> Content:
    """The person and the host of their provider."""
    if not view.signed_in:
        return plain("not signed in", _BAD if view.required else "$warning")
    name = content(view.name or view.user or "", _SHORT)
    return Content.assemble(name, (" at ", QUIET), content(provider(view.issuer), _SHORT, QUIET))


def sign_in_line(view: SignInView, now: float) -> Iterator[Content]:
    """That a person has to sign in, with the key for it first; nothing where all is well."""
    at = content(provider(view.issuer), NAME)
    if not view.signed_in and (view.required or view.ended):
        said = Content.assemble(": ", content(view.reason, 160)) if view.reason else EMPTY
        word = "✗ NOT SIGNED IN  " if view.required else "! NOT SIGNED IN  "
        style = _BAD if view.required else _ODD
        yield Content.assemble((word, style), ("I", _KEY), " to sign in at ", at, said)
    elif view.ends_soon(now) and view.until is not None:
        left = f"in {span(view.until - now)}, at {moment(view.until, now)}: "
        yield Content.assemble(
            ("! SIGN-IN ENDS ", _ODD), left, ("I", _KEY), " to sign in again at ", at
        )
