"""Records of lines that are no messages: what they quote is made visible.

Pure; `records` names all kinds there are, these included.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from localguard.audit.named import Named, Quoting
from localguard.text import safe

Direction: TypeAlias = Literal["client", "server"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFrame(Quoting):
    """Lines that are no acceptable JSON-RPC message; `reason` is a slug such as `duplicate-key`.

    `count` and `bytes` are those since the last record of that reason, `detail` is the last one's.
    """

    kind: ClassVar[str] = "frame"
    direction: Direction
    reason: str
    detail: str
    bytes: int
    count: int = 1

    def fields(self) -> dict[str, object]:
        """Return the fields, the detail made visible: it may quote the frame."""
        return Named.fields(self) | {"detail": safe(self.detail)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(Quoting):
    """Lines on the server's stdout that are not MCP: `count` of them, and what the first said."""

    kind: ClassVar[str] = "noise"
    count: int
    bytes: int
    sample: str

    def fields(self) -> dict[str, object]:
        """Return the fields, the sample made visible and at most 200 characters long."""
        return Named.fields(self) | {"sample": safe(self.sample, 200)}
