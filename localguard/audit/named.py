"""What every record is: named fields that become JSON of bounded size. Pure; knows no kind."""

from dataclasses import Field, fields
from typing import ClassVar, Final

from localguard.audit import sealing
from localguard.audit.shape import bounded

PLAIN_BYTES: Final = 16_384
"""As much JSON as a record may be without a look at its parts."""

_MEMBER_BYTES: Final = 12_800


class Named:
    """The JSON object of a record: its dataclass fields by name, bounded."""

    __slots__: tuple[str, ...] = ()
    permits: ClassVar[bool] = False
    """Whether something may happen because of it, so that it must be where it can be found."""
    names_person: ClassVar[bool] = False
    """Whether it says itself who was signed in; to all others that is added as they are written."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]

    def fields(self) -> dict[str, object]:
        """Return the fields by name, as JSON of bounded size."""
        return {field.name: bounded(getattr(self, field.name)) for field in fields(self)}

    def encoded(self) -> bytes:
        """Return `fields()` as JSON in ASCII.

        What is small is encoded as it is: everything in it is small, and bounding each part would
        cost several times as much as all else that is done for a record.
        """
        try:
            text = sealing.encoded(self)
        except TypeError:
            return self._bounded()
        return text if len(text) <= PLAIN_BYTES else self._bounded()

    def _bounded(self) -> bytes:
        members = self.fields()
        text = sealing.encoded(members)
        if len(text) <= PLAIN_BYTES:
            return text
        return sealing.encoded(self._cut({name: _small(one) for name, one in members.items()}))

    def _cut(self, members: dict[str, object]) -> dict[str, object]:
        """The fields after too large ones were left out."""
        return members


class Quoting(Named):
    """A record whose `fields()` make visible what it quotes."""

    __slots__: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        """Return `fields()` as JSON in ASCII."""
        return self._bounded()


def _small(value: object) -> object:
    size = len(sealing.encoded(value))
    return value if size <= _MEMBER_BYTES else f"({size} bytes, too many to keep)"
