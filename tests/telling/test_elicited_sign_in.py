"""Pages to sign in again at, as the log tells of them."""

from pathlib import Path
from typing import Any

import pytest

from localguard.audit.reader import read
from localguard.audit.sign_in_pages import SignInPage
from localguard.telling.entries import as_line
from tests.audit.makers import journal

WHOSE = "for 4711 at https://login.example, profile work"


def told(folder: Path, event: Any, reason: str | None = None) -> str:
    """The line of a record."""
    issuer = "https://login.example"
    record = SignInPage(event=event, profile="work", issuer=issuer, subject="4711", reason=reason)
    journal(folder).write(record)
    (found,) = read(str(folder))
    return as_line(found, color=False)


@pytest.mark.parametrize(
    ("event", "reason", "line"),
    [
        ("asked", None, f"the client was told of a page to sign in again, {WHOSE}"),
        ("signed_in", None, f"the sign-in that a page asked for is there, {WHOSE}"),
        ("refused", "it is bob", f"a sign-in by the page came to nothing, {WHOSE}: it is bob"),
        ("expired", None, f"nobody signed in at the page, {WHOSE}"),
    ],
)
def test_what_became_of_a_page_is_told(
    tmp_path: Path, event: str, reason: str | None, line: str
) -> None:
    """Whose sign-in it was to renew, and why not."""
    assert told(tmp_path, event, reason).endswith(line)


def test_hostile_words_are_made_visible(tmp_path: Path) -> None:
    """Attack: a provider whose subjects have escape sequences."""
    line = told(tmp_path, "refused", "a\x1b[2J\u202e")
    assert line.isascii()
    assert line.isprintable()
