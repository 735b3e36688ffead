"""A call of the past as a `[[test]]` of a profile: with the facts it needs, and passed.

Pure.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from localguard.config.lines import Lines
from localguard.config.load import Document
from localguard.config.patterns import read_target
from localguard.config.remembered_text import quoted, value
from localguard.config.tables import Table, Unfit
from localguard.config.tests import read_tests, run_tests
from localguard.errors import ProfileFault
from localguard.policy.calls import Call, Facts
from localguard.policy.decisions import word
from localguard.policy.rules import Rule
from localguard.telling.learning_conditions import toml
from localguard.telling.learning_rules import Bench

_LONGEST: Final = 1000
"""Characters of the arguments of a test."""


def written(call: Call, expect: str, *, marked: bool, whole: bool) -> str | None:
    """The test of a call; None where TOML has no place for it, or it is too long.

    It states the marks of the tool if `marked`, and all that was known of the call if `whole`.
    """
    arguments = toml(dict(call.arguments))
    if arguments is None or len(arguments) > _LONGEST:
        return None
    try:
        lines = ["[[test]]", f"call = {quoted(read_target(call.target))}"]
        lines += [f"args = {arguments}"] if call.arguments else []
        if marked or whole:
            lines.append(f"marks = {toml(sorted(call.facts.marks or ()))}")
        lines += _facts(call.facts) if whole else []
    except (Unfit, ValueError):
        return None
    return "".join(f"{line}\n" for line in (*lines, f'expect = "{expect}"'))


def _facts(facts: Facts) -> Iterator[str]:
    """The facts that a test can state, each where it is known."""
    yield f"at = {value(facts.at)}"
    if facts.client:
        yield f"client = {quoted(facts.client)}"
    if facts.interactive is not None:
        yield f"interactive = {value(facts.interactive)}"
    if not facts.confirmed:
        yield "confirmed = false"
    if facts.seen and all(seen is False for seen in facts.seen.values()):
        yield "seen = []"
    yield from _of_person(facts)


def _of_person(facts: Facts) -> Iterator[str]:
    if facts.user:
        yield f"user = {quoted(facts.user)}"
    if facts.groups:
        yield f"group = {toml(list(facts.groups))}"
    if facts.claims and (claims := toml(dict(facts.claims))) is not None:
        yield f"claim = {claims}"
    if facts.signed_in_at is not None:
        age = max(1, int(facts.at.timestamp() - facts.signed_in_at))
        yield f'signed_in = "{age}s"'


def passes(text: str, rule: Rule, bench: Bench) -> bool:
    """Whether the test reads back and is passed by the person's rules together with this one."""
    faults: list[ProfileFault] = []
    document = Document(bench.profile.file, text.encode(), tomllib.loads(text), Lines(text))
    tests = tuple(read_tests(Table(document.tables, document, faults)))
    own = tuple(one for one in bench.profile.rules if not one.managed)
    profile = replace(
        bench.profile,
        rules=(*own, rule),
        tests=tests,
        managed_default=None,
        user_allow=True,
    )
    ran = run_tests(profile, bench.home)
    return not faults and all(word(got) == test.expect for test, got in ran)
