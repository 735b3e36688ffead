"""Signing in and guards where the keyring is not as it should be, by the real programs."""

import re
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.approving.terminal import Terminal
from tests.providers.idp import Idp
from tests.providers.secret_service import SecretService
from tests.ways.signing import Desktop, is_refused


@pytest.fixture
def without_keyring(tmp_path: Path, client_environment: dict[str, str]) -> Generator[Desktop]:
    """A desktop without a Secret Service."""
    with Terminal(tmp_path, client_environment) as terminal:
        desktop = Desktop(tmp_path, client_environment, "unix:path=/nonexistent", terminal)
        try:
            yield desktop
            desktop.close()
            desktop.check()
        finally:
            desktop.clear()


def test_without_a_keyring_nothing_is_kept_and_the_ways_out_are_told(
    without_keyring: Desktop, idp: Idp
) -> None:
    """Promise: refused by default, with what to install and what to choose instead."""
    without_keyring.profile(idp.issuer)
    done = without_keyring.type("login")
    assert done.code != 0
    assert "gnome-keyring" in done.err
    assert 'store = "passphrase"' in done.err
    assert list((without_keyring.home.path / "vault").glob("entries/identity.*.sealed")) == []


@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"},
        {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"},
        {"KEYRING_PROPERTY_SCHEME": "KeypassXC"},
    ],
    ids=["null", "fail", "property"],
)
def test_no_variable_puts_another_keyring_in_place(
    desktop: Desktop, idp: Idp, variables: dict[str, str]
) -> None:
    """Attack: who starts a process chooses its environment."""
    desktop.home.environment.update(variables)
    desktop.profile(idp.issuer)
    desktop.login()
    for name in variables:
        del desktop.home.environment[name]
    assert desktop.who()["subject"] == "alice"
    assert not is_refused(desktop.ready().call("echo", text="x"))


def test_a_keyring_that_waits_for_a_prompt_delays_neither_calls_nor_the_end(
    without_keyring: Desktop, prompting_service: SecretService, idp: Idp
) -> None:
    """Promise: every keyring call has a deadline, and no exit waits for it."""
    desktop = without_keyring
    desktop.home.environment["DBUS_SESSION_BUS_ADDRESS"] = prompting_service.address
    servers = '[servers.fake]\nenv = { TOKEN = "secret:token" }\n'
    desktop.profile(idp.issuer, more=servers, required=False)
    desktop.gone = True
    wire = desktop.guard()
    wire.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}})
    started = time.monotonic()
    wire.finish()
    assert time.monotonic() - started < 20  # a prompt that nobody answers waits for ever


@pytest.mark.parametrize("harm", ["cut", "changed", "removed"])
def test_tokens_that_cannot_be_read_are_told_and_signed_in_over(
    desktop: Desktop, idp: Idp, harm: str
) -> None:
    """Promise: said with the way out, however often a guard looks, and never a loop."""
    idp.change(ttl={"id": 100_000, "refresh": 100_000})
    desktop.profile(idp.issuer, claims_max_age="1m")
    desktop.login()
    (file,) = (desktop.home.path / "vault/entries").glob("identity.*.sealed")
    data = file.read_bytes()
    if harm == "removed":
        file.unlink()
    else:
        file.write_bytes(data[: len(data) // 2] if harm == "cut" else data[:-1] + b"x")
    desktop.ahead(61)
    wire = desktop.ready()
    for _ in range(3):
        assert is_refused(wire.call("echo", text="x"))
    desktop.login()
    assert not is_refused(wire.call("echo", text="x"))
    assert idp.refreshes() == 0


def test_a_keyring_that_was_reset_is_told_and_begun_anew_at_a_persons_word(
    desktop: Desktop, idp: Idp, secret_service: SecretService
) -> None:
    """Promise: no second key in silence; `secret reset` gives up what nobody can read any more."""
    desktop.profile(idp.issuer)
    desktop.login()
    forgetting = secret_service.python(FORGET)
    assert forgetting.communicate(timeout=30) == ("", "")
    done = desktop.type("login")
    assert done.code != 0
    assert "localguard secret reset" in done.err
    resetting = desktop.begin("secret", "reset")
    resetting.until(re.compile(r"y/N"))
    resetting.answer("yes")
    assert resetting.done().code == 0
    desktop.login()
    assert desktop.who()["subject"] == "alice"


FORGET = """
import secretstorage
from contextlib import closing
with closing(secretstorage.dbus_init()) as bus:
    for item in secretstorage.get_default_collection(bus).get_all_items():
        item.delete()
"""
