"""`unused`: what could go from a profile, since no call has needed it."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from localguard.audit.recalled import recalled
from localguard.cli.exits import Exit
from localguard.cli.unused import unused
from localguard.config.paths import Places
from tests.audit.makers import MOMENT
from tests.config.makers import HOME, choose, manage, places_in, put
from tests.telling.pasts import FACTS, Log

NOW = datetime.fromtimestamp(MOMENT, UTC) + timedelta(days=2)
WORK = """\
version = 1
[servers.files]
[[rule]]
allow = "files/write"
when.args.path.under = "/srv"
[[rule]]
allow = "files/list"
[[rule]]
allow = "files/l*"
[[rule]]
allow = "files/never"
[[rule]]
deny = "files/no"
[[rule]]
ask = "files/asked"
"""
ANSWER = """\
version = 1
[[answer]]
rule = "work.toml#1"
target = "files/asked"
identity = "i"
pin = "p"
client = "cursor"
until = 9999-12-31T00:00:00Z
"""


@pytest.fixture
def where(tmp_path: Path) -> Places:
    found = places_in(tmp_path)
    put(found, "work", WORK)
    choose(found, "work")
    return found


def told(where: Places, days: int = 30, name: str | None = None) -> list[str]:
    out = io.StringIO()
    code = unused(where, name, recalled, days=days, now=NOW, as_json=False, out=out)
    assert code is Exit.OK
    return out.getvalue().splitlines()


def test_rules_that_no_call_has_needed_are_told_with_their_lines(where: Places) -> None:
    """policy.md 5: `unused --days 30`. Of two that allow the same the later one, never both."""
    log = Log(where)
    log.call({"path": "/srv/a"})
    log.call({}, item="list")
    assert told(where) == [
        "work: 2 needed by none of the 2 calls of the last 30 days",
        "  no call before 2026-11-24 is known, so look again in some days",
        '  work.toml:8  allow = "files/l*"',
        "      the 1 call that it matched goes the same way without it;"
        " to remove it, delete the rule",
        '  work.toml:10  allow = "files/never"',
        "      matched no call; to remove it, delete the rule",
    ]


def test_a_rule_whose_conditions_no_call_meets_is_unused(where: Places) -> None:
    """It is judged, not looked for by name."""
    Log(where).call({"path": "/etc/x"})
    assert '  work.toml:3  allow = "files/write" when.args.path.under = "/srv"' in told(where)


def test_older_calls_and_other_profiles_do_not_count(where: Places) -> None:
    """What was needed a month ago is not needed now."""
    log = Log(where)
    log.call({"path": "/srv/a"})
    log.call({"path": "/srv/a"}, profile="home")
    assert len([line for line in told(where) if "work.toml:3" in line]) == 0
    assert told(where, days=1)[0] == (
        "work: no call under it is in the audit log of the last 1 day,"
        " so none of its rules was needed"
    )


def test_where_half_a_call_names_a_rule_nothing_is_said_of_it(where: Places) -> None:
    """Doubt keeps the rule."""
    Log(where).call({"path": "…"}, complete=False)
    lines = told(where)
    assert lines[-1] == ("  not known of work.toml:3: 1 record does not hold the whole call")
    assert not any(line.startswith("  work.toml:3") for line in lines)


def test_remembered_answers_are_told_with_the_command_that_removes_them(where: Places) -> None:
    """By their ids."""
    put(where, "work", ANSWER, remembered=True)
    Log(where).call({"path": "/srv/a"})
    lines = told(where)
    (at,) = [n for n, line in enumerate(lines) if "work.remembered.toml:2  answer " in line]
    name = lines[at].rpartition(" ")[2]
    assert lines[at + 1] == (f"      matched no call; to remove it: localguard rules remove {name}")


def test_the_organisations_rules_and_denials_are_never_told(where: Places) -> None:
    """What could only be removed by loosening, or by somebody else."""
    manage(where, 'version = 1\n[[rule]]\nallow = "files/other"\n')
    lines = "\n".join(told(where))
    assert "managed" not in lines
    assert "files/no" not in lines


def test_as_json(where: Places) -> None:
    """For scripts."""
    Log(where).call({"path": f"{HOME}/x"}, facts=FACTS)
    out = io.StringIO()
    unused(where, "work", recalled, days=7, now=NOW, as_json=True, out=out)
    found = json.loads(out.getvalue())
    assert (found["profile"], found["days"], found["calls"]) == ("work", 7, 1)
    assert found["unused"][0] == {
        "place": "work.toml:3",
        "kind": "rule",
        "id": None,
        "text": 'allow = "files/write" when.args.path.under = "/srv"',
        "matched": 0,
    }


def test_a_profile_that_allows_nothing_has_nothing_to_remove(where: Places) -> None:
    """It says so."""
    put(where, "work", "version = 1\n")
    Log(where).call({})
    assert told(where)[0] == "work has no rule that allows, and no remembered answer"


def test_a_broken_profile_is_told(where: Places) -> None:
    """Every fault with its line."""
    put(where, "work", "version = 1\nx = 1\n")
    out = io.StringIO()
    code = unused(where, None, recalled, days=7, now=NOW, as_json=False, out=out)
    assert code is Exit.INVALID
