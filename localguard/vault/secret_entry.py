"""What lies sealed under the name of a secret: its value, and who may have it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Final

from localguard.vault.bindings import Binding

MOST_PENDING: Final = 8
"""Servers that were refused and are kept in mind: a person allows exactly one of them."""


@dataclass(frozen=True, slots=True)
class SecretEntry:
    """A secret. `made` is when its value was given, in UTC; `pending` were refused, newest last."""

    value: str = field(repr=False)
    made: str
    bound: tuple[Binding, ...] = ()
    pending: tuple[Binding, ...] = ()

    def may_have(self, binding: Binding) -> bool:
        """Whether a server is one of those that it is bound to."""
        return any(one.identity == binding.identity for one in self.bound)

    def allowed(self, binding: Binding) -> "SecretEntry":
        """The entry with one more server that may have it."""
        bound = (*_without(self.bound, binding), binding)
        return replace(self, bound=bound, pending=tuple(_without(self.pending, binding)))

    def refused(self, binding: Binding) -> "SecretEntry":
        """The entry that keeps a refused server in mind."""
        if binding in self.pending:
            return self
        pending = (*_without(self.pending, binding), binding)[-MOST_PENDING:]
        return replace(self, pending=pending)

    def text(self) -> bytes:
        """As it is sealed."""
        return json.dumps(asdict(self)).encode("ascii")


def read_entry(text: bytes) -> SecretEntry:
    """What was sealed. Raises ValueError where another version of localguard wrote it."""
    try:
        fields = json.loads(text)
        value, made = fields["value"], fields["made"]
        bound, pending = (_bindings(fields[key]) for key in ("bound", "pending"))
    except (KeyError, TypeError) as error:
        raise ValueError("not a secret that this version knows") from error
    return SecretEntry(str(value), str(made), bound, pending)


def _bindings(fields: Iterable[Mapping[str, str]]) -> tuple[Binding, ...]:
    return tuple(Binding(**one) for one in fields)


def _without(bindings: Iterable[Binding], binding: Binding) -> list[Binding]:
    return [one for one in bindings if one.identity != binding.identity]
