"""The real command of a server that a client had started, as `[servers.NAME]` of a profile.

They go to `NAME.servers.toml`, which the program writes; `NAME.toml` is the person's. The file is a
part of the profile like any other: read with it, accepted with it, shown by `profile accept`.
"""

import os
import re
from collections.abc import Mapping
from typing import Final

from localguard.clients.change import Put, Remove, Wish, changed
from localguard.clients.edit import Plan, plan, read_bytes, text_of
from localguard.clients.entry import Wrapped
from localguard.config.build import build
from localguard.config.lines import Lines
from localguard.config.load import Document, read_document
from localguard.config.paths import Places
from localguard.config.patterns import SERVER_NAME
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.server_auth import StaticToken

_SECRET: Final = "secret:"  # noqa: S105 -- the mark of a name
_HEAD: Final = """\
# Servers that clients had started themselves, written by localguard connect. They are a part of the
# profile {name}; to define one by hand, move its table to {name}.toml.
version = 1
"""


def server_name(name: str) -> str:
    """A name that a server can have in a profile, as close to an entry's as can be."""
    if SERVER_NAME.fullmatch(name):
        return name
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:48]
    return plain or "server"


def definition(taken: Wrapped, path: str) -> dict[str, object]:
    """The table of a server; `path` is the PATH that it is to have, where it says none."""
    if taken.url is not None:
        headers = {"headers": dict(taken.headers)} if taken.headers else {}
        auth = {"auth": f"{_SECRET}{taken.auth}"} if taken.auth else {}
        return {"url": taken.url, **auth, **headers}
    env = dict(taken.env)
    if path and "PATH" not in env:
        env["PATH"] = path
    table: dict[str, object] = {"command": list(taken.command)}
    table |= {"env": env} if env else {}
    table |= {"pass_env": list(taken.passed)} if taken.passed else {}
    return table | ({"cwd": taken.cwd} if taken.cwd else {})


def says_same(table: Mapping[str, object], known: ServerTable) -> bool:
    """Whether a profile's server is what a table says, whatever PATH it has."""
    told = {
        "command": list(known.command) if known.command else None,
        "url": known.url,
        "auth": f"{_SECRET}{known.auth.secret}" if isinstance(known.auth, StaticToken) else None,
        "env": _pathless(known.env),
        "headers": dict(known.headers),
        "pass_env": list(known.pass_env),
        "cwd": known.cwd,
    }
    wanted = {**dict.fromkeys(told), **table, "env": _pathless(table.get("env"))}
    wanted["headers"] = wanted["headers"] or {}
    wanted["pass_env"] = wanted["pass_env"] or []
    return wanted == told


def planned(
    places: Places,
    name: str,
    tables: Mapping[str, Mapping[str, object] | None],
    draft: Document | None = None,
) -> Plan:
    """The change of the file of a profile's servers; None in place of a table takes it out.

    The profile is read with it first, or the `draft` of one that is not written yet. Raises
    ProfileFault.
    """
    path = places.servers_file(name)
    before = read_bytes(path)
    text = _HEAD.format(name=name) if before is None else text_of(path, before)
    wishes: list[Wish] = [
        Remove(("servers",), one) if table is None else Put(("servers",), one, table)
        for one, table in tables.items()
    ]
    after = changed(path, "toml", text, wishes)
    document = Document(path, after.encode(), _read(after), Lines(after))
    profile = _with(places, name, document, draft)
    left = any(one.origin.file == document.name for one in profile.servers.values())
    return plan(path, before, after.encode() if left else None)


def profile_with(places: Places, name: str, draft: Document | None = None) -> Profile:
    """The profile as it is now, or as its `draft` has it, its tests left to others.

    Raises ProfileFault.
    """
    return build(name, _documents(places, name, draft), places.home, tested=False)


def _with(places: Places, name: str, document: Document, draft: Document | None) -> Profile:
    others = [one for one in _documents(places, name, draft) if one.name != document.name]
    return build(name, [*others, document], places.home, tested=False)


def _documents(places: Places, name: str, draft: Document | None) -> list[Document]:
    first, *beside = places.profile_files(name)
    own = draft or read_document(first)
    return [own, *(read_document(one) for one in beside if os.path.lexists(one))]


def _read(text: str) -> Mapping[str, object]:
    import tomllib  # noqa: PLC0415 -- valid already, or `changed` had raised

    return tomllib.loads(text)


def _pathless(env: object) -> dict[str, object]:
    return {k: v for k, v in env.items() if k != "PATH"} if isinstance(env, Mapping) else {}
