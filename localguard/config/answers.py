"""`[[answer]]` in NAME.remembered.toml: what a person has answered, and for which calls.

Written by localguard, and read as strictly as what people write: an answer that cannot be read is a
fault, since nobody can tell what it would allow.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NoReturn

from localguard.config import schema
from localguard.config.conditions import read_conditions
from localguard.config.tables import Table, Unfit
from localguard.config.values import read_moment
from localguard.policy.calls import Arguments
from localguard.policy.canonical import digest_of
from localguard.policy.conditions import Whole
from localguard.policy.grants import Answer

FOREVER: Final = "forever"
"""An `until` without an end."""

_NEEDED: Final = ("rule", "target", "identity", "until")


def read_answers(table: Table, profile: str) -> Iterator[Answer]:
    """The answers of a remembered file of a profile; faults are noted on the way."""
    for answer in table.tables("answer"):
        answer.only(schema.ANSWER)
        for key in _NEEDED:
            if key not in answer:
                answer.fault(f"an answer needs {key}", "delete the answer: you are asked again")
        rule, identity = answer.text("rule"), answer.text("identity")
        target = answer.parsed("target", _target)
        exact = answer.parsed("exact", read_exact)
        whole = () if exact is None else (Whole(digest_of(exact)),)
        yield Answer(
            rule or "",
            profile,
            target or "",
            identity or "",
            pin=answer.text("pin"),
            client=answer.text("client"),
            when=(*read_conditions(answer, "when"), *whole),
            until=_until(answer),
            person=answer.text("person"),
        )


def read_exact(text: str) -> Arguments:
    """The arguments of a call, all of them, from one JSON object (RFC 8259).

    Raises Unfit for what parsers read differently: a member that is there twice, a number that is
    none.
    """
    import json  # noqa: PLC0415 -- milliseconds that only such an answer may cost

    try:
        found = json.loads(text, object_pairs_hook=_members, parse_constant=_constant)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unfit("exact is not one JSON object", "delete the answer: you are asked again")
    return found


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _until(answer: Table) -> datetime | None:
    value = answer.values.get("until")
    if value is None or value == FOREVER:
        return None
    until = read_moment(value)
    if until is None:
        fix = "write until = 2030-12-31T22:00:00, without quotes"
        answer.fault("until must be a date with a time", fix, "until")
    return until


def _target(text: str) -> str:
    # No pattern: it is compared as it is, whatever a server calls its tools.
    server, slash, item = text.partition("/")
    if not (server and slash and item):
        raise Unfit(f'"{text}" is not the name of one call', 'write it as "server/tool"')
    return text
