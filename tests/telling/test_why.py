"""The story of one call in rows: the same in the console's log and in `localguard why`."""

from pathlib import Path

from localguard.audit.reader import read
from localguard.audit.recalled import recalled
from localguard.audit.records import Closed, Leave, RefusedApprover, Trouble
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.telling.why import Row, is_of, judged_again, near, rows
from tests.audit.makers import decided, journal, outcome
from tests.config.makers import places_in, put
from tests.telling.test_entries import LOCAL, answer

RULES = """\
version = 1
[[rule]]
id = "reads"
allow = "db/*"
when.args.schema = "private"
"""


def story(folder: Path, call: str = "7f3a-1") -> list[Row]:
    """The rows of a call."""
    records = [one.record for one in read(str(folder)) if is_of(one.record, call)]
    return list(rows(records, ""))


def names(found: list[Row]) -> list[str]:
    return [row.name for row in found if row.name not in ("asked", "profile", "fact", "argument")]


def test_a_question_its_answer_and_what_followed_are_one_story(tmp_path: Path) -> None:
    """Promise: one id for the request and the call that opened it, told in the order of time."""
    log = journal(tmp_path)
    log.write(decided(decision="ask", because="money"))
    log.write(decided("7f3a-2"))
    log.write(RefusedApprover(who="pid 9", why="no terminal", request="7f3a-1"))
    log.write(Trouble(request="7f3a-1", why="the disk is full"))
    log.write(answer(reason=None))
    log.write(decided(approval="7f3a-1"))
    log.write(outcome())
    found = story(tmp_path)
    assert names(found) == [
        "",
        "decision",
        "rule",
        "reason",
        "because",
        "approver",
        "trouble",
        "answer",
        "",
        "decision",
        "rule",
        "reason",
        "approval",
        "outcome",
    ]
    texts = {row.name: row.text for row in found}
    assert texts["approver"].endswith(" refused pid 9: no terminal")
    assert texts["trouble"].endswith(" the disk is full")
    assert texts["answer"].endswith(" allow, once, by console pid 812")
    assert [row.text for row in found if row.name == "decision"] == ["ask", "allow"]


def test_a_request_that_nobody_answered_says_how_it_ended(tmp_path: Path) -> None:
    """Promise: held, lapsed and granted are told apart."""
    ids = {"request": "7f3a-1", "server": "db", "item": "list_tables"}
    log = journal(tmp_path)
    log.write(decided(decision="ask"))
    log.write(Closed(**ids, how="held"))
    log.write(Leave(**ids, until="2026-11-24T21:35:00Z"))
    log.write(Closed(**ids, how="lapsed"))
    *_, held, leave, lapsed = story(tmp_path)
    assert (held.name, leave.name, lapsed.name) == ("request", "grant", "request")
    assert "held: the client no longer waits" in held.text
    assert leave.text.endswith(f"one identical call may pass until {LOCAL}")
    assert lapsed.text.endswith("lapsed: nobody answered in time")


def test_only_a_call_that_left_has_an_unknown_outcome(tmp_path: Path) -> None:
    """Promise: the log does not pretend to know."""
    journal(tmp_path / "a").write(decided())
    journal(tmp_path / "b").write(decided(decision="ask"))
    assert story(tmp_path / "a")[-1] == Row("outcome", "unknown: none was recorded")
    assert "outcome" not in names(story(tmp_path / "b"))


def test_near_misses_come_with_the_condition_that_failed(tmp_path: Path) -> None:
    """Promise: by the very profile that decided; any other one is said to be another."""
    places = places_in(tmp_path)
    Path(places.profiles).parent.mkdir(exist_ok=True)
    put(places, "work", RULES)
    digest = joined(read_profile(places, "work"), read_managed(places)).digest
    facts = {"at": "2026-11-24T21:20:00+00:00"}
    record = decided(
        decision="deny",
        profile_digest=digest,
        facts=facts,
        arguments={"schema": "public"},
        complete=True,
    )
    journal(tmp_path / "audit").write(record)
    records = [one.record for one in read(str(tmp_path / "audit"))]
    again = judged_again(places, records, recalled)
    assert not isinstance(again, str)
    assert [near(one) for one in again] == ["reads (allow): when.args.schema does not hold"]
    assert list(rows(records, again))[-1] == Row("near miss", near(again[0]))
    put(places, "work", f"{RULES}# edited")
    note = judged_again(places, records, recalled)
    assert list(rows(records, note))[-1].text.startswith("work has changed since")
    assert judged_again(places, [], recalled) == ""


def test_every_text_of_a_story_is_safe(tmp_path: Path) -> None:
    """Attack: escape sequences in whatever a client, a server or a process chose."""
    evil = "a\x1b[2J\n  decision  allow\u202e"
    log = journal(tmp_path)
    log.write(decided(item=evil, client=evil, method=evil, because=evil, facts={evil: [evil]}))
    log.write(answer(who=evil, reason=evil, scope=evil))
    log.write(Closed(request="7f3a-1", server=evil, item=evil, how=evil))
    log.write(RefusedApprover(who=evil, why=evil, request="7f3a-1"))
    found = story(tmp_path)
    assert len(found) > 10
    assert all(row.text.isascii() and row.text.isprintable() for row in found)


def test_a_call_of_thousands_of_facts_is_told_in_part() -> None:
    """Attack: a record of another program, made to be slow to look at."""
    many: dict[str, object] = {f"m{number}": number for number in range(10_000)}
    record: dict[str, object] = {"kind": "held", "call": "a", "facts": many, "arguments": many}
    assert len(list(rows([record], ""))) < 500
