"""What a client starts, read from the words of any client. Pure.

An entry is taken over only where the profile can say all that it says; what a client fills in for
itself (`${input:token}`) stays in the client's entry, and goes through the guard by its name.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from localguard.clients.table import Client, Words

_PROGRAMS: Final = ("localguard", "localguard.exe")
_LOOPBACK: Final = re.compile(
    r"http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])([:/]|$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Program:
    """The words that a client starts a guard with, before `run`, and the variables it needs."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ours:
    """An entry that starts a guard, of this server; `more` are words that we never write."""

    server: str
    program: tuple[str, ...]
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A server as a client starts or reaches it. `passed` are variables that the client fills in.

    `kept` are those of them that its entry names with a value. `auth` is the secret of the vault
    that is sent as its token, once that is there.
    """

    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    cwd: str | None = None
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    passed: tuple[str, ...] = ()
    kept: Mapping[str, object] = field(default_factory=dict, repr=False)
    auth: str = ""


@dataclass(frozen=True, slots=True)
class Unfit:
    """An entry that is left as it is, and why; `fix` is what a person can do."""

    why: str
    fix: str = ""


class _Cannot(Exception):
    def __init__(self, why: str, fix: str) -> None:
        super().__init__(why)
        self.unfit = Unfit(why, fix)


def read(client: Client, entry: object, home: str) -> Ours | Wrapped | Unfit | None:
    """What an entry starts; None where it is no MCP server but something built in."""
    words = client.words
    if not isinstance(entry, Mapping):
        return Unfit("it is not an object", "correct it in the file")
    kind = entry.get(words.type) if words.type else None
    if kind in words.others:
        return None
    try:
        ours = guarded(words, entry)
        return ours or _read(words, entry, kind, home)
    except _Cannot as cannot:
        return cannot.unfit


def guarded(words: Words, entry: Mapping[str, object]) -> Ours | None:
    """The guard that an entry starts, if it starts one of a named server."""
    command, args = entry.get(words.command), entry.get(words.args)
    if not isinstance(command, str) or not isinstance(args, list):
        return None
    program, rest = [command], [str(one) for one in args]
    if rest[:2] == ["-m", "localguard"]:
        program, rest = program + rest[:2], rest[2:]
    elif re.split(r"[/\\]", command)[-1].lower() not in _PROGRAMS:
        return None
    if len(rest) >= 2 and rest[0] == "run" and not rest[1].startswith("-"):
        return Ours(rest[1], tuple(program), tuple(rest[2:]))
    return None


def _read(words: Words, entry: Mapping[str, object], kind: object, home: str) -> Wrapped:
    for key in words.refuse:
        if entry.get(key) not in (None, "", {}, []):
            raise _Cannot(
                f"it uses {key}, which only the client knows", "define the server in the profile"
            )
    url = _url(words, entry, kind)
    if url is not None:
        headers = _texts(entry.get(words.headers), words.headers)
        for text in (url, *headers.values()):
            _plain(words, text, home)
        return Wrapped(url=url, headers=headers)
    command, args = entry.get(words.command), entry.get(words.args, [])
    if not isinstance(command, str) or not command:
        raise _Cannot("it has no command or url that localguard knows", "correct it in the file")
    if not isinstance(args, list) or not all(isinstance(one, str) for one in args):
        raise _Cannot(f"its {words.args} are not a list of texts", "correct it in the file")
    argv = tuple(_plain(words, one, home) for one in (command, *args))
    if _is_guard(argv):
        what = "it starts localguard already, with a command of its own"
        raise _Cannot(what, "define the server in the profile, and have it start: run NAME")
    return _started(words, entry, argv, home)


def _is_guard(argv: tuple[str, ...]) -> bool:
    """Whether an entry starts a guard as one is written by hand: run -- COMMAND, or run --url."""
    named = re.split(r"[/\\]", argv[0])[-1].lower() in _PROGRAMS
    return (named and argv[1:2] == ("run",)) or argv[1:4] == ("-m", "localguard", "run")


def _started(
    words: Words, entry: Mapping[str, object], argv: tuple[str, ...], home: str
) -> Wrapped:
    env, kept = dict[str, str](), dict[str, object]()
    for name, value in _texts(entry.get(words.env), words.env).items():
        try:
            env[name] = _plain(words, value, home)
        except _Cannot:
            kept[name] = value
    cwd = entry.get(words.cwd)
    if cwd is not None and not (isinstance(cwd, str) and _is_absolute(_plain(words, cwd, home))):
        raise _Cannot("its cwd is not an absolute path", "write the whole path, in the client")
    place = _plain(words, cwd, home) if isinstance(cwd, str) else None
    passed = entry.get(words.passes) if words.passes else None
    names = [one for one in passed if isinstance(one, str)] if isinstance(passed, list) else []
    return Wrapped(argv, env, place, None, {}, tuple(dict.fromkeys([*names, *kept])), kept)


def _url(words: Words, entry: Mapping[str, object], kind: object) -> str | None:
    """Where a server is reached, if it is one that is."""
    found = next((entry[key] for key in words.urls if key in entry), None)
    if found is None and words.url_by_type:
        found = entry.get(words.url_by_type)
        kind = kind or ("sse" if found is not None else None)
    if found is None:
        return None
    if kind is not None and kind not in words.remote_types:
        what = f"it is reached by {kind}, and localguard speaks Streamable HTTP"
        raise _Cannot(what, "give it the address of the server for Streamable HTTP")
    if not isinstance(found, str) or not words.remote:
        raise _Cannot("its url is not a text", "correct it in the file")
    if not (found.lower().startswith("https://") or _LOOPBACK.match(found)):
        raise _Cannot("plain http is for this machine alone", "write https:// in the client")
    return found


def _texts(value: object, key: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _Cannot(f"its {key} is not an object", "correct it in the file")
    found: dict[str, str] = {}
    for name, one in value.items():
        if isinstance(one, str | int | float) and not isinstance(one, bool):
            found[str(name)] = str(one)
        elif one is not None:
            raise _Cannot(f"its {key}.{name} is not a text", "put it into quotes, in the client")
    return found


def _plain(words: Words, text: str, home: str) -> str:
    """A text with what everybody can fill in. Raises _Cannot where only the client can."""
    text = text.replace("${userHome}", home).replace("${env:HOME}", home)
    found = re.search(words.expands, text) if words.expands else None
    if found is None:
        return text
    what = f"it has {found[0]}, which only the client can fill in"
    raise _Cannot(what, "write the value itself, or move it into env")


def _is_absolute(path: str) -> bool:
    return (
        os.path.isabs(path) or path.startswith("~") or re.match(r"[A-Za-z]:[\\/]", path) is not None
    )
