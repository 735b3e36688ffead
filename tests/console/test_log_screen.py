"""The log screen: what it shows, that it moves only when asked, and how little it reads for it."""

import json
from pathlib import Path
from threading import Event, Thread

import pytest

from localguard.console.app import Console
from localguard.console.log.screen import LogScreen
from tests.audit.makers import Clock, decided, journal, outcome
from tests.config.makers import places_in
from tests.console import stage as console
from tests.console.log_stage import (
    Counting,
    Stage,
    call,
    ended,
    many,
    opened,
    record,
    sealed,
    segment,
)


def ten(folder: Path) -> None:
    """Ten records: five calls and their outcomes, a second apart."""
    bodies = [
        body
        for number in range(5)
        for body in (call(number * 2, f"a-{number}"), ended(number * 2 + 1, f"a-{number}"))
    ]
    segment(folder, "212000", "aaaa", sealed(bodies))


@pytest.mark.slow
async def test_of_a_hundred_thousand_records_only_those_in_sight_are_read(tmp_path: Path) -> None:
    """UX test 14: opening and paging cost what is seen, whatever the log holds."""
    many(tmp_path, 100_000)
    index = Counting(str(tmp_path))
    async with opened(index) as stage:
        await stage.until(lambda: len(stage.view.table.shown) > 0)
        assert set(index.read) <= set(range(-200, 0))
        await stage.loaded(100_000)
        for keys in (("home",), ("pagedown",), ("pagedown",), ("end",), ("pageup",)):
            index.read.clear()
            await stage.press(*keys)
            assert len(set(index.read)) <= stage.view.table.size.height + 2
        index.read.clear()
        await stage.press("up", "up", "down")
        assert len(set(index.read)) <= 3


async def test_the_newest_record_is_marked_and_followed(tmp_path: Path) -> None:
    """Promise: the screen opens where the news is."""
    ten(tmp_path)
    async with opened(tmp_path, size=(120, 8)) as stage:
        await stage.loaded(10)
        assert stage.head.startswith("● following   10 records")
        assert stage.head.endswith("24 Nov 2026")
        assert len(stage.rows) == 7
        assert stage.rows[-1].startswith("▸11-24 ")
        assert "· ok" in stage.marked
        assert "db/list_tables" in stage.marked
        assert "a-4" in stage.marked
        assert stage.rows[-2].startswith("│11-24 ")
        assert "✓ allow" in stage.rows[-2]
        assert stage.rows[-3].startswith(" ")


async def test_who_does_not_follow_is_not_moved(tmp_path: Path) -> None:
    """UX 2e.1: what arrives moves neither mark nor view; it is said how much there is below."""
    log = journal(tmp_path)
    for number in range(20):
        log.write(decided(f"7f3a-{number}"))
    async with opened(tmp_path, size=(100, 8)) as stage:
        await stage.loaded(20)
        await stage.press("up", "up")
        rows = stage.rows
        assert stage.head.startswith("○ paused")
        for number in range(20, 50):
            log.write(decided(f"7f3a-{number}"))
        await stage.until(lambda: len(stage.view.table.shown) == 50)
        assert stage.rows == rows
        assert stage.head.startswith("○ 30 new below   50 records")
        await stage.press("F")
        assert stage.head.startswith("● following")
        assert "7f3a-49" in stage.marked
        await stage.press("F", "home")
        assert stage.head.startswith("○ paused")
        assert "7f3a-0" in stage.marked


async def test_a_journal_in_another_thread_is_followed(tmp_path: Path) -> None:
    """Promise: every record comes in, in its order, while it is written."""
    (tmp_path / "audit").mkdir(mode=0o700)
    written = Event()

    def write() -> None:
        log = journal(tmp_path / "audit", Clock())
        for number in range(300):
            log.write(decided(f"7f3a-{number}"))
            log.write(outcome(f"7f3a-{number}"))
        log.close()
        written.set()

    async with opened(tmp_path / "audit", size=(100, 12)) as stage:
        await stage.until(lambda: "nothing has been recorded yet" in stage.lines[1])
        thread = Thread(target=write)
        thread.start()
        await stage.until(lambda: len(stage.view.table.shown) > 0)
        await stage.until(written.is_set)
        thread.join()
        await stage.until(lambda: len(stage.view.table.shown) >= 600)
        shown = stage.view.table.shown
        index = stage.view.index
        entries = [index.entry(shown[row]) for row in range(600)]
        assert [one.record["call"] for one in entries[::2]] == [f"7f3a-{n}" for n in range(300)]
        assert stage.head.startswith("● following")
        assert stage.rows[-1].startswith("▸")


async def test_who_scrolls_up_stops_to_follow(tmp_path: Path) -> None:
    """Promise: the wheel leaves the mark where it is, and nothing is scrolled back."""
    many(tmp_path, 200)
    async with opened(tmp_path) as stage:
        await stage.loaded(200)
        stage.view.table.scroll_to(y=20, animate=False, immediate=True)
        await stage.until(lambda: stage.head.startswith("○ paused"))
        assert stage.view.table.marked == -1
        assert stage.view.table.scroll_offset.y == 20


async def test_a_click_marks_a_row(tmp_path: Path) -> None:
    """Promise: the mouse is never needed, and works."""
    ten(tmp_path)
    async with opened(tmp_path) as stage:
        await stage.loaded(10)
        await stage.pilot.click("#rows", offset=(10, 2))
        assert stage.rows.index(stage.marked) == 2
        await stage.pilot.click("#rows", offset=(10, 20))
        assert stage.rows.index(stage.marked) == 2


@pytest.mark.slow
async def test_a_filter_is_typed_applied_and_taken_back(tmp_path: Path) -> None:
    """Promise: the grammar of `localguard logs`, and the marked record stays marked after it."""
    ten(tmp_path)
    async with opened(tmp_path) as stage:
        await stage.loaded(10)
        await stage.press("home", "down", "down")
        await stage.filter("kind:outcome")
        await stage.until(lambda: len(stage.rows) == 5 and "searching" not in stage.head)
        assert "5 of 10 records" in stage.head
        assert stage.head.endswith("24 Nov 2026")
        assert "filter kind:outcome" in stage.head
        assert all("· ok" in row for row in stage.rows)
        assert "a-1" in stage.marked
        await stage.press("escape")
        await stage.until(lambda: len(stage.rows) == 10)
        assert stage.rows.index(stage.marked) == 2
        assert "filter" not in stage.head
        await stage.filter("server:nowhere")
        await stage.until(lambda: "no record matches" in stage.lines[1])
        assert stage.view.table.marked is None
        for key in ("up", "down", "pageup", "end", "enter", "c", "n", "N", "F"):
            await stage.press(key)
        await stage.press("slash", "ctrl+u", "enter")
        await stage.until(lambda: len(stage.rows) == 10)


async def test_a_fault_of_the_grammar_is_said_where_it_is_typed(tmp_path: Path) -> None:
    """Promise: with its place and the nearest right word; nothing is searched for by a typo."""
    ten(tmp_path)
    async with opened(tmp_path) as stage:
        await stage.loaded(10)
        await stage.filter("sever:db")
        assert "filter, character 1" in stage.lines[2]
        assert "write server" in stage.lines[2]
        assert "10 records" in stage.head
        assert "filter" not in stage.head
        await stage.press("escape")
        await stage.filter("status:ok")
        await stage.until(lambda: len(stage.rows) == 5)
        await stage.press("slash", *"zzz", "escape")
        assert stage.view.only == "status:ok"
        assert len(stage.rows) == 5


async def test_what_steers_a_terminal_cannot_be_pasted_into_the_filter(tmp_path: Path) -> None:
    """Attack: the text of the filter is drawn as it is typed."""
    ten(tmp_path)
    async with opened(tmp_path) as stage:
        await stage.loaded(10)
        await stage.press("slash", "a")
        for text in ("\x1b[2J", "b\u202e", "\x9b31m", "\U000e0041", "\u200b", "\x7f"):
            await stage.paste(text)
        await stage.paste("é漢")
        await stage.press("c")
        assert stage.lines[1].strip() == "aé漢c"


async def test_keys_that_are_typed_ahead_go_into_the_filter(tmp_path: Path) -> None:
    """UX 2e.2: keys typed during a stall do what they were meant to."""
    ten(tmp_path)
    async with opened(tmp_path) as stage:
        await stage.loaded(10)
        await stage.pilot.press("slash", *"status:ok")
        await stage.press("enter")
        await stage.until(lambda: stage.view.only == "status:ok")


@pytest.mark.slow
async def test_a_record_is_opened_beside_and_below_and_in_place(tmp_path: Path) -> None:
    """Promise: enter shows more, escape goes back step by step, on every size of terminal."""
    ten(tmp_path)
    for size in ((120, 30), (80, 24), (40, 10)):
        async with opened(tmp_path, size=size) as stage:
            await stage.loaded(10)
            await stage.press("enter")
            assert stage.told[0] == "a-4  db/list_tables"
            assert stage.view.record.region.height > 3
            await stage.press("right")
            assert stage.view.record.has_focus
            await stage.press("left")
            await stage.press("escape")
            assert not stage.view.opened
            assert stage.view.table.has_focus
            await stage.press("left")
            assert "10 records" in stage.head


async def test_the_open_record_follows_the_mark(tmp_path: Path) -> None:
    """Promise: the way through a log with its records open is up and down."""
    ten(tmp_path)
    async with opened(tmp_path) as stage:
        await stage.loaded(10)
        await stage.press("enter", "k", "k", "k")
        assert stage.told[0] == "a-3  db/list_tables"
        assert "── Record 1 of 2 of this call ─" in "\n".join(stage.told)
        await stage.press("right", "pagedown", "end")
        assert stage.view.record.scroll_offset.y > 0
        assert stage.told[0] == "a-3  db/list_tables"


async def test_the_records_of_one_call_are_gone_through(tmp_path: Path) -> None:
    """Promise: n and N know the call, whatever lies between its records."""
    bodies = [
        call(0, "a-1", "ask"),
        call(1, "a-2"),
        record(2, "answer", request="a-1", server="db", item="x", decision="allow", who="pid 1"),
        ended(3, "a-2"),
        call(4, "a-1"),
        ended(5, "a-1", "error"),
        record(6, "stop", reason="over", exit_code=0),
    ]
    segment(tmp_path, "212000", "aaaa", sealed(bodies))
    async with opened(tmp_path) as stage:
        await stage.loaded(7)
        await stage.press("n", "home")
        words = []
        for _ in range(3):
            await stage.press("n")
            words.append(stage.marked.split()[3])
        assert words == ["answer", "allow", "error"]
        await stage.press("n")
        assert stage.app.said == ["no later record of this call is shown"]
        await stage.press("N", "N", "N", "N")
        assert stage.marked.split()[3] == "ask"
        assert stage.app.said[-1] == "no earlier record of this call is shown"
        await stage.filter("a-2")
        await stage.until(lambda: len(stage.rows) == 2)


async def test_a_record_is_copied_as_it_stands_in_the_log(tmp_path: Path) -> None:
    """Promise: the very line, in ASCII, so that its digest can be checked elsewhere."""
    log = journal(tmp_path)
    log.write(decided(item="läs \u202e\x1b"))
    log.close()
    line = next((tmp_path / "2026-11-24").iterdir()).read_text("ascii").splitlines()[0]
    async with opened(tmp_path) as stage:
        await stage.until(lambda: len(stage.rows) > 0)
        await stage.press("home", "c")
        assert stage.app.clipboard == line
        assert stage.app.said == [f"copied the record, {len(line):,} bytes of JSON"]


async def test_of_a_damaged_line_only_where_it_is_is_copied(tmp_path: Path) -> None:
    """Attack: the bytes of a line that is no record would reach another terminal's clipboard."""
    segment(tmp_path, "212000", "aaaa", sealed([call(0, "a-1")]) + b'{"x":"\x1b[2J"}\n')
    async with opened(tmp_path) as stage:
        await stage.loaded(2)
        await stage.press("c")
        found = json.loads(stage.app.clipboard)
        assert (found["line"], found["flaw"]) == (2, "unreadable")
        assert "\x1b" not in stage.app.clipboard


async def test_a_damaged_line_is_told_as_such(tmp_path: Path) -> None:
    """Promise: nothing that an edited line says is shown as if it were true."""
    lines = sealed([call(0, "a-1"), call(1, "a-2")]).replace(b"a-2", b"a-3")
    segment(tmp_path, "212000", "aaaa", lines)
    async with opened(tmp_path) as stage:
        await stage.loaded(2)
        assert "✗ edited" in stage.marked
        assert "2026-11-24/212000-aaaa line 2" in stage.marked
        await stage.press("enter")
        told = " ".join(stage.told)
        assert "EDITED" in told
        assert "localguard audit verify" in told
        assert "a-3" not in told


async def test_a_torn_end_becomes_whole_while_it_is_looked_at(tmp_path: Path) -> None:
    """Promise: the row, and the open record, are made anew."""
    one, two = sealed([call(0, "a-1"), call(1, "a-2")]).splitlines(keepends=True)
    path = segment(tmp_path, "212000", "aaaa", one + two[:50])
    async with opened(tmp_path) as stage:
        await stage.loaded(2)
        await stage.press("enter")
        assert "✗ torn" in stage.marked
        assert "TORN" in stage.told[0]
        with path.open("ab") as file:
            file.write(two[50:])
        await stage.until(lambda: "✓ allow" in stage.marked)
        assert stage.told[0] == "a-2  db/list_tables"


async def test_a_segment_that_is_pruned_while_the_screen_is_open(tmp_path: Path) -> None:
    """Promise: no crash; what is gone is said, what is there is shown."""
    old = segment(tmp_path, "212000", "aaaa", sealed([call(n, f"a-{n}") for n in range(50)]))
    segment(tmp_path, "212100", "bbbb", sealed([call(60, "b-1")]))
    async with opened(tmp_path, size=(80, 12)) as stage:
        await stage.loaded(51)
        old.unlink()
        await stage.press("home")
        assert "- missing" in stage.marked
        await stage.press("enter")
        assert "not there any more" in " ".join(stage.told)
        await stage.press("escape", "escape", "end")
        assert "✓ allow" in stage.marked


async def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """Promise: the fault in place of the counts, and the screen goes on by itself."""
    day = tmp_path / "2026-11-24"
    day.symlink_to(day)
    async with opened(tmp_path) as stage:
        await stage.until(lambda: "cannot be read" in stage.head)
        day.unlink()
        ten(tmp_path)
        await stage.loaded(10)


async def test_what_cannot_be_read_is_named_beside_the_rest(tmp_path: Path) -> None:
    """Promise: nothing is left out silently."""
    ten(tmp_path)
    (tmp_path / "2026-11-24/212001-bbbb.jsonl").mkdir()
    async with opened(tmp_path) as stage:
        await stage.until(lambda: "212001-bbbb" in stage.head)
        assert len(stage.rows) == 10


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 10), (12, 4), (200, 50)])
async def test_the_screen_can_be_resized_at_any_time(tmp_path: Path, size: tuple[int, int]) -> None:
    """UX test 8: forty columns and ten rows, and the mark stays in sight."""
    many(tmp_path, 300)
    async with opened(tmp_path) as stage:
        await stage.loaded(300)
        await stage.press("up", "up", "up", "enter")
        for new in (size, (120, 30), size):
            await stage.pilot.resize_terminal(*new)
            await stage.pilot.pause()
            assert max(len(line) for line in stage.lines) <= new[0]
            assert stage.view.table.marked == -4
        await stage.press("escape", "escape")
        assert "▸" in "".join(stage.rows)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
async def test_every_width_has_the_word_of_a_decision(tmp_path: Path, width: int) -> None:
    """UX 2e.9: sign and word, never colour alone, however narrow the terminal is."""
    decisions = ("allow", "ask", "deny")
    bodies = [call(at, f"a-{at}", decision) for at, decision in enumerate(decisions)]
    segment(tmp_path, "212000", "aaaa", sealed(bodies))
    async with opened(tmp_path, size=(width, 10)) as stage:
        await stage.loaded(3)
        for row, (sign, word) in zip(
            stage.rows, (("✓", "allow"), ("?", "ask"), ("✗", "deny")), strict=True
        ):
            assert f"{sign} {word}" in row
            assert "db/list_tab" in row


@pytest.mark.slow
async def test_each_theme_draws_the_log(tmp_path: Path) -> None:
    """Promise: the terminal's own colours, too."""
    ten(tmp_path)
    for theme in ("light", "contrast", "ansi"):
        async with opened(tmp_path, theme=theme) as stage:
            await stage.loaded(10)
            await stage.press("enter")
            drawn = stage.app.export_screenshot()
            assert "✓" in drawn
            assert "allow" in drawn


async def test_near_misses_are_told_where_the_call_can_be_judged_again(tmp_path: Path) -> None:
    """Promise: the same story as `localguard why`; it is judged once per call."""
    ten(tmp_path)
    judged: list[int] = []

    def judge(records: object) -> str:
        assert isinstance(records, list)
        judged.append(len(records))
        return "work has changed since, so near misses are not shown"

    async with opened(tmp_path, judge=judge) as stage:
        await stage.loaded(10)
        await stage.press("enter", "up")
        assert any("work has changed since" in line for line in stage.told)
        assert judged == [2]


@pytest.mark.slow
async def test_the_log_is_a_screen_of_the_console(tmp_path: Path) -> None:
    """Promise: its keys stand in the footer and in the help, and what became of one above it."""
    desk = console.Desk()
    places = places_in(tmp_path)
    ten(Path(places.audit))
    services = console.FakeServices()
    here = services.services()
    services.services = lambda: here.__class__(  # type: ignore[method-assign]
        places, here.profile, here.remembering, here.switches, here.past
    )
    async with console.staged(desk, services, screens={"log": LogScreen}) as stage:
        await stage.press("2")
        await stage.settle()
        screen = stage.app.screen
        assert isinstance(screen, LogScreen)
        view = Stage(stage.app, stage.pilot)  # type: ignore[arg-type]
        log = screen.query_one("LogView")
        await view.until(lambda: "10 records" in stage.text() and "enter read" in stage.text())
        await stage.press("enter", "c")
        await stage.settle()
        assert "copied the record" in stage.text()
        assert "work has changed since" in stage.text()
        await stage.press("slash", *"status:ok")
        await stage.settle()
        assert "enter apply" in stage.text()
        await stage.press("enter")
        await view.until(lambda: "5 of 10 records" in stage.text())
        assert log.is_mounted
        assert isinstance(stage.app, Console)
