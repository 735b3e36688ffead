"""`localguard logs`: pleasant for people, exact for programs, safe to look at."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.folders import segments
from localguard.audit.proofs import Retention, Witnessed
from localguard.audit.reader import read
from localguard.audit.records import (
    Answer,
    Gap,
    Listing,
    Noise,
    Pin,
    ProfileChange,
    Record,
    RefusedApprover,
    RefusedFrame,
    ServerEvent,
    Stop,
    Trouble,
)
from localguard.cli.logs import logs, pause, wanted
from localguard.errors import UsageFault
from tests.audit.makers import (
    MOMENT,
    SIGNER,
    STARTED,
    Clock,
    chain_of,
    decided,
    journal,
    outcome,
)

NOW = datetime.fromisoformat("2026-11-24T21:25:00Z")
LOCAL = f"{datetime.fromisoformat('2026-11-24T21:20:00Z').astimezone():%Y-%m-%d %H:%M:%S}"


def shown(
    folder: Path,
    *,
    follow: bool = False,
    as_json: bool = False,
    limit: int | None = None,
    color: bool = False,
    only: str = "",
    since: str | None = None,
    wait: Callable[[float], bool] = lambda _: False,
) -> list[str]:
    out, err = StringIO(), StringIO()
    code = logs(
        str(folder),
        follow=follow,
        as_json=as_json,
        limit=limit,
        out=out,
        color=color,
        only=wanted(only, since, NOW),
        err=err,
        wait=wait,
    )
    assert code == 0
    assert err.getvalue() == ""
    return out.getvalue().splitlines()


def test_a_call_is_two_lines_that_name_it(tmp_path: Path) -> None:
    """Promise: what, when, by which line of the profile, how it ended and how long it took."""
    log = journal(tmp_path)
    log.write(decided("7f3a-1"))
    log.write(outcome("7f3a-1"))
    assert shown(tmp_path) == [
        f"{LOCAL}  allow       7f3a-1  db/list_tables  work.toml:12",
        f"{LOCAL}  ok          7f3a-1  db/list_tables  12.5 ms",
    ]


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            decided(decision="deny", rule="work.toml:20", because="deletions are done by hand"),
            "deny        7f3a-1  db/list_tables  work.toml:20, deletions are done by hand",
        ),
        (
            decided(decision="deny", rule=None, reason="no rule allows it"),
            "deny        7f3a-1  db/list_tables  no rule allows it",
        ),
        (
            decided(decision="ask", reason="a rule asks"),
            "ask         7f3a-1  db/list_tables  work.toml:12, a rule asks",
        ),
        (
            decided(item=None, method="resources/list", approval="A7"),
            "allow       7f3a-1  db/resources/list  work.toml:12, approval A7",
        ),
        (outcome(status="error", code=-32603), "error       7f3a-1  12.5 ms, error -32603"),
        (
            STARTED,
            "start       db  localguard 0.1.0, profile work, pid 41, client 40",
        ),
        (
            ProfileChange(name="work", digest=None, change="fault", fault="work.toml:3: key"),
            "profile     work fault work.toml:3: key",
        ),
        (
            RefusedFrame(direction="client", reason="duplicate-key", detail='"id"', bytes=9),
            'frame       duplicate-key from the client: "id"',
        ),
        (
            Noise(count=2, bytes=20, sample="loading"),
            "noise       2 lines that are not MCP: loading",
        ),
        (
            Gap(lost=2, since="2026-11-24T21:20:00.000000Z", cause="unwritable"),
            f"gap         2 records lost since {LOCAL}, unwritable",
        ),
        (
            Listing(method="tools/list", shown=3, hidden=1, duplicates=0),
            "listing     tools/list, 3 shown, 1 hidden",
        ),
        (
            Listing(method="tools/list", shown=3, hidden=1, duplicates=2),
            "listing     tools/list, 3 shown, 1 hidden, 2 listed twice",
        ),
        (
            decided(risk="destructive", would_be="deny"),
            "allow       7f3a-1  db/list_tables  work.toml:12, destructive, not enforced: deny",
        ),
        (
            outcome(redacted={"github-token": 2, "\x1b": 1}),
            r"ok          7f3a-1  12.5 ms, 2 github-token and 1 \u{1b} redacted",
        ),
        (
            SIGNER.checkpoint("2026-11-24/212000-7f3a", 7, "ab" * 32),
            f"checkpoint  signed up to record 7 (key {SIGNER.name}, unprotected)",
        ),
        (
            Retention(
                first="2026-08-01/000000-a",
                last="2026-08-03/000000-b",
                segments=3,
                records=90,
                upto=29,
                head="ab" * 32,
                kept=[],
                key="",
                mac="",
            ),
            "retention   3 segments removed: 2026-08-01/000000-a to 2026-08-03/000000-b,"
            " 90 records",
        ),
        (
            Pin(event="changed", server="db", item="drop", differs=["description", "\x1b"]),
            r"pin         db/drop  changed: description, \u{1b}",
        ),
        (Pin(event="identity", server="db"), "pin         db  identity"),
        (
            Witnessed(event="failed", detail="Connection refused"),
            "witness     failed: Connection refused",
        ),
        (
            ServerEvent(event="exited", pid=41, exit_code=3),
            "server      exited, pid 41, exit code 3",
        ),
        (
            Stop(reason="the client closed", exit_code=0),
            "stop        the client closed, exit code 0",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_each_kind_has_its_line(tmp_path: Path, record: Record, line: str) -> None:
    """Promise: one record, one line, in the words of the project."""
    journal(tmp_path).write(record)
    assert shown(tmp_path) == [f"{LOCAL}  {line}"]


def test_the_decision_is_coloured_only_when_asked(tmp_path: Path) -> None:
    """Promise: no escape sequence of ours where nobody wants one."""
    log = journal(tmp_path)
    log.write(decided(decision="deny"))
    log.write(outcome())
    denied, ended = shown(tmp_path, color=True)
    assert "\x1b[31mdeny      \x1b[0m" in denied
    assert "\x1b" not in ended
    assert not any("\x1b" in line for line in shown(tmp_path))


def test_json_is_the_record_on_one_line(tmp_path: Path) -> None:
    """Promise: programs get everything, with a version to hold on to."""
    journal(tmp_path).write(decided())
    (line,) = shown(tmp_path, as_json=True)
    found = json.loads(line)
    assert found["schema_version"] == 1
    assert (found["segment"], found["line"]) == ("2026-11-24/212000-7f3a", 1)
    assert (found["kind"], found["call"], found["request_id"]) == ("intent", "7f3a-1", 7)


def test_damage_is_shown_in_both_forms(tmp_path: Path) -> None:
    """Promise: an edited line is not shown as if it were true."""
    log = journal(tmp_path)
    log.write(decided())
    log.close()
    path = Path(segments(str(tmp_path))[0])
    path.write_bytes(path.read_bytes().replace(b"list_tables", b"drop_tables"))
    (line,) = shown(tmp_path)
    assert "edited" in line
    assert "2026-11-24/212000-7f3a line 1" in line
    assert "drop_tables" not in line
    assert json.loads(shown(tmp_path, as_json=True)[0])["flaw"] == "edited"


def test_the_limit_keeps_the_newest(tmp_path: Path) -> None:
    """Promise: `--limit 2` is the last two."""
    log = journal(tmp_path)
    for number in range(5):
        log.write(decided(f"7f3a-{number}"))
    assert [line.split()[3] for line in shown(tmp_path, limit=2)] == ["7f3a-3", "7f3a-4"]
    assert shown(tmp_path, limit=0) == []


def test_an_outcome_names_its_call_also_where_the_call_is_not_shown(tmp_path: Path) -> None:
    """Promise: `-n 1` and a filter leave no line without its subject."""
    log = journal(tmp_path)
    log.write(decided("7f3a-1"))
    log.write(outcome("7f3a-1", status="error", code=-1))
    line = f"{LOCAL}  error       7f3a-1  db/list_tables  12.5 ms, error -1"
    assert shown(tmp_path, limit=1) == [line]
    assert shown(tmp_path, only="status:error") == [line]
    assert shown(tmp_path, only="server:db kind:outcome") == [line]


def test_a_filter_and_a_time_choose_what_is_shown(tmp_path: Path) -> None:
    """UX: `--filter` and `--since` hold together, before the limit counts."""
    clock = Clock(MOMENT - 86_400)
    old = journal(tmp_path, clock, "aaaa")
    old.write(decided("a-1"))
    new = journal(tmp_path, Clock(), "bbbb")
    new.write(decided("b-1", decision="deny"))
    new.write(decided("b-2", server="pg"))

    def calls(**how: Any) -> list[str]:
        return [line.split()[3] for line in shown(tmp_path, **how)]

    assert calls() == ["a-1", "b-1", "b-2"]
    assert calls(since="10m") == ["b-1", "b-2"]
    assert calls(since="3d") == ["a-1", "b-1", "b-2"]
    assert calls(since="3d", only="since:10m server:db") == ["b-1"]
    assert calls(only="server:db", limit=1) == ["b-1"]


def test_a_held_call_is_told_from_question_to_outcome(tmp_path: Path) -> None:
    """Promise: one id from the question on, and a filter by it or by who answered."""
    log = journal(tmp_path)
    log.write(decided(decision="ask", reason="a rule asks"))
    log.write(RefusedApprover(who="pid 9", why="no terminal", request="7f3a-1"))
    answered = Answer(
        request="7f3a-1",
        server="db",
        item="list_tables",
        decision="allow",
        scope="session",
        who="console pid 812",
    )
    log.write(answered)
    log.write(Trouble(request="7f3a-1", why="the answer cannot be kept"))
    log.write(decided(approval="7f3a-1"))
    log.write(outcome())
    told = [
        "ask         7f3a-1  db/list_tables  work.toml:12, a rule asks",
        "approver    7f3a-1  refused pid 9: no terminal",
        "answer      7f3a-1  db/list_tables  allow, while the client runs, by console pid 812",
        "trouble     7f3a-1  the answer cannot be kept",
        "allow       7f3a-1  db/list_tables  work.toml:12, approval 7f3a-1",
        "ok          7f3a-1  db/list_tables  12.5 ms",
    ]
    assert shown(tmp_path, only="call:7f3a-1") == [f"{LOCAL}  {line}" for line in told]
    assert shown(tmp_path, only="who:console*") == [f"{LOCAL}  {told[2]}"]


def test_nothing_that_matches_is_not_an_empty_log(tmp_path: Path) -> None:
    """Promise: standard error tells the two apart."""
    journal(tmp_path).write(decided())
    err = StringIO()
    only = wanted("server:pg", None, NOW)
    code = logs(
        str(tmp_path),
        follow=False,
        as_json=False,
        limit=None,
        out=StringIO(),
        color=False,
        only=only,
        err=err,
    )
    assert code == 0
    assert "no record matches" in err.getvalue()


def test_a_filter_that_cannot_be_understood_is_a_fault_of_usage(tmp_path: Path) -> None:
    """Promise: a typo never looks like an empty log."""
    with pytest.raises(UsageFault, match="no field"):
        shown(tmp_path, only="sever:db")
    with pytest.raises(UsageFault, match="not a moment"):
        shown(tmp_path, since="soon")


def test_following_shows_the_past_and_then_what_happens(tmp_path: Path) -> None:
    """Promise: nothing is shown twice and nothing is missed in between."""
    log = journal(tmp_path)
    log.write(decided("7f3a-1"))
    steps = [lambda: log.write(outcome("7f3a-1")), lambda: log.write(decided("7f3a-2"))]

    def wait(_: float) -> bool:
        return bool(steps) and steps.pop(0)() >= 0

    words = [line.split()[2:4] for line in shown(tmp_path, follow=True, wait=wait)]
    assert words == [["allow", "7f3a-1"], ["ok", "7f3a-1"], ["allow", "7f3a-2"]]


def test_following_ends_quietly_when_the_person_interrupts(tmp_path: Path) -> None:
    """Promise: Ctrl-C is how one leaves, not an error."""

    def interrupt(_: float) -> bool:
        raise KeyboardInterrupt

    assert shown(tmp_path / "audit", follow=True, wait=interrupt) == []
    assert pause(0)


def test_an_empty_log_leaves_standard_output_empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Promise: standard output is data; that there is none is said elsewhere."""
    out = StringIO()
    code = logs(
        str(tmp_path), follow=False, as_json=True, limit=None, out=out, color=False, wait=pause
    )
    assert code == 0
    assert out.getvalue() == ""
    assert "the audit log is empty" in capsys.readouterr().err


def test_hostile_names_cannot_reach_the_terminal(tmp_path: Path) -> None:
    """Attack: a tool named with escape sequences, bidi overrides and line breaks."""
    evil = "a\x1b[2J\n2026-11-24 fake allow\u202e\U000e0041"
    log = journal(tmp_path)
    log.write(decided(item=evil, rule=evil, because=evil, client=evil))
    log.write(ProfileChange(name=evil, digest=None, change="fault", fault=evil))
    lines = shown(tmp_path)
    assert len(lines) == 2
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_a_record_of_unexpected_types_is_still_shown(tmp_path: Path) -> None:
    """Attack: a sound line whose fields are of other types, written by another program."""
    day = tmp_path / "2026-11-24"
    day.mkdir(mode=0o700)
    odd: dict[str, object] = {"t": [1], "kind": {"a": 1}, "\x1b": "\x1b", "call": 3, "server": None}
    (day / "212000-7f3a.jsonl").write_bytes(
        b"".join(chain_of(odd, {"t": "9999-99-99", "kind": "later", "x": [1]}, {"kind": "held"}))
    )
    lines = shown(tmp_path)
    assert len(lines) == 3
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_only_what_one_person_was_signed_in_for(tmp_path: Path) -> None:
    """`--user`: together with a filter, and whatever is in the name."""
    ana, odd = ({"issuer": "https://i", "subject": s, "name": s} for s in ("ana", 'a "b", c'))
    log = journal(tmp_path)
    log.write(replace(decided(), person=ana))
    log.write(replace(decided("7f3a-2", decision="deny"), person=ana))
    log.write(replace(decided("7f3a-3"), person=odd))
    found = {
        (text, user): [one.record["call"] for one in read(str(tmp_path)) if only.matches(one)]
        for text, user in (("", "ana"), ("decision:deny", "ana"), ("", 'a "b", c'), ("", "b"))
        for only in [wanted(text, None, NOW, user)]
    }
    assert list(found.values()) == [["7f3a-1", "7f3a-2"], ["7f3a-2"], ["7f3a-3"], []]
