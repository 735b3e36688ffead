"""JSON values: walked whole, changed where needed, and themselves where not."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.redaction.findings import MOST, TOO_MUCH, Finding, replace
from localguard.redaction.redactor import KINDS, Redactor
from localguard.redaction.registered import Secrets
from tests.redaction import corpus

EVERYTHING = Redactor(KINDS, Secrets())
EMAIL = Redactor(frozenset({"email"}), Secrets())
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=10)
    | st.sampled_from(corpus.EMAILS + corpus.CARDS)
)
JSON = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(corpus.EMAILS), inner, max_size=4)
    ),
    max_leaves=20,
)


def shape(value: Any) -> Any:
    """A value without its texts."""
    if isinstance(value, list):
        return [shape(item) for item in value]
    if isinstance(value, dict):
        return [shape(inner) for inner in value.values()]
    return "" if isinstance(value, str) else value


@given(JSON)
def test_a_value_keeps_its_shape(value: Any) -> None:
    """Only texts change; no member and no element is lost."""
    new, counts = EVERYTHING.value(value)
    assert shape(new) == shape(value)
    assert (new is value) == (not counts)
    assert not any(address in repr(new) for address in corpus.EMAILS)


def test_two_names_that_become_one_stay_two() -> None:
    """Members named by addresses: the second gets a number, and none takes another's name."""
    value = {"ana@example.com": 1, "bob@example.com": 2, "[redacted: email] 2": 3, "x": 4}
    assert EMAIL.value(value)[0] == {
        "[redacted: email]": 1,
        "[redacted: email] 3": 2,
        "[redacted: email] 2": 3,
        "x": 4,
    }


@pytest.mark.parametrize(
    "key", ["password", "dbPassword", "db_password", "PASSWD", "passWord", "x-passphrase"]
)
def test_a_members_name_can_tell(key: str) -> None:
    """`{"password": "..."}`: name and value are two texts."""
    new, counts = EVERYTHING.value({key: "hunter", "user": "ana"})
    assert new == {key: "[redacted: secret]", "user": "ana"}
    assert counts == {"secret": 1}


@pytest.mark.parametrize(
    "key", ["apiKey", "access_token", "clientSecret", "Authorization", "token"]
)
def test_a_members_name_that_may_tell_needs_a_value_drawn_by_chance(key: str) -> None:
    """`{"token": "string"}` is a schema, or a form."""
    assert EVERYTHING.value({key: corpus.drawn(24)})[1] == {"secret": 1}
    for honest in ("string", "", "the usual", "$TOKEN", "app.config.token"):
        assert EVERYTHING.value({key: honest})[1] == {}


@pytest.mark.parametrize("key", ["nextPageToken", "next_token", "page_token", "syncToken", "key"])
def test_cursors_are_no_secrets(key: str) -> None:
    """A model has to give them back."""
    assert EVERYTHING.value({key: corpus.drawn(24)})[1] == {}


@pytest.mark.parametrize("key", ["password", "passwordHint", "password_policy"])
def test_labels_are_no_passwords(key: str) -> None:
    """Translations and forms."""
    assert EVERYTHING.value({key: "Enter your password"})[1] == {}
    assert EVERYTHING.value({key: {"type": "string", "minLength": 12}})[1] == {}


def test_headers_are_told_by_name() -> None:
    """As a tool shows a request that it made."""
    value = {"Authorization": "Basic dXNlcjpwYXNz", "Accept": "*/*"}
    assert EVERYTHING.value(value)[0]["Authorization"] == "[redacted: secret]"
    assert EVERYTHING.value({"authorization": "Bearer <token>"})[1] == {}


def test_numbers_beyond_64_bits_do_not_stop_it() -> None:
    """What the fast writer of JSON refuses is walked all the same."""
    new, counts = EMAIL.value({"n": 2**70, "to": "ana@example.com"})
    assert new == {"n": 2**70, "to": "[redacted: email]"}
    assert counts == {"email": 1}


def test_an_idle_redactor_looks_at_nothing() -> None:
    """Neither kinds nor registered secrets."""
    idle = Redactor(frozenset(), Secrets())
    value = {"to": "ana@example.com"}
    assert idle.idle
    assert idle.value(value) == (value, {})
    assert idle.value(value)[0] is value


def test_a_kind_that_is_none_is_refused() -> None:
    """A word of a profile that config should have caught."""
    with pytest.raises(ValueError, match="emial"):
        Redactor(frozenset({"emial"}), Secrets())


def test_a_text_with_too_much_is_withheld_whole() -> None:
    """Bounded work: what is given up on is not shown."""
    text, counts = EMAIL.text("a@b.cc " * (MOST + 1))
    assert text == f"[redacted: {TOO_MUCH}]"
    assert counts == {TOO_MUCH: 1}
    assert EMAIL.text("a@b.cc " * MOST)[1] == {"email": MOST}


def test_names_without_end_are_not_looked_at_without_end() -> None:
    """What stands after a hundred thousand of them is withheld."""
    text = "pwd=null;" * 100_001
    new, counts = EVERYTHING.text(text)
    assert new == "pwd=null;" * 100_000 + "pwd" + "[redacted: secret]"
    assert counts == {"secret": 1}


def test_places_that_overlap_go_as_one() -> None:
    """Of two kinds the earlier names it; the whole of both is gone."""
    text, counts = EVERYTHING.text("postgres://app:hunter2@db.example.com/x")
    assert "hunter2" not in text
    assert sum(counts.values()) == 1
    seen: Counter[str] = Counter()
    places = [Finding(2, 5, "a"), Finding(4, 8, "b"), Finding(0, 3, "c"), Finding(9, 10, "d")]
    assert replace("0123456789", places, seen) == "[redacted: a]8[redacted: d]"
    assert seen == {"a": 1, "d": 1}
    assert replace("0123456789", [], seen) == "0123456789"
