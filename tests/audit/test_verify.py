"""A check finds what was done to a log, and tells what it cannot know."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.checkpoints import Mark, Signer, marks
from localguard.audit.findings import Finding
from localguard.audit.folders import name_of, segments
from localguard.audit.records import Gap, Record, Stop
from localguard.audit.sealing import Sealed, encoded, seal, unseal
from localguard.audit.segment_check import Gathered
from localguard.audit.verify import Verification
from tests.audit.makers import SIGNER, STARTED, Clock, chain_of, decided, journal, lines_of, outcome

Log = dict[str, list[bytes]]
HOME = "2026-11-24/212000-7f3a"
OTHER = "2026-11-24/212005-9c1b"
NEXT = "2026-11-25/212000-7f3a"


@dataclass(frozen=True)
class Held:
    """A segment in memory."""

    name: str
    text: bytes
    living: bool = False

    def lines(self) -> Iterable[bytes]:
        return self.text.splitlines(keepends=True)


def log_of(folder: Path) -> Log:
    """Two guards side by side, one of them over midnight, each ended in order."""
    clock = Clock()
    one = journal(folder, clock, signed=True)
    one.write(STARTED)
    for number in range(3):
        one.write(decided(f"7f3a-{number}"))
        one.write(outcome(f"7f3a-{number}"))
    clock.now += 5
    two = journal(folder, clock, "9c1b", signed=True)
    two.write(STARTED)
    one._vouch_now()
    one.write(decided("7f3a-4"))
    two.write(decided("9c1b-1"))
    two.write(outcome("9c1b-1"))
    clock.now += 86_395
    one.write(outcome("7f3a-4"))
    one.write(Stop(reason="the client closed", exit_code=0))
    two.close()
    one.close()
    return {name_of(path): lines_of(path) for path in segments(str(folder))}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return log_of(tmp_path_factory.mktemp("audit"))


def checked(
    log: Log,
    *,
    signer: Signer | None = SIGNER,
    living: Iterable[str] = (),
    told: Iterable[Mark] = (),
    names: list[str] | None = None,
) -> tuple[list[Finding], Gathered]:
    read = [Held(name, b"".join(log[name]), name in living) for name in sorted(log)]
    check = Verification(read, signer=signer, told=told, names=names)
    return list(check.findings()), check.gathered


def findings(log: Log, **options: Any) -> list[tuple[str, str]]:
    """What speaks against the log: where, and what."""
    return [(one.place, one.kind) for one in checked(log, **options)[0] if not one.is_note]


def notes(log: Log, **options: Any) -> list[tuple[str, str]]:
    return [(one.place, one.kind) for one in checked(log, **options)[0] if one.is_note]


def with_lines(log: Log, name: str, change: Callable[[list[bytes]], list[bytes]]) -> Log:
    return {**log, name: change(list(log[name]))}


def test_an_honest_log_has_no_findings(whole: Log) -> None:
    """Promise: what is clean is said to be clean, and how much of it there is."""
    assert list(whole) == [HOME, OTHER, NEXT]
    assert findings(whole) == []
    assert notes(whole) == [("log", "unprotected")]
    gathered = checked(whole)[1]
    assert (gathered.segments, gathered.records) == (3, sum(map(len, whole.values())))
    assert gathered.checkpoints == 4
    assert gathered.vouched == f"{NEXT}:{len(whole[NEXT])}"


@given(st.data())
def test_whatever_is_done_to_a_log_is_found_or_lies_at_an_open_end(
    whole: Log, data: st.DataObject
) -> None:
    """Attack: any one edit, deletion, exchange, insertion, duplicate or cut, at any place.

    What is not found is told: the segment ends open, and nobody vouches for its last records.
    """
    name = data.draw(st.sampled_from(list(whole)))
    lines = list(whole[name])
    at = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.integers(0, len(lines) - 1).filter(lambda number: number != at))
    byte = data.draw(st.integers(0, len(lines[at]) - 1))
    odd = data.draw(st.integers(1, 255))
    text = bytearray(lines[at])
    text[byte] ^= odd
    donor = data.draw(st.sampled_from(whole[data.draw(st.sampled_from(list(whole)))]))
    changes: list[list[bytes]] = [
        [*lines[:at], bytes(text), *lines[at + 1 :]],
        [*lines[:at], *lines[at + 1 :]],
        [
            lines[other] if n == at else lines[at] if n == other else lines[n]
            for n in range(len(lines))
        ],
        [*lines[:at], lines[other], *lines[at:]],
        [*lines[:at], donor, *lines[at:]],
        [*lines[:at], lines[at][:byte]],
        lines[:at],
        [*lines[:at], b"{}\n", *lines[at:]],
    ]
    damaged = {**whole, name: data.draw(st.sampled_from(changes))}
    told = [one for one in checked(damaged)[0] if one.kind == "open-end" and one.segment == name]
    assert findings(damaged) or told


def renamed(log: Log) -> Log:
    return {HOME: log[OTHER], OTHER: log[HOME], NEXT: log[NEXT]}


def without(log: Log, name: str) -> Log:
    return {kept: lines for kept, lines in log.items() if kept != name}


def forged(lines: list[bytes], at: int, **fields: object) -> list[bytes]:
    """The chain written anew from a record on that says something else, by someone without key."""
    bodies = [json.loads(line) for line in lines]
    bodies[at] |= fields
    prev, made = bodies[0]["prev"], []
    for seq, body in enumerate(bodies):
        kept = {
            name: value for name, value in body.items() if name not in ("v", "seq", "prev", "sum")
        }
        line, prev = seal(prev, seq, encoded(kept))
        made.append(line)
    return made


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (lambda log: with_lines(log, HOME, lambda lines: lines[:5]), [(f"{HOME}:5", "truncated")]),
        (lambda log: with_lines(log, NEXT, lambda lines: lines[:2]), []),
        (
            renamed,
            [
                (f"{HOME}:1", "renamed"),
                (f"{OTHER}:1", "renamed"),
            ],
        ),
        (lambda log: without(log, HOME), [(HOME, "missing-segment")]),
        (lambda log: without(log, OTHER), [(OTHER, "missing-segment")]),
        (
            lambda log: with_lines(log, HOME, lambda lines: forged(lines, 1, item="harmless")),
            [
                (f"{HOME}:7", "rewritten"),
                (f"{HOME}:8", "signature"),
                (f"{HOME}:10", "rewritten"),
                (f"{HOME}:10", "signature"),
            ],
        ),
        (
            lambda log: with_lines(
                log, NEXT, lambda lines: forged(lines, len(lines) - 1, mac="00" * 32)
            ),
            [(f"{NEXT}:4", "signature")],
        ),
        (
            lambda log: with_lines(log, NEXT, lambda lines: [*lines[:-1], lines[-1][:40]]),
            [(f"{NEXT}:4", "torn")],
        ),
    ],
    ids=[
        "cut where another remembers more",
        "cut where nobody does",
        "exchanged",
        "first removed",
        "second removed",
        "written anew",
        "signed by nobody",
        "torn",
    ],
)
def test_what_was_done_has_a_name_and_a_place(
    whole: Log, damage: Callable[[Log], Log], found: list[tuple[str, str]]
) -> None:
    """Promise: edit, cut, exchange, removal and a rewrite have their own names."""
    assert findings(damage(whole)) == found


def test_a_renamed_segment_keeps_its_signatures(whole: Log) -> None:
    """Promise: one deed, one finding; the rest of the segment may be believed."""
    log = without(whole, NEXT) | {"2026-11-26/000000-aaaa": whole[NEXT]}
    assert findings(log) == [("2026-11-26/000000-aaaa:1", "renamed")]


def test_an_end_that_nobody_vouches_for_is_told(whole: Log) -> None:
    """Promise: what a kill leaves looks like a cut, and is told as either."""
    killed = with_lines(whole, NEXT, lambda lines: lines[:3])
    assert findings(killed) == []
    (found,) = [one for one in checked(killed)[0] if one.kind == "open-end"]
    assert "last 3 records" in found.what
    assert notes(killed, living=[NEXT]) == [("log", "unprotected")]
    empty = with_lines(whole, NEXT, lambda _: [])
    assert (f"{NEXT}:1", "open-end") in notes(empty)


def test_a_line_that_is_being_written_is_not_torn(whole: Log) -> None:
    """Promise: a check while guards run finds nothing that is not so."""
    log = with_lines(whole, NEXT, lambda lines: [*lines, b'{"v":1,'])
    assert findings(log, living=[NEXT]) == []
    assert findings(log) == [(f"{NEXT}:5", "torn")]


def test_another_key_is_named(whole: Log) -> None:
    """Attack: the log is signed anew with a key that was made for it."""
    found, _ = checked(whole, signer=Signer(b"K" * 32, "unprotected"))
    assert {one.kind for one in found if not one.is_note} == {"signature"}
    assert all(f"another key, {SIGNER.name}" in one.what for one in found if not one.is_note)


def test_without_the_key_signatures_are_said_not_to_be_checked(whole: Log) -> None:
    """Promise: "clean" never means "not looked at"."""
    assert findings(whole, signer=None) == []
    assert ("log", "unchecked") in notes(whole, signer=None)


def sealed_digest(line: bytes) -> str:
    found = unseal(line)
    assert isinstance(found, Sealed)
    return found.digest


def marks_of(log: Log) -> list[Mark]:
    return [
        Mark(name, record["upto"], record["head"], record["mac"])
        for name, lines in log.items()
        for record in map(json.loads, lines)
        if record["kind"] == "checkpoint"
    ]


def test_a_witness_finds_what_a_log_alone_cannot(whole: Log) -> None:
    """Attack: the newest segment is removed, cut, or written anew by someone who has the key."""
    told = marks_of(whole)
    assert list(marks(mark.told() for mark in told)) == told
    assert findings(whole, told=told) == []
    assert findings(without(whole, NEXT), told=told) == [(NEXT, "missing-segment")]
    cut = with_lines(whole, NEXT, lambda lines: lines[:2])
    assert findings(cut, told=told) == [(f"{NEXT}:2", "truncated")]
    lines = forged(whole[NEXT][:3], 1, status="error")
    made = SIGNER.checkpoint(NEXT, 2, sealed_digest(lines[-1]))
    body = {"kind": "checkpoint", **made.fields()}
    lines.append(seal(made.head, 3, encoded(body))[0])
    again = {**whole, NEXT: lines}
    assert findings(again) == []
    assert findings(again, told=told) == [(f"{NEXT}:3", "rewritten")]


def test_what_others_tell_the_witness_does_not_count(whole: Log) -> None:
    """Attack: another user of the machine writes false checkpoints to syslog."""
    false = replace(marks_of(whole)[0], upto=999)
    assert findings(whole, told=[false]) == []
    assert findings(whole, told=[false], signer=None) == [(f"{HOME}:10", "truncated")]


def test_calls_without_an_outcome_are_told(whole: Log) -> None:
    """Promise: "unknown" is shown, never silently dropped."""
    assert "unknown-outcome" not in {kind for _, kind in notes(whole)}
    assert (f"{HOME}:9", "unknown-outcome") in notes(without(whole, NEXT))


def test_more_open_calls_than_can_be_named_are_counted() -> None:
    """Attack: millions of calls without an outcome, to exhaust who checks the log."""
    most = 10
    kinds = ["intent"] * (most + 3) + ["outcome"] * 2
    numbers = count()
    bodies = [{"kind": kind, "call": f"c-{next(numbers)}", "segment": HOME} for kind in kinds]
    check = Verification([Held(HOME, b"".join(chain_of(*bodies)))])
    check.gathered.most_open = most
    found = list(check.findings())
    assert check.gathered.more_open == 1
    assert found[-1].what.startswith("1 more calls")
    assert len([one for one in found if one.kind == "unknown-outcome"]) == most + 1


def test_gaps_are_told(tmp_path: Path) -> None:
    """Promise: what could not be written is known to be missing."""
    log = journal(tmp_path, signed=True)
    gap: Record = Gap(lost=2, since="2026-11-24T21:20:00.000000Z", cause="unwritable")
    log.write_all([STARTED, gap])
    log.close()
    found, _ = checked({HOME: lines_of(segments(str(tmp_path))[0])})
    assert (found[0].kind, found[0].what) == (
        "gap",
        "2 records are not here since 2026-11-24T21:20:00.000000Z: unwritable",
    )


def test_a_part_of_the_log_is_checked_by_itself(whole: Log) -> None:
    """Promise: `--since` does not miss what it was told not to read."""
    part = {NEXT: whole[NEXT]}
    assert findings(part, names=list(whole)) == []
    assert findings(part) == [(HOME, "missing-segment"), (OTHER, "missing-segment")]
    assert findings(part, names=[HOME, NEXT]) == []


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "checkpoint", "upto": 7, "head": "x", "mac": None},
        {"kind": "checkpoint"},
        {"kind": "retention", "first": 1},
        {
            "kind": "retention",
            "first": "",
            "last": "",
            "head": "",
            "key": "",
            "mac": "",
            "kept": [],
        },
        {"kind": "gap"},
        {"kind": ["x"], "call": {}, "after": [], "prior": {"segment": 1}},
        {"kind": "intent", "call": [1]},
    ],
    ids=str,
)
def test_whatever_a_sound_line_holds_is_read(record: dict[str, object]) -> None:
    """Attack: a sound line whose fields are missing or of other types."""
    found, _ = checked({HOME: chain_of({**record, "segment": HOME}, {"kind": "held"})})
    kinds = {one.kind for one in found if not one.is_note}
    assert kinds == ({"signature"} if record["kind"] in ("checkpoint", "retention") else set())


def test_every_finding_says_what_to_do(whole: Log) -> None:
    """Promise: no finding without a next step."""
    found, _ = checked(renamed(whole | {NEXT: whole[NEXT][:1]}))
    assert all(one.remedy and one.what for one in found)
