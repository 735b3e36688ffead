"""One spelling for each JSON value, and its digest. Values that differ in anything differ in it.

1, 1.0, true and "1" are four values. The order of members is none, as JSON has it (RFC 8259
section 4); the depth of a value does not matter.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from localguard.policy.calls import Json


def digest_of(value: Json) -> str:
    """SHA-256 in hex over the canonical spelling of a value."""
    digest = hashlib.sha256()
    for token in _tokens(value):
        # The length keeps what stands in a text from passing for what stands beside it.
        digest.update(b"%d:%b" % (len(token), token))
    return digest.hexdigest()


def _tokens(value: Json) -> Iterator[bytes]:
    stack: list[Json] = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield b"text" + one.encode("utf-8", "surrogatepass")
        elif isinstance(one, Mapping):
            yield b"members%d" % len(one)
            for key in sorted(one, reverse=True):
                stack.extend((one[key], key))
        elif isinstance(one, Sequence):
            yield b"elements%d" % len(one)
            stack.extend(reversed(one))
        else:
            yield _scalar(one)


def _scalar(value: bool | float | None) -> bytes:  # noqa: FBT001
    if value is None or isinstance(value, bool):
        return repr(value).encode()
    # In hex, since the decimal digits of a huge integer are refused by Python itself.
    if isinstance(value, int):
        return b"integer" + hex(value).encode()
    return b"number" + value.hex().encode()
