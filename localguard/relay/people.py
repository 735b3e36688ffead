"""Who sits there: found out for the profile in force, and what of it becomes facts of a call.

A call has the groups and claims that its rules look at, and no others: what a provider tells of a
person is nobody else's business, and a record is no place for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from localguard.policy.calls import Facts, Json
from localguard.policy.people import Identity, Nobody, Person
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule

People = Callable[[Profile], Person]
"""Who is signed in for a profile with a `sign_in`, as of now. Quick, and never raises."""

_CLAIM: Final = "claim."


def nobody(profile: Profile) -> Nobody:
    """Nobody, where nothing can tell who it is."""
    return Nobody("nobody is signed in", f"localguard login --profile {profile.name}")


def with_person(facts: Facts, person: Person, rules: Iterable[Rule]) -> Facts:
    """The facts, with those of a person that the rules look at."""
    if isinstance(person, Nobody):
        return replace(facts, unsigned=person.explain())
    looked = frozenset[str]().union(*[rule.of_person for rule in rules])
    return replace(
        facts,
        user=person.user,
        groups=person.groups if "group" in looked else None,
        claims=_claims(person, looked),
        signed_in_at=person.auth_time,
        person=person.signed_in,
    )


def _claims(person: Identity, looked: frozenset[str]) -> dict[str, Json] | None:
    names = {name.removeprefix(_CLAIM) for name in looked if name.startswith(_CLAIM)}
    return {name: person.claims[name] for name in sorted(names & person.claims.keys())} or None
