"""One test of one value. Each matcher answers yes, no, or doubt for a value it cannot read.

A matcher never guesses: a text where a number belongs, a boolean where an integer belongs, an
integer that parsers round differently are all doubt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from localguard.policy.calls import EXACT_INTEGER, Facts, Json, fact_value
from localguard.policy.globs import Glob
from localguard.policy.hosts import domain_of_address, host_of_url, within_domain
from localguard.policy.truth import Truth, any_of, truth


class Matcher(Protocol):
    """A test of one value that is not a list."""

    def judge(self, value: Json, facts: Facts) -> Truth:
        """Whether the value passes, in the light of the facts."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A literal or glob; `folded` compares without regard to case."""

    glob: Glob
    folded: bool = False

    def judge(self, value: Json, facts: Facts) -> Truth:
        if not isinstance(value, str):
            return Truth.DOUBT
        return truth(self.glob.matches(value.casefold() if self.folded else value))


@dataclass(frozen=True, slots=True)
class Literal:
    """A text that is the same in every character: nothing in it is wild."""

    text: str

    def judge(self, value: Json, facts: Facts) -> Truth:
        return truth(value == self.text) if isinstance(value, str) else Truth.DOUBT


@dataclass(frozen=True, slots=True)
class Same:
    """A text that is one of those of a fact of the person: `user`, `group` or `claim.<x>`.

    Character by character, since nothing in what a provider says is a pattern.
    """

    fact: str

    def judge(self, value: Json, facts: Facts) -> Truth:
        known = fact_value(self.fact, facts)
        texts = [known] if isinstance(known, str) else known
        if not isinstance(value, str) or not isinstance(texts, list | tuple):
            return Truth.DOUBT
        if not texts or not all(isinstance(one, str) for one in texts):
            return Truth.DOUBT
        return truth(value in texts)


@dataclass(frozen=True, slots=True)
class Number:
    """A number, equal in value (5 and 5.0 are the same)."""

    number: float

    def judge(self, value: Json, facts: Facts) -> Truth:
        known = exact_number(value)
        return Truth.DOUBT if known is None else truth(known == self.number)


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""

    flag: bool

    def judge(self, value: Json, facts: Facts) -> Truth:
        return truth(value is self.flag) if isinstance(value, bool) else Truth.DOUBT


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number between two bounds, both included; None is no bound."""

    low: float | None = None
    high: float | None = None

    def judge(self, value: Json, facts: Facts) -> Truth:
        known = exact_number(value)
        if known is None:
            return Truth.DOUBT
        above = self.low is None or known >= self.low
        below = self.high is None or known <= self.high
        return truth(above and below)


@dataclass(frozen=True, slots=True)
class LengthMax:
    """A text of at most so many characters."""

    length: int

    def judge(self, value: Json, facts: Facts) -> Truth:
        return truth(len(value) <= self.length) if isinstance(value, str) else Truth.DOUBT


@dataclass(frozen=True, slots=True)
class Under:
    """A path in a folder, or the folder itself, after `~`, `..` and links are resolved."""

    root: str

    def judge(self, value: Json, facts: Facts) -> Truth:
        root = facts.paths.get(self.root)
        path = facts.paths.get(value) if isinstance(value, str) else None
        if root is None or path is None:
            return Truth.DOUBT
        if facts.folds:
            root, path = root.casefold(), path.casefold()
        return truth(path == root or path.startswith(_folder(root)))


@dataclass(frozen=True, slots=True)
class Host:
    """A URL whose host fits a literal or glob."""

    glob: Glob

    def judge(self, value: Json, facts: Facts) -> Truth:
        host = host_of_url(value) if isinstance(value, str) else None
        return Truth.DOUBT if host is None else truth(self.glob.matches(host))


@dataclass(frozen=True, slots=True)
class Domain:
    """An e-mail address or URL of a domain or of a name below it."""

    domain: str

    def judge(self, value: Json, facts: Facts) -> Truth:
        if not isinstance(value, str):
            return Truth.DOUBT
        host = host_of_url(value) if "://" in value else domain_of_address(value)
        return Truth.DOUBT if host is None else truth(within_domain(host, self.domain))


@dataclass(frozen=True, slots=True)
class Sql:
    """An SQL text of one of these kinds: `read`, `write`, `ddl`. What is not sure is doubt."""

    kinds: frozenset[str]

    def judge(self, value: Json, facts: Facts) -> Truth:
        from localguard.policy.sql import kind_of  # noqa: PLC0415 -- most profiles never need it

        kind = kind_of(value) if isinstance(value, str) else None
        return Truth.DOUBT if kind is None else truth(kind in self.kinds)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Passes when one of several tests passes."""

    matchers: tuple[Matcher, ...]

    def judge(self, value: Json, facts: Facts) -> Truth:
        return any_of(matcher.judge(value, facts) for matcher in self.matchers)


def exact_number(value: Json) -> float | int | None:
    """A number that every parser reads alike, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return None if isinstance(value, int) and abs(value) > EXACT_INTEGER else value


def path_roots(matchers: Iterable[Matcher]) -> frozenset[str]:
    """The folders that the matchers compare with, as they stand in the profile."""
    roots: set[str] = set()
    for matcher in matchers:
        if isinstance(matcher, Under):
            roots.add(matcher.root)
        elif isinstance(matcher, AnyOf):
            roots |= path_roots(matcher.matchers)
    return frozenset(roots)


def referred(matchers: Iterable[Matcher]) -> frozenset[str]:
    """The facts of the person that the matchers refer to."""
    facts: set[str] = set()
    for matcher in matchers:
        if isinstance(matcher, Same):
            facts.add(matcher.fact)
        elif isinstance(matcher, AnyOf):
            facts |= referred(matcher.matchers)
    return frozenset(facts)


def _folder(path: str) -> str:
    separator = "\\" if "\\" in path and "/" not in path else "/"
    return path if path.endswith(separator) else path + separator
