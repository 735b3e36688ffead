"""A call that takes a new sign-in: a person at the console and their browser, and what is kept."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.approving.person import Person as Approver
from tests.providers.by_hand import claims
from tests.providers.idp import PASSKEY_ACR, Idp
from tests.ways.signing import Desktop, is_refused
from tests.ways.wire import Wire

pytestmark = pytest.mark.slow

TAKING = '[[rule]]\nask = "fake/echo"\nreauth = true\ntimeout = "1m"\n'


@pytest.fixture
def approver(desktop: Desktop, tmp_path: Path) -> Generator[Approver]:
    """The person at the console, with the desktop's browser."""
    folder = tmp_path / "approver"
    folder.mkdir()
    desktop.home.hold("30s")
    with Approver(folder, desktop.home.environment) as person:
        yield person


def held(desktop: Desktop, idp: Idp, **identity: Any) -> tuple[Wire, int]:
    """A guard, and the call that waits at it; alice is signed in."""
    desktop.profile(idp.issuer, rules=TAKING, **identity)
    desktop.login()
    wire = desktop.ready()
    return wire, wire.start_call("echo", text="x")


def test_a_new_sign_in_lets_one_call_go_and_is_kept_as_evidence(
    desktop: Desktop, idp: Idp, approver: Approver
) -> None:
    """OpenID Connect Core 3.1.2.1: max_age=0, and a nonce that is bound to the call."""
    idp.change(acr={"alice": PASSKEY_ACR})
    wire, id_ = held(desktop, idp, acr=[PASSKEY_ACR])
    approver.open("1 guard")
    approver.look("fake/echo")
    approver.decide("a", "✓ fake/echo")
    assert not is_refused(wire.answer(id_))
    assert len(desktop.opened()) == 2
    assert "max_age=0" in desktop.opened()[1]
    (answer,) = desktop.home.records("answer")
    evidence = claims(answer["receipt"])
    assert (evidence["sub"], evidence["acr"]) == ("alice", PASSKEY_ACR)
    assert f"nonce={evidence['nonce']}" in desktop.opened()[1]
    second = wire.start_call("echo", text="x")
    approver.look("fake/echo")
    assert wire.answers(second) == []
    approver.deny("enough")
    assert is_refused(wire.answer(second))


@pytest.mark.parametrize("trouble", ["acr", "person", "no"])
def test_a_proof_that_is_none_lets_nothing_go(
    desktop: Desktop, idp: Idp, approver: Approver, trouble: str
) -> None:
    """Attack: a weaker proof, another person's, and none: the call stays held."""
    wire, id_ = held(desktop, idp, acr=[PASSKEY_ACR])
    if trouble != "acr":
        idp.change(acr={"alice": PASSKEY_ACR, "bob": PASSKEY_ACR})
    desktop.browser(user="bob" if trouble == "person" else "alice", says=_says(trouble))
    approver.open("1 guard")
    approver.look("fake/echo")
    approver.press("a")
    approver.until("Sign in anew", "browser here")
    approver.back("Sign in anew")
    assert wire.answers(id_) == []
    assert desktop.calls() == []
    approver.deny("it was not me")
    assert is_refused(wire.answer(id_))


def _says(trouble: str) -> str:
    return "no" if trouble == "no" else "yes"
