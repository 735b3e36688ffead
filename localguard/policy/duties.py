"""Duties: what holds for a call that may be sent. They give no verdict; the duties of rules join.

A limit is counted before it is decided: whoever keeps the count puts it into `Facts.spent`, this
call and all calls in flight included, and gives it back only if the call is never sent.
"""

from dataclasses import dataclass, field

_UNITS = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` calls in any `seconds`, or, with `of`, a sum of that argument's values."""

    count: float
    seconds: int
    of: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As a profile writes it, for example `10/minute of amount`."""
        unit = _UNITS.get(self.seconds, f"{self.seconds}s")
        of = f" of {'.'.join(self.of)}" if self.of else ""
        return f"{self.count:.16g}/{unit}{of}"


@dataclass(frozen=True, slots=True)
class Duties:
    """What the applying rules demand together.

    `limits` names the rules whose limit was counted; `redact` the kinds of text that no answer may
    carry (`email`, `iban`, `card`, `phone`, `secret`); `destructive` says that the call cannot be
    undone, `reauth` that a person's yes to it takes a new sign-in, for this very call.
    """

    limits: tuple[str, ...] = ()
    redact: frozenset[str] = field(default_factory=frozenset)
    destructive: bool = False
    reauth: bool = False


NONE = Duties()
