"""What an `init` that was not finished has written down."""

import json
from dataclasses import replace
from pathlib import Path

from localguard.config.choice import is_first
from localguard.onboarding.journal import Journal, end_journal, read_journal, write_journal
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
