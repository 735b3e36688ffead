"""Who is taken to be signed in, as the command line says it: `--user`, `--group`, `--claim` ..."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from localguard.config.person_facts import person_facts
from localguard.config.tables import Unfit
from localguard.config.values import read_duration
from localguard.errors import UsageFault
from localguard.policy.calls import Call, Json

Stated = Mapping[str, Json]
NOBODY: Final[Stated] = MappingProxyType({})


def stated_person(
    user: str | None, groups: Sequence[str], claims: Sequence[str], signed_in: str | None
) -> Stated:
    """What was said of the person, by the names that tests use. Raises UsageFault."""
    return {
        "user": user,
        "group": tuple(groups) or None,
        "claim": dict(map(_claim, claims)) or None,
        "signed_in": None if signed_in is None else _age(signed_in),
    }


def by_person(call: Call, stated: Stated) -> Call:
    """The call as it would be made by that person. What nobody said of them is unknown."""
    facts = replace(call.facts, **person_facts(stated, call.facts.at))
    return replace(call, facts=facts)


def assumed_of(stated: Stated) -> str | None:
    """Who is taken to be signed in, where no user was named; None where one was, or nothing."""
    if stated.get("user") is not None or all(value is None for value in stated.values()):
        return None
    groups, claims = stated.get("group"), stated.get("claim")
    told = [
        f"in {', '.join(map(str, groups))}" if isinstance(groups, tuple) else "in no group told"
    ]
    if isinstance(claims, Mapping):
        told.append(
            f"with {', '.join(f'{name} = {json.dumps(one)}' for name, one in claims.items())}"
        )
    said = f"somebody is signed in, {' '.join(told)}, and who that is counts as unknown"
    return f"{said}; name them with --user"


def _claim(pair: str) -> tuple[str, Json]:
    name, equals, text = pair.partition("=")
    if not (name and equals):
        raise UsageFault(f'"{pair}" is not a claim', fix="write --claim NAME=VALUE, as level=3")
    try:
        return name, json.loads(text)
    except (ValueError, RecursionError):
        return name, text


def _age(text: str) -> int:
    try:
        return read_duration(text)
    except Unfit as unfit:
        raise UsageFault(unfit.what, where="--signed-in", fix=unfit.fix) from unfit
