"""The words of a server's command that stand for secrets of the vault. Pure.

A word is `secret:NAME`, or ends so after its `--flag=` or `VARIABLE=`. The program itself is never
one. Whoever can, gives a server its secret by a variable: every user of the machine can look at the
arguments of a process while it runs.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

_BEFORE: Final = r"(?:-{0,2}[A-Za-z_][A-Za-z0-9_.-]*=)?"
_WORD: Final = re.compile(rf"({_BEFORE})secret:(.*)", re.DOTALL)
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)


class SecretWord(NamedTuple):
    """A word with what stands `before` the secret, and the secret's `name`."""

    before: str
    name: str


def secret_word(word: str) -> SecretWord | None:
    """The secret that a word stands for, or None."""
    found = _WORD.fullmatch(word)
    if found is None or _NAME.fullmatch(found[2]) is None:
        return None
    return SecretWord(found[1], found[2])


def is_misnamed_word(word: str) -> bool:
    """Whether a word is written as one that stands for a secret, and none can be called that."""
    return _WORD.fullmatch(word) is not None and secret_word(word) is None


def has_secrets(command: Iterable[str] | None) -> bool:
    """Whether any argument of a command stands for a secret."""
    _, *arguments = command or ("",)
    return any(secret_word(word) is not None for word in arguments)
