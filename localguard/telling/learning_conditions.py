"""What the arguments of some calls have in common, as conditions that a rule can state.

Of each argument the narrowest that holds for every call: the value itself, the folder or the host
that all of them name, one of a few values; or what holds for nearly all of them, so that a person
sees which would be left. Pure.
"""

import posixpath
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.config.fixed import Fixed, offers
from localguard.config.remembered_text import is_writable, key, value
from localguard.policy.calls import Arguments, Json

NEARLY: Final = 0.9
"""The part of the calls that a condition must hold for to be offered at all."""
_FEW: Final = 4
"""Values of one argument that are worth a list."""
_TIMES: Final = 3
"""Calls for each value of a list, so that it is a habit and no chance."""
_MOST: Final = 5
"""Conditions of one rule."""
_WILD: Final = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Common:
    """One condition: the argument by its path, and its key and value as TOML has them."""

    path: tuple[str, ...]
    written: str
    told: str

    @property
    def name(self) -> str:
        """The argument as rules call it."""
        return ".".join(self.path)


def common(calls: Sequence[Arguments], home: str) -> tuple[Common, ...]:
    """The conditions that fit all or nearly all of the calls, those that say most first."""
    offered = [{ways[0].path: ways for ways in offers(one)} for one in calls]
    paths = list(dict.fromkeys(path for one in offered for path in one))
    found: list[tuple[int, Common]] = []
    for path in paths:
        ways = [one[path] for one in offered if path in one]
        chosen = _chosen(path, ways, len(calls), home)
        if chosen is not None:
            found.append(chosen)
    return tuple(one for _, one in sorted(found, key=lambda pair: pair[0])[:_MOST])


def _chosen(
    path: tuple[str, ...], ways: Sequence[tuple[Fixed, ...]], calls: int, home: str
) -> tuple[int, Common] | None:
    """The narrowest condition on an argument, with a number that is lower where it says more."""
    fitting = Counter(way for one in ways for way in one if not _is_whole_home(way, home))
    for enough in (calls, max(NEARLY * calls, 3)):
        for way in _narrowest_first(ways):
            if fitting[way] >= enough:
                return _rank(way), _common(way, home)
        few = _few(ways) if len(ways) >= enough else None
        if few is not None:
            return 1, _listed(path, few)
    return None


def _narrowest_first(ways: Sequence[tuple[Fixed, ...]]) -> Iterator[Fixed]:
    """Every way of every call once: values first, then folders from the nearest, then hosts."""
    distinct = dict.fromkeys(way for one in ways for way in one)
    yield from sorted(distinct, key=lambda way: (_width(way), -len(str(way.value))))


def _width(way: Fixed) -> int:
    return ("is", "under", "host").index(way.test)


def _rank(way: Fixed) -> int:
    if isinstance(way.value, bool):
        return 3
    return 0 if isinstance(way.value, str) else 2


def _few(ways: Sequence[tuple[Fixed, ...]]) -> tuple[str, ...] | None:
    """A few words that the argument always is one of; None where it is no such argument.

    What is a path or an address is none: more of them are to come.
    """
    texts = [str(one[0].value) for one in ways if len(one) == 1 and _is_word(one[0].value)]
    distinct = sorted(set(texts))
    if len(texts) < len(ways) or not 1 < len(distinct) <= _FEW:
        return None
    return tuple(distinct) if len(texts) >= _TIMES * len(distinct) else None


def _is_word(one: Json) -> bool:
    return isinstance(one, str) and one != "" and not _WILD & set(one)


def _common(way: Fixed, home: str) -> Common:
    shown = _at_home(way.value, home) if way.test == "under" else way.value
    written = f"when.args.{key(way.name)}.{way.test} = {value(shown)}"
    said = {"is": "is", "under": "is under", "host": "is on the host"}[way.test]
    return Common(way.path, written, f"{way.name} {said} {value(shown)}")


def _listed(path: tuple[str, ...], texts: Sequence[str]) -> Common:
    name = ".".join(path)
    listed = ", ".join(map(value, texts))
    return Common(path, f"when.args.{key(name)} = [{listed}]", f"{name} is one of {listed}")


def _at_home(folder: Json, home: str) -> str:
    """A folder as a person writes it: with `~` for the home folder."""
    text = str(folder)
    return f"~{text[len(home) :]}" if text.startswith(f"{home}/") else text


def _is_whole_home(way: Fixed, home: str) -> bool:
    """Whether a folder is the home folder or holds it: that is no narrower than no condition."""
    folder = str(way.value)
    return way.test == "under" and (folder == home or home.startswith(f"{folder.rstrip('/')}/"))


def toml(one: Json) -> str | None:
    """A JSON value on one line of TOML; None where TOML has none (`null`, half a character)."""
    match one:
        case bool() | int() | float():
            return value(one)
        case str():
            return value(one) if is_writable(one) else None
        case dict():
            members = [(name, toml(inner)) for name, inner in one.items()]
            if any(text is None or not is_writable(name) for name, text in members):
                return None
            return f"{{ {', '.join(f'{key(name)} = {text}' for name, text in members)} }}"
        case list() | tuple():
            texts = [toml(inner) for inner in one]
            return None if None in texts else f"[{', '.join(map(str, texts))}]"
        case _:
            return None


def folder_of(uri: str) -> str:
    """The text up to the last slash, slash included; empty where nothing narrower than a scheme."""
    folder = posixpath.dirname(uri)
    return f"{folder}/" if "://" in folder and not folder.endswith(":/") else ""
