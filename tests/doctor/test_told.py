"""How doctor tells what it found: lines for a person, JSON for a program, and the exit code."""

import io
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.cli.doctor import How, doctor
from localguard.cli.doctor_text import Look, Progress, look_of
from localguard.cli.exits import Exit
from localguard.doctor.check import Category, Finding, Repair, Scene
from localguard.doctor.examine import CATEGORIES, Examined, checks_of, examine
from localguard.errors import ProfileFault, UsageFault
from tests.cli.persons import Visitor
from tests.doctor.patients import Patient, patient

FINE = Finding(
    "install.program", "install", "ok", "localguard 1 is /bin/localguard", "", {"a": "b"}
)
LEFT = Finding("clients.zed.files", "clients", "skip", "Zed has no servers")
ODD = Finding(
    "runtime.left", "runtime", "warn", "a guard left its files", "localguard doctor --fix"
)
BAD = Finding(
    "clients.cursor.vanished.pg", "clients", "fail", "Cursor has no entry pg", "connect it again"
)
MENDABLE = replace(ODD, repair=Repair(("- a", "+ b"), lambda: None))


class Found:
    """What there is to be found, by category; how often each was looked at."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings

    def __call__(self, _: Scene, category: Category) -> Sequence[Examined]:
        return [Examined(one, 0.0041) for one in self.findings if one.category == category]


@pytest.fixture
def ana(tmp_path: Path) -> Patient:
    """Somebody's home."""
    return patient(tmp_path)


def told(ana: Patient, how: How, *findings: Finding) -> tuple[Exit, str]:
    """The exit code, and what was printed."""
    out, person = io.StringIO(), Visitor(ana.at.where).person
    code = doctor(ana.scene, person, how, out=out, err=io.StringIO(), examining=Found(*findings))
    return code, out.getvalue()


def test_each_check_is_a_line_with_its_remedy_below(ana: Patient) -> None:
    """ux.md 5: `✓ ! ✗ -`, one line for each, and what to do on the next."""
    code, printed = told(ana, How(), FINE, LEFT, BAD, ODD)
    assert code == Exit.FAILURE
    assert printed.splitlines() == [
        "install      ✓ localguard 1 is /bin/localguard",
        "clients      - Zed has no servers",
        "             ✗ Cursor has no entry pg",
        "               → connect it again",
        "runtime      ! a guard left its files",
        "               → localguard doctor --fix",
        "",
        "1 check failed, 1 warning, 1 fine",
    ]


def test_where_signs_cannot_be_drawn_there_are_words(ana: Patient) -> None:
    """A terminal of Latin-1, and an old one of Windows."""
    _, printed = told(ana, How(look=Look(signs=False)), FINE, LEFT, BAD, ODD)
    assert printed.isascii()
    assert printed.splitlines()[:6] == [
        "install      ok   localguard 1 is /bin/localguard",
        "clients      -    Zed has no servers",
        "             FAIL Cursor has no entry pg",
        "                  fix: connect it again",
        "runtime      warn a guard left its files",
        "                  fix: localguard doctor --fix",
    ]


def test_details_are_for_who_asks(ana: Patient) -> None:
    """With -v the name of each check, how long it took, and what was looked at."""
    _, printed = told(ana, How(look=Look(verbose=True)), FINE)
    assert printed.splitlines()[1:3] == [
        "               install.program, 4 ms",
        "               a: b",
    ]


def test_lines_are_broken_between_words(ana: Patient) -> None:
    """A narrow terminal: a path stays whole, so that it can be copied."""
    long = replace(BAD, remedy=f"look into {'/path' * 9} and then write it anew")
    _, printed = told(ana, How(look=Look(width=60)), long)
    assert printed.splitlines()[:4] == [
        "clients      ✗ Cursor has no entry pg",
        "               → look into",
        f"                 {'/path' * 9}",
        "                 and then write it anew",
    ]


def test_colours_change_no_word(ana: Patient) -> None:
    """Red, yellow and green besides the sign, never in place of it."""
    plain = told(ana, How(), FINE, LEFT, BAD, ODD)[1]
    colored = told(ana, How(look=Look(color=True)), FINE, LEFT, BAD, ODD)[1]
    assert "\x1b[1;31m✗\x1b[0m" in colored
    for code in ("1", "2", "32", "33", "36", "1;31", "0"):
        colored = colored.replace(f"\x1b[{code}m", "")
    assert colored == plain


def test_hostile_text_moves_no_cursor(ana: Patient) -> None:
    """Attack: a client's file names a server so that the terminal shows another line."""
    hostile = replace(BAD, summary="no \x1b[2J\u202eentry", remedy="say \x07", details={"\r": "\n"})
    _, printed = told(ana, How(look=Look(verbose=True)), hostile)
    assert not {"\x1b", "\u202e", "\x07", "\r"} & set(printed)


def test_json_has_the_shape_that_is_promised(ana: Patient) -> None:
    """ux.md 5, the shape of Codex: one object, the checks by their names."""
    code, printed = told(ana, How(as_json=True), FINE, MENDABLE, replace(MENDABLE))
    found = json.loads(printed)
    assert code == Exit.OK
    assert found["schema_version"] == 1
    assert found["overall"] == "warn"
    assert set(found) == {"schema_version", "overall", "localguard", "platform", "checks"}
    assert list(found["checks"]) == ["install.program", "runtime.left", "runtime.left.2"]
    assert found["checks"]["runtime.left"] == {
        "category": "runtime",
        "status": "warn",
        "summary": "a guard left its files",
        "details": {},
        "remediation": "localguard doctor --fix",
        "fixable": True,
        "durationMs": 4,
    }


def test_json_with_a_repair_says_what_was_mended(ana: Patient) -> None:
    """Words go beside it, so that standard output stays one object."""
    _, printed = told(ana, How(as_json=True, fix=True, yes=True), MENDABLE)
    assert json.loads(printed)["mended"] == ["runtime.left"]


@pytest.mark.parametrize(
    ("findings", "strict", "code"),
    [
        ((FINE, LEFT), True, Exit.OK),
        ((FINE, ODD), False, Exit.OK),
        ((FINE, ODD), True, Exit.FAILURE),
        ((FINE, BAD), False, Exit.FAILURE),
    ],
)
def test_the_exit_code_is_for_scripts(
    ana: Patient, findings: tuple[Finding, ...], strict: bool, code: Exit
) -> None:
    """A failed check is 1; a warning only where it is asked for."""
    assert told(ana, How(strict=strict), *findings)[0] == code


def test_only_the_clients_that_are_named_are_told(ana: Patient) -> None:
    """All else is looked at as well; a name that is none is a misspelt one."""
    _, printed = told(ana, How(clients=("zed",)), FINE, LEFT, BAD, ODD)
    assert "Zed" in printed
    assert "Cursor" not in printed
    assert "a guard left its files" in printed
    with pytest.raises(UsageFault, match='no client is called "zet"') as fault:
        told(ana, How(clients=("zet",)))
    assert "zed" in fault.value.fix


def test_what_can_be_mended_is_offered_in_the_last_line(ana: Patient) -> None:
    """The one command that a person needs next."""
    _, printed = told(ana, How(), MENDABLE)
    assert printed.endswith("localguard doctor --fix mends it, once you have seen how\n")
    _, printed = told(ana, How(), MENDABLE, BAD)
    assert printed.endswith("localguard doctor --fix mends 1 of them, once you have seen how\n")


def refuses(_: Scene) -> Iterator[Finding]:
    """A check that cannot look any further."""
    yield FINE
    raise ProfileFault("it cannot be read", where="work.toml:3", fix="write a value")


def breaks(_: Scene) -> Iterator[Finding]:
    """A check with a fault of ours."""
    yield FINE
    raise ValueError("token-of-ana")


def test_a_check_that_cannot_look_is_a_failed_one(ana: Patient) -> None:
    """What it had found stays, and the others go on."""
    found = [one.finding for one in examine(ana.scene, "policy", (refuses, refuses))]
    assert [one.status for one in found] == ["ok", "fail", "ok", "fail"]
    assert found[1] == Finding(
        "policy.refuses", "policy", "fail", "work.toml:3: it cannot be read", "write a value"
    )


def test_a_check_that_breaks_says_so_and_quotes_nothing(ana: Patient) -> None:
    """Never silent; and what an exception says may be a secret."""
    found = [one.finding for one in examine(ana.scene, "policy", (breaks,))][1]
    assert (found.id, found.status) == ("policy.breaks", "fail")
    assert "ValueError in breaks, line" in found.summary
    assert "token" not in found.summary
    assert "--bundle" in found.remedy


def test_every_category_has_checks() -> None:
    """Each that JSON may name is looked at, once."""
    assert len(set(CATEGORIES)) == len(CATEGORIES)
    for category in CATEGORIES:
        assert checks_of(category)


class Told(io.StringIO):
    """A stream that tells when something was said."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed = threading.Event()

    def flush(self) -> None:
        super().flush()
        if self.getvalue():
            self.flushed.set()


def test_what_is_looked_at_is_said_only_where_it_takes_longer() -> None:
    """And taken back from the line at its end."""
    err = io.StringIO()
    quick = Progress(err, shown=True)
    quick.begin("clients")
    quick.end()
    assert err.getvalue() == ""
    told = Told()
    slow = Progress(told, shown=True)
    slow.begin("servers")
    assert told.flushed.wait(20)
    slow.end()
    assert told.getvalue() == "\r\x1b[Klooking at servers ...\r\x1b[K"


def test_a_stream_without_our_signs_gets_words() -> None:
    """By its encoding; and only a terminal has a width."""
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    assert look_of(latin, color=False, verbose=False) == Look(signs=False)
    unicode = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert look_of(unicode, color=True, verbose=True) == Look(color=True, verbose=True)
