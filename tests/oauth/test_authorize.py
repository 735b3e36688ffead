"""The whole way through the browser, with a provider and a browser that each test makes its own."""

import os
import signal
import subprocess
import sys
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from localguard.errors import SignInFault, VaultFault
from localguard.oauth.asked import Asked
from localguard.oauth.authorize import authorize
from localguard.oauth.client import Client
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.provider import read_provider
from localguard.oauth.request_url import parameters
from localguard.oauth.tokens import Tokens
from localguard.oauth.wire import Wire
from tests.oauth.site import Reply, Site, metadata, said
from tests.oauth.visits import Visiting, connected, visit

GIVEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 60}
Coming = Callable[[Callable[[Visiting], object]], Visiting]


@pytest.fixture
def asked(op: Site) -> Asked:
    op.at["/token"] = said(GIVEN)
    provider = read_provider(metadata(op.url), op.url)
    return Asked(provider, Client("me"), ("openid", "email"), nonce="n")


@pytest.fixture
def coming(op: Site) -> Generator[Coming]:
    """Makes a browser whose person does something, and waits for it at the end."""
    made: list[Visiting] = []

    def browser(doing: Callable[[Visiting], object]) -> Visiting:
        made.append(Visiting(op.url, doing))
        return made[-1]

    yield browser
    for each in made:
        each.close()


def _s256(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _fine(_: Tokens) -> str:
    return "Alice, for the tests"


def test_a_person_signs_in(op: Site, wire: Wire, asked: Asked, coming: Coming) -> None:
    """RFC 6749 section 4.1 with PKCE; the page is shown once the tokens were found good."""
    asked = replace(asked, resource="https://mcp.example.com", extra={"prompt": "consent"})
    browser = coming(Visiting.comes_back)
    tokens = authorize(wire, asked, browser, settle=_fine)
    browser.close()
    assert tokens.access == "t"
    assert "Alice, for the tests" in browser.shown[0].body
    form = op.forms("/token")[0]
    request = browser.asked
    assert _s256(form["code_verifier"]) == request["code_challenge"]
    assert len(form["code_verifier"]) >= 86
    assert len(request["state"]) >= 43
    assert form["redirect_uri"] == request["redirect_uri"]
    assert form["resource"] == request["resource"] == "https://mcp.example.com"
    assert {name: request[name] for name in ("client_id", "scope", "nonce", "prompt")} == {
        "client_id": "me",
        "scope": "openid email",
        "nonce": "n",
        "prompt": "consent",
    }
    assert (request["response_type"], request["code_challenge_method"]) == ("code", "S256")


def test_no_two_sign_ins_share_state_or_verifier(
    op: Site, wire: Wire, asked: Asked, coming: Coming
) -> None:
    seen = set()
    for _ in range(3):
        browser = coming(Visiting.comes_back)
        authorize(wire, asked, browser, settle=_fine)
        seen |= {browser.asked["state"], op.forms("/token")[-1]["code_verifier"]}
    assert len(seen) == 6


def test_the_challenge_is_that_of_rfc_7636(asked: Asked) -> None:
    """Appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    request = parameters(asked, redirect_uri="http://127.0.0.1/c", state="s", verifier=verifier)
    assert request["code_challenge"] == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_access_denied(op: Site, wire: Wire, asked: Asked, coming: Coming) -> None:
    """Identity.md 7.2: told as what it is; the token endpoint hears nothing of it."""
    browser = coming(lambda person: person.comes_back(code=None, error="access_denied"))
    with pytest.raises(Refused, match="access_denied") as error:
        authorize(wire, asked, browser, settle=_fine)
    browser.close()
    assert error.value.error == "access_denied"
    assert "You are not signed in" in browser.shown[0].body
    assert op.forms("/token") == []


def test_nobody_comes_in_time(wire: Wire, asked: Asked, coming: Coming) -> None:
    """Identity.md 7.2, the time-out: a fault with the command to repeat, and no open port."""
    browser = coming(lambda _: None)
    with pytest.raises(SignInFault, match="in time") as error:
        authorize(wire, asked, browser, settle=_fine, timeout=0.1)
    assert error.value.fix == "localguard login"
    with pytest.raises(ConnectionRefusedError):
        connected(browser.asked["redirect_uri"])


def test_wrong_state_twice_then_right(wire: Wire, asked: Asked, coming: Coming) -> None:
    """Identity.md 7.2: strangers do not end a sign-in."""

    def come(person: Visiting) -> None:
        person.comes_back(state="wrong", code="evil")
        person.comes_back(state=None, code="evil")
        person.comes_back()

    browser = coming(come)
    assert authorize(wire, asked, browser, settle=_fine).access == "t"
    browser.close()
    assert [page.status for page in browser.shown] == [400, 400, 200]


@pytest.mark.parametrize("issuer", ["https://evil.example", None])
def test_mix_up_wrong_or_absent_iss(
    op: Site, wire: Wire, asked: Asked, coming: Coming, issuer: str | None
) -> None:
    """Identity.md 7.3: no code goes out, and no word of the answer is shown."""
    browser = coming(
        lambda person: person.comes_back(iss=issuer, error="x", error_description="boo")
    )
    with pytest.raises(SignInFault, match="provider") as error:
        authorize(wire, asked, browser, settle=_fine)
    browser.close()
    assert "boo" not in browser.shown[0].body
    assert "boo" not in error.value.explain()
    assert op.forms("/token") == []


def test_tokens_that_are_not_good_are_shown_as_a_failure(
    wire: Wire, asked: Asked, coming: Coming
) -> None:
    """The page never says "signed in" over tokens that did not pass."""

    def settle(_: Tokens) -> str:
        raise SignInFault("the ID token is for <b>someone else</b>", fix="sign in again")

    browser = coming(Visiting.comes_back)
    with pytest.raises(SignInFault, match="someone else"):
        authorize(wire, asked, browser, settle=settle)
    browser.close()
    assert "You are not signed in" in browser.shown[0].body
    assert "&lt;b&gt;someone else" in browser.shown[0].body


def test_tokens_that_cannot_be_kept_are_shown_as_a_failure(
    wire: Wire, asked: Asked, coming: Coming
) -> None:
    def settle(_: Tokens) -> str:
        raise VaultFault("the keyring is locked", fix="unlock it")

    browser = coming(Visiting.comes_back)
    with pytest.raises(VaultFault):
        authorize(wire, asked, browser, settle=settle)
    browser.close()
    assert "The keyring is locked." in browser.shown[0].body


@pytest.mark.parametrize(
    "ill",
    [
        (said({"error": "invalid_grant"}, 400), Refused),
        (said({}, 503), Unreachable),
        (said({"token_type": "Bearer"}), SignInFault),
    ],
)
def test_a_token_endpoint_that_gives_none_is_shown_as_a_failure(
    op: Site, wire: Wire, asked: Asked, coming: Coming, ill: tuple[Reply, type[SignInFault]]
) -> None:
    op.at["/token"], kind = ill
    browser = coming(Visiting.comes_back)
    with pytest.raises(SignInFault) as error:
        authorize(wire, asked, browser, settle=_fine)
    browser.close()
    assert type(error.value) is kind
    assert "You are not signed in" in browser.shown[0].body


def test_ctrl_c_ends_it_with_nothing_open(wire: Wire, asked: Asked, coming: Coming) -> None:
    """An interrupt while the sign-in settles leaves no listener and no browser without a word."""

    def settle(_: Tokens) -> str:
        raise KeyboardInterrupt

    browser = coming(Visiting.comes_back)
    with pytest.raises(KeyboardInterrupt):
        authorize(wire, asked, browser, settle=settle)
    browser.close()
    assert "broke off" in browser.shown[0].body
    with pytest.raises(ConnectionRefusedError):
        connected(browser.asked["redirect_uri"])


PROGRAM = """
import signal
from localguard.oauth.asked import Asked
from localguard.oauth.authorize import authorize
from localguard.oauth.client import Client
from localguard.oauth.provider import Provider
from localguard.oauth.wire import Wire

class Printing:
    def open(self, url):
        print(url, flush=True)

# What is started in the background of a shell ignores interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
asked = Asked(Provider("https://op", "https://op/a", "https://op/t"), Client("me"))
with Wire() as wire:
    try:
        authorize(wire, asked, Printing(), settle=lambda _: "")
    except KeyboardInterrupt:
        print("given up", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_a_program_that_waits(tmp_path: Path) -> None:
    """The interrupt is noticed while nobody comes, and the program ends without a complaint."""
    script = tmp_path / "waits.py"
    script.write_text(PROGRAM)
    command = [sys.executable, "-W", "error", str(script)]
    project = Path(__file__).resolve().parents[2]
    environ = {**os.environ, "PYTHONPATH": str(project)}
    with subprocess.Popen(
        command, text=True, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        uri = dict(parse_qsl(urlsplit(program.stdout.readline()).query))["redirect_uri"]
        with connected(uri):
            program.send_signal(signal.SIGINT)
            out, err = program.communicate(timeout=30)
        assert (out, err, program.returncode) == ("given up\n", "", 0)
    with pytest.raises(ConnectionRefusedError):
        connected(uri)


def test_another_thread_can_give_it_up(wire: Wire, asked: Asked, coming: Coming) -> None:
    stop = threading.Event()
    browser = coming(lambda _: stop.set())
    with pytest.raises(SignInFault, match="given up"):
        authorize(wire, asked, browser, settle=_fine, stop=stop)


def test_a_second_use_is_gone_while_the_first_settles(
    wire: Wire, asked: Asked, coming: Coming
) -> None:
    """Identity.md 7.2."""
    browser = coming(Visiting.comes_back)
    again = []

    def settle(_: Tokens) -> str:
        request = browser.asked
        query = f"code=c&state={request['state']}&iss={browser.issuer}"
        again.append(visit(request["redirect_uri"], query).status)
        return "Alice"

    authorize(wire, asked, browser, settle=settle)
    assert again == [410]


def test_what_is_asked_is_pushed_where_the_provider_demands_it(
    op: Site, wire: Wire, asked: Asked, coming: Coming
) -> None:
    """RFC 9126: the browser's address then says nothing but who asks."""
    document = metadata(
        op.url,
        pushed_authorization_request_endpoint=f"{op.url}/par",
        require_pushed_authorization_requests=True,
    )
    op.at["/par"] = said({"request_uri": "urn:x:1", "expires_in": 60}, 201)
    asked = replace(asked, provider=read_provider(document, op.url))

    def come(person: Visiting) -> None:
        assert person.asked == {"client_id": "me", "request_uri": "urn:x:1"}
        person.asked = op.forms("/par")[0]
        person.comes_back()

    browser = coming(come)
    authorize(wire, asked, browser, settle=_fine)
    assert op.forms("/par")[0]["code_challenge_method"] == "S256"
    assert "state=" not in browser.opened[0]


@pytest.mark.parametrize("answer", [{}, {"request_uri": 7}, {"request_uri": "a b"}])
def test_a_push_without_a_reference_is_a_fault(
    op: Site, wire: Wire, asked: Asked, coming: Coming, answer: object
) -> None:
    provider = replace(
        asked.provider, requires_par=True, pushed_authorization_request_endpoint=f"{op.url}/par"
    )
    op.at["/par"] = said(answer, 201)
    browser = coming(lambda _: None)
    with pytest.raises(SignInFault, match="no reference"):
        authorize(wire, replace(asked, provider=provider), browser, settle=_fine)
    assert browser.opened == []


def test_a_provider_without_a_page_or_a_place_for_pushes_is_a_fault(
    wire: Wire, asked: Asked, coming: Coming
) -> None:
    browser = coming(lambda _: None)
    for changes in ({"authorization_endpoint": None}, {"requires_par": True}):
        provider = replace(asked.provider, **changes)
        with pytest.raises(SignInFault):
            authorize(wire, replace(asked, provider=provider), browser, settle=_fine)
    assert browser.opened == []


def test_a_query_that_the_endpoint_has_already_is_kept(
    op: Site, wire: Wire, asked: Asked, coming: Coming
) -> None:
    """RFC 6749 section 3.1."""
    provider = replace(asked.provider, authorization_endpoint=f"{op.url}/a?tenant=x%20y")
    browser = coming(Visiting.comes_back)
    authorize(wire, replace(asked, provider=provider), browser, settle=_fine)
    pairs = parse_qsl(urlsplit(browser.opened[0]).query)
    assert pairs[0] == ("tenant", "x y")
    assert len(dict(pairs)) == len(pairs)


@pytest.mark.parametrize("name", ["state", "redirect_uri", "code_challenge", "client_id"])
def test_nothing_replaces_what_keeps_a_sign_in_safe(
    wire: Wire, asked: Asked, coming: Coming, name: str
) -> None:
    browser = coming(lambda _: None)
    with pytest.raises(ValueError, match=name):
        authorize(wire, replace(asked, extra={name: "x"}), browser, settle=_fine)


def test_a_secret_goes_with_the_code(op: Site, wire: Wire, asked: Asked, coming: Coming) -> None:
    asked = replace(asked, client=Client("me", "s", "client_secret_post"))
    authorize(wire, asked, coming(Visiting.comes_back), settle=_fine)
    assert op.forms("/token")[0]["client_secret"] == "s"
