"""When a line of a segment was written and which call it is of, without reading it as JSON.

The beginning of a line is machine-made and has one form; only a line whose own digest is right is
looked at, so that an edited one cannot move its neighbours. Pure.
"""

import re
from hashlib import sha256
from typing import Final, NamedTuple

_HEAD: Final = re.compile(
    rb'\{"v":1,"seq":\d+,"prev":"[0-9a-f]{64}",'
    rb'"t":"\d\d(\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})Z","m":[-+.\de]+,'
    rb'"kind":"([a-z_]+)"(?:,"(?:call|request)":"([^"\\]{1,200})")?'
)
_LATER: Final = re.compile(rb',"request":"([^"\\]{1,200})"')
_APPROVER: Final = b"approver"
_DIGITS: Final = 16
_END: Final = len(',"sum":""}') + _DIGITS

UNTAGGED: Final = 0


class Head(NamedTuple):
    """`time` is a number that sorts as moments do, 0 if unknown; `tag` is that of the call."""

    time: int
    tag: int


UNKNOWN: Final = Head(0, UNTAGGED)


def tag_of(call: bytes) -> int:
    """A number for the id of a call or of a request: equal for equal ids, and only seldom else."""
    return hash(call) or 1


def head_of(line: bytes) -> Head:
    """Read the head of a line without its newline."""
    found = _HEAD.match(line)
    if found is None or not _is_whole(line):
        return UNKNOWN
    time, kind, call = found.groups()
    if call is None and kind == _APPROVER:
        later = _LATER.search(line, found.end())
        call = None if later is None else later[1]
    tag = UNTAGGED if call is None else tag_of(call)
    return Head(int(time.translate(None, b"-T:.")), tag)


def time_of(moment: str) -> int:
    """The same number for the beginning of an ISO 8601 moment in UTC; 0 where it is none."""
    digits = "".join(char for char in moment if char in "0123456789")[2:]
    return int(digits.ljust(18, "0")[:18] or "0")


def _is_whole(line: bytes) -> bool:
    """What `sealing.unseal` finds out about a digest, without a look at the JSON."""
    digest = sha256(line[:-_END]).hexdigest()[:_DIGITS]
    return line[-_END:] == b',"sum":"%b"}' % digest.encode("ascii")
