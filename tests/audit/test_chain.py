"""A chain names what was done to it."""

import json
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.chain import MOST_PIECES, Chain, check
from localguard.audit.sealing import GENESIS, HEADER, Sealed, encoded, seal, unseal
from tests.audit.makers import chain_of

FIVE = chain_of(*({"kind": "intent", "call": f"7f3a-{n}"} for n in range(5)))

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
BODIES = st.fixed_dictionaries({"kind": st.text()}, optional={"reason": VALUES, "facts": VALUES})
CHAINS = st.lists(BODIES, min_size=1, max_size=6).map(lambda bodies: chain_of(*bodies))


def flaws(lines: list[bytes]) -> list[tuple[int, str]]:
    return [(flaw.line, flaw.kind) for flaw in check(lines)]


def forged(seq: int, prev: str, call: str) -> bytes:
    """A line that is sound in itself."""
    return seal(prev, seq, encoded({"kind": "intent", "call": call}))[0]


def test_a_line_remembers_the_line_before_and_the_first_the_header() -> None:
    """Promise: `prev` is the SHA-256 of the line before up to its sum, which is its start."""
    first, second = (json.loads(line) for line in FIVE[:2])
    assert list(first)[:3] == ["v", "seq", "prev"]
    assert (first["v"], first["seq"]) == (1, 0)
    assert first["prev"] == GENESIS == sha256(HEADER).hexdigest()
    assert second["prev"] == sha256(FIVE[0].partition(b',"sum"')[0]).hexdigest()
    assert second["prev"].startswith(first["sum"])


@given(CHAINS)
def test_what_was_sealed_is_one_ascii_line_and_has_no_flaw(lines: list[bytes]) -> None:
    """Promise: whatever a record holds, it is one line, and an untouched chain is clean."""
    assert all(line.isascii() and line.count(b"\n") == 1 for line in lines)
    assert check(lines) == []


@given(BODIES)
def test_what_was_sealed_comes_back(body: dict[str, object]) -> None:
    """Promise: a line gives the record back as it was."""
    line, digest = seal(GENESIS, 0, encoded(body))
    found = unseal(line)
    assert isinstance(found, Sealed)
    assert found.digest == digest
    assert {name: found.record[name] for name in body} == body


@pytest.mark.parametrize("value", [object(), {1, 2}, "\ud800", 1 << 64, {1: 2}])
def test_what_is_not_json_is_not_encoded(value: object) -> None:
    """Promise: nothing reaches the file that a parser could refuse."""
    with pytest.raises(TypeError):
        encoded({"kind": "intent", "reason": value})


@pytest.mark.parametrize("text", ["\u2028", "\x85", "\x9b2J", "\u202e", "é", '\U0001f600\\"'])
def test_what_is_beyond_ascii_is_escaped(text: str) -> None:
    """Attack: a line separator, a C1 control or a bidi override in an argument."""
    line = encoded({"reason": text})
    assert line.isascii()
    assert json.loads(line) == {"reason": text}


@given(CHAINS, st.data())
def test_any_changed_byte_is_found(lines: list[bytes], data: st.DataObject) -> None:
    """Attack: one byte of the log is edited, also in the last line, which nothing follows."""
    text = bytearray(b"".join(lines))
    at = data.draw(st.integers(0, len(text) - 1))
    text[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != text[at]))
    assert check(BytesIO(text))


@given(st.integers(0, 3))
def test_any_removed_line_but_the_last_is_found(at: int) -> None:
    """Attack: a record is deleted. A missing end is beyond a chain alone; a witness finds it."""
    assert flaws(FIVE[:at] + FIVE[at + 1 :]) == [(at + 1, "missing")]
    assert flaws(FIVE[:at]) == []


@given(st.integers(0, 4), st.integers(0, 4))
def test_any_two_swapped_lines_are_found(one: int, other: int) -> None:
    """Attack: the order of events is changed."""
    lines = list(FIVE)
    lines[one], lines[other] = lines[other], lines[one]
    assert bool(flaws(lines)) == (one != other)
    assert {kind for _, kind in flaws(lines)} <= {"reordered"}


@given(st.integers(0, 4), st.integers(0, 5))
def test_any_duplicated_line_is_found(source: int, at: int) -> None:
    """Attack: a call is made to look as if it had happened twice."""
    lines = list(FIVE)
    lines.insert(at, FIVE[source])
    assert "duplicated" in {kind for _, kind in flaws(lines)}


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda lines: [*lines[:4], lines[4][:20]], [(5, "torn")]),
        (lambda lines: [*lines[:4], lines[4][:-1]], [(5, "torn")]),
        (lambda lines: [*lines[:2], b"no json\n", *lines[3:]], [(3, "unreadable")]),
        (lambda lines: [*lines[:2], b"[1]\n", *lines[3:]], [(3, "unreadable")]),
        (lambda lines: [*lines[:2], b"\xff\n", *lines[3:]], [(3, "unreadable")]),
        (lambda lines: [*lines[:2], b"[" * 100_000 + b"\n", *lines[3:]], [(3, "unreadable")]),
        (lambda lines: [b"\n", *lines[1:]], [(1, "unreadable")]),
        (lambda lines: [lines[0].replace(b"7f3a-0", b"7f3a-9"), *lines[1:]], [(1, "edited")]),
        (lambda lines: [*lines[:4], lines[4].replace(b"-4", b"-5")], [(5, "edited")]),
        (lambda lines: [*lines[:4], lines[4].replace(b'"sum"', b'"som"')], [(5, "edited")]),
        (lambda lines: [lines[0], lines[4]], [(2, "missing")]),
        (lambda lines: [lines[0], b"?\n", lines[4]], [(2, "unreadable"), (3, "missing")]),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], [(3, "reordered")]),
        (lambda lines: [*lines[:3], *lines[2:]], [(4, "duplicated")]),
        (lambda lines: lines[:0], []),
    ],
)
def test_damage_is_named_at_its_line(
    damage: Callable[[list[bytes]], list[bytes]], found: list[tuple[int, str]]
) -> None:
    """Promise: edit, deletion, reorder, duplication, torn end and bad JSON have their own names."""
    assert flaws(damage(FIVE)) == found


def test_a_line_forged_with_a_new_sum_is_given_away_by_the_next() -> None:
    """Attack: an editor who knows the format recomputes the sum of the line that was changed."""
    prev = json.loads(FIVE[2])["prev"]
    assert flaws([*FIVE[:2], forged(2, prev, "evil"), *FIVE[3:]]) == [(3, "edited")]


def test_a_first_line_that_follows_something_else_is_found() -> None:
    """Attack: the beginning of another file is put in front."""
    assert flaws([forged(0, "0" * 64, "evil")]) == [(1, "edited")]


@pytest.mark.parametrize("field", [{"v": 2}, {"seq": -1}, {"seq": True}, {"seq": 0.0}, {"prev": 1}])
def test_a_sound_line_of_another_form_is_unreadable(field: dict[str, object]) -> None:
    """Promise: a log of another version is never taken for one of this."""
    line, _ = seal(GENESIS, 0, encoded({"kind": "intent", **field}))
    assert unseal(line) == "unreadable"


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ([0, 1, 2, 1, 2, 3, 4], [(4, "duplicated")]),
        ([0, 1, 2, 3, 1, 2, 3, 4], [(5, "duplicated")]),
        ([2, 0, 1, 2, 3, 4], [(2, "reordered"), (4, "duplicated")]),
        ([1, 2, 0, 1, 2, 3, 4], [(3, "reordered"), (4, "duplicated")]),
        ([3, 4, 0, 1, 2], [(3, "reordered")]),
        ([0, 3, 4, 4], [(2, "missing"), (4, "duplicated")]),
    ],
)
def test_pieces_that_overlap_are_taken_apart(
    order: list[int], found: list[tuple[int, str]]
) -> None:
    """Promise: one flaw for what was done, however many lines it was done to."""
    assert flaws([FIVE[seq] for seq in order]) == found


def test_a_fork_is_found_at_both_ends() -> None:
    """Attack: records are put in that follow soundly upon each other, but not upon the log."""
    line, digest = seal(json.loads(FIVE[2])["prev"], 2, encoded({"kind": "intent"}))
    forged_next = forged(3, digest, "evil")
    assert flaws([*FIVE[:2], line, forged_next, *FIVE[4:]]) == [(4, "edited")]
    assert flaws([*FIVE[:3], forged(2, "", "evil"), *FIVE[3:]]) == [(4, "duplicated")]
    assert flaws([*FIVE[:3], forged(3, "", "evil"), FIVE[4]]) == [(3, "edited"), (4, "edited")]


def test_a_chain_in_shreds_takes_no_memory_for_each() -> None:
    """Attack: a segment of nothing but breaks, to exhaust who checks it."""
    chain = Chain()
    for number in range(MOST_PIECES + 1000):
        chain.add(b"?\n")
        chain.add(forged(number * 2, "", "evil"))
    found = chain.flaws()
    assert len(found) < 3 * MOST_PIECES
    assert found[-1].line == chain.lines
    assert "not looked at" in found[-1].detail
