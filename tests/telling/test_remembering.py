"""The preview of an "always": words, bytes, place, and the past."""

import json
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.recalled import recalled
from localguard.config.fixed import Fixed
from localguard.config.paths import Places
from localguard.config.remembered import Asked, Wish
from localguard.config.remembered_file import Written, append
from localguard.control.messages import RequestView
from localguard.policy.calls import SignedIn
from localguard.telling.remembering import Preview, asked_of, kept, lines, preview
from tests.config.remembering import ASKED, AUTHOR, key, work_in
from tests.telling.pasts import Log, recent

ARGUMENTS = json.dumps(ASKED.arguments)


def view(**changes: Any) -> RequestView:
    """A request as a guard tells of it."""
    known: dict[str, Any] = {
        "id": "7f3a-1",
        "revision": 1,
        "digest": "d",
        "state": "waiting",
        "server": "files",
        "item": "write",
        "method": "tools/call",
        "profile": "work",
        "client": "cursor",
        "by": "work.toml:2",
        "reason": "an ask rule applies",
        "rule": "ask files/*",
        "remembered_as": "work.toml#abc",
        "risk": None,
        "marks": ("write",),
        "confirmed": True,
        "identity": "i",
        "pin": "p",
        "arguments": ARGUMENTS,
        "size": len(ARGUMENTS),
        "sha256": "0" * 64,
        "whole": True,
        "count": 1,
        "opened": 0.0,
        "left": 40.0,
        "until": 900.0,
    }
    return RequestView(**{**known, **changes})


def shown(where: Places, wish: Wish, request: Asked = ASKED) -> Preview:
    """What a person sees."""
    return preview(where, request, wish, AUTHOR, recent=recent(where), recalled=recalled)


def test_a_request_names_the_person_an_answer_is_for() -> None:
    """So that "always" is for nobody else."""
    person = asked_of(view(person="https://login.example#4711")).person
    assert person == SignedIn("https://login.example", "4711", "")
    assert asked_of(view()).person is None


def test_a_request_gives_what_rules_are_made_of() -> None:
    """All that an approver knows of it."""
    assert asked_of(view()) == ASKED


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"whole": False}, "arguments", None),
        ({"arguments": '{"a":1,"a":2}'}, "arguments", None),
        ({"arguments": "[1]"}, "arguments", None),
        ({"arguments": '{"a":1.0}'}, "arguments", {"a": 1.0}),
        ({"risk": "destructive"}, "destructive", True),
        ({"marks": ("destructive",)}, "destructive", True),
        ({"marks": ("new",)}, "unreviewed", True),
        ({"marks": ("changed", "write")}, "unreviewed", True),
        ({"remembered_as": None}, "rule", None),
        ({"client": None}, "client", None),
    ],
)
def test_what_is_not_sure_of_a_request_is_not_known(
    changes: dict[str, Any], name: str, expected: object
) -> None:
    """Fail closed: nothing is made of half the arguments."""
    assert getattr(asked_of(view(**changes)), name) == expected


def test_the_preview_is_what_is_written(tmp_path: Path) -> None:
    """Promise: its text, byte for byte, at its place; and what it would have settled."""
    where = work_in(tmp_path)
    log = Log(where)
    log.asked(dict(ASKED.arguments or {}), "deny")
    log.call({"path": "/etc/passwd"})
    found = shown(where, Wish(True, "some", (Fixed(("path",), "under", "/srv/a"),)))
    assert (found.file, found.line, found.expected) == ("work.remembered.toml", 0, "")
    told = list(lines(found))
    assert told[:3] == [
        'allows files/write where path is under "/srv/a", whatever else it is given',
        "for cursor, and only while server, definition and rule are as they are now",
        told[2],
    ]
    assert told[2].startswith("until 2026-12-2")
    assert told[3] == "written to work.remembered.toml after line 0:"
    assert told[4:-1] == [f"  | {line}" for line in found.text.splitlines()]
    assert told[-1] == "would have matched 1 of the last 2 calls, 1 of which you denied"
    done = append(where, "work", found.text, found.expected, key=key)
    assert isinstance(done, Written)
    assert Path(where.remembered_file("work")).read_text() == found.text
    again = shown(where, Wish(False, "tool"))
    assert again.line == found.text.count("\n")
    assert again.expected == done.digest


@pytest.mark.parametrize(
    ("wish", "first", "second"),
    [
        (Wish(True, "exact"), "allows files/write with exactly these arguments", "for cursor"),
        (Wish(True, "tool"), "allows files/write, whatever its arguments", "for cursor"),
        (Wish(False, "exact"), "denies files/write with these arguments", "for every client"),
        (Wish(False, "tool"), "denies files/write, whatever its arguments", "for every client"),
        (
            Wish(True, "some", (Fixed(("n",), "is", 5), Fixed(("mode",), "is", "*"))),
            'allows files/write where n is 5 and mode is "*", whatever else it is given',
            "for cursor",
        ),
    ],
)
def test_what_is_covered_is_said_in_words(
    tmp_path: Path, wish: Wish, first: str, second: str
) -> None:
    """A person need not read TOML."""
    told = list(lines(shown(work_in(tmp_path), wish)))
    assert told[0] == first
    assert told[1].startswith(second)


def test_for_good_is_said(tmp_path: Path) -> None:
    """It does not end by itself."""
    told = list(lines(shown(work_in(tmp_path), Wish(True, "tool", forever=True))))
    assert told[2] == "for good: until it is removed"


def test_a_refusal_says_why(tmp_path: Path) -> None:
    """And there is nothing to write."""
    request = asked_of(view(risk="destructive"))
    found = shown(work_in(tmp_path), Wish(True, "tool"), request)
    assert (found.text, found.file) == ("", "")
    assert list(lines(found)) == [
        "cannot be remembered: a destructive call is allowed for good only with its arguments fixed"
    ]


def test_chosen_arguments_stay_as_they_are() -> None:
    """By the names that a console shows; one that no rule can name says so."""
    request = asked_of(view(arguments='{"a":"*","o":{"b":1},"l":[1],"x.y":2}'))
    assert kept(request, ["o.b", "a"]) == (
        Fixed(("o", "b"), "is", 1),
        Fixed(("a",), "is", "*"),
    )
    for name in ("l", "x.y", "none", "o"):
        assert kept(request, [name]) == f"{name} cannot be fixed: no rule can say what it is"


def test_hostile_texts_reach_no_terminal(tmp_path: Path) -> None:
    """Attack: an argument, a client and a tool that steer a terminal."""
    evil = "\x1b[2J\u202e\n[[rule]]"
    request = asked_of(view(item=evil, client=evil, arguments=json.dumps({evil: evil})))
    for allow in (True, False):
        for wish in (
            Wish(allow, "exact"),
            Wish(allow, "tool"),
            Wish(allow, "some", (Fixed((evil,), "is", evil),)),
        ):
            for line in lines(shown(work_in(tmp_path), wish, request)):
                assert line.isprintable()
