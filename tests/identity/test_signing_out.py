"""The end of a sign-in, on both sides, and how each went."""

from dataclasses import replace
from pathlib import Path

import pytest

from localguard.errors import VaultFault
from localguard.identity.renewal import renew
from localguard.identity.shown import shown
from localguard.identity.signing_out import Report, sign_out
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, Nobody
from localguard.vault.memory import MemoryVault
from tests.identity.conftest import Clock
from tests.identity.makers import Home


def signed_out(home: Home) -> Report:
    """How it went."""
    with Wire() as wire:
        return sign_out(home.asked(), home.sign_ins, wire, wait=1)


def test_tokens_are_revoked_and_removed_and_guards_know_at_once(home: Home) -> None:
    """RFC 7009, and the page of RP-Initiated Logout 1.0, with no token in its address."""
    guard = home.guard()
    home.sign_in()
    assert isinstance(guard.person(home.asked()), Identity)
    found = signed_out(home)
    page = f"{home.op.issuer}/end?client_id=localguard"
    assert found == Report(True, removed=True, revoked=True, end_session=page)
    assert home.op.requests["revoked"] == 1
    person = guard.person(home.asked())
    assert person == Nobody("you have signed out", "localguard login --profile work")
    assert home.sign_ins.entry(home.asked()) is None
    assert [name for name in home.op.minted if name in (found.end_session or "")] == []


def test_nobody_signs_out_of_nothing(home: Home) -> None:
    """It says so, and asks for no page."""
    found = signed_out(home)
    assert (found.was_signed_in, found.removed, found.revoked) == (False, False, None)


@pytest.mark.parametrize("endpoint", ["revoke", "openid-configuration"])
def test_a_provider_that_cannot_be_asked_is_said_and_stops_nothing(
    home: Home, endpoint: str
) -> None:
    """Each of the three is told as it went."""
    home.sign_in()
    home.op.fails[endpoint] = 503
    found = signed_out(home)
    assert (found.was_signed_in, found.removed, found.revoked) == (True, True, False)
    assert found.why_not
    assert "Fix:" not in found.why_not, "the tokens are gone here: nothing can be tried again"
    assert isinstance(home.person(), Nobody)


class Unreadable(MemoryVault):
    """A vault whose key cannot be had."""

    def get(self, name: str) -> bytes | None:
        raise VaultFault(f"the keyring is locked, and {name} with it")


def test_tokens_that_cannot_be_read_are_not_said_to_be_revoked(home: Home) -> None:
    """Promise: each of the three is told as it went. Here they are gone, there they are good."""
    home.sign_in()
    with Wire() as wire:
        sign_ins = replace(home.sign_ins, vault=Unreadable())
        found = sign_out(home.asked(), sign_ins, wire, wait=1)
    assert (found.was_signed_in, found.revoked) == (True, False)
    assert "the keyring is locked" in found.why_not
    assert isinstance(home.person(), Nobody)


def test_a_provider_without_the_endpoints_is_said(home: Home) -> None:
    """Neither revocation nor a page."""
    home.sign_in()
    home.op.lacks |= {"revocation_endpoint", "end_session_endpoint"}
    found = signed_out(home)
    assert (found.removed, found.revoked, found.end_session) == (True, False, None)


def test_a_public_client_may_be_refused(home: Home) -> None:
    """Canaille answers 401 to a public client (identity.md 2); tokens go here all the same."""
    home.sign_in()
    home.op.fails["revoke"] = 401
    found = signed_out(home)
    assert (found.removed, found.revoked) == (True, False)


def test_what_was_signed_out_of_is_not_renewed(home: Home) -> None:
    """Also not by a guard that had seen it before, from tokens that it still held."""
    home.sign_in()
    card, entry = home.sign_ins.card(home.asked()), home.sign_ins.entry(home.asked())
    assert card is not None
    assert entry is not None
    signed_out(home)
    # Attack: the vault's file put back.
    home.sign_ins.put(home.asked(), entry)
    with Wire() as wire:
        found = renew(home.asked(), home.sign_ins, wire, stale=card.serial)
        assert found.ended == "you have signed out"
        over = renew(home.asked(), home.sign_ins, wire, stale=found.serial)
    assert over.ended == "you have signed out"
    assert home.op.requests["refreshed"] == 0


def test_a_card_and_tokens_put_back_end_at_the_next_renewal(home: Home) -> None:
    """Attack: every file put back; the provider has ended the tokens."""
    home.sign_in()
    asked, folder = home.asked(), Path(home.folder)
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    entry = home.sign_ins.entry(asked)
    assert entry is not None
    signed_out(home)
    for path, data in kept.items():
        path.write_bytes(data)
    home.sign_ins.put(asked, entry)
    card = home.sign_ins.card(asked)
    assert card is not None
    assert card.ended is None
    with Wire() as wire:
        ended = renew(asked, home.sign_ins, wire, stale=card.serial)
    assert ended.ended == "the provider has ended your sign-in"
    assert isinstance(home.person(), Nobody)


def test_a_sign_in_under_way_is_not_cut_short(home: Home) -> None:
    """It has the lock; whoever signs out is told."""
    home.sign_in()
    with home.sign_ins.alone(home.asked(), 1), Wire() as wire, pytest.raises(VaultFault):
        sign_out(home.asked(), home.sign_ins, wire, wait=0.05)


def test_tokens_are_shown_while_they_are_good(home: Home, clock: Clock) -> None:
    """What is traded for a server's token; renewed where it has to be, and of nobody else."""
    home.sign_in()
    with Wire() as wire:
        first = shown(home.asked(), home.sign_ins, wire)
        assert home.op.requests["refreshed"] == 0
        clock.ahead = 600
        second = shown(home.asked(), home.sign_ins, wire)
    assert home.op.requests["refreshed"] == 1
    assert first.id_token is not None
    assert second.id_token is not None
    assert first.id_token != second.id_token
    assert first.id_token not in repr(first)
    signed_out(home)
    with Wire() as wire, pytest.raises(Exception, match="you have signed out"):
        shown(home.asked(), home.sign_ins, wire)
