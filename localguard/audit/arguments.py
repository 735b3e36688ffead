"""What a record keeps of a call's arguments: their JSON up to a size, and a hash of the whole.

The hash is keyed: short arguments could be guessed from a plain one by trying. It is the same for
the same arguments whatever the order of their members, so that calls can be compared although their
arguments are not in the log. Pure; what is secret in them was taken out by who hands them over.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final, NamedTuple, NewType

from orjson import OPT_SORT_KEYS, dumps

from localguard.audit.shape import bounded

KeptArguments = NewType("KeptArguments", Mapping[str, object])
"""What only `kept` makes, so that no arguments of any size pass for it."""

MOST_BYTES: Final = 4096
_MARK: Final = "…"


class Kept(NamedTuple):
    """What of the arguments a record holds; `complete` says whether it is all of them."""

    arguments: KeptArguments
    complete: bool


def kept(arguments: Mapping[str, object], most: int = MOST_BYTES) -> Kept:
    """Return the arguments, cut to at most `most` bytes (64 or more) of compact JSON in UTF-8.

    Long texts and collections are cut first. If that is not enough, members are left out from the
    end, and the member "…" says how many.
    """
    if 0 <= _size(arguments) <= most:
        return Kept(KeptArguments(arguments), True)
    cut = bounded(arguments)
    if isinstance(cut, dict):
        arguments = cut
    if _size(arguments) <= most:
        return Kept(KeptArguments(arguments), False)
    return Kept(KeptArguments(_fitting(arguments, most)), False)


def _size(value: object) -> int:
    """The bytes of its JSON; -1 when it has none."""
    try:
        return len(dumps(value))
    except TypeError:
        return -1


def _fitting(members: Mapping[str, object], most: int) -> dict[str, object]:
    fitting: dict[str, object] = {}
    room = most - len(dumps({_MARK: len(members)}))
    for name, value in members.items():
        room -= _size({name: value})
        if room < 0:
            break
        fitting[name] = value
    return fitting | {_MARK: len(members) - len(fitting)}


def keyed_hash(key: bytes, arguments: Mapping[str, object]) -> str:
    """Return keyed BLAKE2b (RFC 7693), 32 bytes in hex, of compact JSON with sorted members.

    Raises ValueError or TypeError when they are not JSON.
    """
    return blake2b(_canonical(arguments), digest_size=32, key=key).hexdigest()


def _canonical(arguments: Mapping[str, object]) -> bytes:
    try:
        return dumps(arguments, option=OPT_SORT_KEYS)
    except TypeError:
        # Integers beyond 64 bits and half characters are JSON to Python's own encoder alone.
        return json.dumps(arguments, sort_keys=True, separators=(",", ":")).encode("ascii")
