"""A leaf as the text of its file: one line of JSON, and one with the seal of that line.

The seal is looked at before anything is read. What is bound to the client process or to the profile
as it was in force says so inside, as does the number that keeps a used leaf from being used again.
Pure.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from localguard import seals
from localguard.approvals.conditions_text import conditions_as_json, read_conditions
from localguard.approvals.kept import Leave, Remembered
from localguard.policy.grants import Answer, Grant

_PURPOSE: Final = "leaf"


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is kept, under a `nonce` of its own (16 hex digits), while `serial` holds.

    `session` is the client process whose answer it is; None is whoever the answer itself names.
    """

    kept: Leave | Remembered
    nonce: str
    serial: str
    session: str | None = None

    @property
    def name(self) -> str:
        """The name of its file."""
        kept = self.kept
        first = leave_prefix(kept.grant.call) if isinstance(kept, Leave) else ANSWER_PREFIX
        return f"{first}{self.nonce}.json"

    def expired(self, now: float) -> bool:
        """Whether it holds no more, or not yet: a clock that was put back makes nothing last."""
        until = self.kept.until
        return now < self.kept.made or (until is not None and now >= until)


ANSWER_PREFIX: Final = "answer-"


def leave_prefix(digest: str) -> str:
    """How the names of all leaves for calls with a digest begin."""
    return f"leave-{hashlib.sha256(digest.encode()).hexdigest()[:32]}-"


def text_of(leaf: Leaf, key: bytes) -> str:
    """The text of a leaf's file."""
    kept = leaf.kept
    members = _leave(kept) if isinstance(kept, Leave) else _remembered(kept)
    bound = {"nonce": leaf.nonce, "serial": leaf.serial, "session": leaf.session}
    body = json.dumps({**bound, **members})
    return f"{body}\n{seals.seal(key, _PURPOSE, body)}\n"


def read_leaf(text: str, key: bytes) -> Leaf:
    """The leaf of a text. Raises ValueError, in words, for one that localguard did not write."""
    body, _, mark = text.removesuffix("\n").partition("\n")
    if not seals.holds(key, _PURPOSE, body, mark):
        raise ValueError("it was not written by localguard, or was changed since")
    try:
        return _read(json.loads(body))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("another version of localguard wrote it") from error


def _read(members: dict[str, Any]) -> Leaf:
    kept = _read_remembered(members) if "answer" in members else _read_leave(members)
    return Leaf(kept, members["nonce"], members["serial"], members["session"])


def _leave(leave: Leave) -> dict[str, Any]:
    return {
        "request": leave.request,
        "target": leave.target,
        "client": leave.client,
        "question": leave.question,
        "call": leave.grant.call,
        "until": leave.grant.until.isoformat(),
        "who": leave.who,
        "made": leave.made,
    }


def _read_leave(members: dict[str, Any]) -> Leave:
    return Leave(
        members["request"],
        members["target"],
        members["client"],
        members["question"],
        Grant(members["call"], datetime.fromisoformat(members["until"])),
        members["who"],
        members["made"],
    )


def _remembered(kept: Remembered) -> dict[str, Any]:
    answer = kept.answer
    return {
        "request": kept.request,
        "scope": kept.scope,
        "answer": {
            "rule": answer.rule,
            "profile": answer.profile,
            "target": answer.target,
            "identity": answer.identity,
            "pin": answer.pin,
            "client": answer.client,
            "when": conditions_as_json(answer.when),
            "until": None if answer.until is None else answer.until.isoformat(),
            "allows": answer.allows,
            "person": answer.person,
        },
        "who": kept.who,
        "made": kept.made,
    }


def _read_remembered(members: dict[str, Any]) -> Remembered:
    found = dict(members["answer"])
    until = found["until"]
    found["until"] = None if until is None else datetime.fromisoformat(until)
    found["when"] = read_conditions(found["when"])
    return Remembered(
        members["request"], members["scope"], Answer(**found), members["who"], members["made"]
    )
