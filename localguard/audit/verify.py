"""Checks a whole log: every chain, the links between them, signatures, and what is not known.

Reads each segment once, as a stream, so that memory is needed only for links, for calls without an
outcome, and for what is wrong. It finds an edit, a deletion, a reordering, a duplicate and an
insertion in a chain; a cut end where a later segment or a witness remembers more; a segment that
was renamed, exchanged or removed without a retention record; a signature that is none. It cannot
find that the newest segments were removed whole, or that the end of a segment was cut off, as long
as nobody remembers more; such an end is told as open. Pure: whoever calls it opens the files and
knows the key.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from localguard.audit.checkpoints import Mark, Signer
from localguard.audit.claims import Claim, claims_by_witness, claims_of
from localguard.audit.findings import Finding
from localguard.audit.proofs import Retention
from localguard.audit.sealing import Sealed, unseal
from localguard.audit.segment_check import Gathered, Segment, SegmentCheck

Record = Mapping[str, object]


class Verification:
    """One check of the segments in `read`, which are those of the log or its newest.

    `names` are the names of all segments there are. Without a `signer` signatures are not checked.
    `told` is what a witness remembers. What was `gathered` is right once `findings` has ended.
    """

    def __init__(
        self,
        read: Sequence[Segment],
        *,
        names: Collection[str] | None = None,
        signer: Signer | None = None,
        told: Iterable[Mark] = (),
    ) -> None:
        """Read nothing yet."""
        self.gathered = Gathered(signer)
        self._read = read
        self._names = frozenset(names or (segment.name for segment in read))
        self._told = list(told)

    def findings(self) -> Iterator[Finding]:
        """Yield what is found, segment by segment, and at the end what concerns several.

        Raises what reading a segment raises.
        """
        openings = {segment.name: _opening(segment) for segment in self._read}
        written_as = {name: str(opening.get("segment", name)) for name, opening in openings.items()}
        claims = self._claims(openings)
        for segment in self._read:
            about = claims.get(written_as[segment.name], ())
            yield from SegmentCheck(segment, about, self.gathered).findings()
        claims = {name: claims[name] for name in claims.keys() - set(written_as.values())}
        yield from self._missing(claims)
        yield from self._returned()
        yield from self._open_calls()
        yield from self._on_the_whole()

    def _claims(self, openings: Mapping[str, Record]) -> Mapping[str, Sequence[Claim]]:
        """What is remembered of each segment."""
        signer = self.gathered.signer
        # Anyone may write to a syslog, and only who has the key writes what counts here.
        told = [mark for mark in self._told if signer is None or signer.vouches(mark)]
        found = claims_by_witness(told)
        for name, opening in openings.items():
            found += claims_of(name, opening)
        by_segment: dict[str, list[Claim]] = {}
        for claim in found:
            by_segment.setdefault(claim.segment, []).append(claim)
        return by_segment

    def _missing(self, claims: Mapping[str, Sequence[Claim]]) -> Iterator[Finding]:
        remembered = {name: claims[name][0].by for name in claims}
        for record in self.gathered.retentions:
            for name in record.kept:
                remembered.setdefault(name, "a retention record")
        # Of what is older than what was read, retention records may not have been read either.
        oldest = self._read[0].name if 0 < len(self._read) < len(self._names) else ""
        for name in sorted(remembered.keys() - self._names):
            if name >= oldest and not self._was_removed(name):
                what = f"this segment is not there, and {remembered[name]} remembers it"
                yield Finding("missing-segment", name, None, what)

    def _returned(self) -> Iterator[Finding]:
        for name in sorted(self._names):
            if self._was_removed(name):
                what = "a retention record says that this segment was removed, or a clock went back"
                yield Finding("returned", name, None, what)

    def _was_removed(self, name: str) -> bool:
        return any(_covers(record, name) for record in self.gathered.retentions)

    def _open_calls(self) -> Iterator[Finding]:
        for call, (segment, line) in self.gathered.open.items():
            what = f"call {call} has no recorded outcome: it may have been done or not"
            yield Finding("unknown-outcome", segment, line, what)
        if self.gathered.more_open:
            what = f"{self.gathered.more_open} more calls have no recorded outcome"
            yield Finding("unknown-outcome", "", None, what)

    def _on_the_whole(self) -> Iterator[Finding]:
        gathered = self.gathered
        if gathered.unchecked:
            what = f"{gathered.unchecked} signatures were not checked, since the key is not here"
            yield Finding("unchecked", "", None, what)
        if gathered.protection == "unprotected":
            what = "the key for signatures is unprotected: a program of this user can sign with it"
            yield Finding("unprotected", "", None, what)


def _opening(segment: Segment) -> Record:
    """The first record of a segment; nothing when its first line is none."""
    found = unseal(next(iter(segment.lines()), b""))
    return found.record if isinstance(found, Sealed) else {}


def _covers(record: Retention, name: str) -> bool:
    return name <= record.last and name not in record.kept
