"""The proofs of both sides: nobody makes one without the key, and none is good twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.control.handshake import (
    Terms,
    fresh,
    protocol_of,
    prove,
    proves,
    told,
    untold,
)

KEY, OTHER = b"k" * 32, b"o" * 32
TERMS = Terms("7f3a9c", "decide", b"g" * 32, b"c" * 32)


def test_each_side_knows_the_proof_of_the_other() -> None:
    for side in ("guard", "console"):
        assert proves(KEY, side, TERMS, prove(KEY, side, TERMS))


@pytest.mark.parametrize(
    "others",
    [
        TERMS._replace(guard="7f3a9d"),
        TERMS._replace(role="observe"),
        TERMS._replace(of_guard=b"x" * 32),
        TERMS._replace(of_console=b"x" * 32),
        TERMS._replace(of_guard=TERMS.of_console, of_console=TERMS.of_guard),
    ],
)
def test_a_proof_is_good_for_its_own_terms_alone(others: Terms) -> None:
    """Attack: a proof that was heard is used for another guard, role or connection."""
    assert not proves(KEY, "console", others, prove(KEY, "console", TERMS))


def test_a_proof_is_not_good_for_the_other_side_or_another_key() -> None:
    """Attack: what a guard said is said back to it."""
    assert not proves(KEY, "console", TERMS, prove(KEY, "guard", TERMS))
    assert not proves(KEY, "console", TERMS, prove(OTHER, "console", TERMS))


@given(st.text())
def test_any_other_text_is_no_proof(text: str) -> None:
    assert not proves(KEY, "console", TERMS, text)


def test_a_key_is_told_and_untold() -> None:
    key = fresh()
    assert untold(told(key)) == key
    assert fresh() != key


@given(st.text() | st.binary().map(told))
def test_only_32_bytes_are_a_nonce(text: str) -> None:
    """Attack: a nonce of another length would let one be cut in two ways."""
    found = untold(text)
    assert found is None or told(found) == text


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[1]", b'{"proto":true}', b'{"proto":"1"}', b'{"proto":1.0}', b"\xff"]
)
def test_a_first_word_without_a_number_names_no_protocol(line: bytes) -> None:
    assert protocol_of(line) is None


def test_the_protocol_is_read_from_a_word_of_any_other_shape() -> None:
    """Promise: a later version can say anything, and is still told apart."""
    assert protocol_of(b'{"type":"hola","proto":7,"noise":{}}') == 7
