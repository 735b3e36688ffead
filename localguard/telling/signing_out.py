"""What became of a sign-out, each of its three parts by itself, in words. Every text is safe."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from localguard.telling.fields import field
from localguard.text import safe

_REVOKED: Final[Mapping[bool | None, str]] = {
    True: "the provider takes your tokens no more",
    False: "NOT at the provider",
    None: "there was nothing to take back",
}


class ServerToken(NamedTuple):
    """What became of a token for a server at `url`. `revoked` as for a sign-out.

    `said` is why it was not revoked, `kept` why it is still here; None where it is gone.
    """

    url: str
    revoked: bool | None
    said: str = ""
    kept: str | None = None


class SignedOut(NamedTuple):
    """What became of a sign-out, one part after the other. `page` ends the session at the provider.

    `revoked` says that the provider takes the tokens no more, None that there were none to take
    back; `removed` that nothing of them is left here. Each comes with what to know of it, in words.
    `servers` are the tokens that went with it, and `servers_said` why they could not be looked for.
    `unrecorded` is why the audit log does not have it.
    """

    revoked: bool | None
    removed: bool
    revoked_said: str = ""
    removed_said: str = ""
    page: str | None = None
    servers: Sequence[ServerToken] = ()
    servers_said: str = ""
    unrecorded: str = ""


def signed_out_lines(out: SignedOut) -> Iterator[str]:
    """Which of the three parts of a sign-out were done, and of each that was not, why."""
    removed = "nothing of them is left here" if out.removed else "NOT REMOVED here"
    unknown = "no page of this provider that ends it is known"
    page = "still open in your browser" if out.page else unknown
    yield field("revoked", _with(_REVOKED[out.revoked], out.revoked_said))
    yield field("removed", _with(removed, out.removed_said))
    yield field("session", page)
    yield from server_token_lines(out)


def server_token_lines(out: SignedOut) -> Iterator[str]:
    """What became of each token for a server, on a line of its own, and what the log lacks."""
    for one in out.servers:
        yield field("server", f"{safe(one.url, 200)}: {_became(one)}")
    if out.servers_said:
        why = safe(out.servers_said, 300)
        yield field("servers", f"NOT REMOVED here: what there is could not be told: {why}")
    if out.unrecorded:
        yield field("audit log", f"does not say so: {safe(out.unrecorded, 300)}")


def _became(token: ServerToken) -> str:
    here = "removed" if token.kept is None else f"NOT REMOVED here ({safe(token.kept, 200)})"
    match token.revoked:
        case True:
            return f"revoked, and {here}"
        case None:
            return f"{here}; it had ended before"
        case False:
            return _with(f"{here} only, NOT revoked", token.said)


def _with(said: str, more: str) -> str:
    return f"{said}: {safe(more, 300)}" if more else said
