"""The answer to one HTTP request: its head, and a body that never becomes too large."""

from collections.abc import AsyncIterator, Mapping
from typing import Final

import anyio
import h11
from anyio.lowlevel import checkpoint

from localguard.remote.connection import Connection, Cut
from localguard.remote.decoding import Decoding, Undecodable

MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes of a message once its coding is undone; as much as a line of a process may have."""
MAX_WORDS: Final = 64 * 1024
"""Bytes of the body of a failure."""
BODY_PATIENCE: Final = 300.0
"""Seconds for the whole of a body that is not a stream."""


class TooLarge(ValueError):
    """Raised for a body over its limit."""


class Answer:
    """An answer whose body was not read yet."""

    def __init__(self, connection: Connection, head: h11.Response) -> None:
        self.status = head.status_code
        self.headers = _joined(head)
        self.whole = False
        self._connection = connection

    @property
    def good(self) -> bool:
        """Whether the server has taken the request."""
        return 200 <= self.status < 300

    @property
    def media(self) -> str:
        """The type of the body, without parameters (RFC 9110 section 8.3)."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def _is_coded(self) -> bool:
        return "content-encoding" in self.headers

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body without its coding, as it comes. Raises Cut and Undecodable."""
        decoding = Decoding(self.headers.get("content-encoding"))
        async for chunk in self._connection.body():
            for number, piece in enumerate(decoding.feed(chunk)):
                if number:
                    # What a small piece becomes may be endless; nobody else may wait for it.
                    await checkpoint()
                yield piece
        self.whole = True

    async def body(self, limit: int = MAX_BODY) -> bytes:
        """The whole body. Raises TooLarge, Cut and Undecodable."""
        # A small answer has come with its head: nothing is waited for, and no deadline is needed.
        begun, over = (b"", False) if self._is_coded else self._connection.at_hand()
        if len(begun) > limit:
            raise TooLarge
        if over:
            self.whole = True
            return begun
        # Not a list of pieces: those of a byte each would take many times their size.
        whole = bytearray(begun)
        try:
            with anyio.fail_after(BODY_PATIENCE):
                async for piece in self.chunks():
                    whole += piece
                    if len(whole) > limit:
                        raise TooLarge
        except TimeoutError:
            raise Cut("did not come to the end of its answer", begun=True) from None
        return bytes(whole)

    async def rest(self, patience: float) -> None:
        """Read on to the end, if that is near, so that the connection can be used again."""
        try:
            with anyio.move_on_after(patience):
                await self.body(MAX_WORDS)
        except (Cut, TooLarge, Undecodable):
            return

    async def words(self) -> bytes:
        """What a failure says; nothing where that cannot be read."""
        try:
            return await self.body(MAX_WORDS)
        except (Cut, TooLarge, Undecodable):
            return b""


def _joined(head: h11.Response) -> Mapping[str, str]:
    """The headers by lower-case names, several of one name joined (RFC 9110 section 5.3)."""
    found: dict[str, str] = {}
    for name, value in head.headers:
        key, text = name.decode("ascii"), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found
