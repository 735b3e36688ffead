"""What a call counts for, and what this session has called before: the facts that the ledger keeps.

The ledger is asked only where a rule needs it. A limit is counted before the call is decided, so
that two guards cannot both take the last one, and given back where the call is never sent. A count
ends with the sign-in; what was called before does not, since the model still knows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from localguard.config.patterns import read_pattern
from localguard.ledger.charges import Charge, Reservation
from localguard.policy.calls import Call
from localguard.policy.canonical import digest_of
from localguard.policy.decide import Standing, limited
from localguard.policy.limits import cost
from localguard.policy.profile import Profile
from localguard.policy.rules import Pattern, Rule

MAX_UNTOLD = 1000
"""Items called that are kept in mind before the ledger is told, whether a rule asks or not."""
BEYOND = float("inf")
"""The cost of a call that cannot be counted: beyond any limit."""


_SIGN_IN = 16
"""Hex digits that tell one sign-in from another."""

_Target = tuple[str, str, frozenset[str] | None]

_pattern = lru_cache(256)(read_pattern)
"""The same few texts are asked for with every call."""


class Ledger(Protocol):
    """The ledger, as far as the relay asks it. It never raises; what it cannot read is unknown."""

    def reserve(self, charges: Sequence[Charge]) -> Reservation:
        """Count what a call costs under each rule."""
        ...

    def give_back(self, reservation: Reservation) -> None:
        """Take out again what was counted."""
        ...

    def note(self, server: str, item: str, marks: frozenset[str] | None) -> None:
        """Keep in mind what this session has called."""
        ...

    def seen(self, patterns: Mapping[str, Pattern]) -> Mapping[str, bool | None]:
        """Whether this session has called something that each pattern names."""
        ...


class Counting:
    """Asks the ledger for one guard."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._profile: Profile | None = None
        self._looks_back = False
        self._called: set[_Target] = set()
        self._untold: list[_Target] = []

    def seen(self, profile: Profile | None, server: str, item: str) -> Mapping[str, bool | None]:
        """What the `seen` conditions of the rules on an item look at."""
        if not self._looks_back_by(profile) or profile is None:
            return {}
        rules = profile.concerning(server, item)
        texts = {text for rule in rules for text in rule.seen_patterns}
        return self._ledger.seen({text: _pattern(text) for text in texts}) if texts else {}

    def reserve(self, standing: Standing, call: Call) -> tuple[Call, Reservation | None]:
        """The call with what its limits have counted, itself included, and what that took."""
        rules = limited(standing, call)
        profile = standing.profile
        if not rules or profile is None:
            return call, None
        keys = {rule.name: _key(profile, rule, call) for rule in rules}
        reservation = self._ledger.reserve([_charge(keys[one.name], one, call) for one in rules])
        spent = {name: reservation.spent.get(key) for name, key in keys.items()}
        return replace(call, facts=replace(call.facts, spent=spent)), reservation

    def give_back(self, reservation: Reservation | None) -> None:
        """The call that has reserved this is never sent."""
        if reservation is not None:
            self._ledger.give_back(reservation)

    def sent(self, profile: Profile | None, call: Call) -> None:
        """The call has left: rules with `seen` may look for it, also those of a later profile."""
        looks_back = self._looks_back_by(profile)
        target = (call.server, call.item, call.facts.marks)
        if target not in self._called:
            self._called.add(target)
            self._untold.append(target)
        if self._untold and (looks_back or len(self._called) >= MAX_UNTOLD):
            self._tell()

    def _looks_back_by(self, profile: Profile | None) -> bool:
        """Whether some rule of the profile has a `seen`."""
        if profile is not self._profile:
            self._profile = profile
            rules = () if profile is None else profile.rules
            self._looks_back = any(rule.seen_patterns for rule in rules)
        return self._looks_back

    def _tell(self) -> None:
        for server, item, marks in self._untold:
            self._ledger.note(server, item, marks)
        self._untold.clear()
        if len(self._called) >= MAX_UNTOLD:
            self._called.clear()


def _key(profile: Profile, rule: Rule, call: Call) -> str:
    """What is counted together: the calls under a rule, of one sign-in where somebody is signed in.

    Nobody but a person can sign in, so nobody else can begin a count anew.
    """
    person = call.facts.person
    key = f"{profile.name}/{rule.lasting_name}"
    return key if person is None else f"{key}/{digest_of([person.id, person.session])[:_SIGN_IN]}"


def _charge(key: str, rule: Rule, call: Call) -> Charge:
    limit, costs = rule.limit, cost(rule, call)
    seconds = 0 if limit is None else limit.seconds
    return Charge(key, seconds, BEYOND if costs is None else costs)
