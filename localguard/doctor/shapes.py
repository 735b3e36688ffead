"""What a client's file, a profile and the settings say, without what they hold: for a report."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from localguard.clients.edit import read_bytes, text_of
from localguard.clients.entry import Ours, Unfit, Wrapped
from localguard.clients.found import ConfigFile, Entry, Found, find
from localguard.config.build import profile_names
from localguard.doctor.check import Scene
from localguard.doctor.cleaning import REFERENCE, texts
from localguard.errors import ProfileFault

HIDDEN: Final = "***"
_VALUES: Final = frozenset({"env", "headers", "args", "claim", "claims", "set"})
"""Tables of a profile whose values are the person's, and nobody else's business."""


def clients(scene: Scene) -> list[dict[str, object]]:
    """The clients that are here, their files, and the shape of each entry."""
    return [_client(one) for one in find(scene.machine) if one.installed]


def profiles(scene: Scene) -> Iterator[tuple[str, object]]:
    """Each file of each profile, by its name."""
    for name in profile_names(scene.places):
        for path in scene.places.profile_files(name):
            if os.path.lexists(path):
                yield os.path.basename(path), toml_shape(path)


def values_of_profiles(scene: Scene) -> Iterator[str]:
    """What profiles hold that is nobody else's: variables, headers, words of commands, paths of
    addresses, and the arguments of calls that were tried or answered.
    """
    for name in profile_names(scene.places):
        for path in scene.places.profile_files(name):
            tables = _tables(path) or {}
            servers = tables.get("servers")
            for server in servers.values() if isinstance(servers, Mapping) else ():
                yield from _secret_texts(server)
            for kind in ("test", "answer"):
                yield from texts(_named(tables.get(kind), "args"))


def toml_shape(path: str) -> object:
    """What a file says, without values; where it cannot be read, that."""
    try:
        tables = _tables(path)
    except ProfileFault as fault:
        return {"fault": fault.what}
    return {"missing": True} if tables is None else _table(tables)


def shape(value: object) -> object:
    """What a value is made of: the names in it, and of which kind each is."""
    if isinstance(value, Mapping):
        return {str(key): shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return type(value).__name__


def _client(found: Found) -> dict[str, object]:
    files = [_file(one) for one in found.files]
    return {"name": found.client.name, "files": files}


def _file(file: ConfigFile) -> dict[str, object]:
    fault = None if file.fault is None else file.fault.explain()
    told: dict[str, object] = {"path": file.path, "scope": file.scope, "fault": fault}
    told["bytes"] = None if file.raw is None else len(file.raw)
    return {**told, "servers": [_entry(one) for one in file.entries]}


def _entry(entry: Entry) -> dict[str, object]:
    told: dict[str, object] = {"name": entry.name, "key": list(entry.key)}
    return {**told, "starts": _starts(entry), "shape": shape(entry.value)}


def _starts(entry: Entry) -> str:
    match entry.starts:
        case Ours(server):
            return f"localguard run {server}"
        case Wrapped(command=command, url=url):
            return _origin(url) if url is not None else _program(command[0])
        case Unfit(why):
            return f"left alone: {why.partition('${')[0]}"


def _program(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _origin(url: str) -> str:
    """Where a server is reached, without what may be a token: path, query and person."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{parts.hostname}{port}/{HIDDEN}"


def _tables(path: str) -> Mapping[str, object] | None:
    raw = read_bytes(path)
    if raw is None:
        return None
    try:
        return tomllib.loads(text_of(path, raw))
    except (tomllib.TOMLDecodeError, RecursionError):
        raise ProfileFault("it is no TOML") from None


def _table(value: object, key: str = "") -> object:
    if key in _VALUES:
        return _hidden(value)
    if key == "command" and isinstance(value, list) and value:
        return [_program(str(value[0])), *(_hidden(one) for one in value[1:])]
    if key == "url":
        return _origin(str(value))
    if isinstance(value, Mapping):
        return {str(name): _table(one, str(name)) for name, one in value.items()}
    return [_table(one) for one in value] if isinstance(value, list) else value


def _hidden(value: object) -> object:
    """The names in a value, and the names of the vault's secrets; everything else is `***`."""
    if isinstance(value, Mapping):
        return {str(name): _hidden(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_hidden(one) for one in value]
    return value if isinstance(value, str) and value.startswith(REFERENCE) else HIDDEN


def _secret_texts(server: object) -> Iterator[str]:
    if not isinstance(server, Mapping):
        return
    command = server.get("command")
    yield from texts(command[1:] if isinstance(command, list) else [])
    for key in ("env", "headers"):
        yield from texts(server.get(key, {}))
    url = server.get("url")
    if isinstance(url, str):
        yield from _parts(url)


def _named(tables: object, key: str) -> list[object]:
    rows = tables if isinstance(tables, list) else []
    return [one[key] for one in rows if isinstance(one, Mapping) and key in one]


def _parts(url: str) -> Iterator[str]:
    """What of an address may be a token."""
    rest = url.partition("://")[2]
    yield from rest.replace("?", "/").replace("&", "/").replace("=", "/").split("/")[1:]
    yield url
