"""Our entry for a server, in the words of any client. Pure."""

import math
import re
from collections.abc import Mapping
from typing import Final

from localguard.approvals.budgets import LIMIT
from localguard.clients.entry import Ours, Program, Wrapped
from localguard.clients.plaintext import arguments
from localguard.clients.table import Client, Words

_DESKTOP: Final = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")
"""What a browser and the keyring of Linux need, and a client that hands on few variables lacks."""
_OWN: Final = ("LOCALGUARD_HOME", LIMIT)
"""The variables that an entry of ours has for the guard itself."""


_STEERS: Final = re.compile(r"LD_|DYLD_|PYTHON")


def written(
    client: Client,
    program: Program,
    server: str,
    before: object = None,
    taken: Wrapped | None = None,
) -> dict[str, object]:
    """Our entry for a server; what `before` says besides how it is started stays in it."""
    words = client.words
    old = dict(before) if isinstance(before, Mapping) else {}
    stays = {key: value for key, value in old.items() if key not in _launching(words, old)}
    head: dict[str, object] = {}
    if words.named:
        head["name"] = stays.pop("name", server)
    if words.type and (words.stdio or words.type in old):
        head[words.type] = words.stdio or "stdio"
    head[words.command] = program.argv[0]
    head[words.args] = [*program.argv[1:], "run", server]
    limits = _limits(words, stays)
    env = {**program.env, **_waits(words, limits), **(taken.kept if taken else {})}
    if env:
        head[words.env] = env
    if words.passes and not words.own_passes:
        head[words.passes] = _passing(stays.pop(words.passes, []))
    return {**words.fixed, **head, **stays, **limits}


def guard_variables(client: Client, entry: object) -> dict[str, object]:
    """The variables that an entry of ours has for its server, which the client fills in."""
    env = entry.get(client.words.env) if isinstance(entry, Mapping) else None
    found = env.items() if isinstance(env, Mapping) else ()
    return {str(name): value for name, value in found if name not in _OWN}


def steady(client: Client, entry: object) -> dict[str, object]:
    """Those of them that an entry may keep when it is written anew."""
    found = guard_variables(client, entry).items()
    return {name: value for name, value in found if not _STEERS.match(name.upper())}


def altered(
    client: Client, entry: object, starts: Ours, server: str, program: tuple[str, ...]
) -> bool:
    """Whether an entry of ours starts something else than a guard of a server by a program.

    Variables by which a program becomes another (PYTHONPATH, LD_PRELOAD) count as well.
    """
    names = map(str.upper, guard_variables(client, entry))
    return starts != Ours(server, program) or any(map(_STEERS.match, names))


def hidden_texts(client: Client, entry: object) -> tuple[str, ...]:
    """What of an entry may be a secret: its variables, its headers, and some of its arguments."""
    found = entry if isinstance(entry, Mapping) else {}
    tables = [found.get(client.words.env), found.get(client.words.headers)]
    values = [str(v) for one in tables if isinstance(one, Mapping) for v in one.values()]
    listed = found.get(client.words.args)
    words = [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
    return (*values, *(one.value for one in arguments(("", *words))))


def _launching(words: Words, entry: Mapping[str, object]) -> set[str]:
    """The keys of an entry that say what is started, or reached."""
    named = {words.command, words.args, words.env, words.cwd, words.headers, *words.urls}
    return {
        *named,
        words.type or "",
        words.url_by_type or "",
        *(k for k in words.fixed if k in entry),
    }


def _passing(passed: object) -> list[object]:
    known = list(passed) if isinstance(passed, list) else []
    return [*known, *(one for one in _DESKTOP if one not in known)]


def _limits(words: Words, stays: Mapping[str, object]) -> dict[str, object]:
    return {key: _longer(stays.get(key), one) for key, one in words.limits.items()}


def _waits(words: Words, limits: Mapping[str, object]) -> dict[str, str]:
    """How long the client will wait for a call, which no guard could know but by its entry."""
    seconds = limits.get(words.waits or "")
    known = isinstance(seconds, int | float) and math.isfinite(seconds)
    return {LIMIT: f"{seconds:.0f}"} if known else {}


def _longer(old: object, new: object) -> object:
    if isinstance(old, int | float) and isinstance(new, int) and not isinstance(old, bool):
        return max(old, new)
    return new
