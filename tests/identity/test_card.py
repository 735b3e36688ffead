"""Cards and claims as texts and values: what was not written by localguard is nothing."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.identity.card import Card, card_text, mark_text, read_card, read_mark
from localguard.identity.claims import joined, kept
from localguard.identity.session_policy import absence, identity_of, renewal_at
from localguard.policy.calls import Json
from localguard.policy.people import SignIn
from localguard.policy.rules import Origin
from tests.identity.makers import KEY

ISSUER = "https://login.example.com"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
CLAIMS = st.dictionaries(st.text(max_size=10), JSON, max_size=5)
TIMES = st.integers(0, 2**40).map(float)


def card(claims: Mapping[str, Json], at: float = 1000.0, serial: int = 7) -> Card:
    """Alice's."""
    return Card(ISSUER, "us", "alice", "s", at, at, auth_time=at, claims=claims, serial=serial)


@given(CLAIMS, TIMES)
def test_what_was_written_is_read(claims: dict[str, Json], at: float) -> None:
    """Whatever a provider says of a person."""
    written = card(claims, at)
    assert read_card(card_text(written, KEY), KEY) == written


@given(st.data())
def test_a_card_with_any_change_is_none(data: st.DataObject) -> None:
    """Attack: one character more, less, or another."""
    text = card_text(card({"groups": ["dev"]}), KEY)
    at = data.draw(st.integers(0, len(text) - 2))
    instead = data.draw(st.text(st.characters(max_codepoint=126), max_size=2))
    changed = text[:at] + instead + text[at + 1 :]
    if changed != text:
        with pytest.raises(ValueError, match=r"."):
            read_card(changed, KEY)


@given(st.text(max_size=200))
def test_no_text_of_anybodys_is_a_card_or_a_mark(text: str) -> None:
    """Nor under another key, nor one in the place of the other."""
    for read in (lambda: read_card(text, KEY), lambda: read_mark("n", text, KEY)):
        with pytest.raises(ValueError, match=r"."):
            read()
    with pytest.raises(ValueError, match="not as localguard"):
        read_card(mark_text("n", 5, KEY), KEY)
    with pytest.raises(ValueError, match="not as localguard"):
        read_mark("other", mark_text("n", 5, KEY), KEY)


@given(TIMES, st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**7))
def test_claims_hold_for_their_age_and_grace_and_no_longer(
    at: float, age: int, grace: int, later: int
) -> None:
    """Grace is only for a provider that was found out of reach; one is asked before either ends."""
    asked = SignIn(ISSUER, "us", Origin("work.toml", 2), claims_max_age=age, offline_grace=grace)
    plain = card({}, at)
    cut_off = Card(ISSUER, "us", "alice", "s", at, at, out_of_reach=at)
    assert (absence(plain, asked, at + later) is None) == (later <= age)
    assert (absence(cut_off, asked, at + later) is None) == (later <= age + grace)
    for share in (0.0, 0.5, 1.0):
        due = renewal_at(plain, asked, share)
        assert due is not None
        assert at < due < at + age


@given(CLAIMS, CLAIMS)
def test_an_address_goes_with_what_vouches_for_it(
    token: dict[str, Json], said: dict[str, Json]
) -> None:
    """Attack: an address of the token's, verified by what userinfo says of another one."""
    mine = {**token, "email": "me@example.com"}
    theirs = {**said, "email": "boss@example.com", "email_verified": True}
    found = identity_of(card(joined(mine, theirs)), SignIn(ISSUER, "us", Origin("w.toml", 1)))
    vouched = token.get("email_verified") is True
    assert found.user == ("me@example.com" if vouched else "alice")


@given(JSON)
def test_groups_are_texts_or_unknown(value: Json) -> None:
    """What a provider says otherwise is no list of groups; an empty one is."""
    asked = SignIn(ISSUER, "us", Origin("work.toml", 2))
    groups = identity_of(card({"groups": value}), asked).groups
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        assert groups == tuple(value)
    elif isinstance(value, str):
        assert groups == (value,)
    else:
        assert groups is None


def test_what_speaks_of_a_token_is_no_claim_of_a_person() -> None:
    """Rules can ask for `claim.sub` and `claim.amr`, and for nothing that changes by the hour."""
    token: dict[str, Json] = {
        "sub": "a",
        "amr": ["pwd"],
        "nonce": "n",
        "exp": 1,
        "at_hash": "h",
        "aud": "us",
    }
    assert kept(token) == {"sub": "a", "amr": ["pwd"]}
