"""Facts that need the world, made before policy is asked: how a text resolves as a path.

The text and what it resolves to are both recorded. Between this look and the server's use of the
path the world may change; the README says so.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from localguard.policy.calls import Arguments, Json
from localguard.policy.conditions import reach
from localguard.policy.rules import Rule

MAX_PATH = 4096
"""Characters; no longer text names a file (Linux PATH_MAX)."""

_PATH_SIGNS = re.compile(r"[/\\~]|^\.\.?$|^[Ff][Ii][Ll][Ee]:")


@dataclass(frozen=True, slots=True)
class World:
    """What a path is resolved against.

    `cwd` is the server's folder where the profile names it; `actual_cwd` is the folder it was
    really started in. `foreign` means that the server's files lie on another machine.
    """

    home: str
    cwd: str | None
    actual_cwd: str
    own_folders: tuple[str, ...]
    folds: bool = False
    foreign: bool = False
    _own: tuple[str, ...] = field(init=False, repr=False)
    _inside: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        own = tuple(os.path.realpath(folder) for folder in self.own_folders)
        inside = self._containing(own, os.path.realpath(self.actual_cwd)) is not None
        object.__setattr__(self, "_own", own)
        object.__setattr__(self, "_inside", inside)

    def paths(self, rules: Iterable[Rule], arguments: Arguments) -> dict[str, str | None]:
        """Each text that a path condition of the rules looks at, roots included, resolved."""
        texts: set[str] = set()
        for rule in rules:
            texts |= rule.roots
            for path in rule.path_arguments:
                texts.update(leaf for leaf in reach(arguments, path) if isinstance(leaf, str))
        return {text: self.resolve(text, self.cwd) for text in texts}

    def resolve(self, text: str, cwd: str | None) -> str | None:
        """The absolute path without `..` and links that a text names, or None for doubt."""
        plain = _plain(text, self.home)
        if plain is None:
            return None
        if not os.path.isabs(plain):
            if cwd is None:
                return None
            plain = os.path.join(cwd, plain)
        try:
            return _lexical(plain) if self.foreign else os.path.realpath(plain)
        except (OSError, ValueError):
            return None

    def own_folder(self, arguments: Json) -> str | None:
        """Localguard's own folder that some text among the arguments resolves into."""
        if self.foreign:
            return None
        for text in _texts(arguments):
            for reading in _readings(text) if self._names_a_path(text) else ():
                resolved = self.resolve(reading, self.actual_cwd)
                if resolved is not None and (found := self._containing(self._own, resolved)):
                    return found
        return None

    def _names_a_path(self, text: str) -> bool:
        # A bare word only leads elsewhere if something of that name lies in the server's folder.
        if not text or len(text) > MAX_PATH or "\0" in text:
            return False
        if self._inside or _PATH_SIGNS.search(text):
            return True
        return os.path.lexists(os.path.join(self.actual_cwd, text))

    def _containing(self, folders: Iterable[str], path: str) -> str | None:
        shown = path.casefold() if self.folds else path
        for folder in folders:
            root = folder.casefold() if self.folds else folder
            if shown == root or shown.startswith(root + os.sep):
                return folder
        return None


def _lexical(path: str) -> str:
    # POSIX lets two slashes at the start mean something else; no system here does.
    plain = os.path.normpath(path)
    return plain[1:] if plain.startswith("//") else plain


def _plain(text: str, home: str) -> str | None:
    if not text or len(text) > MAX_PATH or "\0" in text:
        return None
    if text[:5].lower() == "file:":
        return _file_uri(text)
    if text == "~" or text.startswith(("~/", "~\\")):
        return home + text[1:]
    return None if text.startswith("~") else text


def _file_uri(uri: str) -> str | None:
    """The path of a `file:` URI, percent signs decoded once (RFC 8089)."""
    rest = uri[5:]
    if rest.startswith("//"):
        host, slash, tail = rest[2:].partition("/")
        if host not in ("", "localhost"):
            return None
        rest = slash + tail
    try:
        path = unquote(rest.split("#", 1)[0].split("?", 1)[0], errors="strict")
    except UnicodeDecodeError:
        return None
    return None if "\0" in path or not path else path


def _readings(text: str) -> Iterator[str]:
    """The text, and what a server makes of it that ignores hosts or knows other people's `~`."""
    yield text
    if text[:7].lower() == "file://":
        yield f"file:///{text[7:].partition('/')[2]}"
    elif text.startswith("~"):
        yield os.path.expanduser(text)


def _texts(value: Json) -> Iterator[str]:
    """Every text in the arguments; a key can name a path as well as a value can."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(item)
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
