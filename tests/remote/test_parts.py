"""What a guard puts around a server with a URL: visits, tokens asked aside, secrets registered."""

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import anyio
import pytest

from localguard.assembly.remote_parts import AsideBearer, Credentials, opening, reach, revealed
from localguard.errors import ServerFault, VaultFault
from localguard.policy.pins import Family
from localguard.redaction.registered import Secrets
from localguard.relay.launch import Launch
from localguard.relay.remote_launch import Reached
from localguard.relay.remote_visit import visit_remote
from tests.remote.scripted_http import Heard, Script, as_json, in_thread, reply
from tests.remote.shop import shop

TOKEN = "eyJ0b2tlbiI6MX0.c2lnbmVk"


def launched(url: str, headers: dict[str, str] | None = None) -> Launch:
    """A launch that is reached by a URL."""
    return Launch("shop", (), None, None, None, url, Reached(url, headers or {}, None))


def visited(script: Script) -> object:
    """A visit to a scripted server."""
    with in_thread(script) as server:
        launch = launched(server.url)
        opened = reach(launch, Secrets()).opening
        return visit_remote(opened, launch.identity, (), patience=5.0)


def test_a_server_with_a_url_can_be_visited_without_a_client() -> None:
    """Promise: `server review` and `server test` for a URL as for a command."""
    with in_thread(shop(sse=True)) as server:
        launch = launched(server.url)
        account = visit_remote(reach(launch, Secrets()).opening, launch.identity, ())
        assert account.identity == launch.identity
        assert [one.name for one in account.definitions.values()] == ["echo"]
        assert account.listed == {Family.TOOL}
        assert [one.about for one in server.heard if one.method == "POST"] == [
            "initialize",
            "notifications/initialized",
            "tools/list",
        ]
        assert len(server.of("DELETE")) == 1


def test_a_visit_that_gets_no_answer_says_why() -> None:
    """The words are those that a client would get."""

    async def refuse(_: Heard) -> AsyncIterator[bytes]:
        yield reply(401)

    with pytest.raises(ServerFault, match=r"wants a sign-in \(HTTP 401\)"):
        visited(shop(initialize=refuse))


@dataclass
class Slow:
    """A bearer of blocking calls, each of which waits for the test."""

    go: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def holder(self) -> object:
        return None

    def token(self) -> str:
        self.asked.append("token")
        self.go.wait(10)
        return TOKEN

    def renewed(self, stale: str, challenge: str | None) -> str:
        self.asked.append(f"{stale} {challenge}")
        return f"{TOKEN}-2"

    def ready(self) -> str | None:
        return None

    def lacking(self) -> str | None:
        return None


async def test_a_token_is_asked_for_aside_and_taken_out_of_all_that_is_said() -> None:
    """Promise: the loop goes on while a keyring is locked; no token is ever shown."""
    slow, secrets = Slow(), Secrets()
    bearer = AsideBearer(slow, "shop", secrets)
    got: list[str] = []

    async def ask() -> None:
        got.append(await bearer.token())

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        slow.go.set()
    assert got == [TOKEN, TOKEN]
    assert await bearer.renewed(TOKEN, "Bearer") == f"{TOKEN}-2"
    assert secrets.finds(f"called with {TOKEN}")
    assert secrets.finds(f"called with {TOKEN}-2")


def test_the_secrets_of_headers_are_put_in_place_and_registered() -> None:
    """Promise: `headers = {X = "secret:NAME"}`; the value never comes back in a result."""
    secrets, given = Secrets(), Credentials({"tenant-key": "s3cr3t-of-7"}.__getitem__, None)
    headers = {"X-Key": "secret:tenant-key", "X-Tenant": "7"}
    found = revealed("shop", headers, secrets, given)
    assert found == {"X-Key": "s3cr3t-of-7", "X-Tenant": "7"}
    assert secrets.finds("it was s3cr3t-of-7")


def test_a_secret_that_cannot_be_had_stops_every_request() -> None:
    """Promise: fail closed, with the fix; nothing leaves without what the profile says."""

    def none(name: str) -> str:
        raise VaultFault("there is no such secret", fix=f"localguard secret set {name}")

    with in_thread(shop()) as server:
        launch = launched(server.url, {"X-Key": "secret:tenant-key"})
        assert launch.reached is not None
        opened = opening(launch, launch.reached, Secrets(), Credentials(none, None))
        with pytest.raises(ServerFault, match="localguard secret set tenant-key"):
            visit_remote(opened, launch.identity, ())
        assert server.heard == []


def test_a_secret_header_goes_to_the_server() -> None:
    """The other side of it: what arrives is the value."""
    seen: list[str] = []

    async def script(request: Heard) -> AsyncIterator[bytes]:
        seen.append(request.headers.get("x-key", ""))
        if request.about == "tools/list":
            yield as_json({"jsonrpc": "2.0", "id": request.message["id"], "result": {"tools": []}})
            return
        async for piece in shop()(request):
            yield piece

    with in_thread(script) as server:
        launch = launched(server.url, {"X-Key": "secret:tenant-key"})
        assert launch.reached is not None
        given = Credentials(lambda _: "s3cr3t-of-7", None)
        visit_remote(opening(launch, launch.reached, Secrets(), given), launch.identity, ())
    assert set(seen) == {"s3cr3t-of-7"}
