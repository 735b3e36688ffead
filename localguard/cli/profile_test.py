"""`profile test`: the tests of a profile, each with what became of it; or the calls of the past."""

from collections.abc import Iterator, Sequence
from typing import TextIO

from localguard.audit.reader import read
from localguard.cli.choosing import key_of
from localguard.cli.exits import Exit
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.active import require_active
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.config.tests import run_tests
from localguard.errors import ProfileFault
from localguard.policy.decisions import Decision, word
from localguard.policy.profile import Profile, Test
from localguard.telling import backtest

Ran = Sequence[tuple[Test, Decision]]


def test(places: Places, name: str | None, *, as_json: bool, out: TextIO) -> Exit:
    """Run the `[[test]]`s of a profile (the active one without a name) and print each."""
    try:
        profile = read_profile(places, name or require_active(places, key_of(places)), tested=False)
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    ran = run_tests(profile, places.home)
    if as_json:
        print_json(out, {"profile": profile.name, "tests": [_fields(*one) for one in ran]})
    else:
        print_lines(out, _screen(profile, ran))
    return Exit.OK if all(_passed(*one) for one in ran) else Exit.INVALID


def test_last(
    places: Places,
    name: str | None,
    number: int,
    recalled: backtest.Recalled,
    *,
    as_json: bool,
    out: TextIO,
) -> Exit:
    """Judge the last calls of the audit log by a profile. Raises AuditFault."""
    try:
        profile = read_profile(places, name or require_active(places, key_of(places)))
        profile = joined(profile, read_managed(places))
    except ProfileFault as fault:
        return print_fault(out, fault, as_json=as_json)
    records = backtest.last_decided((entry.record for entry in read(places.audit)), number)
    found = backtest.judged(records, profile, places.home, recalled)
    if as_json:
        print_json(out, backtest.fields(profile, found))
    elif not found:
        print_lines(out, [f"no call is in the audit log: {places.audit}"])
    else:
        print_lines(out, backtest.told(profile, found))
    return Exit.OK


def _screen(profile: Profile, ran: Ran) -> Iterator[str]:
    width = max((len(test.call) for test, _ in ran), default=0)
    for test, got in ran:
        mark = "ok  " if _passed(test, got) else "FAIL"
        yield f"{mark}  {test.call:<{width}}  {word(got):<5}  {got.by}"
        if not _passed(test, got):
            yield f"      {test.origin} expects {test.expect}: {got.reason}"
    failed = sum(not _passed(*one) for one in ran)
    told = f"{failed} of {len(ran)} tests failed" if failed else f"{len(ran)} tests passed"
    yield f"{profile.file}: {told}" if ran else f"{profile.file} has no [[test]]"


def _passed(test: Test, got: Decision) -> bool:
    return word(got) == test.expect


def _fields(test: Test, got: Decision) -> dict[str, object]:
    return {
        "place": str(test.origin),
        "call": test.call,
        "expect": test.expect,
        "decision": word(got),
        "passed": _passed(test, got),
        "by": got.by,
        "reason": got.reason,
    }
