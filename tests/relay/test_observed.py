"""A profile that is observed, as a client hears of it and as the log has it."""

from dataclasses import replace
from datetime import timedelta

from localguard.audit.records import Decided
from localguard.relay.world import Known
from tests.relay.playbook import NOON, Play, call, request, result

RULE = '[[rule]]\nallow = "db/list"\n[[rule]]\ndeny = "db/drop"\n'


def observed(days: int) -> Play:
    """A session under a profile that is observed until so many days from now."""
    play = Play(RULE)
    until = NOON + timedelta(days=days)
    play.policy.now = replace(play.policy.now, observing=until)
    known = Known(marks=frozenset({"readOnly"}))
    play.definitions.items = dict.fromkeys(("list", "read", "drop"), known)
    return play


def test_the_instructions_say_that_a_profile_is_observed_and_until_when() -> None:
    """Issue 6: nobody, and no model, takes what passes now for what the rules allow."""
    play = observed(3)
    play.client(request("hello", "initialize", protocolVersion="2025-11-25", capabilities={}))
    greeting = result("hello", protocolVersion="2025-11-25", capabilities={}, instructions="hi")
    (told,) = play.server(greeting).to_client
    words = told["result"]["instructions"]
    end = (NOON + timedelta(days=3)).astimezone()
    assert f"until {end:%Y-%m-%d %H:%M} calls that no rule names are let through" in words
    assert words.endswith("\n\nhi")


def test_what_passes_by_observation_alone_is_recorded_as_that() -> None:
    """Issue 6: it is learned from; what a rule says is as ever."""
    play = observed(3)
    play.handshake()
    play.list_tools("list", "read", "drop")
    for number, item in enumerate(("list", "read", "drop")):
        play.client(call(number, item))
    told = [(one.item, one.decision, one.observed) for one in play.recorded(Decided)]
    assert told == [
        ("list", "allow", False),
        ("read", "allow", True),
        ("drop", "deny", False),
    ]


def test_when_the_time_is_over_the_default_denies() -> None:
    """Promise: it ends by itself, on the next call."""
    play = observed(-1)
    play.handshake()
    play.list_tools("read")
    assert play.client(call(1, "read")).to_server == []
    (one,) = play.recorded(Decided)
    assert one.decision == "deny"
