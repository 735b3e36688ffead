"""The definitions that a server lists in one session, each kept once and within bounds.

Knows no pin; what two spellings of a definition are worth is decided elsewhere.
"""

import json
from collections.abc import Mapping
from typing import Final

import orjson

from localguard.policy.calls import Json
from localguard.policy.pins import Definition

ROOM: Final = 32 * 1024 * 1024
"""Bytes of definitions that are kept of a server; what does not fit counts as never listed."""


class Heard:
    """The last definition of each item, with its text: as long as that is the same, so is it."""

    def __init__(self, room: int = ROOM) -> None:
        self.definitions: dict[str, Definition] = {}
        self._texts: dict[str, bytes] = {}
        self._room = room

    def knows(self, item: str, text: bytes) -> bool:
        """Whether exactly this was heard last of the item."""
        return self._texts.get(item) == text

    def keep(self, item: str, text: bytes, definition: Definition) -> bool:
        """Keep a definition with its text, in place of the one before; False without the room."""
        self.forget(item)
        if len(text) > self._room:
            return False
        self._room -= len(text)
        self._texts[item] = text
        self.definitions[item] = definition
        return True

    def forget(self, item: str) -> None:
        """The item is listed no more."""
        self._room += len(self._texts.pop(item, b""))
        self.definitions.pop(item, None)


def spelled(body: Mapping[str, Json]) -> bytes:
    """One spelling for each JSON object, for comparing: 1, 1.0 and true are spelled differently."""
    try:
        return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # An integer of more than 64 bits.
        return json.dumps(body, sort_keys=True).encode()
