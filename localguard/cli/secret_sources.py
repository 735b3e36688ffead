"""Files in which secrets lie in plain text: a client's JSON, a .env file, a profile. Reads only."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from localguard.errors import UsageFault
from localguard.text import safe

MOST_BYTES: Final = 4 * 1024 * 1024
_LINE: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")
_URLS: Final = ("url", "serverUrl", "httpUrl")
"""What clients call the address of a server."""
_DOUBLE: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}


@dataclass(frozen=True, slots=True)
class Source:
    """The variables of one server, or of a file that names none (`server` is empty).

    One with a `url` has headers in their place.
    """

    server: str
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def read_sources(path: str) -> list[Source]:
    """What a file has, by the look of it. Raises UsageFault."""
    text = _text(path)
    try:
        if text.lstrip().startswith("{"):
            return list(_servers(json.loads(text), ("mcpServers", "servers")))
        if path.endswith(".toml"):
            return list(_servers(tomllib.loads(text), ("servers", "mcp_servers")))
    except (ValueError, RecursionError) as error:
        # What a parser says may repeat a line of the file.
        kind = "TOML" if path.endswith(".toml") else "JSON"
        fix = "correct it, or take the secrets one by one: localguard secret set NAME"
        raise UsageFault(f"it cannot be read as {kind}", where=path, fix=fix) from error
    return [Source("", (), dict(_variables(text)))]


def _text(path: str) -> str:
    try:
        with open(path, "rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageFault(f"it cannot be read ({error.strerror})", where=safe(path)) from error
    try:
        if len(raw) <= MOST_BYTES:
            return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    raise UsageFault("this is no text of at most 4 MiB", where=safe(path))


def _servers(root: object, keys: tuple[str, ...]) -> Iterator[Source]:
    tables = [root[key] for key in keys if isinstance(root, dict) and key in root]
    for table in tables:
        for name, entry in table.items() if isinstance(table, dict) else ():
            if isinstance(entry, dict):
                yield _source(name, entry)


def _source(name: str, entry: Mapping[str, object]) -> Source:
    urls = [entry[key] for key in _URLS if isinstance(entry.get(key), str)]
    headers = {**_texts(entry.get("http_headers")), **_texts(entry.get("headers"))}
    command, env = _command(entry), _texts(entry.get("env"))
    return Source(name, command, env, str(urls[0]) if urls else "", headers if urls else {})


def _command(entry: Mapping[str, object]) -> tuple[str, ...]:
    """The words of a server: clients write a program and its arguments, profiles one list."""
    command, arguments = entry.get("command"), entry.get("args")
    words = [*(command if isinstance(command, list) else [command])]
    words += arguments if isinstance(arguments, list) else []
    texts = tuple(word for word in words if isinstance(word, str))
    return texts if len(texts) == len(words) else ()


def _texts(env: object) -> dict[str, str]:
    pairs = env.items() if isinstance(env, dict) else ()
    return {name: value for name, value in pairs if isinstance(value, str)}


def _variables(text: str) -> Iterator[tuple[str, str]]:
    """The lines NAME=VALUE of a .env file; # begins a comment, quotes are taken off."""
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is not None and not line.lstrip().startswith("#"):
            yield found[1], _unquoted(found[2])


def _unquoted(value: str) -> str:
    if quoted := re.fullmatch(r"'([^']*)'(?:\s+#.*)?", value):
        return quoted[1]
    if quoted := re.fullmatch(r'"((?:[^"\\]|\\.)*)"(?:\s+#.*)?', value):
        return re.sub(r"\\(.)", lambda one: _DOUBLE.get(one[1], one[0]), quoted[1])
    return re.sub(r"\s+#.*$", "", value)
