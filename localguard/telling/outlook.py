"""What may become of calls to a tool, whatever their arguments, and which rules say so.

The best and the worst that a profile has for it: it is judged with every condition turned the one
way and the other. What decides is `policy.decide` in both cases. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from localguard.policy.calls import Call, Facts
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Decision, Word, word
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from localguard.telling.known import Known


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

    @property
    def by(self) -> str:
        """The rule that gives it; where nothing depends on a condition, one without any."""
        return self.worst.by if self.certain else self.best.by

    def told(self) -> str:
        """The rule for a person: `work.toml:12 if path`, or what may get in its way."""
        if self.certain:
            return self.by
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
        # An ask that holds lowers an allow; one that does not leaves a call to the default.
        self._lowered = _with(profile, _tightened(profile, asked=True))
        self._left = _with(profile, _tightened(profile, asked=False))

    def of(self, known: Known) -> Outlook:
        """The outlook of one tool."""
        facts = Facts(at=self._at, marks=known.marks, confirmed=known.confirmed)
        call = Call(known.server, known.item, {}, facts)
        best = decide(Standing(self._allowed), call)
        if word(best) == "deny":
            # Where nothing can be allowed, what asks is the best there is.
            best = decide(Standing(self._asked), call)
        worst = [decide(Standing(one), call) for one in (self._lowered, self._left)]
        return Outlook(best, min(worst, key=_rank), self._conditions(best))

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


def _tightened(profile: Profile, *, asked: bool) -> Iterator[Rule]:
    """The rules as they are where all that lets less through is fulfilled, and nothing else is."""
    lifting = {Verb.ALLOW} if asked else {Verb.ALLOW, Verb.ASK}
    for rule in profile.rules:
        if rule.verb not in lifting or not _conditional(rule):
            yield _plain(rule)


def _rank(decision: Decision) -> int:
    return ("deny", "ask", "allow").index(word(decision))


def _conditional(rule: Rule) -> bool:
    return bool(rule.when or rule.unless)


def _plain(rule: Rule) -> Rule:
    return replace(rule, when=(), unless=())
