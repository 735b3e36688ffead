"""A person proves once more that they are there, for one held call and no other."""

import hashlib
import secrets
from dataclasses import replace

import pytest
from joserfc import jwt

from localguard.errors import SignInFault
from localguard.identity.receipts import CheckedReceipts, Receipt, check_receipt
from localguard.identity.signing_keys import public_keys
from localguard.identity.step_up import step_up
from localguard.identity.ways import ByBrowser, ByDevice
from localguard.oauth.faults import Unreachable
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, SignIn
from tests.identity.conftest import Clock
from tests.identity.makers import Home, KeptKeys
from tests.identity.op import KEY

ACR = ("urn:lg:passkey", "urn:lg:card")


def challenge() -> str:
    """What a guard makes of a held call: nobody can guess it."""
    return hashlib.sha256(secrets.token_bytes(16)).hexdigest()


def proven(home: Home, wanted: str, asked: SignIn | None = None) -> str:
    """The receipt."""
    with Wire() as wire:
        way = ByBrowser(home.visitor, timeout=20)
        return step_up(asked or home.asked(), wanted, home.sign_ins, wire, way)


def checked(
    home: Home, receipt: str, wanted: str, asked: SignIn | None = None, not_before: float = 0.0
) -> Receipt | str:
    """What a guard that starts now says of it."""
    asked, guard = asked or home.asked(), home.guard()
    person = guard.person(asked)
    assert isinstance(person, Identity)
    checking = CheckedReceipts(guard.card, home.clock)
    return checking.check(receipt, wanted, person, asked, not_before=not_before)


def test_a_receipt_says_who_gave_proof_when_and_how(home: Home) -> None:
    """Identity.md 6: signed by the provider, for exactly this call."""
    asked, wanted = home.asked(acr=ACR), challenge()
    first = home.sign_in(asked)
    home.op.auth_time = first.auth_time
    receipt = proven(home, wanted, asked)
    request = home.op.asked[-1]
    assert (request["prompt"], request["max_age"], request["nonce"]) == ("login", "0", wanted)
    assert (request["acr_values"], request["scope"]) == (" ".join(ACR), "openid")
    found = checked(home, receipt, wanted, asked)
    assert isinstance(found, Receipt)
    assert (found.issuer, found.subject, found.acr) == (home.op.issuer, "alice", ACR[0])
    assert found.token == receipt
    assert receipt not in repr(found)
    # The sign-in is the same as before, with what was granted in it.
    assert home.person(asked) == first


def test_keys_that_rotated_are_found(home: Home) -> None:
    """Since the sign-in, and since the proof."""
    home.sign_in()
    home.op.keys = [type(KEY).generate_key(2048, {"kid": "k2", "use": "sig"})]
    wanted = challenge()
    receipt = proven(home, wanted)
    assert isinstance(checked(home, receipt, wanted), Receipt)
    home.op.keys = [type(KEY).generate_key(2048, {"kid": "k3", "use": "sig"}), *home.op.keys]
    assert isinstance(checked(home, receipt, wanted), Receipt)


def test_who_can_write_every_file_signs_no_receipt(home: Home) -> None:
    """Attack A: a model with a shell reads the key of the seals, which lies in a file, and seals a
    card of its own making; what it signs itself is no receipt, whichever key the header names.
    """
    home.sign_in()
    wanted, sign_ins = challenge(), home.sign_ins
    card = sign_ins.card(home.asked())
    assert card is not None
    own = type(KEY).generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
    sign_ins.cards.write(replace(card, claims={**card.claims, "keys": [own.as_dict()]}))
    said = {"iss": home.op.issuer, "sub": "alice", "aud": "localguard", "nonce": wanted}
    now = int(home.clock())
    times = {"iat": now, "exp": now + 300, "auth_time": now}
    header = {"alg": "RS256", "kid": "k1", "jwk": own.as_dict(private=False)}
    for forged in (header, {"alg": "RS256"}):
        receipt = jwt.encode(forged, {**said, **times}, own)
        assert "not to be believed" in str(checked(home, receipt, wanted))


def test_a_provider_out_of_reach_proves_nothing(home: Home) -> None:
    """Fail closed: without its keys a receipt is worth nothing, and is not used up either."""
    home.sign_in()
    wanted = challenge()
    receipt = proven(home, wanted)
    home.op.fails["jwks"] = 503
    with pytest.raises(Unreachable):
        checked(home, receipt, wanted)
    home.op.fails.clear()
    assert isinstance(checked(home, receipt, wanted), Receipt)


def test_a_stale_proof_is_none(home: Home) -> None:
    """Identity.md 7, 12: a provider that takes a cookie for proof."""
    home.sign_in()
    home.op.says = {"auth_time": int(home.clock()) - 120}
    with pytest.raises(SignInFault, match="too long ago"):
        proven(home, challenge())
    home.op.says = {"auth_time": None}
    with pytest.raises(SignInFault, match="auth_time"):
        proven(home, challenge())


@pytest.mark.parametrize("says", [{"acr": None}, {"acr": "urn:lg:pwd"}])
def test_a_proof_of_another_kind_is_none(home: Home, says: dict[str, object]) -> None:
    """Identity.md 7, 12: an unmet `acr` comes back as absent, and no error."""
    asked = home.asked(acr=ACR)
    home.sign_in(asked)
    home.op.says = says
    with pytest.raises(SignInFault, match="acr"):
        proven(home, challenge(), asked)


def test_the_nonce_of_another_call_is_none(home: Home) -> None:
    """Identity.md 7, 12: a receipt is for the call that it was made for."""
    home.sign_in()
    receipt = proven(home, challenge())
    assert "nonce" in str(checked(home, receipt, challenge()))
    home.op.says = {"nonce": challenge()}
    with pytest.raises(SignInFault, match="nonce"):
        proven(home, challenge())


def test_a_receipt_is_good_once(home: Home) -> None:
    """Attack: replay."""
    asked, wanted = home.asked(), challenge()
    home.sign_in()
    receipt, guard = proven(home, wanted), home.guard()
    person = guard.person(asked)
    assert isinstance(person, Identity)
    receipts = CheckedReceipts(guard.card, home.clock)
    first, again = (receipts.check(receipt, wanted, person, asked, not_before=0) for _ in range(2))
    assert isinstance(first, Receipt)
    assert "used before" in str(again)


def test_a_proof_from_before_it_was_asked_for_is_none(home: Home, clock: Clock) -> None:
    """Attack: a model has read the challenge, and has the provider sign it in the session of the
    person's sign-in of a few minutes ago, which asks nobody. Two clocks may differ by a minute.
    """
    home.sign_in()
    home.op.auth_time = home.clock() // 1
    wanted = challenge()
    receipt = proven(home, wanted)
    made = home.op.auth_time
    assert isinstance(checked(home, receipt, wanted, not_before=made + 60), Receipt)
    clock.ahead = 120
    # The proof may be some seconds later than that, on a busy machine.
    assert "before it was asked for" in str(checked(home, receipt, wanted, not_before=made + 90))


def test_an_old_receipt_is_none(home: Home, clock: Clock) -> None:
    """It is for now."""
    wanted = challenge()
    home.sign_in()
    receipt = proven(home, wanted)
    clock.ahead = 299
    assert isinstance(checked(home, receipt, wanted), Receipt)
    clock.ahead = 400
    assert "believed" in str(checked(home, receipt, wanted))


def test_somebody_elses_proof_is_none(home: Home) -> None:
    """Attack: another person gives proof in the same browser."""
    home.sign_in()
    wanted = challenge()
    home.op.user = "bob"
    with pytest.raises(SignInFault, match="somebody else"):
        proven(home, wanted)
    home.op.user = "alice"
    receipt = proven(home, wanted)
    home.op.user = "bob"
    home.sign_in()
    card = home.sign_ins.card(home.asked())
    assert card is not None
    keys = KeptKeys(public_keys({"keys": [KEY.as_dict(private=False)]}))
    found = check_receipt(receipt, wanted, home.asked(), card, keys, not_before=0, now=home.clock())
    assert "somebody else" in str(found)


def test_another_sign_in_than_the_calls_is_none(home: Home) -> None:
    """The person of the call has signed out meanwhile, and in again."""
    asked, wanted = home.asked(), challenge()
    before = home.sign_in()
    receipt = proven(home, wanted)
    home.sign_in()
    checking = CheckedReceipts(home.guard().card, home.clock)
    found = checking.check(receipt, wanted, before, asked, not_before=0)
    assert "nobody is signed in" in str(found)


def test_who_has_not_signed_in_proves_nothing(home: Home) -> None:
    """There is nobody to be."""
    with pytest.raises(SignInFault, match="nobody has signed in"):
        proven(home, challenge())
    assert home.visitor.opened == []


def test_only_a_browser_and_a_challenge_will_do(home: Home) -> None:
    """A code on another device carries no nonce."""
    home.sign_in()
    with Wire() as wire, pytest.raises(ValueError, match="browser"):
        step_up(home.asked(), challenge(), home.sign_ins, wire, ByDevice(lambda _: None))
    with pytest.raises(ValueError, match="challenge"):
        proven(home, "short")
