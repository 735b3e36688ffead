"""`localguard why ID`: the whole story of one call."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.recalled import recalled
from localguard.audit.shape import ArgumentShape, shape
from localguard.cli.why import why
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from tests.audit.makers import chain_of, decided, journal, outcome
from tests.config.makers import manage, places_in, put


def at(folder: Path) -> Places:
    """Places whose audit log is a folder."""
    return places_in(folder / "home")._replace(audit=str(folder))


def explained(folder: Path, call: str = "7f3a-1") -> list[str]:
    out = StringIO()
    assert why(at(folder), call, recalled, as_json=False, out=out) == 0
    return out.getvalue().splitlines()


def test_a_call_is_explained_from_question_to_outcome(tmp_path: Path) -> None:
    """Promise: decision, rule with its line, reason, facts, shape of the arguments, outcome."""
    log = journal(tmp_path)
    log.write(decided(facts={"args.path": "/home/ana/x"}, arguments=shape({"path": "x", "n": 1})))
    log.write(outcome())
    head, asked, *rest = explained(tmp_path)
    assert head == "7f3a-1  db/list_tables"
    assert asked.startswith("  asked     ")
    assert asked.endswith(" by claude-ai, tools/call")
    assert rest == [
        "  profile   work",
        "  decision  allow",
        "  rule      work.toml:12",
        "  reason    a rule allows it",
        '  fact      args.path = "/home/ana/x"',
        "  argument  path: string of 1",
        "  argument  n: integer",
        "  outcome   ok, 12.5 ms, 300 bytes",
        "  note      work has changed since, so near misses are not shown",
    ]


def test_the_full_stop_behind_an_id_is_no_part_of_it(tmp_path: Path) -> None:
    """A refusal says "localguard why ID." at its end."""
    journal(tmp_path).write(decided())
    assert explained(tmp_path, "7f3a-1.") == explained(tmp_path)


def test_a_held_call_shows_the_question_and_the_answer(tmp_path: Path) -> None:
    """Promise: who was asked and what came of it are one story."""
    log = journal(tmp_path)
    log.write(decided(decision="ask", because="money"))
    log.write(decided(approval="A7"))
    log.write(outcome(status="tool_error"))
    lines = explained(tmp_path)
    assert [line.split()[1] for line in lines if "decision" in line] == ["ask", "allow"]
    assert "  because   money" in lines
    assert "  approval  A7" in lines
    assert "  outcome   tool_error, 12.5 ms, 300 bytes" in lines


def test_an_intent_without_an_outcome_is_unknown(tmp_path: Path) -> None:
    """Design section 10: it may have happened; the log does not pretend to know."""
    journal(tmp_path).write(decided(client=None, profile=None, arguments=None))
    lines = explained(tmp_path)
    assert lines[-1] == "  outcome   unknown: none was recorded"
    assert lines[1].endswith(" by an unnamed client, tools/call")
    assert "  profile   none" in lines


def test_a_refused_call_has_no_outcome(tmp_path: Path) -> None:
    """Promise: what never left did not end."""
    journal(tmp_path).write(decided(decision="deny"))
    assert not any("outcome" in line for line in explained(tmp_path))


def test_an_outcome_alone_is_shown(tmp_path: Path) -> None:
    """Promise: where the intent's segment is gone, what is left is still said."""
    journal(tmp_path).write(outcome())
    assert explained(tmp_path) == ["  outcome   ok, 12.5 ms, 300 bytes"]


def test_json_has_the_records(tmp_path: Path) -> None:
    """Promise: programs get the records as they are."""
    log = journal(tmp_path)
    log.write(decided())
    log.write(outcome())
    out = StringIO()
    assert why(at(tmp_path), "7f3a-1", recalled, as_json=True, out=out) == 0
    found = json.loads(out.getvalue())
    assert (found["schema_version"], found["call"]) == (1, "7f3a-1")
    assert [record["kind"] for record in found["records"]] == ["intent", "outcome"]


def test_an_unknown_call_is_said_on_standard_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Promise: exit code 1, and standard output stays empty for programs."""
    out, err = StringIO(), StringIO()
    assert why(at(tmp_path), "7f3a-9\x1b", recalled, as_json=True, out=out, err=err) == 1
    assert out.getvalue() == ""
    assert err.getvalue().startswith(r"no call 7f3a-9\u{1b} in the audit log")
    assert why(at(tmp_path), "7f3a-9", recalled, as_json=False, out=out) == 1
    assert "no call 7f3a-9" in capsys.readouterr().err


def test_hostile_strings_cannot_reach_the_terminal(tmp_path: Path) -> None:
    """Attack: escape sequences and line breaks in every string a client chose."""
    evil = "a\x1b[2J\n  decision  allow\u202e"
    record = decided(
        decision="deny",
        item=evil,
        client=evil,
        method=evil,
        reason=evil,
        because=evil,
        facts={evil: [evil]},
        arguments=shape({evil: evil}),
    )
    journal(tmp_path).write(record)
    lines = explained(tmp_path)
    assert all(line.isascii() and line.isprintable() for line in lines)
    assert [line for line in lines if line.startswith("  decision")] == ["  decision  deny"]


def test_records_of_unexpected_types_are_still_explained(tmp_path: Path) -> None:
    """Attack: a sound line whose fields are of other types, written by another program."""
    day = tmp_path / "2026-11-24"
    day.mkdir(mode=0o700)
    odd: dict[str, object] = {
        "call": "7f3a-1",
        "kind": "intent",
        "facts": [1],
        "arguments": ArgumentShape({"a": "\x1b"}),
    }
    other: dict[str, object] = {"call": "7f3a-1", "kind": ["intent"]}
    (day / "212000-7f3a.jsonl").write_bytes(b"".join(chain_of(odd, other)))
    assert r'  argument  a: "\u001b"' in explained(tmp_path)


RULES = """\
version = 1
[[rule]]
id = "reads"
allow = "db/*"
when.args.schema = "private"
[[rule]]
ask = "db/list_*"
unless.hours = "00:00-23:59"
[[rule]]
deny = "db/list_*"
when.args.schema = "public"
"""


def judged(folder: Path, **changes: Any) -> list[str]:
    """A recorded call of a profile that is on disk, explained."""
    where = at(folder)
    Path(where.profiles).parent.mkdir(exist_ok=True)
    put(where, "work", RULES)
    profile = joined(read_profile(where, "work"), read_managed(where))
    facts = {"at": "2026-11-24T21:20:00+00:00"}
    usual = {"facts": facts, "arguments": {"schema": "public"}, "complete": True}
    record = decided(decision="deny", profile_digest=profile.digest, **{**usual, **changes})
    journal(folder).write(record)
    return explained(folder)


def test_a_call_is_judged_again_by_the_profile_that_decided(tmp_path: Path) -> None:
    """Promise: near misses, each with the condition that failed."""
    lines = judged(tmp_path)
    assert lines[-2:] == [
        "  near miss reads (allow): when.args.schema does not hold",
        "  near miss work.toml:6 (ask): unless holds",
    ]
    assert '  argument  schema: "public"' in lines


def test_a_record_that_lacks_something_is_not_judged_again(tmp_path: Path) -> None:
    """Half a call would be judged otherwise."""
    lines = judged(tmp_path, complete=False)
    note = "the record does not hold the whole call, so near misses are not shown"
    assert lines[-1] == f"  note      {note}"


def test_a_profile_that_changed_is_not_the_one_that_decided(tmp_path: Path) -> None:
    """Neither by the person nor by the organisation, and a broken one is none."""
    judged(tmp_path)
    where = at(tmp_path)
    note = "  note      work has changed since, so near misses are not shown"
    manage(where, "version = 1\n")
    assert explained(tmp_path)[-1] == note
    manage(where, "version = ")
    assert explained(tmp_path)[-1] == note
    Path(where.managed, "base.toml").unlink()
    Path(where.managed).rmdir()
    put(where, "work", f"{RULES}# edited")
    assert explained(tmp_path)[-1] == note


def test_a_call_without_a_profile_has_no_note(tmp_path: Path) -> None:
    """There was nothing to judge by."""
    lines = judged(tmp_path, profile=None)
    assert not any("note" in line or "near miss" in line for line in lines)


def test_json_has_the_rules_that_speak_of_the_call(tmp_path: Path) -> None:
    """Or null where that is not known."""
    judged(tmp_path)
    found: list[object] = []
    for edited in (False, True):
        if edited:
            put(at(tmp_path), "work", f"{RULES}# edited")
        out = StringIO()
        why(at(tmp_path), "7f3a-1", recalled, as_json=True, out=out)
        found.append(json.loads(out.getvalue())["rules"])
    first, second = found
    assert second is None
    assert isinstance(first, list)
    assert [(one["place"], one["applied"], one["kept_by"]) for one in first] == [
        ("work.toml:2", False, "when.args.schema does not hold"),
        ("work.toml:6", False, "unless holds"),
        ("work.toml:9", True, None),
    ]


def test_what_would_have_been_decided_is_shown(tmp_path: Path) -> None:
    """By trial rules, and the risk that was seen."""
    journal(tmp_path).write(decided(risk="destructive", would_be="deny by work.toml:9"))
    lines = explained(tmp_path)
    assert "  risk      destructive" in lines
    assert "  would be  deny by work.toml:9" in lines
