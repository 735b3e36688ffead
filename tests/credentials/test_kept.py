"""A kept token: renewed once for all, where it came from, and never with a browser."""

import hashlib
import logging
import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.credentials.entries import (
    Entry,
    entry_name,
    read_entry,
    registration_name,
    write_entry,
)
from localguard.errors import SignInFault, VaultFault
from localguard.oauth.faults import Unreachable
from localguard.policy.server_auth import OAuth
from localguard.vault.memory import MemoryVault
from tests.credentials.authority import Authority, Resource, authorities
from tests.credentials.person import Person
from tests.credentials.signing_in import ALICE, BOB, SignIns
from tests.credentials.vaults import vault_in
from tests.credentials.web import Reply

PROJECT = Path(__file__).resolve().parents[2]
UNAVAILABLE = Reply(503, {"error": "temporarily_unavailable"})


@pytest.fixture
def sign_ins(resource: Resource, vault: MemoryVault, person: Person) -> SignIns:
    signed_in = SignIns(resource, vault, person)
    signed_in.login()
    return signed_in


def age(sign_ins: SignIns, seconds: float = 3590) -> Entry:
    """Let so much time go by for what is kept."""
    entry = sign_ins.kept()
    assert entry is not None
    ends = None if entry.expires_at is None else entry.expires_at - seconds
    aged = replace(entry, expires_at=ends, obtained_at=entry.obtained_at - seconds)
    write_entry(sign_ins.vault, sign_ins.name, aged)
    return aged


def refreshes(authority: Authority) -> int:
    asked = (one.fields.get("grant_type") for one in authority.asked if one.path == "/token")
    return sum(grant == "refresh_token" for grant in asked)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def test_a_good_token_is_handed_out_without_asking(sign_ins: SignIns, authority: Authority) -> None:
    """Promise: nothing is asked of anybody while the token is good."""
    before = sum(authority.requests.values())
    assert sign_ins.bearer().token() == sign_ins.bearer().token()
    assert sum(authority.requests.values()) == before


def test_an_expired_token_is_renewed_after_a_restart_without_a_browser(
    sign_ins: SignIns, authority: Authority, person: Person
) -> None:
    """identity.md 7 item 14: the lifetime is kept as a moment, so it outlives the process."""
    old = age(sign_ins, 4000)
    new = sign_ins.bearer().token()
    assert new != old.access
    assert (refreshes(authority), len(person.opened)) == (1, 1)
    assert sign_ins.bearer().token() == new


def test_a_token_is_renewed_a_little_before_its_end(
    sign_ins: SignIns, authority: Authority
) -> None:
    """A token that ends on its way to the server would cost a second round."""
    age(sign_ins, 3560)
    sign_ins.bearer().token()
    assert refreshes(authority) == 0
    age(sign_ins, 15)
    sign_ins.bearer().token()
    assert refreshes(authority) == 1


def test_a_short_token_is_not_renewed_with_each_call(
    resource: Resource, vault: MemoryVault, authority: Authority
) -> None:
    """identity.md 2, gap 8: a margin of 60 s on tokens of 60 s renews with each request."""
    authority.lasts = 20
    sign_ins = SignIns(resource, vault, Person())
    sign_ins.login()
    for _ in range(3):
        sign_ins.bearer().token()
    assert refreshes(authority) == 0


def test_a_token_without_an_end_is_good_until_it_is_refused(
    resource: Resource, vault: MemoryVault, authority: Authority
) -> None:
    """RFC 6749 section 5.1: expires_in is only recommended."""
    authority.lasts = None
    sign_ins = SignIns(resource, vault, Person())
    sign_ins.login()
    old = age(sign_ins, 1e6)
    assert sign_ins.bearer().token() == old.access
    assert sign_ins.bearer().renewed(old.access, "Bearer") != old.access


def test_six_processes_with_one_expired_token_renew_it_once(
    resource: Resource, authority: Authority, tmp_path: Path, guards: "Guards"
) -> None:
    """Issue 5 section 5, identity.md 7 item 4: one refresh, the family is alive."""
    sign_ins = SignIns(resource, vault_in(tmp_path / "vault"), Person())
    sign_ins.login()
    age(sign_ins)
    processes = [guards(tmp_path / "vault", resource.url) for _ in range(6)]
    for process in processes:
        go(process)
    said = {line(process) for process in processes}
    assert said == {digest(sign_ins.bearer().token())}
    assert refreshes(authority) == 1
    age(sign_ins)
    assert sign_ins.bearer().token()
    assert refreshes(authority) == 2


def test_a_kill_between_answer_and_write_is_a_clean_sign_in_again(
    resource: Resource, authority: Authority, tmp_path: Path, guards: "Guards"
) -> None:
    """identity.md 7 item 4: no loop, no browser, and the next sign-in counts."""
    sign_ins = SignIns(resource, vault_in(tmp_path / "vault"), Person())
    sign_ins.login()
    age(sign_ins)
    process = guards(tmp_path / "vault", resource.url, "dies")
    go(process)
    assert line(process) == "writing"
    process.kill()
    process.wait()
    bearer = sign_ins.bearer()
    for _ in range(3):
        with pytest.raises(SignInFault, match="your sign-in to notes has ended") as raised:
            bearer.token()
        assert raised.value.fix == "localguard login notes"
    assert refreshes(authority) == 2
    sign_ins.login()
    assert bearer.token() == sign_ins.bearer().token()


def test_parallel_calls_share_one_refresh(sign_ins: SignIns, authority: Authority) -> None:
    """identity.md 7 item 14: 16 threads that were all refused with one token."""
    old, bearer = age(sign_ins), sign_ins.bearer()
    with ThreadPoolExecutor(16) as pool:
        tokens = set(pool.map(lambda _: bearer.renewed(old.access, "Bearer"), range(16)))
    assert len(tokens) == 1
    assert refreshes(authority) == 1


def test_a_token_is_renewed_where_it_came_from(
    sign_ins: SignIns, authority: Authority, resource: Resource
) -> None:
    """Attack: a server that names another issuer gets no refresh token sent there."""
    age(sign_ins)
    with authorities(Authority()) as other:
        resource.metadata = {"authorization_servers": [other.origin]}
        sign_ins.bearer().token()
        assert not other.requests
    assert refreshes(authority) == 1
    assert authority.asked[-1].fields["resource"] == resource.url


@pytest.mark.parametrize("broken", [UNAVAILABLE, Reply(429), None])
def test_an_issuer_out_of_reach_costs_no_token(
    sign_ins: SignIns, authority: Authority, broken: Reply | None
) -> None:
    """identity.md 7 item 5: network, 5xx and 429 keep what there is."""
    old = age(sign_ins, 4000)
    authority.fails["/token"] = [broken] * 2
    bearer = sign_ins.bearer()
    with pytest.raises(Unreachable):
        bearer.token()
    assert sign_ins.kept() == old
    with pytest.raises(Unreachable):
        bearer.token()
    assert refreshes(authority) == 1
    authority.fails.clear()
    assert sign_ins.bearer().token() != old.access


def test_a_token_serves_to_its_end_while_the_issuer_is_out_of_reach(
    sign_ins: SignIns, authority: Authority
) -> None:
    """Promise: a provider that is down stops nothing before it has to."""
    old = age(sign_ins, 3580)
    authority.fails["/token"] = [UNAVAILABLE]
    assert sign_ins.bearer().token() == old.access


def test_an_end_at_the_issuer_is_asked_for_once(sign_ins: SignIns, authority: Authority) -> None:
    """invalid_grant = signed out: no loop, and the way back in the message."""
    age(sign_ins)
    authority.refreshing.clear()
    bearer = sign_ins.bearer()
    for _ in range(3):
        with pytest.raises(SignInFault, match="has ended") as raised:
            bearer.token()
        assert raised.value.fix == "localguard login notes"
    assert refreshes(authority) == 1
    assert sign_ins.vault.get(registration_name(authority.origin)) is not None


def test_a_client_that_the_issuer_forgot_is_forgotten(
    sign_ins: SignIns, authority: Authority
) -> None:
    """RFC 6749 section 5.2, invalid_client: the next sign-in registers anew."""
    age(sign_ins)
    authority.clients.clear()
    with pytest.raises(SignInFault, match="has ended"):
        sign_ins.bearer().token()
    assert sign_ins.vault.get(registration_name(authority.origin)) is None
    assert sign_ins.login().lasting


def test_a_wrong_secret_of_the_profile_ends_nothing(
    resource: Resource, vault: MemoryVault, authority: Authority
) -> None:
    """What a person can put right must not cost the sign-in."""
    authority.clients["lg"] = right = f"code for {authority.origin}"
    sign_ins = SignIns(resource, vault, Person(), OAuth(authority.origin, "lg", "code"))
    sign_ins.login()
    old = age(sign_ins)
    authority.clients["lg"] = "another"
    with pytest.raises(SignInFault, match="invalid_client"):
        sign_ins.bearer().token()
    assert sign_ins.kept() == old
    authority.clients["lg"] = right
    assert sign_ins.bearer().token() != old.access


def test_another_refusal_keeps_the_token(sign_ins: SignIns, authority: Authority) -> None:
    """Only invalid_grant says that a sign-in has ended."""
    old = age(sign_ins)
    authority.fails["/token"] = [Reply(400, {"error": "invalid_scope"})]
    with pytest.raises(SignInFault, match="invalid_scope"):
        sign_ins.bearer().token()
    assert sign_ins.kept() == old


def test_another_person_has_no_token(sign_ins: SignIns) -> None:
    """Issue 5: one token per person, issuer and resource; others are not there."""
    for holder in (BOB, None, ("https://login.example.com", "")):
        with pytest.raises(SignInFault, match="you have not signed in to notes"):
            sign_ins.bearer(holder).token()


def test_names_of_people_cannot_be_made_to_meet() -> None:
    """Attack: an issuer that ends where a subject begins."""
    one, two = ("https://a", "b|c"), ("https://a|b", "c")
    assert entry_name(one, "r", None) != entry_name(two, "r", None)
    assert entry_name(one, "r", None) != entry_name(one, "r", "https://a")


def test_a_token_of_another_client_is_not_used(sign_ins: SignIns, authority: Authority) -> None:
    """A profile that names its client does not get a token of another one."""
    entry = sign_ins.kept()
    assert entry is not None
    sign_ins.auth = OAuth(authority.origin, "another")
    write_entry(sign_ins.vault, sign_ins.name, entry)
    with pytest.raises(SignInFault, match="not signed in"):
        sign_ins.bearer().token()


def test_a_token_that_is_new_and_refused_is_not_renewed_in_a_loop(
    sign_ins: SignIns, authority: Authority
) -> None:
    """Attack: a server that answers 401 to everything has each call rotate the token."""
    bearer = sign_ins.bearer()
    with pytest.raises(SignInFault, match="refuses a token that was made for it just now"):
        bearer.renewed(bearer.token(), "Bearer")
    assert refreshes(authority) == 0


def test_a_call_that_comes_late_takes_the_token_that_is_there(
    sign_ins: SignIns, authority: Authority
) -> None:
    """A 401 for a token that was renewed meanwhile renews nothing."""
    assert sign_ins.bearer().renewed("an old one", "Bearer") == sign_ins.bearer().token()
    assert refreshes(authority) == 0


def test_a_token_that_cannot_be_renewed_is_told(sign_ins: SignIns) -> None:
    """Some issuers give no refresh token."""
    entry = age(sign_ins)
    write_entry(sign_ins.vault, sign_ins.name, replace(entry, refresh=None))
    with pytest.raises(SignInFault, match="the token for notes has expired"):
        sign_ins.bearer().token()


def test_the_scopes_of_a_renewal_are_kept(sign_ins: SignIns, authority: Authority) -> None:
    """RFC 6749 section 6: what was granted may become less."""
    age(sign_ins)
    next(iter(authority.refreshing.values())).scope = "less"
    sign_ins.bearer().token()
    entry = sign_ins.kept()
    assert entry is not None
    assert entry.scopes == ("less",)


def test_demands_are_kept_within_bounds(sign_ins: SignIns) -> None:
    """Attack: a server that demands something new with each call."""
    bearer = sign_ins.bearer()
    for number in range(120):
        challenge = f'Bearer error="insufficient_scope", scope="s{number}"'
        with pytest.raises(SignInFault):
            bearer.renewed(bearer.token(), challenge)
    entry = sign_ins.kept()
    assert entry is not None
    assert len(entry.demand.scopes) == 100


@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b'{"version": 2}', b'{"version":1,"demand":{}}']
)
def test_an_entry_of_another_version_is_a_fault(vault: MemoryVault, raw: bytes) -> None:
    """Never a token out of something that is not understood."""
    name = entry_name(ALICE, "r", None)
    vault.put(name, raw)
    with pytest.raises(VaultFault):
        read_entry(vault, name)


def test_no_token_is_in_a_repr_or_a_fault(sign_ins: SignIns, authority: Authority) -> None:
    """Promise: no secret in a message, a repr or a log."""
    entry = age(sign_ins)
    authority.refreshing.clear()
    with pytest.raises(SignInFault) as raised:
        sign_ins.bearer().token()
    told = f"{entry!r} {raised.value.explain()} {raised.value!r} {sign_ins.bearer()!r}"
    assert not any(token in told for token in authority.given)


def test_no_token_is_in_the_logs(
    sign_ins: SignIns, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    """identity.md 7 item 15: at DEBUG, with every logger of every library heard."""
    with caplog.at_level(logging.DEBUG):
        sign_ins.login()
        age(sign_ins)
        sign_ins.bearer().token()
    assert not any(token in caplog.text for token in authority.given)


Guards = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def guards() -> Generator[Guards]:
    """Starts processes that use a token, each once it is ready."""
    with ExitStack() as stack:

        def start(*words: object) -> "subprocess.Popen[str]":
            argv = [sys.executable, "-m", "tests.credentials.one_guard", *map(str, words)]
            pipe = subprocess.PIPE
            process = subprocess.Popen(argv, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True)
            stack.enter_context(process)
            stack.callback(process.kill)
            assert line(process) == "ready"
            return process

        yield start


def go(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()
