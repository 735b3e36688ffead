"""What became of a sign-out, each of its three parts by itself, in words. Every text is safe."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from localguard.telling.fields import field
from localguard.text import safe

_REVOKED: Final[Mapping[bool | None, str]] = {
    True: "the provider takes your tokens no more",
    False: "NOT at the provider",
    None: "there was nothing to take back",
}


class SignedOut(NamedTuple):
    """What became of a sign-out, one part after the other. `page` ends the session at the provider.

    `revoked` says that the provider takes the tokens no more, None that there were none to take
    back; `removed` that nothing of them is left here. Each comes with what to know of it, in words.
    """

    revoked: bool | None
    removed: bool
    revoked_said: str = ""
    removed_said: str = ""
    page: str | None = None


def signed_out_lines(out: SignedOut) -> Iterator[str]:
    """Which of the three parts of a sign-out were done, and of each that was not, why."""
    removed = "nothing of them is left here" if out.removed else "NOT REMOVED here"
    unknown = "no page of this provider that ends it is known"
    page = "still open in your browser" if out.page else unknown
    yield field("revoked", _with(_REVOKED[out.revoked], out.revoked_said))
    yield field("removed", _with(removed, out.removed_said))
    yield field("session", page)


def _with(said: str, more: str) -> str:
    return f"{said}: {safe(more, 300)}" if more else said
