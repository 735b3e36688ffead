"""A recorded call, decided again."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.audit.recalled import recalled
from localguard.policy.calls import Arguments, Call, Facts
from localguard.policy.decide import Standing, decide
from localguard.policy.profile import Profile
from localguard.relay.frames import Request
from localguard.relay.recorded_call import decided
from localguard.relay.told_arguments import Mode, Teller
from tests.policy.strategies import CALLS, NOON, PROFILES

REQUEST = Request({}, 7, "tools/call", {})
FEW = st.dictionaries(st.sampled_from(["p.toml:1", "x"]), st.none() | st.booleans(), max_size=2)
SPENT = st.dictionaries(st.sampled_from(["p.toml:1", "p.toml:2"]), st.none() | st.floats(0, 9))


def record_of(standing: Standing, call: Call, mode: Mode = "redacted") -> Mapping[str, Any]:
    """What stands in the log of a call."""
    told = Teller(mode, lambda: b"k" * 32, lambda arguments: arguments)(call.arguments)
    decision = decide(standing, call)
    record = decided(
        REQUEST, standing, call, decision, told=told, call_id="x-1", size=9, listed=True
    )
    found: Mapping[str, Any] = json.loads(record.encoded())
    return found


def is_plain(arguments: object) -> bool:
    try:
        orjson.dumps(arguments)
    except TypeError:
        return False
    return True


WORDS = st.none() | st.just("x")
MORE = st.fixed_dictionaries({
    "seen": FEW,
    "spent": SPENT,
    "confirmed": st.booleans(),
    "folds": st.booleans(),
    "identity": WORDS,
    "pin": WORDS,
    "misfit": WORDS,
    "own_folder": WORDS,
})  # fmt: skip


@given(PROFILES, CALLS, MORE)
def test_a_recorded_call_is_decided_again_as_it_was(
    profile: Profile, call: Call, more: dict[str, Any]
) -> None:
    """The algebra, line 7: deciding is pure, and what it used is recorded."""
    call, standing = replace(call, facts=replace(call.facts, **more)), Standing(profile)
    again = recalled(record_of(standing, call))
    # Integers of more than 64 bits are not kept.
    assert again is not None or not is_plain(call.arguments)
    assert again is None or decide(standing, again) == decide(standing, call)


SIMPLE = Call("db", "read", {"a": "b"}, Facts(NOON))


@pytest.mark.parametrize(
    "call",
    [
        replace(SIMPLE, arguments={"a": "b" * 5000}),
        replace(SIMPLE, arguments={str(number): number for number in range(1000)}),
        replace(
            SIMPLE, facts=replace(SIMPLE.facts, paths={f"/{n}" * 30: "/x" for n in range(500)})
        ),
    ],
)
def test_what_was_cut_is_not_recalled(call: Call) -> None:
    """Promise: half a call is never taken for a whole one."""
    assert recalled(record_of(Standing(None), call)) is None


def test_without_its_arguments_no_call_is_recalled() -> None:
    """Promise: `audit.arguments = "hash"` keeps no value, and says that there is no replay."""
    record = record_of(Standing(None), SIMPLE, "hash")
    assert record["arguments"] == {"a": {"type": "string", "size": 1}}
    assert recalled(record) is None


@pytest.mark.parametrize(
    "edit",
    [
        {"facts": None},
        {"facts": {}},
        {"facts": {"at": "never"}},
        {"arguments": None},
        {"arguments": []},
        {"server": 3},
        {"item": None},
        {"complete": False},
        {"complete": None},
    ],
)
def test_a_record_that_says_too_little_is_not_recalled(edit: dict[str, Any]) -> None:
    """Promise: a record of another version or hand is no call."""
    record = record_of(Standing(None), SIMPLE)
    assert recalled(record) == SIMPLE
    assert recalled({**record, **edit}) is None


def test_secrets_in_arguments_stay_out_of_the_log() -> None:
    """Promise: redaction happens before the write; the hash is keyed and of the whole."""
    secret: Arguments = {"a": "hunter2"}
    told = Teller("redacted", lambda: b"k" * 32, lambda _: {"a": "[redacted]"})(secret)
    full = Teller("full", lambda: b"k" * 32, lambda _: {})(secret)
    other = Teller("full", lambda: b"x" * 32, lambda _: {})(secret)
    assert (dict(told.arguments), told.complete) == ({"a": "[redacted]"}, False)
    assert (dict(full.arguments), full.complete) == (secret, True)
    assert told.hash == full.hash != other.hash
