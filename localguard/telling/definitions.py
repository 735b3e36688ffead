"""How a definition, and a change of one, looks to a person who reviews it.

Everything here was written by a server that may want to be taken for something else: each text goes
through `text.safe`, stands behind a bar that nothing of the server's can draw, and loses its middle
where it is too long, which is said.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from localguard.policy.calls import Json
from localguard.policy.differences import ABSENT, Difference, Side, differences, member_path
from localguard.policy.lookalikes import hidden_places, lookalikes
from localguard.policy.pins import CHANGED, NEW, Change, Definition
from localguard.text import safe

TEXT: Final = 4000
"""Characters of one text that are shown."""
_WIDTH: Final = 120
_LINES: Final = 200
_ESCAPED: Final = TEXT * len("\\u{10ffff}")
_PLACES: Final = 400
_BAR: Final = "      | "
WARNED: Final = "    ! "
"""What a line begins with that a person should look at twice."""

Others = Mapping[str, Iterable[str]]
"""The names of tools by the servers that have them."""


def heading(definition: Definition, word: str = "") -> str:
    """The family, the name and the marks of a definition, on one line."""
    marks = f"  ({', '.join(sorted(definition.marks))})" if definition.marks else ""
    said = f"{word} " if word else ""
    return f"  {said}{definition.family} {safe(definition.name, 160)}{marks}"


def definition_lines(definition: Definition) -> Iterator[str]:
    """Every text of a definition, each with its place."""
    yield heading(definition)
    yield from _places(_leaves("", definition.body), definition.name)


def change_lines(change: Change) -> Iterator[str]:
    """What is new, gone, or other than it was, member by member."""
    old, new = change
    yield heading(change.definition, change.word)
    if change.word == NEW and new is not None:
        yield from _places(_leaves("", new.body), new.name)
    if change.word == CHANGED and old is not None and new is not None:
        if old.marks != new.marks:
            yield f"    marks were {', '.join(sorted(old.marks))}"
        found = differences(old.body, new.body)
        for one in found[:_PLACES]:
            yield from difference_lines(one)
        yield from _more(len(found))


def difference_lines(one: Difference) -> Iterator[str]:
    """One place, what stood there, and what stands there now."""
    yield f"    {safe(one.path, 200)}"
    yield from _value("was", one.old)
    yield from _value("now", one.new)


def warnings(definition: Definition, own: Iterable[str], others: Others) -> Iterator[str]:
    """What a person should look at twice. `own` are the other names of the same server."""
    for place in hidden_places(definition.body)[:_PLACES]:
        yield f"{WARNED}hidden characters in {safe(place, 200)}"
    for like in lookalikes(definition.name, own):
        yield f"{WARNED}its name looks like {safe(like, 160)}, which this server has too"
    for server, names in others.items():
        for like in (name for name in names if _alike(definition.name, name)):
            yield f"{WARNED}its name looks like {safe(server)}/{safe(like, 160)}"
    for path, value in _leaves("", definition.body):
        if isinstance(value, str) and len(value) > TEXT:
            yield f"{WARNED}{safe(path, 200)} is {len(value)} characters long: not all is shown"


def text_warnings(name: str, text: str) -> Iterator[str]:
    """What a person should look at twice in a text that is no definition."""
    if hidden_places(text):
        yield f"{WARNED}hidden characters in {name}"
    if len(text) > TEXT:
        yield f"{WARNED}{name} is {len(text)} characters long: not all is shown"


def text_lines(text: str) -> Iterator[str]:
    """A text of a server, line by line behind a bar."""
    lines = list(_wrapped(text))
    for line in lines[:_LINES]:
        yield f"{_BAR}{line}"
    if len(lines) > _LINES:
        yield f"{WARNED}{len(lines) - _LINES} more lines are not shown"


def _wrapped(text: str) -> Iterator[str]:
    """The lines of a text, each made safe and not too wide; too long a text loses its middle."""
    if len(text) > TEXT:
        text = f"{text[: TEXT // 2]}\n… {len(text) - TEXT} characters …\n{text[-TEXT // 2 :]}"
    for line in text.split("\n"):
        shown = safe(line, _ESCAPED)
        for at in range(0, len(shown) or 1, _WIDTH):
            yield shown[at : at + _WIDTH]


def _alike(name: str, other: str) -> bool:
    return name == other or bool(lookalikes(name, (other,)))


def _places(leaves: Iterable[tuple[str, Json]], name: str) -> Iterator[str]:
    count = 0
    for path, value in leaves:
        if path == "name" and value == name:
            continue
        count += 1
        if count <= _PLACES:
            yield from _leaf(path, value)
    yield from _more(count)


def _more(count: int) -> Iterator[str]:
    if count > _PLACES:
        yield f"{WARNED}{count - _PLACES} more places are not shown"


def _leaf(path: str, value: Json) -> Iterator[str]:
    if isinstance(value, str) and ("\n" in value or len(value) > 60):
        yield f"    {safe(path, 200)}:"
        yield from text_lines(value)
    else:
        yield f"    {safe(path, 200)}: {_short(value)}"


def _value(word: str, value: Side) -> Iterator[str]:
    if isinstance(value, str):
        yield f"      {word}:"
        yield from text_lines(value)
    elif value is ABSENT:
        yield f"      {word} not there"
    else:
        yield f"      {word}:"
        yield from text_lines(json.dumps(value, ensure_ascii=False))


def _short(value: Json) -> str:
    return safe(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), 200)


def _leaves(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Every value that holds no other, with its place."""
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from _leaves(member_path(path, key), value[key])
    elif isinstance(value, list | tuple) and any(isinstance(v, list | dict) for v in value):
        for index, element in enumerate(value):
            yield from _leaves(f"{path}[{index}]", element)
    else:
        yield path, value
