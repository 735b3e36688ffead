"""What an `init` that was not finished has written down."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.config.choice import is_first
from localguard.config.faults import FileFault
from localguard.errors import UsageFault
from localguard.onboarding.journal import (
    Journal,
    end_journal,
    only_one,
    read_journal,
    write_journal,
)
from tests.config.makers import places_in

FIRST = Journal("main", None, "ab" * 32, (("/a", ("mcpServers",), "pg"),), ("pg-dsn",))


def test_it_comes_back_as_it_was_until_it_is_ended(tmp_path: Path) -> None:
    """And to write it down is no choice: whoever comes first still does."""
    where = places_in(tmp_path / "lg")
    assert read_journal(where) is None
    write_journal(where, FIRST)
    assert read_journal(where) == FIRST
    assert is_first(where)
    end_journal(where)
    end_journal(where)
    assert read_journal(where) is None


def test_what_somebody_else_wrote_is_none(tmp_path: Path) -> None:
    """Attack: a model has `init` remove a secret, or a profile of the person's."""
    where = places_in(tmp_path / "lg")
    write_journal(where, FIRST)
    path = Path(where.state) / "init.json"
    told = json.loads(path.read_text())
    path.write_text(json.dumps({**told, "secrets": ["another"]}))
    assert read_journal(where) is None
    for text in ("", "[]", "{}", '{"seal": 1}', "\0"):
        path.write_text(text)
        assert read_journal(where) is None


def test_one_that_goes_on_keeps_what_was_new_before() -> None:
    """What the first has made is taken back too where the second one fails."""
    second = Journal("main", "main", "", (("/b", ("servers",), "git"),), ())
    joined = FIRST.joined(second)
    assert joined == replace(FIRST, entries=(*FIRST.entries, *second.entries))
    other = replace(second, profile="other")
    assert FIRST.joined(other).made == ""


def test_what_is_no_file_is_a_fault_and_what_is_too_deep_is_none(tmp_path: Path) -> None:
    """Attack: a planted pipe, folder or nest of lists makes init hang or break off."""
    where = places_in(tmp_path / "lg")
    write_journal(where, FIRST)
    path = Path(where.state) / "init.json"
    path.write_text("[" * 200_000)
    assert read_journal(where) is None
    path.unlink()
    path.mkdir()
    for step in (read_journal, end_journal):
        with pytest.raises(FileFault) as caught:
            step(where)
        assert caught.value.where == str(path)
    path.rmdir()
    if sys.platform != "win32":
        os.mkfifo(path)
        with pytest.raises(FileFault, match="no file"):
            read_journal(where)


def test_a_second_init_is_told_that_another_one_runs(tmp_path: Path) -> None:
    """Attack: two at once, of which one takes back what the other has written."""
    where = places_in(tmp_path / "lg")
    with only_one(where), pytest.raises(UsageFault, match="another init runs"), only_one(where):
        pass
    with only_one(where):
        pass
