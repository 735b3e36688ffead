"""One file that someone wrote by hand: who may have written it, and what stands in it.

Whoever can write to a profile decides what the model may do, so the file that was opened is checked
for who can have written it (`trust`). Links are followed: profiles often lie in a folder of
dotfiles. Knows TOML and nothing of profiles.
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.config.faults import FileFault, shell_word
from localguard.config.lines import Lines
from localguard.config.trust import Check, of_the_person
from localguard.errors import ProfileFault

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 32
_FLAGS: Final = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a pipe in place of a file must not hold up a guard
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|(end) of document)\)$")
_KEPT_ONCE: Final = "this key or table is there twice"
_PLAIN_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "Invalid value": ("this is not a value", 'put texts into quotes, as in key = "text"'),
    "Invalid statement": ("this is neither key nor table", 'write key = "text" or [table]'),
    "Invalid initial character": ("this is not a key", 'put keys with odd characters into "…"'),
    "Expected '=' after a key": ('a "=" is missing after the key', 'write key = "text"'),
    "Expected newline or end": ("there is more after the value", "put each key on its own line"),
    "Expected ']": ('a "]" is missing', "close the brackets of the table's name"),
    "Unterminated string": ("a text is not closed", "add the missing quotation mark"),
    "Illegal character": ("a text ends in the middle of it", "add the missing quotation mark"),
    'Expected "\'"': ("a text is not closed", "add the missing quotation mark"),
    "Unescaped '\\'": ("a backslash stands alone in a text", "double it, or use '…' for quotes"),
    "Unclosed array": ("a list is not closed", 'add the missing "," or "]"'),
    "Unclosed inline table": ("a table is not closed", 'add the missing "," or "}"'),
    "Cannot declare": (_KEPT_ONCE, "keep one of the two; rules begin with [[rule]]"),
    "Cannot overwrite": (_KEPT_ONCE, "keep one of the two"),
    "Cannot mutate": (_KEPT_ONCE, "keep one of the two"),
    "Cannot redefine": (_KEPT_ONCE, "keep one of the two"),
    "Duplicate inline table key": (_KEPT_ONCE, "keep one of the two"),
    "Invalid date": ("this is not a date", "write a date such as 2030-12-31"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A file as it was read."""

    path: str
    raw: bytes
    tables: Mapping[str, object]
    lines: Lines
    folder: str = ""

    @property
    def name(self) -> str:
        """How people are told of it: the last part of its path, as `work.toml`, after `folder`."""
        return self.folder + os.path.basename(self.path)

    def where(self, path: Sequence[str | int]) -> str:
        """The place of a key, for example `work.toml:12`."""
        return f"{self.name}:{self.lines.line_of(path)}"


def read_document(path: str, check: Check = of_the_person, folder: str = "") -> Document:
    """The TOML file at an absolute path, at most 1 MiB of it.

    `check` says whose it may be, `folder` what its name is shown with. Raises ProfileFault when it
    is missing, not to be trusted, or not TOML (v1.0.0).
    """
    name = folder + os.path.basename(path)
    raw = _read(path, name, check)
    text = _decoded(name, raw)
    try:
        tables = tomllib.loads(text)
        if not _is_flat(tables):
            raise _too_deep(name)
        return Document(path, raw, tables, Lines(text), folder)
    except RecursionError as error:
        raise _too_deep(name) from error
    except ValueError as error:
        raise _not_toml(name, text, str(error)) from error


def _read(path: str, name: str, check: Check) -> bytes:
    try:
        descriptor = os.open(path, _FLAGS)
        try:
            check(path, name, os.fstat(descriptor))
            with open(descriptor, "rb", closefd=False) as file:
                raw = file.read(MAX_BYTES + 1)
        finally:
            os.close(descriptor)
    except FileNotFoundError as error:
        raise FileFault("there is no such file", where=name, fix=f"create {path}") from error
    except OSError as error:
        fix = f"make it readable: chmod u+r {shell_word(path)}"
        raise FileFault(f"it cannot be read ({error.strerror})", where=name, fix=fix) from error
    if len(raw) > MAX_BYTES:
        raise FileFault("it is larger than 1 MiB", where=name, fix="split it into profiles")
    return raw


def _decoded(name: str, raw: bytes) -> str:
    if raw.startswith(b"\xef\xbb\xbf"):
        what = "it begins with a byte order mark"
        raise FileFault(what, where=f"{name}:1", fix='save it as "UTF-8 without BOM"')
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start} (0x{raw[error.start]:02x}) is not UTF-8"
        raise FileFault(what, where=f"{name}:{line}", fix="save the file as UTF-8") from error


def _is_flat(tables: Mapping[str, object]) -> bool:
    level: list[object] = [tables]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _members(value)]
    return not level


def _members(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _too_deep(name: str) -> ProfileFault:
    what = f"it is nested more than {MAX_DEPTH} levels deep"
    return FileFault(what, where=name, fix="flatten it")


def syntax_fault(text: str, message: str) -> ProfileFault:
    """What tomllib says of a text, in plain words; `where` is `LINE:COLUMN`."""
    found = _PLACE.search(message)
    last = text.count("\n") + 1, len(text) - text.rfind("\n")
    line, column = (int(found[1]), int(found[2])) if found and found[1] else last
    told = _not_toml("", text, message)
    return FileFault(told.what, where=f"{line}:{column}", fix=told.fix)


def _not_toml(name: str, text: str, message: str) -> ProfileFault:
    found = _PLACE.search(message)
    if found is None:
        return FileFault(f"it is not TOML: {message}", where=name, fix="correct the value")
    line = text.count("\n") + 1 if found[3] else int(found[1])
    column = "at the end of the file" if found[3] else f"at column {found[2]}"
    plain = message[: found.start()]
    for start, (what, fix) in _PLAIN_WORDS.items():
        if plain.startswith(start):
            return FileFault(f"{what}, {column}", where=f"{name}:{line}", fix=fix)
    what = f"it is not TOML: {plain}, {column}"
    return FileFault(what, where=f"{name}:{line}", fix="see https://toml.io")
