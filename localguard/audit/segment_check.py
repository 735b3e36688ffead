"""The check of one segment: its chain, what is remembered of it, and what its records say.

Pure; knows neither files nor where a key comes from.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from localguard.audit.chain import Chain
from localguard.audit.checkpoints import Mark, Signer
from localguard.audit.claims import Claim, Claims
from localguard.audit.findings import Finding, Kind
from localguard.audit.proofs import Retention
from localguard.audit.sealing import Sealed

MOST_OPEN: Final = 100_000
"""So many calls without an outcome are named; of more only the number is told."""


class Segment(Protocol):
    """A segment as it is read here."""

    @property
    def name(self) -> str:
        """Its name, by that of its file."""
        ...

    @property
    def living(self) -> bool:
        """Whether its guard may still write to it."""
        ...

    def lines(self) -> Iterable[bytes]:
        """Its lines with their newlines; asked for twice."""
        ...


@dataclass(slots=True)
class Gathered:
    """What is known after some segments, and needed by the next.

    `vouched` is the last checkpoint that holds, as `segment:line`. `open` says where each call
    began that has no outcome; `more_open` counts those beyond `most_open`.
    """

    signer: Signer | None
    segments: int = 0
    records: int = 0
    checkpoints: int = 0
    vouched: str | None = None
    protection: str | None = None
    unchecked: int = 0
    retentions: list[Retention] = field(default_factory=list)
    open: dict[str, tuple[str, int]] = field(default_factory=dict)
    more_open: int = 0
    most_open: int = MOST_OPEN


class SegmentCheck:
    """The check of one segment, line by line."""

    def __init__(self, segment: Segment, claims: Iterable[Claim], gathered: Gathered) -> None:
        """Begin before its first line."""
        self._segment = segment
        self._name = segment.name
        self._claims = Claims(segment.name, claims)
        self._gathered = gathered
        self._chain = Chain()
        self._last = -1
        self._vouched = -1
        self._new: list[Finding] = []
        self._judges = {
            "intent": self._intent,
            "outcome": self._outcome,
            "gap": self._gap,
            "checkpoint": self._checkpoint,
            "retention": self._retention,
        }

    def findings(self) -> Iterator[Finding]:
        """Yield what is found, what concerns the whole segment last."""
        for line in self._segment.lines():
            found = self._chain.add(line)
            if isinstance(found, Sealed):
                self._record(found)
                if self._new:
                    yield from self._new
                    self._new.clear()
        self._flaws()
        self._new += self._claims.beyond(self._last, self._chain.lines)
        self._end()
        yield from self._new
        self._gathered.segments += 1

    def _say(self, kind: Kind, what: str, line: int | None = None) -> None:
        self._new.append(Finding(kind, self._segment.name, line or self._chain.lines, what))

    def _record(self, found: Sealed) -> None:
        self._gathered.records += 1
        self._last = max(self._last, found.seq)
        self._new += self._claims.compare(found, self._chain.lines)
        if found.seq == 0:
            self._opening(found)
        judge = self._judges.get(str(found.record.get("kind")))
        if judge is not None:
            judge(found)

    def _opening(self, found: Sealed) -> None:
        name = str(found.record.get("segment"))
        if name != self._segment.name:
            # What is signed in it was signed under the name it had.
            self._name = name
            self._say("renamed", f"this was written as segment {name}")

    def _intent(self, found: Sealed) -> None:
        if len(self._gathered.open) < self._gathered.most_open:
            call = str(found.record.get("call"))
            self._gathered.open[call] = (self._segment.name, self._chain.lines)
        else:
            self._gathered.more_open += 1

    def _outcome(self, found: Sealed) -> None:
        known = self._gathered.open.pop(str(found.record.get("call")), None)
        if known is None and self._gathered.more_open:
            self._gathered.more_open -= 1

    def _gap(self, found: Sealed) -> None:
        lost, since, cause = (found.record.get(name) for name in ("lost", "since", "cause"))
        self._say("gap", f"{lost} records are not here since {since}: {cause}")

    def _checkpoint(self, found: Sealed) -> None:
        upto, head, mac = (found.record.get(name) for name in ("upto", "head", "mac"))
        if upto != found.seq - 1 or head != found.prev:
            self._say("signature", "this checkpoint is not that of the record before it")
            return
        mark = Mark(self._name, found.seq - 1, found.prev, str(mac))
        signer = self._gathered.signer
        if self._signed(found, signer is not None and signer.vouches(mark)):
            self._gathered.checkpoints += 1
            self._gathered.vouched = f"{self._segment.name}:{self._chain.lines}"
            self._gathered.protection = str(found.record.get("protection"))
            self._vouched = found.seq

    def _retention(self, found: Sealed) -> None:
        record = _retention_of(found)
        if record is None:
            self._say(
                "signature", "this retention record is not of the form that localguard writes"
            )
            return
        signer = self._gathered.signer
        unsigned = signer is None and not record.mac
        if unsigned or self._signed(found, signer is not None and signer.removed(record)):
            self._gathered.retentions.append(record)

    def _signed(self, found: Sealed, holds: bool) -> bool:
        """Whether a signature may be believed: it holds, or there is no key to check it with."""
        signer = self._gathered.signer
        if signer is None:
            self._gathered.unchecked += 1
            return True
        if not holds:
            key = found.record.get("key")
            what = f"this {found.record.get('kind')} record was not signed as it is"
            other = f"this {found.record.get('kind')} record was signed by another key, {key}"
            self._say("signature", what if key == signer.name else other)
        return holds

    def _flaws(self) -> None:
        for flaw in self._chain.flaws():
            # The last line may be on its way while it is read.
            if not (flaw.kind == "torn" and self._segment.living):
                self._say(flaw.kind, flaw.detail, flaw.line)

    def _end(self) -> None:
        if self._segment.living or 0 <= self._last == self._vouched:
            return
        if self._last < 0:
            self._say("open-end", "nothing is in this segment, or everything was cut off", 1)
            return
        count = self._last - self._vouched
        what = "its guard was killed, or its end was cut off"
        since = "no checkpoint is in it" if self._vouched < 0 else "behind the last checkpoint"
        self._say("open-end", f"{what}: {since}, nobody vouches for the last {count} records")


def _retention_of(found: Sealed) -> Retention | None:
    record = found.record
    texts = [record.get(name) for name in ("first", "last", "head", "key", "mac")]
    counts = [record.get(name) for name in ("segments", "records", "upto")]
    kept = record.get("kept")
    if not all(isinstance(text, str) for text in texts) or not isinstance(kept, list):
        return None
    if not all(type(count) is int for count in counts):
        return None
    first, last, head, key, mac = map(str, texts)
    segments, records, upto = (count for count in counts if isinstance(count, int))
    return Retention(
        first=first,
        last=last,
        segments=segments,
        records=records,
        upto=upto,
        head=head,
        kept=[str(name) for name in kept],
        key=key,
        mac=mac,
    )
