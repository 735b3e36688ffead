"""What a guard says, cut into frames: a snapshot piece by piece, a text that fits no frame cut.

Pure. That a request can be read whole is the desk's promise; this one is that whatever a server
puts into its definitions, a console can still be told.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any, Final, TypeVar

from localguard.control.frames import FRAME
from localguard.control.messages import Event, Snapshot
from localguard.control.wire import wire

CUT: Final = " … "
_LONG: Final = frozenset({"arguments", "definition", "pinned"})
_LONG_CUT: Final = 24 * 1024
_SHORT_CUT: Final = 1024
"""Characters left of a text in a view that fits no frame; JSON makes at most 7 bytes of one."""

_View = TypeVar("_View")


def opening(snapshot: Snapshot, seq: int) -> Iterator[bytes]:
    """The frames of a snapshot: each view by itself, then the snapshot without any.

    `seq` is that of the last event that the snapshot knows of.
    """
    for view in (*snapshot.requests, *snapshot.closed, *snapshot.grants):
        yield _framed(view)
    guard = snapshot.guard if _fits(wire(snapshot.guard)) else _cut(snapshot.guard)
    yield wire(replace(snapshot, seq=seq, guard=guard, requests=(), closed=(), grants=()))


def told(event: Event) -> bytes:
    """The frame of an event."""
    frame = wire(event)
    return frame if _fits(frame) else wire(replace(event, news=_cut(event.news)))


def _framed(view: object) -> bytes:
    frame = wire(view)
    return frame if _fits(frame) else wire(_cut(view))


def _fits(frame: bytes) -> bool:
    # The newline does not count, and an event is said around a view.
    return len(frame) + 64 <= FRAME


def _cut(view: _View) -> _View:
    shown: Any = view
    texts = {each.name: getattr(shown, each.name) for each in fields(shown)}
    shorter = {
        name: _without_middle(text, _LONG_CUT if name in _LONG else _SHORT_CUT)
        for name, text in texts.items()
        if isinstance(text, str)
    }
    if "whole" in texts:
        whole = texts["whole"] and shorter["arguments"] == texts["arguments"]
        return replace(shown, **shorter, whole=whole)  # type: ignore[no-any-return]
    return replace(shown, **shorter)  # type: ignore[no-any-return]


def _without_middle(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    half = (limit - len(CUT)) // 2
    return f"{text[:half]}{CUT}{text[-half:]}"
