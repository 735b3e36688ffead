"""A checkpoint vouches for one place in one segment, under one key."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.checkpoints import Mark, Signer, marks
from localguard.audit.proofs import Retention
from tests.audit.makers import SIGNER

HEAD = "ab" * 32
SEGMENT = "2026-11-24/212000-7f3a"
REMOVED = Retention(
    first="2026-08-01/000000-a",
    last="2026-08-03/000000-b",
    segments=3,
    records=90,
    upto=29,
    head=HEAD,
    kept=("2026-08-02/000000-c",),
    key="",
    mac="",
)


def mark() -> Mark:
    made = SIGNER.checkpoint(SEGMENT, 7, HEAD)
    return Mark(SEGMENT, made.upto, made.head, made.mac)


@pytest.mark.parametrize(
    "change", [{"segment": f"{SEGMENT}.2"}, {"upto": 8}, {"head": "ac" * 32}, {"mac": "00" * 32}]
)
def test_a_checkpoint_binds_its_segment_its_number_and_its_head(change: dict[str, object]) -> None:
    """Attack: a checkpoint is moved to another segment, or further down."""
    assert SIGNER.vouches(mark())
    assert not SIGNER.vouches(replace(mark(), **change))  # type: ignore[arg-type]


def test_another_key_vouches_for_nothing() -> None:
    """Attack: someone without the key signs with one of their own."""
    other = Signer(b"K" * 32, "unprotected")
    assert not other.vouches(mark())
    assert other.name != SIGNER.name


def test_a_checkpoint_says_how_its_key_is_kept_and_not_what_it_is() -> None:
    """Promise: who reads the log knows what a signature is worth."""
    made = SIGNER.checkpoint(SEGMENT, 7, HEAD)
    assert made.protection == "unprotected"
    assert made.key == SIGNER.name
    assert (b"k" * 32).hex() not in str(made.fields())


@pytest.mark.parametrize(
    "change",
    [
        {"first": "2026-07-01/000000-a"},
        {"last": "2026-09-01/000000-a"},
        {"segments": 4},
        {"records": 91},
        {"upto": 30},
        {"head": "00" * 32},
        {"kept": ()},
        {"mac": "00" * 32},
    ],
)
def test_a_retention_record_binds_everything_it_says(change: dict[str, object]) -> None:
    """Attack: the range of what was removed in order is widened over what was not."""
    signed = SIGNER.retention(REMOVED)
    assert SIGNER.removed(signed)
    assert not SIGNER.removed(replace(signed, **change))  # type: ignore[arg-type]


def test_a_witness_is_understood_whatever_it_puts_around() -> None:
    """Promise: a file of ours, `journalctl` and a syslog file are read alike."""
    told = mark().told()
    lines = [
        f"2026-11-24T21:20:00Z {told}",
        f"Nov 24 21:20:00 host localguard: {told}",
        "Nov 24 21:20:00 host sshd: hello",
        "localguard checkpoint torn",
    ]
    assert list(marks(lines)) == [mark(), mark()]


@given(st.text())
def test_whatever_a_witness_holds_is_read(line: str) -> None:
    """Attack: the witness is full of what others wrote."""
    assert all(isinstance(found, Mark) for found in marks([line, f"{line}{mark().told()}{line}"]))
