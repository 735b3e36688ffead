"""What may become of calls to a tool, whatever their arguments, and which rules say so.

The best and the worst that a profile has for it: it is judged with every condition turned the one
way and the other. What decides is `policy.decide` in both cases. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from localguard.cli.known import Known
from localguard.policy.calls import Call, Facts
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Decision, Word, word
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb


@dataclass(frozen=True, slots=True)
class Outlook:
    """`best` is what a call can get at best, under `conditions`, and `worst` otherwise."""

    best: Decision
    worst: Decision
    conditions: tuple[str, ...]

    @property
    def word(self) -> Word:
        """Allow, ask or deny, at best."""
        return word(self.best)

    @property
    def certain(self) -> bool:
        """Whether the arguments and the other facts of a call make no difference."""
        return word(self.best) == word(self.worst)

    def told(self) -> str:
        """The rule for a person: `work.toml:12 if path`, or what may get in its way."""
        if self.certain:
            return self.best.by
        if self.conditions:
            return f"{self.best.by} if {', '.join(self.conditions)}"
        file = self.best.by.rpartition(":")[0]
        return f"{self.best.by}, or {word(self.worst)} {self.worst.by.removeprefix(file)}"


class Outlooks:
    """The outlook of each tool under one profile at one moment."""

    def __init__(self, profile: Profile, at: datetime) -> None:
        self._at = at
        self._rules = {str(rule.origin): rule for rule in profile.rules}
        self._allowed = _with(profile, _freed(profile, asked=False))
        self._asked = _with(profile, _freed(profile, asked=True))
        self._worst = _with(profile, _tightened(profile))

    def of(self, known: Known) -> Outlook:
        """The outlook of one tool."""
        facts = Facts(at=self._at, marks=known.marks, confirmed=known.confirmed)
        call = Call(known.server, known.item, {}, facts)
        best = decide(Standing(self._allowed), call)
        if word(best) == "deny":
            # Where nothing can be allowed, what asks is the best there is.
            best = decide(Standing(self._asked), call)
        return Outlook(best, decide(Standing(self._worst), call), self._conditions(best))

    def _conditions(self, best: Decision) -> tuple[str, ...]:
        rule = self._rules.get(best.by)
        if rule is None or rule.verb is Verb.DENY:
            return ()
        names = [condition.name.removeprefix("args.") for condition in rule.when]
        return (*names, *(f"not {c.name.removeprefix('args.')}" for c in rule.unless))


def _with(profile: Profile, rules: Iterator[Rule]) -> Profile:
    return replace(profile, rules=tuple(rules))


def _freed(profile: Profile, *, asked: bool) -> Iterator[Rule]:
    """The rules as they are where all that lets more through is fulfilled, and nothing else is."""
    lifting = {Verb.ALLOW, Verb.ASK} if asked else {Verb.ALLOW}
    for rule in profile.rules:
        if rule.verb in lifting or not _conditional(rule):
            yield _plain(rule)


def _tightened(profile: Profile) -> Iterator[Rule]:
    """The rules as they are where all that lets less through is fulfilled, and nothing else is."""
    for rule in profile.rules:
        if rule.verb is not Verb.ALLOW or not _conditional(rule):
            yield _plain(rule)


def _conditional(rule: Rule) -> bool:
    return bool(rule.when or rule.unless)


def _plain(rule: Rule) -> Rule:
    return replace(rule, when=(), unless=())
