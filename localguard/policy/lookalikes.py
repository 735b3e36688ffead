"""Names that a person takes for one another, and text that a person does not see.

A help for who reviews a definition, and never a decision: it knows the usual tricks and no more.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from localguard.policy.calls import Json
from localguard.text import is_hidden

# Letters of other scripts and digits that are drawn as Latin ones (Unicode UTS 39 has them all).
_DRAWN_ALIKE: Final = {
    ord(other): letter
    for letter, others in {
        "a": "\u0430\u03b1@",
        "b": "\u0432\u03b2",
        "c": "\u0441\u03f2",
        "d": "\u0501",
        "e": "\u0435\u03b5\u0454",
        "g": "\u0261\u0581",
        "h": "\u043d\u04bb",
        "i": "\u0456\u03b9\u0131l1|!\u04cf",
        "j": "\u0458\u03f3",
        "k": "\u043a\u03ba",
        "m": "\u043c",
        "n": "\u0578",
        "o": "\u043e\u03bf\u03c3\u0585\u06f50",
        "p": "\u0440\u03c1",
        "q": "\u051b",
        "r": "\u0433",
        "s": "\u0455$5",
        "t": "\u0442\u03c4",
        "u": "\u03c5\u057d",
        "v": "\u03bd\u0475",
        "w": "\u051d\u0561",
        "x": "\u0445\u03c7",
        "y": "\u0443\u03b3",
    }.items()
    for other in others
}
_BREAKS: Final = str.maketrans("", "", "_-./: ")


def skeleton(name: str) -> str:
    """What is left of a name for a person who reads quickly; equal for names that look alike."""
    seen = "".join(char for char in name if not is_hidden(char))
    plain = unicodedata.normalize("NFKC", seen).casefold()
    bare = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c))
    return bare.translate(_DRAWN_ALIKE).translate(_BREAKS).replace("rn", "m")


def lookalikes(name: str, others: Iterable[str]) -> tuple[str, ...]:
    """The other names that look like this one, and are not it."""
    bare = skeleton(name)
    return tuple(other for other in others if other != name and skeleton(other) == bare)


def hidden_places(value: Json) -> tuple[str, ...]:
    """Where in a value characters stand that a person does not see, as paths; keys count too."""
    return tuple(dict.fromkeys(_hidden("", value)))


def _hidden(path: str, value: Json) -> Iterator[str]:
    if isinstance(value, str):
        if _has_hidden(value):
            yield path or "the text"
    elif isinstance(value, Mapping):
        for key, member in value.items():
            below = f"{path}.{key}" if path else key
            if _has_hidden(key):
                yield below
            yield from _hidden(below, member)
    elif isinstance(value, list | tuple):
        for index, element in enumerate(value):
            yield from _hidden(f"{path}[{index}]", element)


def _has_hidden(text: str) -> bool:
    if text.isascii() and text.isprintable():
        return False
    return any(is_hidden(char) for char in text if char not in "\n\t")
