"""What a check of the log finds: where, what it means, and what to do. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "edited",
    "missing",
    "reordered",
    "duplicated",
    "torn",
    "unreadable",
    "renamed",
    "truncated",
    "rewritten",
    "missing-segment",
    "signature",
    "gap",
    "open-end",
    "unknown-outcome",
    "returned",
    "unchecked",
    "unprotected",
]

NOTES: Final = frozenset(
    ("gap", "open-end", "unknown-outcome", "returned", "unchecked", "unprotected")
)
"""What happens to an honest log too."""

_LOOK: Final = "compare the segment with a backup, and look who could write to it"
_REMEDIES: Final[Mapping[Kind, str]] = {
    "edited": "believe nothing this record says; restore the segment from a backup",
    "missing": "look for these records in a backup; someone removed them",
    "reordered": "trust the numbers of the records, not their place",
    "duplicated": "count this record once",
    "torn": "none if the power failed or the disk was full then, else restore from a backup",
    "unreadable": "restore the segment from a backup",
    "renamed": "give the file its own name back; look for the one whose name it has",
    "truncated": "look for the end of this segment in a backup; someone cut it off",
    "rewritten": _LOOK,
    "missing-segment": "look for the segment in a backup; no retention record says that it went",
    "signature": _LOOK,
    "gap": "read the cause; localguard denied the calls that it could not record",
    "open-end": "none if the guard was killed or the power failed then",
    "unknown-outcome": "find out from the server whether it was done",
    "returned": "remove it again, or keep it: it was removed in order once",
    "unchecked": "run this where the key is",
    "unprotected": "set audit.witness, so that checkpoints are also known elsewhere",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a segment, or about the log where there is none; `line` is from 1."""

    kind: Kind
    segment: str
    line: int | None
    what: str

    @property
    def is_note(self) -> bool:
        """Whether it says nothing against the log."""
        return self.kind in NOTES

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return _REMEDIES[self.kind]

    @property
    def place(self) -> str:
        """Where it is."""
        if self.line is None:
            return self.segment or "log"
        return f"{self.segment}:{self.line}"
