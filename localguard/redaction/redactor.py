"""`Redactor`: takes kinds of text and registered secrets out of a text or a JSON value.

Each kind's finder is loaded when it is first needed. What is found is joined where it overlaps, and
the value itself is returned where nothing was found, so that nobody has to write it anew.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from itertools import islice
from typing import Any, Final

import orjson

from localguard.redaction import glance
from localguard.redaction.findings import MOST, TOO_MUCH, Counts, Finding, mark, replace
from localguard.redaction.registered import Secrets

KINDS: Final = frozenset({"email", "iban", "card", "phone", "secret"})
_SECRET: Final = "secret"  # noqa: S105 -- the name of a kind
_ORDER: Final = ("iban", "card", "email", "phone")
"""Of two kinds that overlap the earlier one names the place."""

_MODULES: Final[Mapping[str, tuple[str, ...]]] = {
    "secret": ("formats", "named"),
    "iban": ("ibans",),
    "card": ("cards",),
    "email": ("emails",),
    "phone": ("phones",),
}
"""Where the finders of a kind are; they are loaded when the kind is first needed."""

Find = Callable[[str], Iterator[tuple[int, int]]]


class Redactor:
    """Looks for some kinds, and for what is registered, now or later."""

    def __init__(self, kinds: frozenset[str], secrets: Secrets) -> None:
        """Raise ValueError for a kind that is none."""
        if unknown := kinds - KINDS:
            raise ValueError(f"no kinds of text: {', '.join(sorted(unknown))}")
        self.kinds = kinds
        self.secrets = secrets
        self._glances = tuple(glance.KINDS[kind] for kind in _ORDER if kind in kinds)
        self._tells: Callable[[str, str], bool] | None = None
        if _SECRET in kinds:
            from localguard.redaction import formats, named  # noqa: PLC0415 -- many patterns

            self._glances += (named.may_hold, formats.may_hold)
            self._tells = named.tells
        self._finds: tuple[tuple[str, Find], ...] | None = None

    @property
    def idle(self) -> bool:
        """True while there is nothing to look for."""
        return not (self.kinds or self.secrets)

    def finds(self, text: str) -> bool:
        """False where surely nothing is in a text, or in the value that it is the JSON text of."""
        for may_hold in self._glances:
            if may_hold(text):
                return True
        return bool(self.secrets) and self.secrets.finds(text)

    def text(self, text: str) -> tuple[str, Counts]:
        """A text without what was found, and how often what was; the same text if nothing was."""
        counts: Counter[str] = Counter()
        return self.replaced(text, counts), counts

    def value(self, value: Any) -> tuple[Any, Counts]:
        """A JSON value without what was found, names of members included; itself if nothing was.

        Where `secret` is looked for, the name of a member can tell that its text is one.
        """
        counts: Counter[str] = Counter()
        if self.idle or self.is_clean(value):
            return value, counts
        return self.walked(value, counts), counts

    def is_clean(self, value: Any) -> bool:
        """True where a glance says that nothing is in a JSON value; False may mean nothing."""
        try:
            return not self.finds(orjson.dumps(value).decode("utf-8"))
        except (TypeError, ValueError):
            # An integer of more than 64 bits, or what is no JSON: looked at piece by piece.
            return False

    def replaced(self, text: str, counts: Counter[str]) -> str:
        """A text without what was found, counted in `counts`; the same text if nothing was."""
        if not self.finds(text):
            return text
        findings: list[Finding] = []
        for found in self._searches(text):
            some = list(islice(found, MOST + 1))
            if len(some) > MOST:
                counts[TOO_MUCH] += 1
                return mark(TOO_MUCH)
            findings += some
        return replace(text, findings, counts) if findings else text

    def _searches(self, text: str) -> Iterator[Iterator[Finding]]:
        yield self.secrets.find(text)
        for kind, find in self._finders():
            yield (Finding(start, end, kind) for start, end in find(text))

    def walked(self, value: Any, counts: Counter[str]) -> Any:
        """A JSON value without what was found, counted in `counts`; itself if nothing was."""
        if isinstance(value, str):
            return self.replaced(value, counts)
        if isinstance(value, list):
            items = [self.walked(item, counts) for item in value]
            return value if _same(items, value) else items
        if isinstance(value, dict):
            return self._members(value, counts)
        return value

    def _members(self, value: dict[str, Any], counts: Counter[str]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for key, inner in value.items():
            members[_free(self.replaced(key, counts), members, value)] = self._member(
                key, inner, counts
            )
        return value if _same([*members, *members.values()], [*value, *value.values()]) else members

    def _member(self, key: str, value: Any, counts: Counter[str]) -> Any:
        if self._tells is not None and isinstance(value, str) and self._tells(key, value):
            counts[_SECRET] += 1
            return mark(_SECRET)
        return self.walked(value, counts)

    def _finders(self) -> tuple[tuple[str, Find], ...]:
        if self._finds is None:
            self._finds = tuple(
                (kind, find) for kind in (_SECRET, *_ORDER) if kind in self.kinds
                for find in _load(kind)
            )  # fmt: skip
        return self._finds


def _load(kind: str) -> Iterator[Find]:
    for module in _MODULES[kind]:
        find: Find = import_module(f"localguard.redaction.{module}").find
        yield find


def _free(key: str, members: dict[str, Any], before: dict[str, Any]) -> str:
    """A name for a member that no other has: two addresses become two members."""
    if key in before and key not in members:
        return key
    number, name = 1, key
    while name in members or (name in before and name != key):
        number += 1
        name = f"{key} {number}"
    return name


def _same(new: list[Any], old: list[Any]) -> bool:
    return len(new) == len(old) and all(map(_is, new, old))


def _is(one: Any, other: Any) -> bool:
    return one is other
