"""The call that a record of a decision holds, made again.

A decision is pure, so a call that was recorded whole is decided again as it was, under the same
profile, and under another one as it would be. What was cut or redacted for the record is not
recalled: half a call would be decided otherwise.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from localguard.policy.calls import Call, Facts, SignedIn

Record = Mapping[str, object]


def recalled(record: Record) -> Call | None:
    """The call of a record of a decision, or None where the record does not hold all of it."""
    server, item, arguments = record.get("server"), record.get("item"), record.get("arguments")
    told = record.get("facts")
    if record.get("complete") is not True or not isinstance(told, Mapping):
        return None
    if not (isinstance(server, str) and isinstance(item, str) and isinstance(arguments, Mapping)):
        return None
    facts = _facts(told, record.get("client"), record.get("person"))
    return None if facts is None else Call(server, item, arguments, facts)


def _facts(told: Record, client: object, person: object) -> Facts | None:
    try:
        at = datetime.fromisoformat(str(told.get("at")))
    except ValueError:
        return None
    marks = _texts(told.get("marks"))
    return Facts(
        at=at,
        client=_text(client),
        user=_text(told.get("user")),
        groups=_texts(told.get("groups")),
        claims=dict(_members(told, "claims")) if "claims" in told else None,
        signed_in_at=_number(told.get("signed_in_at")),
        person=_person(person),
        unsigned=_text(told.get("unsigned")),
        interactive=_flag(told.get("interactive")),
        marks=None if marks is None else frozenset(marks),
        confirmed=told.get("confirmed") is not False,
        identity=_text(told.get("identity")),
        pin=_text(told.get("pin")),
        paths={raw: _text(path) for raw, path in _members(told, "paths")},
        folds=told.get("folds") is True,
        own_folder=_text(told.get("own_folder")),
        seen={name: _flag(value) for name, value in _members(told, "seen")},
        spent={name: _number(value) for name, value in _members(told, "spent")},
        misfit=_text(told.get("misfit")),
    )


def _person(named: object) -> SignedIn | None:
    """Who was signed in; in which sign-in was not recorded."""
    if not isinstance(named, Mapping):
        return None
    issuer, subject, name = (_text(named.get(key)) for key in ("issuer", "subject", "name"))
    return None if issuer is None or subject is None else SignedIn(issuer, subject, name or "")


def _members(told: Record, name: str) -> Iterator[tuple[str, Any]]:
    members = told.get(name)
    yield from members.items() if isinstance(members, Mapping) else ()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(map(str, value)) if isinstance(value, list | tuple) else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
