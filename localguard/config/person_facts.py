"""What a test, or whoever asks `can`, states of the person who is signed in, as facts of a call."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from localguard.policy.calls import Json


class PersonFacts(TypedDict):
    """The facts of a person, by their names in `Facts`."""

    user: str | None
    groups: tuple[str, ...] | None
    claims: Mapping[str, Json] | None
    signed_in_at: float | None


def person_facts(stated: Mapping[str, Json], at: datetime) -> PersonFacts:
    """What is stated of a person: `user`, `group`, `claim`, and how many seconds before `at`.

    Groups and claims that nobody states are unknown, and so is the moment of the sign-in.
    """
    user, claims, age = stated.get("user"), stated.get("claim"), stated.get("signed_in")
    return {
        "user": user if isinstance(user, str) else None,
        "groups": names(stated.get("group")),
        "claims": claims if isinstance(claims, Mapping) else None,
        "signed_in_at": at.timestamp() - age if isinstance(age, int) else None,
    }


def names(value: Json) -> tuple[str, ...] | None:
    """The texts among several values; None where none are stated."""
    if not isinstance(value, tuple):
        return None
    return tuple(name for name in value if isinstance(name, str))
