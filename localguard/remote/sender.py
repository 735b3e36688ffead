"""Requests to one server: the headers of all, redirects, tokens, and connections that had died.

A request goes out a second time only where the server has said that it did not take it: a redirect
(RFC 9110 section 15.4) and 401. One that died with a kept connection is repeated where that can
do no harm (section 9.2.2). No cookies, no proxy, and no other origin, ever.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

import anyio
import h11

from localguard import __version__
from localguard.errors import LocalguardError, SignInFault
from localguard.oauth.challenges import bearer_challenge
from localguard.remote.address import Address, redirected
from localguard.remote.answer import Answer
from localguard.remote.connection import Connection, Cut, request
from localguard.remote.decoding import ACCEPTED
from localguard.remote.given_headers import GivenHeaders
from localguard.remote.pool import Pool
from localguard.remote.ports import Bearer, Headers, Unanswered
from localguard.text import safe

ANY: Final = "application/json, text/event-stream"
STREAM: Final = "text/event-stream"
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEEPING: Final = frozenset({307, 308})
"""Redirects by which a POST stays a POST."""
_MAX_REDIRECTS: Final = 3
_CLOSING: Final = 0.5

Pairs = Sequence[tuple[str, str]]


class Asked(NamedTuple):
    """One request. `repeatable`: asking twice does no more than asking once.

    `left` is told when it has left as a whole. With a `holder` no other's token goes with it.
    """

    method: str
    headers: Pairs
    body: bytes = b""
    repeatable: bool = False
    left: Callable[[], None] = lambda: None
    holder: object = None


class Sender:
    """Asks one server."""

    def __init__(
        self, server: str, address: Address, pool: Pool, headers: Headers, bearer: Bearer | None
    ) -> None:
        self.address = address
        self.server = server
        self.has_bearer = bearer is not None
        self._bearer = bearer
        self._pool = pool
        self._given = GivenHeaders(headers)

    def holder(self) -> object:
        """Whose tokens go with requests at this moment; None where none do."""
        return None if self._bearer is None else self._bearer.holder()

    @asynccontextmanager
    async def send(self, asked: Asked) -> AsyncIterator[Answer]:
        """The answer, whatever its status. Raises Unanswered, and Cut where it breaks off later."""
        connection, answer = await self._answered(asked)
        try:
            yield answer
        finally:
            await self._leave(connection, answer)

    async def close(self) -> None:
        """Let go of what is kept."""
        await self._pool.close()

    def fault(self, what: str, fix: str, *, unknown: bool = False) -> Unanswered:
        """The fault of a message that this server leaves without an answer."""
        return Unanswered(f"the server {what}", where=self.address.origin, fix=fix, unknown=unknown)

    async def _leave(self, connection: Connection, answer: Answer) -> None:
        if not (answer.whole and self._pool.keep(connection)):
            await _closed(connection)

    async def _answered(self, asked: Asked) -> tuple[Connection, Answer]:
        """An answer that is neither a redirect nor a 401 that something can be done about."""
        token = await self._token(asked)
        address, redirects, renewed = self.address, 0, self._bearer is None
        while True:
            connection, answer = await self._once(asked, address, token)
            if answer.status in _REDIRECTS:
                address = await self._moved(asked, address, connection, answer, redirects)
                redirects += 1
            elif not renewed and _challenged(answer):
                renewed = True
                await self._drop(connection, answer)
                token = await self._renewed(asked, token, answer.headers.get("www-authenticate"))
            else:
                return connection, answer

    async def _once(
        self, asked: Asked, address: Address, token: str | None
    ) -> tuple[Connection, Answer]:
        head = self._head(asked, address, await self._headers(asked.headers, token))
        connection = await self._pool.take()
        while True:
            reused = connection.used
            try:
                await connection.send(head, asked.body)
                asked.left()
                return connection, Answer(connection, await connection.head())
            except Cut as cut:
                await _closed(connection)
                if not (reused and asked.repeatable and not cut.begun):
                    raise self._broken(cut) from None
            except BaseException:
                await _closed(connection)
                raise
            connection = await self._pool.take(fresh=True)

    def _head(self, asked: Asked, address: Address, headers: Pairs) -> h11.Request:
        try:
            return request(asked.method, address.target, headers, asked.body)
        except ValueError:
            what = "cannot be asked that: a header would hold what none can hold"
            raise self.fault(what, "remove line ends and letters beyond ASCII") from None

    def _broken(self, cut: Cut) -> Unanswered:
        return self.fault(
            f"{cut.what} before it answered",
            "look at the server whether it was carried out before repeating it",
            unknown=True,
        )

    async def _headers(self, headers: Pairs, token: str | None) -> Pairs:
        given = await self._given.all()
        every = [
            ("Host", self.address.authority),
            ("User-Agent", f"localguard/{__version__}"),
            ("Accept-Encoding", ACCEPTED),
            *headers,
            *given.items(),
        ]
        if token is not None:
            every.append(("Authorization", f"Bearer {token}"))
        return every

    async def _token(self, asked: Asked) -> str | None:
        if self._bearer is None:
            return None
        try:
            return self._owned(asked, await self._bearer.token())
        except LocalguardError as fault:
            raise Unanswered.of(fault) from None

    async def _renewed(self, asked: Asked, stale: str | None, challenge: str | None) -> str | None:
        if self._bearer is None or stale is None:
            return None
        try:
            return self._owned(asked, await self._bearer.renewed(stale, challenge))
        except LocalguardError as fault:
            raise Unanswered.of(fault) from None

    def _owned(self, asked: Asked, token: str) -> str:
        """The token, if it is still that of whose request it is. Raises SignInFault."""
        if asked.holder is None or asked.holder == self.holder():
            return token
        what = "someone else has signed in, or nobody is, since this was let through"
        raise SignInFault(what, where=self.server, fix="repeat the call")

    async def _moved(
        self, asked: Asked, here: Address, connection: Connection, answer: Answer, count: int
    ) -> Address:
        """Where a redirect leads, if it may be followed. Raises Unanswered."""
        await self._drop(connection, answer)
        location = answer.headers.get("location", "")
        there = redirected(here, location)
        if there is None:
            raise self.fault(
                f"redirects to {safe(location) or 'nowhere'}, another origin, which is not asked",
                "write that URL into the profile, if it is the server that is meant",
            )
        keeps = answer.status in _KEEPING or asked.method == "GET"
        if count >= _MAX_REDIRECTS or not keeps:
            raise self.fault(
                f"redirects to {safe(there.canonical)} (HTTP {answer.status})",
                "write that URL into the profile, if it is the server that is meant",
            )
        return there

    async def _drop(self, connection: Connection, answer: Answer) -> None:
        """Have done with an answer that nobody looks into."""
        await answer.rest(_CLOSING)
        await self._leave(connection, answer)


def _challenged(answer: Answer) -> bool:
    """Whether another token may help, or whoever has them knows best what would."""
    if answer.status == 401:
        return True
    said = bearer_challenge(answer.headers.get("www-authenticate"))
    return answer.status == 403 and said is not None and said.wants_scopes


async def _closed(connection: Connection) -> None:
    with anyio.CancelScope(shield=True):
        await connection.close()
