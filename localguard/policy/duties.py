"""Duties: what holds for a call that may be sent. They give no verdict; the duties of rules join.

A limit is counted before it is decided: whoever keeps the count puts it into `Facts.spent`, this
call and all calls in flight included, and gives it back only if the call is never sent.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` calls in any `seconds`, or, with `of`, a sum of that argument's values."""

    count: float
    seconds: int
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Duties:
    """What the applying rules demand together.

    `limits` names the rules whose limit was counted; `redact` the kinds of text that no answer may
    carry (`email`, `iban`, `card`, `phone`, `secret`); `destructive` that the call cannot be undone.
    """

    limits: tuple[str, ...] = ()
    redact: frozenset[str] = field(default_factory=frozenset)
    destructive: bool = False


NONE = Duties()
