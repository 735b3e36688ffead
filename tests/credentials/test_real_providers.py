"""Tokens of a certified provider, for the SDK's server, and for what a sign-in is traded for."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from localguard.assembly.bearers import bearer_for
from localguard.assembly.minting import Minting
from localguard.assembly.sources import Sources, sources_of
from localguard.config.paths import Places
from localguard.credentials.entries import read_entry, write_entry
from localguard.errors import SignInFault
from localguard.identity.opening import open_sign_ins
from localguard.identity.sign_in import sign_in
from localguard.identity.sign_ins import SignIns as SignedIn
from localguard.identity.ways import ByBrowser
from localguard.oauth.asked import Asked, Settle
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from localguard.policy.decide import Standing
from localguard.policy.people import SignIn
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Origin
from localguard.policy.server_auth import OAuth, TokenExchange
from localguard.redaction.registered import Secrets
from localguard.relay.references import References
from localguard.relay.spawn import ServerCommand
from localguard.vault.late import LateVault
from localguard.vault.memory import MemoryVault
from tests.config.makers import places_in
from tests.credentials.authority import Authority, Resource
from tests.credentials.person import Person
from tests.credentials.signing_in import ALICE, SignIns
from tests.providers.by_hand import claims
from tests.providers.idp import Idp
from tests.providers.mcp_http import HttpServer
from tests.providers.person import Person as Visitor

pytestmark = pytest.mark.real

INITIALIZE = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18",'
    b'"capabilities":{},"clientInfo":{"name":"t","version":"1"}}}'
)
WIPE = b'{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"wipe","arguments":{}}}'


@dataclass
class AtForms(Person):
    """A person who fills in the provider's forms."""

    user: str = "alice"
    threads: list[threading.Thread] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.opened.append(url)
        thread = threading.Thread(target=lambda: Visitor(self.user).visit(url))
        thread.start()
        self.threads.append(thread)

    def authorize(self, wire: Wire, asked: Asked, settle: Settle) -> Tokens:
        self.asked.append(asked)
        try:
            return ByBrowser(self, timeout=30).authorize(wire, asked, settle)
        finally:
            for thread in self.threads:
                thread.join()


def asked(url: str, token: str, body: bytes = INITIALIZE) -> tuple[int, str]:
    """What a server with a URL answers to a token."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    with Wire() as wire:
        answer = wire.send("POST", url, headers=headers, content=body)
    return answer.status, answer.headers.get("www-authenticate", "")


def at(server: HttpServer, vault: MemoryVault) -> SignIns:
    """A sign-in to the SDK's server."""
    resource = Resource(Authority(), server.url.removesuffix("/mcp"))
    return SignIns(resource, vault, AtForms())


def test_the_sdks_server_takes_the_token_of_the_provider(
    idp: Idp, http_servers: Callable[..., HttpServer], vault: MemoryVault
) -> None:
    """RFC 9728, 8414, 7591, 7636, 8707, 9207 in one go; rotation, and what a fresh one is worth."""
    server = http_servers(issuer=idp.issuer)
    sign_ins = at(server, vault)
    assert sign_ins.login().lasting
    bearer = sign_ins.bearer()
    assert asked(server.url, bearer.token())[0] == 200
    assert claims(bearer.token())["aud"] == server.url
    old = read_entry(vault, sign_ins.name)
    assert old is not None
    write_entry(vault, sign_ins.name, replace(old, expires_at=time.time() - 1))
    with ThreadPoolExecutor(6) as pool:
        tokens = set(pool.map(lambda _: sign_ins.bearer().token(), range(6)))
    assert len(tokens) == 1
    assert idp.refreshes() == 1
    assert asked(server.url, tokens.pop())[0] == 200
    assert len(sign_ins.person.opened) == 1


def test_a_scope_that_is_missing_is_granted_by_the_person(
    idp: Idp, http_servers: Callable[..., HttpServer], vault: MemoryVault
) -> None:
    """MCP basic/authorization, step-up: 403, what is missing, a sign-in, the union."""
    server = http_servers(issuer=idp.issuer)
    sign_ins = at(server, vault)
    sign_ins.login()
    bearer = sign_ins.bearer()
    status, challenge = asked(server.url, bearer.token(), WIPE)
    assert status == 403
    with pytest.raises(SignInFault, match="asks for more than you granted it: mcp:read mcp:admin"):
        bearer.renewed(bearer.token(), challenge)
    granted = sign_ins.login()
    assert {"mcp:read", "mcp:admin"} <= set(granted.scopes)
    assert asked(server.url, bearer.token(), WIPE)[0] != 403


def test_the_provider_ends_the_sign_in_and_the_person_comes_back(
    idp: Idp, http_servers: Callable[..., HttpServer], vault: MemoryVault
) -> None:
    """A refresh token used twice ends its family: told once, and no browser opens by itself."""
    server = http_servers(issuer=idp.issuer)
    sign_ins = at(server, vault)
    sign_ins.login()
    first = read_entry(vault, sign_ins.name)
    assert first is not None
    over = replace(first, expires_at=time.time() - 1)
    write_entry(vault, sign_ins.name, over)
    sign_ins.bearer().token()
    write_entry(vault, sign_ins.name, over)
    with pytest.raises(SignInFault, match="has ended") as raised:
        sign_ins.bearer().token()
    assert raised.value.fix == "localguard login notes"
    assert len(sign_ins.person.opened) == 1
    sign_ins.login()
    assert asked(server.url, sign_ins.bearer().token())[0] == 200


def test_the_metadata_document_is_the_client(
    idp: Idp, http_servers: Callable[..., HttpServer], vault: MemoryVault
) -> None:
    """MCP basic/authorization: Client ID Metadata Documents, before any registration."""
    document = "https://localguard.example/client.json"
    said = {
        "client_id": document,
        "client_name": "localguard",
        "application_type": "native",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    idp.change(documents={document: said})
    server = http_servers(issuer=idp.issuer)
    sign_ins = at(server, vault)
    sign_ins.document = document
    sign_ins.login()
    assert sign_ins.person.asked[0].client.client_id == document
    assert idp.requests("registration") == 0
    assert asked(server.url, sign_ins.bearer().token())[0] == 200


@dataclass
class Guard:
    """What a guard knows: who has signed in at a provider, and what is in the vault."""

    idp: Idp
    folder: Path
    vault: MemoryVault = field(default_factory=MemoryVault)

    @property
    def wanted(self) -> SignIn:
        scopes = ("openid", "profile", "email", "offline_access")
        return SignIn(self.idp.issuer, "localguard", Origin("work.toml", 2), scopes=scopes)

    @property
    def where(self) -> Places:
        return places_in(self.folder)

    def people(self) -> SignedIn:
        return open_sign_ins(self.where.state, self.vault, self._key)

    def sign_in(self, user: str = "alice") -> None:
        person = AtForms(user=user)
        with Wire() as wire:
            sign_in(self.wanted, self.people(), wire, ByBrowser(person, timeout=30))
        for thread in person.threads:
            thread.join()

    def sources(self, *servers: ServerTable) -> Sources:
        """What a guard knows whose person has accepted these servers."""
        profile = Profile("work", (), servers={one.name: one for one in servers})
        standing = Standing(replace(profile, sign_in=self.wanted), confirmed=True)
        return sources_of(self.where, lambda: self.vault, self._key, lambda: standing)

    @staticmethod
    def _key() -> bytes:
        return bytes(32)


def notes(url: str, auth: TokenExchange) -> ServerTable:
    return ServerTable("notes", Origin("work.toml", 3), url=url, auth=auth)


def minted(name: str, exchange: TokenExchange) -> ServerTable:
    return ServerTable(name, Origin("work.toml", 5), command=(name,), minted={"A": exchange})


@pytest.fixture
def guard(idp: Idp, tmp_path: Path) -> Guard:
    return Guard(idp, tmp_path / "home")


def test_a_sign_in_is_traded_for_a_token_of_the_server(
    guard: Guard, http_servers: Callable[..., HttpServer]
) -> None:
    """RFC 8693, from [identity] to the wire; and nobody else's token ever."""
    server = http_servers(issuer=guard.idp.issuer)
    auth = TokenExchange(scopes=("mcp:read",))
    bearer = bearer_for("notes", server.url, auth, guard.sources(notes(server.url, auth)))
    assert bearer is not None
    with pytest.raises(SignInFault, match="nobody has signed in"):
        bearer.token()
    guard.sign_in()
    token = bearer.token()
    assert (claims(token)["sub"], claims(token)["aud"]) == ("alice", server.url)
    assert asked(server.url, token)[0] == 200
    guard.sign_in("bob")
    assert claims(bearer.token())["sub"] == "bob"


def test_what_is_traded_is_renewed_first(
    guard: Guard, http_servers: Callable[..., HttpServer]
) -> None:
    """ID tokens end within minutes: the provider is asked for another before the exchange."""
    guard.idp.change(ttl={"access": 20, "id": 20})
    server = http_servers(issuer=guard.idp.issuer)
    guard.sign_in()
    auth = TokenExchange(scopes=("mcp:read",))
    bearer = bearer_for("notes", server.url, auth, guard.sources(notes(server.url, auth)))
    assert bearer is not None
    assert asked(server.url, bearer.token())[0] == 200
    assert guard.idp.refreshes() == 1


def test_an_assertion_of_the_provider_gets_a_token_of_the_servers_own(
    guard: Guard, idps: Callable[[], Idp], http_servers: Callable[..., HttpServer]
) -> None:
    """ID-JAG: two legs, two issuers, no browser (enterprise-managed authorization of MCP)."""
    of_server = idps()
    of_server.change(trusts=[guard.idp.issuer])
    server = http_servers(issuer=of_server.issuer)
    guard.sign_in()
    auth = TokenExchange("id-jag", of_server.issuer, scopes=("mcp:read",), client_id="localguard")
    bearer = bearer_for("notes", server.url, auth, guard.sources(notes(server.url, auth)))
    assert bearer is not None
    token = bearer.token()
    assert claims(token)["iss"] == of_server.issuer
    assert asked(server.url, token)[0] == 200


def test_the_persons_own_tokens_go_nowhere_but_to_the_provider(
    guard: Guard, resource: Resource
) -> None:
    """Promise: what the server sees is none of what the provider gave the person."""
    guard.sign_in()
    entry = guard.people().entry(guard.wanted)
    assert entry is not None
    auth = TokenExchange()
    bearer = bearer_for("notes", resource.url, auth, guard.sources(notes(resource.url, auth)))
    assert bearer is not None
    asked(resource.url, bearer.token())
    own = {entry.tokens.access, entry.tokens.refresh, entry.tokens.id_token}
    assert not own & set(resource.seen)
    assert not any(token and token in repr(guard.sources()) for token in own)


def test_a_variable_is_minted_and_registered(guard: Guard, tmp_path: Path) -> None:
    """identity.md 4, ladder (b): what a server is started with is redacted from what it says."""
    guard.sign_in()
    secrets = Secrets()
    exchanges = {"DB_TOKEN": TokenExchange(audience="urn:db", scopes=("mcp:read",))}
    clock = [time.time()]
    table = ServerTable("db", Origin("work.toml", 5), command=("db",), minted=exchanges)
    minting = Minting(guard.sources(table), lambda: clock[0])
    assert minting.end() is None
    given = References(LateVault(str(tmp_path / "vault"), lambda: "memory"), minting)
    filled = [given.filled("db", ("db",), ServerCommand(("db",), {}, None), table) for _ in "ab"]
    assert filled[0] == filled[1]
    assert given.ended() is None
    token = filled[0].env["DB_TOKEN"]
    given.register(secrets)
    assert claims(token)["aud"] == "urn:db"
    assert secrets.finds(f"error: {token}")
    assert minting.end() is None
    clock[0] += 3600
    ended = given.ended() or ""
    assert "reconnect the server in the client" in ended
    assert token not in repr(minting) + ended


def test_a_token_of_the_person_is_theirs_alone_through_a_guard(
    guard: Guard, http_servers: Callable[..., HttpServer]
) -> None:
    """Issue 5: on a switch of the person, another's tokens are not there."""
    server = http_servers(issuer=guard.idp.issuer)
    guard.sign_in()
    holder = (guard.idp.issuer, "alice")
    sign_ins = at(server, guard.vault)
    sign_ins.holder = holder
    sign_ins.login()
    bearer = bearer_for("notes", server.url, OAuth(), guard.sources())
    assert bearer is not None
    assert asked(server.url, bearer.token())[0] == 200
    guard.sign_in("bob")
    with pytest.raises(SignInFault, match="you have not signed in to notes"):
        bearer.token()
    assert holder != ALICE


def test_a_profile_without_a_sign_in_trades_nothing(guard: Guard) -> None:
    """Fail closed."""
    sources = replace(guard.sources(), sign_in=lambda: None)
    with pytest.raises(SignInFault, match="the profile asks for none"):
        Minting(sources)(minted("db", TokenExchange(audience="a")))
