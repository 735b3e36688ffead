"""`[[test]]`: what a profile says about itself, read and run.

A test states its facts and depends on nothing else: not on the clock, a pin, a sign-in or a file.
Its moment is a Wednesday at noon unless it says another, and paths are taken as they are written.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from localguard.config import schema
from localguard.config.faults import FileFault, did_you_mean
from localguard.config.paths import lexical
from localguard.config.patterns import read_pattern, read_target
from localguard.config.person_facts import names, person_facts
from localguard.config.tables import Table, Unfit, type_word
from localguard.config.values import read_duration, read_moment
from localguard.errors import ProfileFault
from localguard.policy.calls import Arguments, Call, Facts, Json
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import Decision, word
from localguard.policy.profile import Profile, Test
from localguard.policy.rules import MARKS, Origin

MOMENT: Final = datetime(2025, 1, 1, 12, 0, tzinfo=UTC)
_NEEDED: Final = ("call", "expect")


def read_tests(table: Table) -> Iterator[Test]:
    """The tests of a profile; faults are noted on the way."""
    for test in table.tables("test"):
        test.only(schema.TEST)
        for key in _NEEDED:
            if key not in test:
                fix = 'write call = "server/tool" and expect = "deny"'
                test.fault(f"a test needs call and expect, and {key} is missing", fix)
        call = test.parsed("call", read_target)
        expect = test.choice("expect", schema.EXPECTED)
        facts = {key: value for key, value in _stated(test) if value is not None}
        origin = Origin(test.document.name, test.line)
        yield Test(call or "", expect or "", origin, _arguments(test), facts)


def run_tests(profile: Profile, home: str) -> list[tuple[Test, Decision]]:
    """Each test with the decision it gets.

    It shows what the rules say: whether a sign-in is required is left aside, since a test states
    its facts itself.
    """
    standing = Standing(replace(profile, sign_in=None))
    return [(test, decide(standing, _call(profile, test, home))) for test in profile.tests]


def failing_tests(profile: Profile, home: str) -> list[ProfileFault]:
    """A fault for each test whose decision is not the expected one."""
    decided = run_tests(profile, home)
    return [_failed(test, got) for test, got in decided if word(got) != test.expect]


def lexical_paths(arguments: Arguments, roots: Iterable[str], home: str) -> dict[str, str | None]:
    """`Facts.paths` for all texts in the arguments and all roots, no file system asked."""
    return {text: lexical_path(text, home) for text in (*roots, *texts_in(arguments))}


def lexical_path(text: str, home: str) -> str | None:
    """The absolute path that a text means, `~` and `..` taken out, or None when it is relative."""
    if text == "~" or text.startswith(("~/", "~\\")):
        text = home + text[1:]
    if "\0" in text or not os.path.isabs(text):
        return None
    return lexical(text)


def texts_in(value: Json) -> Iterator[str]:
    """Every text in a JSON value, names of members left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from texts_in(member)
    elif isinstance(value, list | tuple):
        for element in value:
            yield from texts_in(element)


def _call(profile: Profile, test: Test, home: str) -> Call:
    server, _, item = test.call.partition("/")
    roots = [root for rule in profile.rules for root in rule.roots]
    stated = test.facts
    client, interactive = stated.get("client"), stated.get("interactive")
    at = _at(stated)
    facts = Facts(
        at=at,
        client=client if isinstance(client, str) else None,
        **person_facts(stated, at),
        interactive=interactive if isinstance(interactive, bool) else None,
        marks=None if (marks := names(stated.get("marks"))) is None else frozenset(marks),
        confirmed=stated.get("confirmed") is not False,
        seen=_seen(profile, names(stated.get("seen"))),
        paths=lexical_paths(test.args, roots, home),
    )
    return Call(server, item, test.args, facts)


def _at(stated: Mapping[str, Json]) -> datetime:
    at = stated.get("at")
    return datetime.fromisoformat(at) if isinstance(at, str) else MOMENT


def _seen(profile: Profile, called: tuple[str, ...] | None) -> dict[str, bool | None]:
    """`Facts.seen` of a session that has called these; nothing is known where none are stated."""
    texts = [text for rule in profile.rules for text in rule.seen_patterns]
    return {} if called is None else {text: _was_called(text, called) for text in texts}


def _was_called(text: str, called: Iterable[str]) -> bool | None:
    pattern = read_pattern(text)
    halves = [target.partition("/") for target in called]
    named = any(pattern.names(server, item) for server, _, item in halves)
    return None if named and pattern.mark else named


def _failed(test: Test, got: Decision) -> ProfileFault:
    what = (
        f"this test expects {test.expect}, but {test.call} gets {word(got)}"
        f" by {got.by} ({got.reason})"
    )
    return FileFault(what, where=str(test.origin), fix="correct the rule or the test")


def _stated(test: Table) -> Iterator[tuple[str, Json]]:
    yield "user", test.text("user")
    yield "client", test.text("client")
    yield "interactive", test.flag("interactive")
    yield "confirmed", test.flag("confirmed")
    yield "group", test.each("group", str) or None
    yield "claim", None if "claim" not in test else _arguments(test, "claim")
    yield "signed_in", test.parsed("signed_in", read_duration)
    # An empty list is a statement too: the tool has no mark, nothing was called.
    yield "marks", () if test.values.get("marks") == [] else test.each("marks", _mark) or None
    yield "seen", () if test.values.get("seen") == [] else test.each("seen", read_target) or None
    yield "at", _moment(test)


def _mark(text: str) -> str:
    mark = text.removeprefix("@")
    if mark not in MARKS:
        raise Unfit(f'unknown mark "{text}"', did_you_mean(mark, MARKS))
    return mark


def _moment(test: Table) -> str | None:
    if "at" not in test:
        return None
    at = read_moment(test.values["at"])
    if at is None:
        fix = "write at = 2030-12-31T22:00:00, without quotes"
        test.fault("at must be a date with a time", fix, "at")
        return None
    return at.isoformat()


def _arguments(test: Table, key: str = "args") -> dict[str, Json]:
    table = test.table(key)
    return (
        {}
        if table is None
        else {key: _json(table, value, key) for key, value in table.values.items()}
    )


def _json(table: Table, value: object, *at: str | int) -> Json:
    match value:
        case str() | bool() | int() | float():
            return value
        case list():
            return [_json(table, one, *at, index) for index, one in enumerate(value)]
        case dict():
            return {key: _json(table, one, *at, key) for key, one in value.items()}
        case _:
            what = f"an argument cannot be {type_word(value)}, since JSON has none"
            table.fault(what, "put it into quotes", *at)
            return None
