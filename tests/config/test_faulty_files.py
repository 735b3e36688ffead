"""What a person is told about a file that is no TOML: line, column and plain words."""

from pathlib import Path

import pytest

from tests.config.makers import messages

V = "version = 1\n"

FAULTS = [
    # --- the file ---
    (
        "",
        'work.toml:1: the file is empty. Fix: begin with version = 1 and default = "deny".',
    ),
    (
        "# nothing but a comment\n",
        'work.toml:1: the file is empty. Fix: begin with version = 1 and default = "deny".',
    ),
    (
        b"\xef\xbb\xbfversion = 1\n",
        'work.toml:1: it begins with a byte order mark. Fix: save it as "UTF-8 without BOM".',
    ),
    (
        b'version = 1\n# caf\xe9\ndefault = "deny"\n',
        "work.toml:2: byte 17 (0xe9) is not UTF-8. Fix: save the file as UTF-8.",
    ),
    (
        V + "x = " + "[" * 40 + "]" * 40,
        "work.toml: it is nested more than 32 levels deep. Fix: flatten it.",
    ),
    (
        V + "x = " + "[" * 9000,
        "work.toml: it is nested more than 32 levels deep. Fix: flatten it.",
    ),
    (
        V + "#" * (1 << 20),
        "work.toml: it is larger than 1 MiB. Fix: split it into profiles.",
    ),
    # --- TOML ---
    (
        V + "default = deny\n",
        "work.toml:2: this is not a value, at column 11."
        ' Fix: put texts into quotes, as in key = "text".',
    ),
    (
        V + 'default "deny"\n',
        'work.toml:2: a "=" is missing after the key, at column 9. Fix: write key = "text".',
    ),
    (
        V + 'default = "deny\n',
        "work.toml:2: a text ends in the middle of it, at column 16."
        " Fix: add the missing quotation mark.",
    ),
    (
        V + '[[rule]\nallow = "a/b"\n',
        'work.toml:2: a "]" is missing, at column 7. Fix: close the brackets of the table\'s name.',
    ),
    (
        V + '[[rule]]\nallow = ["a/b"\nask = "a/c"\n',
        'work.toml:4: a list is not closed, at column 1. Fix: add the missing "," or "]".',
    ),
    (
        V + 'default = "deny"\ndefault = "ask"\n',
        "work.toml:3: this key or table is there twice, at column 16. Fix: keep one of the two.",
    ),
    (
        V + '[rule]\nallow = "a/b"\n[rule]\ndeny = "a/c"\n',
        "work.toml:4: this key or table is there twice, at column 6."
        " Fix: keep one of the two; rules begin with [[rule]].",
    ),
    (
        V + "until = 2030-02-30\n",
        "work.toml:2: this is not a date, at column 9. Fix: write a date such as 2030-12-31.",
    ),
    (
        V + 'x = """\n',
        "work.toml:3: a text is not closed, at the end of the file."
        " Fix: add the missing quotation mark.",
    ),
    (
        V + "x = 1 y = 2\n",
        "work.toml:2: there is more after the value, at column 7."
        " Fix: put each key on its own line.",
    ),
    (
        V + "=\n",
        "work.toml:2: this is neither key nor table, at column 1."
        ' Fix: write key = "text" or [table].',
    ),
    (
        V + "x = " + "9" * 5000 + "\n",
        "work.toml: it is not TOML: Exceeds the limit (4300 digits) for integer string"
        " conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the"
        " limit. Fix: correct the value.",
    ),
]


@pytest.mark.parametrize(("text", "expected"), [(text, told) for text, *told in FAULTS])
def test_a_broken_file_says_where_and_what(
    tmp_path: Path, text: str | bytes, expected: list[str]
) -> None:
    """Promise: in words that need no parser's dictionary."""
    assert messages(tmp_path, text) == expected
