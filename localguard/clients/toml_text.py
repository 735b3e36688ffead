"""One entry put into a text of TOML or taken out of it, to the byte nothing else.

An entry is the table `[path.name]` with all below it, or pairs that set it. tomlkit would give a
comment that stands before the next table to the one before it, and lose it with that (0.15.2), so
the spans are found here, and tomllib only reads. Pure.
"""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Final

from localguard.clients.editors import at_path
from localguard.clients.spans import Splice, broken, newline, spliced
from localguard.clients.toml_spans import Statement, statements
from localguard.clients.toml_words import toml_key, toml_value
from localguard.config.faults import FileFault
from localguard.config.load import syntax_fault

_BLANK: Final = " \t\r\n"
_BOM: Final = "\ufeff"
_FIX: Final = "write it as a table of its own, [{}]"


class TomlText:
    """The editor of TOML. Raises ProfileFault, with line and column, for what is none."""

    def read(self, text: str) -> Mapping[str, object]:
        """All that the text says."""
        try:
            return tomllib.loads(text.removeprefix(_BOM))
        except RecursionError as error:
            raise FileFault("it is nested too deep", where="1:1", fix="flatten it") from error
        except ValueError as error:
            raise syntax_fault(text, str(error)) from error

    def put(self, text: str, path: Sequence[str], name: str, value: object) -> str:
        """The text with an entry below a path, in place of the one of that name."""
        return self._put(text, (*path, name), value, None)

    def remove(self, text: str, path: Sequence[str], name: str) -> str:
        """The text without an entry, if it has it."""
        self.read(text)
        return spliced(text, [_gone(text, run) for run in _runs(text, (*path, name))])

    def taken(self, text: str, path: Sequence[str], name: str) -> str | None:
        """The entry as it is written, as tables that `restore` puts back; None where none is."""
        target = (*path, name)
        found = at_path(self.read(text), target)
        if found is None:
            return None
        runs = _runs(text, target)
        if all(run[0].header for run in runs):
            end = newline(text)
            return f"{end}{end}".join(text[run[0].start : run[-1].end] for run in runs)
        return _tables(target, found, newline(text))

    def restore(self, text: str, path: Sequence[str], name: str, written: str) -> str:
        """The text with an entry as `taken` has found it."""
        target = (*path, name)
        return self._put(text, target, at_path(self.read(written), target), written)

    def _put(self, text: str, target: tuple[str, ...], value: object, written: str | None) -> str:
        self.read(text)
        end = newline(text)
        fresh = written or _tables(target, value, end)
        runs = _runs(text, target)
        if not runs:
            return spliced(text, [_appended(text, target[:-1], fresh, end)])
        (first, *_), others = runs[0], runs[1:]
        if not first.header:
            # Before the next table, so as a pair: relative to the header that it stands under.
            above = len(first.path) - first.key
            fresh = f"{'.'.join(map(toml_key, target[above:]))} = {toml_value(value)}"
        splice = Splice(first.start, runs[0][-1].end, fresh)
        return spliced(text, [splice, *(_gone(text, run) for run in others)])


def _runs(text: str, target: tuple[str, ...]) -> list[list[Statement]]:
    """The statements of an entry, those that follow one another together. Raises ProfileFault."""
    runs: list[list[Statement]] = []
    followed = False
    for one in statements(text):
        if not one.header and len(one.path) < len(target) and one.path == target[: len(one.path)]:
            what = f"{'.'.join(one.path)} is written in braces, which is not changed in part"
            raise broken(text, one.start, what, _FIX.format(".".join(map(toml_key, target))))
        ours = one.path[: len(target)] == target
        if ours and followed:
            runs[-1].append(one)
        elif ours:
            runs.append([one])
        followed = ours
    return runs


def _appended(text: str, path: tuple[str, ...], fresh: str, end: str) -> Splice:
    """A new table: behind the last table below the path, else at the end."""
    if not text.strip(_BLANK + _BOM):
        return Splice(len(text), len(text), fresh + end)
    at, inside = len(text.rstrip(_BLANK)), False
    for one in statements(text):
        inside = one.path[: len(path)] == path if one.header else inside
        at = one.end if inside else at
    return Splice(at, at, f"{end}{end}{fresh}")


def _gone(text: str, run: Sequence[Statement]) -> Splice:
    """The removal of some statements, with the blank lines before them."""
    before, end = text[: run[0].start], run[-1].end
    bare = before.rstrip(_BLANK)
    start = len(bare) + len(before[len(bare) :]) - len(before[len(bare) :].lstrip(" \t"))
    if not before.strip(_BLANK + _BOM):
        start, end = len(before), end + len(text[end:]) - len(text[end:].lstrip(_BLANK))
    return Splice(start, end, "")


def _tables(target: tuple[str, ...], value: object, end: str) -> str:
    """An entry as one table; what is below it stands in braces."""
    lines = [f"[{'.'.join(map(toml_key, target))}]"]
    pairs = value.items() if isinstance(value, Mapping) else ()
    lines += [f"{toml_key(name)} = {toml_value(one)}" for name, one in pairs]
    return end.join(lines)
