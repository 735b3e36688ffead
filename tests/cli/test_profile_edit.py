"""`profile edit`: with a real editor, be it one of a line."""

import sys
from pathlib import Path

import pytest

from localguard.audit.records import RefusedApprover
from localguard.cli.exits import Exit
from localguard.cli.profile_edit import edit
from localguard.cli.text_editor import Edit, editor_command
from localguard.cli.text_editor import edit as editor
from localguard.config.acceptance import current_version
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.errors import UsageFault
from tests.cli.persons import OUTSIDE, Visitor
from tests.cli.ran import Ran, ran
from tests.config.makers import choose_valid, key_of, places_in, put

BEFORE = 'version = 1\n[[rule]]\nallow = "files/read_*"\n'
AFTER = 'version = 1\n[[rule]]\nallow = "files/*"\n'
BROKEN = 'version = 1\n[[rule]]\nalow = "files/*"\n'
TYPES = "import sys; open(sys.argv[2], 'w').write(open(sys.argv[1]).read())"
"""An editor: it types one file into the other."""


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home with one profile, in force."""
    found = places_in(tmp_path / "a home")
    Path(found.profiles).parent.mkdir(mode=0o700)
    put(found, "work", BEFORE)
    choose_valid(found, "work")
    return found


def edited(visitor: Visitor, name: str | None = None, by: Edit = editor) -> Ran:
    """The command, without known tools."""
    where, person = visitor.where, visitor.person
    return ran(lambda out, err: edit(where, name, person, lambda _: (), by, out=out, err=err))


def typing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    """Have $VISUAL type a text, whose path has a space and what a shell would make much of."""
    source = tmp_path / "what $(touch pwned) says"
    source.write_text(text)
    monkeypatch.setenv("VISUAL", f"'{sys.executable}' -c \"{TYPES}\" '{source}'")


def accepted(where: Places) -> str:
    """The digest of what is accepted."""
    return read_choice(where, key_of(where)).accepted["work"]


def test_what_a_person_writes_is_shown_and_accepted(
    where: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the words of the variable, without a shell."""
    typing(monkeypatch, tmp_path, AFTER)
    visitor = Visitor(where)
    done = edited(visitor)
    assert done.code is Exit.OK, done
    assert '+allow = "files/*"' in done.out
    assert done.out.endswith("work is in force as it is now: guards follow at their next call\n")
    assert visitor.questions == ["Accept work as it is now?"]
    assert accepted(where) == current_version(where, "work").digest
    assert not Path("pwned").exists()


def test_what_is_broken_stays_and_is_not_accepted(
    where: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each fault with its line; it is offered to be opened again."""
    typing(monkeypatch, tmp_path, BROKEN)
    before, visitor = accepted(where), Visitor(where, yes=False)
    done = edited(visitor)
    assert done.code is Exit.INVALID
    assert "work.toml:3" in done.out
    assert "stays as you wrote it, and is not accepted. In force: " in done.out
    assert visitor.questions == ["Open work.toml again?"]
    assert Path(where.profile_file("work")).read_text() == BROKEN
    assert accepted(where) == before


def test_it_is_opened_again_until_it_is_valid(where: Places) -> None:
    """A typing error is no reason to begin anew."""
    texts = [BROKEN, AFTER]
    done = edited(Visitor(where), by=lambda path: _write(path, texts.pop(0)))
    assert done.code is Exit.OK, done
    assert accepted(where) == current_version(where, "work").digest


def test_a_no_says_what_is_in_force(where: Places) -> None:
    """What only tightens counts at once, as ever."""
    before = accepted(where)
    done = edited(Visitor(where, yes=False), by=lambda path: _write(path, AFTER))
    assert done.code is Exit.FAILURE
    assert "In force: what was accepted before" in done.err
    assert accepted(where) == before


def test_nothing_is_opened_for_a_process_that_may_not_answer(where: Places) -> None:
    """Attack: a model has its own program run as an editor, and the result accepted."""
    opened: list[str] = []
    visitor = Visitor(where, may=False)
    done = edited(visitor, by=opened.append)
    assert done.code is Exit.DENIED
    assert opened == []
    assert visitor.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)]


def test_a_profile_that_is_none_is_not_opened(where: Places) -> None:
    """No editor makes one, whatever its name."""
    opened: list[str] = []
    for name in ("../../etc/passwd", "nobody", "work.toml"):
        assert edited(Visitor(where), name, by=opened.append).code is Exit.INVALID
    assert opened == []


def test_an_editor_that_fails_is_told(where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it cannot be read, does not start, or ends badly."""
    for told, why in (
        ("'vi", "quotation mark"),
        ("/no/such/editor", "does not start"),
        (f"'{sys.executable}' -c 'raise SystemExit(3)'", "ended with 3"),
    ):
        monkeypatch.setenv("VISUAL", told)
        with pytest.raises(UsageFault, match=why):
            edited(Visitor(where))


def test_the_editor_is_that_of_the_person() -> None:
    """$VISUAL before $EDITOR; on Windows backslashes are parts of a path."""
    assert editor_command({"VISUAL": "code --wait", "EDITOR": "vi"}, "linux") == ["code", "--wait"]
    assert editor_command({"VISUAL": " ", "EDITOR": "vi"}, "darwin") == ["vi"]
    windows = editor_command({"EDITOR": r'"C:\Program Files\ed.exe" -w'}, "win32")
    assert windows == [r"C:\Program Files\ed.exe", "-w"]
    with pytest.raises(UsageFault, match="no editor"):
        editor_command({"PATH": ""}, "linux")


def _write(path: str, text: str) -> None:
    Path(path).write_text(text)
