"""What the audit log is told of a call's arguments, as the person has chosen it."""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from localguard.audit.arguments import KeptArguments, kept, keyed_hash
from localguard.audit.shape import ArgumentShape, shape
from localguard.policy.calls import Arguments

Mode = Literal["redacted", "hash", "full"]
Redact = Callable[[Arguments], Arguments]
"""Arguments without the secrets in them; the same object where there is none."""

FULL_BYTES = 12_288
"""The JSON of arguments that are kept in full, so that their record is still of bounded size."""


class Told(NamedTuple):
    """What a record holds: the arguments or their shape, a hash, and whether it is all of them."""

    arguments: KeptArguments | ArgumentShape
    hash: str
    complete: bool


class Teller:
    """Tells of arguments. `key` gives the key of their hashes."""

    def __init__(self, mode: Mode, key: Callable[[], bytes], redact: Redact) -> None:
        self._mode = mode
        self._key = key
        self._redact = redact

    def __call__(self, arguments: Arguments) -> Told:
        """What a record holds of these arguments."""
        whole: Mapping[str, object] = arguments
        digest = keyed_hash(self._key(), whole)
        if self._mode == "hash":
            return Told(shape(whole), digest, False)
        if self._mode == "full":
            fitting, complete = kept(whole, FULL_BYTES)
            return Told(fitting, digest, complete)
        redacted = self._redact(arguments)
        fitting, complete = kept(redacted)
        return Told(fitting, digest, complete and redacted is arguments)
