"""Streams that stand open end with the sign-in that they were opened in, without any call."""

from collections.abc import AsyncIterator

import anyio
import pytest

from localguard.errors import SignInFault
from localguard.remote.ports import Unanswered
from localguard.remote.theirs import while_theirs
from tests.remote.scene import playing
from tests.remote.scripted_http import Heard, event, stream
from tests.remote.shop import shop

NEWS = {"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}


class SignedIn:
    """Whoever is signed in; an empty tuple is nobody, for whom there is no token."""

    def __init__(self) -> None:
        self.person: object = "ana"

    def holder(self) -> object:
        return self.person

    async def token(self) -> str:
        if not self.person:
            raise SignInFault("nobody is signed in", fix="localguard login")
        return f"token of {self.person}".replace(" ", "-")

    async def renewed(self, stale: str, challenge: str | None) -> str:  # noqa: ARG002
        return await self.token()


async def standing(_: Heard) -> AsyncIterator[bytes]:
    """A stream that tells one thing and then stays open."""
    yield stream()
    yield event(NEWS)
    await anyio.sleep_forever()


async def test_the_servers_own_stream_is_closed_when_its_person_has_signed_out() -> None:
    """Issue 5.3, attack: with no further call it stood open for days by a revoked token."""
    person = SignedIn()
    async with playing(shop(GET=standing), bearer=person) as scene:
        await scene.handshake()
        await scene.ears.until(lambda: NEWS in scene.ears.messages)
        person.person = ()
        await scene.server.until(lambda: scene.server.closed == 1)
        assert len(scene.server.of("GET")) == 1


async def test_it_is_opened_anew_for_the_same_person_alone() -> None:
    """With the token of the new sign-in, in the session that is theirs."""
    person = SignedIn()
    async with playing(shop(GET=standing), bearer=person) as scene:
        await scene.handshake()
        await scene.ears.until(lambda: scene.ears.messages.count(NEWS) == 1)
        person.person = "bob"
        await scene.server.until(lambda: scene.server.closed == 1)
        person.person = "ana"
        await scene.ears.until(lambda: scene.ears.messages.count(NEWS) == 2)
        assert [one.headers["authorization"] for one in scene.server.of("GET")] == (
            ["Bearer token-of-ana"] * 2
        )


async def test_a_subscription_ends_with_its_sign_in_and_says_so() -> None:
    """2026-07-28 subscriptions: the stream of a POST stands as long."""
    person = SignedIn()
    async with playing(shop(listen=standing), bearer=person) as scene:
        scene.modern(1, "subscriptions/listen", notifications={"toolsListChanged": True})
        await scene.ears.until(lambda: NEWS in scene.ears.messages)
        person.person = ()
        lost = await scene.ears.answer(1)
        assert "not signed in" in lost.words
        assert "subscribe again" in lost.words
        await scene.server.until(lambda: scene.server.closed == 1)


async def test_what_fails_by_itself_fails_as_it_did() -> None:
    """No group of exceptions reaches those who know only faults of the server."""

    async def fails() -> None:
        raise Unanswered("the server is away")

    async with playing(shop(), bearer=SignedIn()) as scene:
        sender = scene.remote._sender
        with pytest.raises(Unanswered, match="away"):
            await while_theirs(sender, "ana", fails)
