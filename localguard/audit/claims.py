"""What segments and a witness say of other segments: that a record of this digest was in it.

Pure; knows neither files nor keys.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localguard.audit.checkpoints import Mark
from localguard.audit.findings import Finding
from localguard.audit.sealing import Sealed


@dataclass(frozen=True, slots=True)
class Claim:
    """`by` remembers record `seq` of `segment` by its digest."""

    by: str
    segment: str
    seq: int
    hash: str


def claims_of(by: str, opening: Mapping[str, object]) -> list[Claim]:
    """The links in the first record of a segment."""
    return [
        Claim(by, segment, seq, digest)
        for link in (opening.get("after"), opening.get("prior"))
        if isinstance(link, Mapping)
        for segment, seq, digest in [(link.get("segment"), link.get("seq"), link.get("hash"))]
        if isinstance(segment, str) and isinstance(digest, str) and type(seq) is int
    ]


def claims_by_witness(told: Iterable[Mark]) -> list[Claim]:
    """What the witness remembers."""
    return [Claim("the witness", mark.segment, mark.upto, mark.head) for mark in told]


class Claims:
    """The claims about one segment, compared with it as it is read."""

    __slots__ = ("_claims", "_left", "_segment")

    def __init__(self, segment: str, claims: Iterable[Claim]) -> None:
        """Take the claims about this segment."""
        self._segment = segment
        self._claims: dict[int, list[Claim]] = {}
        for claim in claims:
            self._claims.setdefault(claim.seq, []).append(claim)
        self._left = set(self._claims)

    def compare(self, found: Sealed, line: int) -> list[Finding]:
        """What contradicts this record."""
        if found.seq not in self._left:
            return []
        self._left.discard(found.seq)
        return [
            Finding(
                "rewritten",
                self._segment,
                line,
                f"{claim.by} remembers another record {claim.seq} than this",
            )
            for claim in self._claims[found.seq]
            if claim.hash != found.digest
        ]

    def beyond(self, last: int, line: int) -> list[Finding]:
        """What was remembered behind the last record; holes before it are the chain's to name."""
        highest = max(self._left, default=-1)
        if highest <= last:
            return []
        by = self._claims[highest][0].by
        count = highest - last
        what = f"{count} or more records are missing at the end: {by} remembers record {highest}"
        return [Finding("truncated", self._segment, line, what)]
