"""`profile test`: each test with what became of it, and the calls of the past judged anew."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.recalled import recalled
from localguard.cli import profile_test
from localguard.cli.exits import Exit
from localguard.config.paths import Places
from localguard.policy.calls import Call
from tests.audit.makers import decided, journal
from tests.config.makers import HOME, choose, manage, places_in, put

WORK = """\
version = 1
[[rule]]
allow = "files/read"
when.args.path.under = "~/notes"
[[test]]
call = "files/read"
args.path = "~/notes/a"
expect = "allow"
[[test]]
call = "files/write"
expect = "deny"
"""


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A folder with an active profile."""
    found = places_in(tmp_path)
    put(found, "work", WORK)
    choose(found, "work")
    return found


def ran(where: Places, name: str | None = None) -> tuple[Exit, list[str]]:
    """The exit code and the lines."""
    out = io.StringIO()
    code = profile_test.test(where, name, as_json=False, out=out)
    return code, out.getvalue().splitlines()


def past(where: Places, number: int = 500, name: str | None = None) -> list[str]:
    """The lines of a back-test."""
    out = io.StringIO()
    code = profile_test.test_last(where, name, number, recalled, as_json=False, out=out)
    assert code is Exit.OK
    return out.getvalue().splitlines()


def record(where: Places, *calls: dict[str, Any]) -> None:
    """Put calls into the audit log."""
    log = journal(Path(where.audit))
    usual = {"server": "files", "item": "read", "complete": True, "rule": "old.toml:2"}
    facts = {"at": "2026-11-24T21:20:00+00:00"}
    for at, changes in enumerate(calls):
        call = {"call": f"7f3a-{at}", "facts": facts, "arguments": {}, **usual, **changes}
        log.write(decided(**call))


# ---- the tests of the profile --------------------------------------------------------------------


def test_each_test_is_shown_with_the_rule(where: Places) -> None:
    """Of the active profile, where none is named."""
    assert ran(where) == (
        Exit.OK,
        [
            "ok    files/read   allow  work.toml:2",
            "ok    files/write  deny   work.toml default",
            "work.toml: 2 tests passed",
        ],
    )


def test_a_test_that_fails_is_shown_among_the_others(where: Places) -> None:
    """The profile is not in force, but each of its tests was run; 7, for scripts."""
    put(where, "work", WORK.replace('"allow"', '"ask"'))
    code, lines = ran(where)
    assert int(code) == 7
    assert lines == [
        "FAIL  files/read   allow  work.toml:2",
        "      work.toml:5 expects ask: an allow rule applies",
        "ok    files/write  deny   work.toml default",
        "work.toml: 1 of 2 tests failed",
    ]


def test_a_profile_without_tests_says_so(where: Places) -> None:
    """There is nothing to fail."""
    put(where, "work", "version = 1\n")
    assert ran(where, "work") == (Exit.OK, ["work.toml has no [[test]]"])


def test_tests_as_json(where: Places) -> None:
    """For scripts."""
    out = io.StringIO()
    profile_test.test(where, None, as_json=True, out=out)
    found = json.loads(out.getvalue())
    assert (found["schema_version"], found["profile"]) == (1, "work")
    assert found["tests"][0] == {
        "place": "work.toml:5",
        "call": "files/read",
        "expect": "allow",
        "decision": "allow",
        "passed": True,
        "by": "work.toml:2",
        "reason": "an allow rule applies",
    }


# ---- the calls of the past -----------------------------------------------------------------------


def test_the_last_calls_are_judged_anew(where: Places) -> None:
    """Counts, and each call that would be decided otherwise, with both rules."""
    inside, outside = {"path": f"{HOME}/notes/a"}, {"path": "/etc/passwd"}
    record(
        where,
        {"arguments": inside},
        {"arguments": outside},
        {"arguments": inside, "decision": "ask", "rule": "old.toml default"},
        {"item": "write", "decision": "deny"},
    )
    lines = past(where)
    assert lines[:3] == [
        "work: the last 4 calls judged anew, 2 otherwise",
        "  then  2 allow, 1 ask, 1 deny",
        "  now   2 allow, 0 ask, 2 deny",
    ]
    assert lines[4].startswith("7f3a-1  ")
    assert lines[4].endswith("  files/read")
    assert lines[5:8] == [
        "  allow by old.toml:2",
        "  deny  by work.toml default: no rule applies and the default is deny;"
        " work.toml:2 would allow it, but when.args.path does not hold",
        "",
    ]
    assert lines[9:] == [
        "  ask   by old.toml default",
        "  allow by work.toml:2: an allow rule applies",
    ]


def test_recorded_paths_count_as_they_were_then(where: Places) -> None:
    """A link that led out then leads out now, whatever lies there today."""
    path = f"{HOME}/notes/link"
    facts = {"at": "2026-11-24T21:20:00+00:00", "paths": {path: "/etc/passwd"}}
    record(where, {"arguments": {"path": path}, "facts": facts})
    assert past(where)[0] == "work: the last 1 call judged anew, 1 otherwise"


def test_only_the_last_ones_count(where: Places) -> None:
    """As many as were asked for."""
    record(where, *({"decision": "deny"} for _ in range(5)))
    assert past(where, 2)[0] == "work: the last 2 calls judged anew, 0 otherwise"


def test_a_persons_answer_is_no_decision_of_the_policy(where: Places) -> None:
    """What was asked and then allowed is asked again: that is no change."""
    put(where, "work", 'version = 1\ndefault = "ask"\n')
    record(
        where,
        {"call": "7f3a-1", "decision": "ask"},
        {"call": "7f3a-1", "decision": "allow", "approval": "A1"},
    )
    assert past(where)[:2] == [
        "work: the last 1 call judged anew, 0 otherwise",
        "  then  0 allow, 1 ask, 0 deny",
    ]


def test_half_a_call_is_not_judged(where: Places) -> None:
    """It is counted, and said to be unknown."""
    record(where, {"complete": False}, {"decision": "deny"})
    assert past(where) == [
        "work: the last 2 calls judged anew, 0 otherwise",
        "  then  0 allow, 0 ask, 1 deny",
        "  now   0 allow, 0 ask, 1 deny",
        "  1 could not be judged: their records do not hold the whole call",
    ]


def test_the_organisation_is_judged_with(where: Places) -> None:
    """As in a guard."""
    manage(where, 'version = 1\n[[rule]]\ndeny = "files/read"\n')
    record(where, {"arguments": {"path": f"{HOME}/notes/a"}})
    assert past(where)[-1] == "  deny  by managed/base.toml:2: a deny rule applies"


def test_an_empty_log_says_where_it_is(where: Places) -> None:
    """There is nothing to judge yet."""
    assert past(where) == [f"no call is in the audit log: {where.audit}"]


def test_the_past_as_json(where: Places) -> None:
    """For scripts; `recalled` is handed in, so that what cannot be read is told by it alone."""

    def nothing(_: object) -> Call | None:
        return None

    record(where, {"arguments": {"path": "/etc/passwd"}}, {"decision": "deny"})
    out = io.StringIO()
    profile_test.test_last(where, "work", 5, recalled, as_json=True, out=out)
    found = json.loads(out.getvalue())
    assert (found["calls"], found["unknown"]) == (2, 0)
    assert (found["then"], found["now"]) == ({"allow": 1, "deny": 1}, {"deny": 2})
    (flip,) = found["flips"]
    assert (flip["call"], flip["server"], flip["item"]) == ("7f3a-0", "files", "read")
    assert flip["then"] == {"decision": "allow", "by": "old.toml:2"}
    assert flip["now"]["decision"] == "deny"
    out = io.StringIO()
    profile_test.test_last(where, "work", 5, nothing, as_json=True, out=out)
    assert json.loads(out.getvalue())["unknown"] == 2


def test_hostile_strings_of_the_log_cannot_reach_the_terminal(where: Places) -> None:
    """Attack: a tool whose name steers the terminal, in the log of the past."""
    record(where, {"item": "x\x1b[2J\u202e", "rule": "a\x1b"})
    text = "\n".join(past(where))
    assert text.replace("\n", "").isprintable()
    assert text.isascii()
