"""Tokens, redirects, kept connections and headers of the profile, before a scripted server."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import anyio
import pytest

from localguard.errors import SignInFault
from localguard.remote.ports import Lost
from tests.remote.scene import playing
from tests.remote.scripted_http import CUT, Heard, Script, as_json, reply
from tests.remote.shop import Turn, answer_of, shop


@dataclass
class Tokens:
    """A bearer whose tokens are numbered; `ends` after so many renewals."""

    ends: int = 9
    made: int = 1
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    person: str = "ana"

    def holder(self) -> object:
        return self.person

    async def token(self) -> str:
        return f"t{self.made}"

    async def renewed(self, stale: str, challenge: str | None) -> str:
        self.asked.append((stale, challenge))
        if self.made >= self.ends:
            raise SignInFault("you have to sign in again", fix="localguard login shop")
        if stale == f"t{self.made}":
            self.made += 1
        return f"t{self.made}"


def guarded(good: str, refusal: bytes = b"") -> Script:
    """A server that takes one token."""
    refusal = refusal or reply(401, WWW_Authenticate='Bearer error="invalid_token"')

    async def script(request: Heard) -> AsyncIterator[bytes]:
        if request.headers.get("authorization") != f"Bearer {good}":
            yield refusal
            return
        async for piece in shop()(request):
            yield piece

    return script


async def test_a_token_goes_with_every_request_and_is_renewed_once_for_all() -> None:
    """RFC 6750 section 2.1; a 401 is answered with another token, and the request asked again."""
    tokens = Tokens()
    async with playing(guarded("t2"), bearer=tokens) as scene:
        for id_ in range(4):
            scene.modern(id_, "tools/call", name="echo", arguments={})
        for id_ in range(4):
            assert "result" in await scene.ears.answer(id_)
        assert tokens.made == 2
        assert {stale for stale, _ in tokens.asked} == {"t1"}
        assert {challenge for _, challenge in tokens.asked} == {'Bearer error="invalid_token"'}


async def test_a_token_that_is_refused_twice_is_told_with_the_way_to_sign_in() -> None:
    """One renewal for each request, never a circle."""
    async with playing(guarded("never"), bearer=Tokens()) as scene:
        lost = await scene.ask_modern(1, "tools/call", name="echo", arguments={})
        assert isinstance(lost, Lost)
        assert not lost.unknown
        assert "localguard login shop" in lost.words
        assert len(scene.server.heard) == 2


async def test_a_sign_in_that_only_a_person_can_renew_is_told_as_it_is() -> None:
    """A fault of the bearer's is the answer, and it says that nothing was done."""
    async with playing(guarded("t2"), bearer=Tokens(ends=1)) as scene:
        lost = await scene.ask_modern(1, "tools/call", name="echo", arguments={})
        assert isinstance(lost, Lost)
        assert lost.words == "you have to sign in again. Fix: localguard login shop."


SCOPED = reply(403, WWW_Authenticate='Bearer error="insufficient_scope", scope="mcp:a mcp:b"')


async def test_scopes_that_lack_are_asked_of_whoever_has_the_tokens() -> None:
    """2025-11-25 basic/authorization "Scope Challenge": the bearer knows the union."""
    tokens = Tokens(ends=1)
    async with playing(guarded("t2", SCOPED), bearer=tokens) as scene:
        lost = await scene.ask_modern(1, "tools/call", name="echo", arguments={})
        assert isinstance(lost, Lost)
        assert tokens.asked[0][1] == 'Bearer error="insufficient_scope", scope="mcp:a mcp:b"'


async def test_scopes_that_lack_name_the_command_that_asks_for_them() -> None:
    """Where no bearer helps, the fix names the very scopes; a token is never asked for twice."""
    async with playing(guarded("t9", SCOPED), bearer=Tokens()) as scene:
        lost = await scene.ask_modern(1, "tools/call", name="echo", arguments={})
        assert isinstance(lost, Lost)
        assert "localguard login shop --scope 'mcp:a mcp:b'" in lost.words


def moving(status: int, location: str) -> Turn:
    """A turn that sends whoever asks elsewhere, from the first path alone."""

    async def turn(request: Heard) -> AsyncIterator[bytes]:
        if request.target == "/mcp":
            yield reply(status, Location=location)
        else:
            yield as_json(answer_of(request))

    return turn


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_of_the_same_origin_is_followed_as_it_is(status: int) -> None:
    """RFC 9110 section 15.4.8: a POST stays a POST; frameworks add a slash so."""
    async with playing(shop(call=moving(status, "/mcp/"))) as scene:
        await scene.handshake()
        assert "result" in await scene.call(1)
        assert [one.target for one in scene.server.of("tools/call")] == ["/mcp", "/mcp/"]


@pytest.mark.parametrize(
    ("status", "location", "words"),
    [
        (307, "https://evil.example/mcp", "redirects to https://evil.example/mcp, another origin"),
        (308, "//evil.example/", "another origin"),
        (307, "http://127.0.0.1:9/mcp", "another origin"),
        (307, "javascript:alert(1)", "another origin"),
        (307, "", "redirects to"),
        (302, "/mcp/", "redirects to http://127.0.0.1"),
        (303, "/mcp/", "(HTTP 303)"),
        (307, "/mcp", "redirects to"),
    ],
)
async def test_no_other_redirect_is_followed(status: int, location: str, words: str) -> None:
    """Attack: a token or a call is sent elsewhere. A POST is never made a GET, nor a circle run."""
    tokens = Tokens()
    async with playing(shop(call=moving(status, location)), bearer=tokens) as scene:
        await scene.handshake()
        lost = await scene.call(1)
        assert isinstance(lost, Lost)
        assert words in lost.words
        assert not lost.unknown
        assert "write that URL into the profile" in lost.words


async def test_headers_of_the_profile_go_with_every_request() -> None:
    """Promise: `headers = {...}`; and no cookie of the server's ever does."""

    async def baking(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(answer_of(request), Set_Cookie="a=b")

    async with playing(shop(list=baking), headers={"X-Tenant": "7"}) as scene:
        await scene.handshake()
        await scene.ask(1, "tools/list")
        await scene.call(2)
        await scene.remote.stop()
        assert {one.headers["x-tenant"] for one in scene.server.heard} == {"7"}
        assert not any("cookie" in one.headers for one in scene.server.heard)


async def test_a_secret_that_no_header_can_carry_is_not_sent_and_not_told() -> None:
    """Attack: a line end in a value would begin a header of its own."""
    async with playing(shop(), headers={"X-Key": "hush\r\nX-Evil: 1"}) as scene:
        lost = await scene.ask(1, "tools/list")
        assert isinstance(lost, Lost)
        assert "X-Key" in lost.words
        assert "hush" not in lost.words
        assert scene.server.heard == []


async def test_a_connection_is_used_again() -> None:
    """RFC 9112 section 9.3: one after another takes one connection, side by side takes more."""
    async with playing(shop()) as scene:
        for id_ in range(5):
            await scene.ask_modern(id_, "tools/call", name="echo", arguments={})
        assert scene.server.connections == 1


def closing() -> Script:
    """A server that closes a kept connection just as the second request on it comes."""
    seen: list[int] = []

    async def script(request: Heard) -> AsyncIterator[bytes]:
        if request.connection in seen and request.connection == 1:
            yield CUT
            return
        seen.append(request.connection)
        yield as_json(answer_of(request))

    return script


async def test_what_can_be_asked_twice_is_when_a_kept_connection_had_died() -> None:
    """RFC 9110 section 9.2.2: uvicorn closes idle connections after five seconds."""
    async with playing(closing()) as scene:
        await scene.ask_modern(1, "tools/list")
        assert "result" in await scene.ask_modern(2, "tools/list")
        assert scene.server.connections == 2


async def test_a_call_is_not_asked_twice_even_then() -> None:
    """Duty: it may have been carried out."""
    async with playing(closing()) as scene:
        await scene.ask_modern(1, "tools/list")
        lost = await scene.ask_modern(2, "tools/call", name="echo", arguments={})
        assert isinstance(lost, Lost)
        assert lost.unknown
        assert len(scene.server.of("tools/call")) == 1


async def test_a_connection_that_the_server_has_closed_is_not_used() -> None:
    """That is seen before anything is sent, so not even a call is lost."""

    async def script(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(answer_of(request))
        yield CUT

    async with playing(script) as scene:
        for id_ in range(3):
            await scene.ask_modern(id_, "tools/list")
            await anyio.wait_all_tasks_blocked()
        assert "result" in await scene.ask_modern(9, "tools/call", name="echo", arguments={})


@pytest.mark.parametrize("modern", [False, True])
async def test_what_was_let_through_for_one_person_never_goes_with_the_token_of_another(
    modern: bool,
) -> None:
    """Attack: somebody else signs in between the verdict on a call and its way out."""
    tokens, greeted, go_on = Tokens(), anyio.Event(), anyio.Event()

    async def slow(request: Heard) -> AsyncIterator[bytes]:
        greeted.set()
        await go_on.wait()
        yield as_json(answer_of(request))

    async with playing(shop(initialize=slow), bearer=tokens) as scene:
        scene.request(0, "initialize", protocolVersion="2025-11-25", capabilities={})
        await greeted.wait()
        ask = scene.modern if modern else scene.request
        ask(1, "tools/call", name="echo", arguments={})
        tokens.person = "ben"
        go_on.set()
        lost = await scene.ears.answer(1)
        assert isinstance(lost, Lost)
        assert "someone else has signed in" in lost.words
        assert not lost.unknown
        assert scene.server.of("tools/call") == []


async def test_another_person_gets_another_session() -> None:
    """Attack: what a server keeps in the session of one person is shown to the next."""
    tokens, sessions = Tokens(), iter(("s-ana", "s-ben"))

    async def greet(request: Heard) -> AsyncIterator[bytes]:
        yield as_json(answer_of(request), mcp_session_id=next(sessions))

    async with playing(shop(initialize=greet), bearer=tokens) as scene:
        await scene.handshake()
        await scene.call(1)
        tokens.person = "ben"
        assert "result" in await scene.call(2)
        assert "result" in await scene.call(3)
        calls = [one.headers["mcp-session-id"] for one in scene.server.of("tools/call")]
        assert calls == ["s-ana", "s-ben", "s-ben"]
        assert len(scene.ears.greetings) == 1
