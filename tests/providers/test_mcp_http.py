"""The SDK's server with a URL does what the tests rest on: checked without localguard."""

from collections.abc import Callable

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.providers.by_hand import get, signed_in
from tests.providers.idp import Idp
from tests.providers.mcp_http import HttpServer

Servers = Callable[..., HttpServer]


def token(idp: Idp, server: HttpServer, scope: str = "mcp:read") -> str:
    given = signed_in(idp.issuer, scope=f"openid {scope}", resource=server.url)
    return str(given["access_token"])


async def says(server: HttpServer, bearer: str, mode: str, tool: str = "caller") -> str:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    async with httpx2.AsyncClient(headers=headers, trust_env=False) as wire:
        transport = streamable_http_client(server.url, http_client=wire)
        async with Client(transport, mode=mode) as client:
            result = await client.call_tool(tool, {})
    return str(result.content[0].model_dump()["text"])


@pytest.mark.parametrize("mode", ["legacy", "auto"])
@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize("stateless", [False, True])
async def test_a_token_for_the_server_is_taken(
    idp: Idp, http_servers: Servers, mode: str, json: bool, stateless: bool
) -> None:
    """RFC 9728, RFC 8707: the metadata leads to the provider, the token to the server."""
    server = http_servers(issuer=idp.issuer, json=json, stateless=stateless)
    described = get(server.url.replace("/mcp", "/.well-known/oauth-protected-resource/mcp"))
    assert described["resource"] == server.url
    assert described["authorization_servers"] == [f"{idp.issuer}/"]
    assert await says(server, token(idp, server), mode) == "alice mcp:read"
    assert server.requests("POST tools/call") == 1
    assert server.tokens() == 1


async def test_a_token_for_another_server_is_refused(idp: Idp, http_servers: Servers) -> None:
    """The MCP specification: a server takes tokens that were issued for it, and no others."""
    server, other = http_servers(issuer=idp.issuer), http_servers(issuer=idp.issuer)
    for bearer in (token(idp, other), "none", "x.y.z"):
        answer = httpx2.post(server.url, headers={"authorization": f"Bearer {bearer}"}, json={})
        assert answer.status_code == 401
        assert "resource_metadata=" in answer.headers["www-authenticate"]


async def test_one_tool_needs_another_scope(idp: Idp, http_servers: Servers) -> None:
    """The step-up of the MCP specification: 403 with insufficient_scope."""
    server = http_servers(issuer=idp.issuer)
    bearer = {"authorization": f"Bearer {token(idp, server)}"}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "wipe"}}
    answer = httpx2.post(server.url, headers=bearer, json=call)
    assert answer.status_code == 403
    assert 'scope="mcp:read mcp:admin"' in answer.headers["www-authenticate"]
    both = token(idp, server, "mcp:read mcp:admin")
    assert await says(server, both, "auto", "wipe") == "wiped"


async def test_an_answer_is_broken_off_and_a_token_refused_when_asked(
    idp: Idp, http_servers: Servers
) -> None:
    """A connection that is lost, and a token that is revoked before its time."""
    server = http_servers()
    server.change(cut=1)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "caller"}}
    with pytest.raises(httpx2.RemoteProtocolError):
        httpx2.post(server.url, json=call)
    assert await says(server, "", "auto", "caller") == "nobody"
    guarded = http_servers(issuer=idp.issuer)
    guarded.change(refuse=1)
    bearer = {"authorization": f"Bearer {token(idp, guarded)}"}
    assert httpx2.post(guarded.url, headers=bearer, json={}).status_code == 401
    assert httpx2.post(guarded.url, headers=bearer, json={}).status_code != 401
