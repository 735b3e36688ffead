"""What stands otherwise in files than before, line by line, as `diff -u` shows it. Pure."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff


def edit_lines(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[str]:
    """The unified differences of files by their names; a file on one side only is all new or gone.

    Each line begins with two blanks, so that it is like no line of ours.
    """
    for name in sorted({*old, *new}):
        was, is_now = _lines(old.get(name)), _lines(new.get(name))
        before, after = (name if name in texts else "(no such file)" for texts in (old, new))
        for line in unified_diff(was, is_now, before, after, lineterm=""):
            head = line.startswith(("---", "+++", "@@"))
            yield f"  {line}" if head else f"  {line[:1]} {line[1:]}"


def _lines(raw: bytes | None) -> list[str]:
    text = "" if raw is None else raw.decode("utf-8", "replace")
    return text.removesuffix("\n").split("\n") if text else []
