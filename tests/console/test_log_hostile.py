"""Whatever servers, clients, models and other programs put into the log: it is shown as data."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.records import (
    Answer,
    Chosen,
    Closed,
    Leave,
    Listing,
    Noise,
    PersonChange,
    Pin,
    ProfileChange,
    Record,
    RefusedApprover,
    RefusedFrame,
    ServerEvent,
    Stop,
)
from tests.audit.makers import STARTED, decided, journal, outcome
from tests.console.log_stage import Stage, call, opened, sealed, segment

CORPUS = {
    "markup": "[@click=app.bell]x[/] [link=http://evil.example]y[/link] a[/]b [bold",
    "escapes": "\x1b[2J\x1b]52;c;aGk=\x07\x1b]8;;http://evil.example\x07y\x1b]8;;\x07",
    "c1": "\x9b31m\x9d0;t\x9c\x85",
    "hidden": "\u202egnorw\u2066\u2069\u200f\u061c \U000e0041\U000e007f\u200b\u2063 \ud800\udfff",
    "lines": "a\tb\nc\r\nd\x00e\x7f\u2028\u2029",
    "wide": "💀\u200d💀 \u3164 漢字" * 40 + "z\u0335\u0321\u0322\u0338\u0489" * 60,
    "long": "x" * 100_000,
    "markdown": "# h\n```\n<b>&amp;</b>",
}
STEERS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\u061c]")


def records_of(evil: str) -> list[Record]:
    """Every kind of record, with a text of someone else's wherever it has one."""
    person = {"issuer": evil, "subject": evil, "name": evil}
    ids: Any = {"request": evil, "server": evil, "item": evil}
    return [
        replace(STARTED, server=evil, command=evil, profile=evil),
        ProfileChange(name=evil, digest=evil, change="fault", fault=evil),
        ServerEvent(event="exited", detail=evil),
        decided(
            evil,
            item=evil,
            client=evil,
            method=evil,
            rule=evil,
            reason=evil,
            because=evil,
            risk=evil,
            facts={evil: {evil: [evil]}},
            arguments={evil: evil, "list": [evil], "nested": {evil: {evil: evil}}},
        ),
        outcome(evil, redacted={evil: 2}),
        RefusedFrame(direction="client", reason=evil, detail=evil, bytes=9),
        Noise(count=2, bytes=20, sample=evil),
        Listing(method=evil, shown=1, hidden=2, duplicates=3),
        Pin(event="changed", server=evil, item=evil, differs=[evil]),
        Answer(**ids, decision="allow", scope=evil, who=evil, reason=evil, person=person),
        PersonChange(change="signed_in", profile=evil, person=person, reason=evil),
        Closed(**ids, how=evil),
        Leave(**ids, until=evil),
        RefusedApprover(who=evil, why=evil, request=evil),
        Chosen(what=evil, value=evil, who=evil),
        Stop(reason=evil, exit_code=0),
    ]


def require_clean(stage: Stage, *, picture: bool = True) -> None:
    """Nothing that is drawn steers, can be clicked, or leads anywhere; nor its picture does."""
    for strip in stage.app.screen._compositor.render_strips(stage.app.size):
        for part in strip:
            assert STEERS.search(part.text) is None
            if part.style is not None:
                assert part.style.link is None
                assert "@click" not in part.style.meta
    if picture:
        drawn = stage.app.export_screenshot()
        assert STEERS.search(drawn) is None
        drawn.encode("utf-8")
        assert "href" not in drawn


@pytest.mark.slow
@pytest.mark.parametrize("name", CORPUS)
async def test_hostile_text_in_every_field_is_only_text(tmp_path: Path, name: str) -> None:
    """UX test 7: no crash, no link, no control character, in rows and in each open record."""
    evil = CORPUS[name]
    log = journal(tmp_path)
    for one in records_of(evil):
        log.write(one)
    log.close()
    async with opened(tmp_path, size=(120, 40)) as stage:
        await stage.until(lambda: "reading" not in stage.head and len(stage.rows) == 16)
        number = len(stage.view.table.shown)
        require_clean(stage)
        await stage.press("home", "enter")
        for _ in range(number):
            require_clean(stage, picture=False)
            await stage.press("down")
        await stage.pilot.resize_terminal(40, 10)
        await stage.pilot.pause()
        require_clean(stage)


def test_the_corpus_is_hostile_in_every_record() -> None:
    """The test above would show nothing if records cleaned all their fields."""
    for record in records_of("\u202e[@click=app.bell]x[/]"):
        assert "[@click" in json.dumps(record.fields())


@pytest.mark.parametrize(
    "body",
    [
        {"t": [1], "kind": {"a": 1}, "\x1b": "\x1b", "call": 3, "server": None},
        {"t": "9999-99-99", "kind": "later", "x": [1]},
        {"kind": "held"},
        {"kind": "outcome", "call": {"a": 1}, "status": ["\x1b"]},
        {"kind": "intent", "facts": [1], "arguments": "x", "call": "a"},
        {"kind": "answer", "request": 7, "scope": {}, "decision": []},
        {f"\u202e{number}": number for number in range(5000)},
        {"kind": "intent", "call": "a", "facts": {str(n): n for n in range(5000)}},
        {"t": "2026-11-24T21:20:00.000000Z", "a": {"b": {"c": {"d": {"e": {"f": {"g": {}}}}}}}},
        {"kind": "intent", "call": "a", "item": "[@click=app.bell]x[/]\u202e" * 50_000},
    ],
    ids=range(10),
)
async def test_a_sound_line_of_another_program_is_shown(
    tmp_path: Path, body: dict[str, object]
) -> None:
    """Attack: right digests around fields of any type and size, written by something else."""
    segment(tmp_path, "212000", "aaaa", sealed([call(0, "a-1"), body, call(1, "a-2")]))
    async with opened(tmp_path, size=(100, 24)) as stage:
        await stage.loaded(3)
        await stage.press("up", "enter", "c")
        require_clean(stage)
        assert stage.app.clipboard.isascii()
        assert stage.app.clipboard.isprintable()
        for key in ("n", "N", "home", "end"):
            await stage.press(key)


async def test_lines_that_are_no_records_are_shown_as_damage(tmp_path: Path) -> None:
    """Attack: raw bytes in a segment, to reach the terminal of who reads it."""
    junk = [
        b"\x1b]52;c;aGk=\x07\n",
        b"\xff\xfe\x9b31m\n",
        "\u202e\U000e0041\n".encode(),
        b'{"v":1,"seq":0,"prev":"","t":"\x1b[2J"}\n',
        b"x" * (1 << 20) + b"\n",
        b"\n",
        b"[@click=app.bell]x[/]\n",
        b"half a line [@click=app.bell]x[/]\x1b",
    ]
    segment(tmp_path, "212000", "aaaa", sealed([call(0, "a-1")]) + b"".join(junk))
    async with opened(tmp_path, size=(100, 30)) as stage:
        await stage.loaded(9)
        require_clean(stage)
        await stage.press("enter")
        words = set()
        for _ in range(9):
            require_clean(stage)
            words.add(stage.marked.split()[2])
            await stage.press("c", "up")
            assert stage.app.clipboard.isascii()
            assert stage.app.clipboard.isprintable()
        assert words == {"torn", "unreadable", "allow"}


async def test_a_filter_finds_hostile_records_and_draws_only_text(tmp_path: Path) -> None:
    """Attack: what is looked for is in the text that attacks."""
    log = journal(tmp_path)
    log.write(decided("a-1", item="[@click=app.bell]needle[/]\x1b[2J"))
    log.write(decided("a-2"))
    async with opened(tmp_path) as stage:
        await stage.loaded(2)
        await stage.filter("*needle*")
        await stage.until(lambda: len(stage.rows) == 1)
        require_clean(stage)
        await stage.filter("[@click=app.bell]needle")
        await stage.until(lambda: "needle" in stage.head)
        require_clean(stage)
