"""Checkpoints and retention records: who has the key vouches for what is in a segment.

A checkpoint binds the name of its segment, the number of its last record and that record's digest,
and through the chain everything before it, by HMAC-SHA256 with a key from the vault. It proves to
who has the same key, the owner of the log, that up to there nothing was changed, renamed or cut off
by anyone who had not: another user, a restored backup, an edit by hand, a program that does not
know localguard. It proves nothing to anyone else, who would need the key to check and could sign
with it. It proves nothing against a program of the same user that reads the key while it is kept
unprotected: such a one can write a new log from the first record on. That is what a witness is for:
it remembers checkpoints where the user cannot silently edit them. Pure.
"""

import hmac
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from localguard.audit.proofs import Checkpoint, Retention

_NAME_DIGITS: Final = 16
_TOLD: Final = re.compile(
    r"localguard checkpoint (\d{4}-\d\d-\d\d/[A-Za-z0-9_.-]{1,60}) (\d{1,18}) ([0-9a-f]{64})"
    r" ([0-9a-f]{64})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A checkpoint as a witness remembers it."""

    segment: str
    upto: int
    head: str
    mac: str

    def told(self) -> str:
        """Return the text for a witness, in which `marks` finds it again."""
        return f"localguard checkpoint {self.segment} {self.upto} {self.head} {self.mac}"


def marks(lines: Iterable[str]) -> Iterator[Mark]:
    """Find the checkpoints in what a witness wrote down, whatever else is in its lines."""
    for line in lines:
        for segment, upto, head, mac in _TOLD.findall(line):
            yield Mark(segment, int(upto), head, mac)


class Signer:
    """Signs by one key. `name` is the public name of the key, from which it cannot be guessed."""

    __slots__ = ("_key", "name", "protection")

    def __init__(self, key: bytes, protection: str) -> None:
        """Take a key of at least 32 random bytes; `protection` says how it is kept."""
        self._key = key
        self.protection = protection
        self.name = sha256(b"localguard key\n" + key).hexdigest()[:_NAME_DIGITS]

    def checkpoint(self, segment: str, upto: int, head: str) -> Checkpoint:
        """Vouch for the segment up to record `upto`, whose digest is `head`."""
        mac = self._mac(*_about(segment, upto, head))
        return Checkpoint(upto=upto, head=head, key=self.name, protection=self.protection, mac=mac)

    def vouches(self, mark: Mark) -> bool:
        """Whether this key signed the checkpoint."""
        return self._holds(mark.mac, *_about(mark.segment, mark.upto, mark.head))

    def retention(self, record: Retention) -> Retention:
        """Return the record with its signature."""
        return replace(record, key=self.name, mac=self._mac(*_removal(record)))

    def removed(self, record: Retention) -> bool:
        """Whether this key signed the retention record."""
        return self._holds(record.mac, *_removal(record))

    def _mac(self, *parts: object) -> str:
        text = "\n".join(map(str, parts))
        return hmac.digest(self._key, text.encode("utf-8", "backslashreplace"), "sha256").hex()

    def _holds(self, mac: str, *parts: object) -> bool:
        return hmac.compare_digest(mac.encode("utf-8", "replace"), self._mac(*parts).encode())


def _about(segment: str, upto: int, head: str) -> tuple[object, ...]:
    return ("localguard checkpoint 1", segment, upto, head)


def _removal(record: Retention) -> tuple[object, ...]:
    counts = (record.segments, record.records, record.upto, record.head)
    return ("localguard retention 1", record.first, record.last, *counts, *record.kept)
