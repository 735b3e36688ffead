"""The headers that mirror a message of 2026-07-28 (its basic/transports/streamable-http). Pure.

"Request Metadata" has the standard ones, "Custom Headers from Tool Parameters" the rest.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from localguard.remote.ports import Message

VERSION: Final = "io.modelcontextprotocol/protocolVersion"
MARK: Final = "x-mcp-header"
NAMED: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""Methods with what their header `Mcp-Name` mirrors."""

_PLAIN: Final = re.compile(r"[\x20-\x7e]*")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}")
_TYPES: Final = frozenset({"string", "integer", "boolean"})
_ONE: Final = frozenset(
    {
        "items",
        "contains",
        "unevaluatedItems",
        "additionalProperties",
        "propertyNames",
        "unevaluatedProperties",
        "not",
        "if",
        "then",
        "else",
        "contentSchema",
    }
)
_MANY: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED_MANY: Final = frozenset({"patternProperties", "dependentSchemas", "$defs", "definitions"})

Path = tuple[str, ...]
Marked = Mapping[Path, str]
"""The names of headers by the paths of the properties they mirror."""


class Misannotated(ValueError):
    """Raised for a tool that may not be listed; its text says why."""


def encoded(value: str) -> str:
    """A text as the value of a header ("Value Encoding")."""
    sentinel = value.startswith("=?base64?") and value.endswith("?=")
    if _PLAIN.fullmatch(value) and value == value.strip() and not sentinel:
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode('ascii')}?="


def standard_headers(message: Message) -> list[tuple[str, str]]:
    """The headers of a modern request, or of a notification that has the envelope."""
    method, params = message["method"], message.get("params", {})
    headers = [
        ("MCP-Protocol-Version", encoded(str(params["_meta"][VERSION]))),
        ("Mcp-Method", encoded(method)),
    ]
    name = params.get(NAMED.get(method))
    if isinstance(name, str):
        headers.append(("Mcp-Name", encoded(name)))
    return headers


def marked(schema: object) -> Marked:
    """The properties of a tool's input schema that headers mirror. Raises Misannotated."""
    found: dict[Path, str] = {}
    names: set[str] = set()
    for path, node in _schemas(schema):
        if MARK not in node:
            continue
        name = _name(path, node)
        if path is None or name.lower() in names:
            raise Misannotated(f"two properties have one {MARK}")
        names.add(name.lower())
        found[path] = name
    return found


def parameter_headers(properties: Marked, arguments: object) -> list[tuple[str, str]]:
    """The headers of a call: what is absent or null has none."""
    headers = []
    for path, name in properties.items():
        value = _text(_at(path, arguments))
        if value is not None:
            headers.append((f"Mcp-Param-{name}", encoded(value)))
    return headers


def _name(path: Path | None, node: Mapping[str, Any]) -> str:
    name, kind = node[MARK], node.get("type")
    if not path:
        raise Misannotated(f"{MARK} stands where no path of properties leads")
    if not isinstance(name, str) or _TOKEN.fullmatch(name) is None:
        raise Misannotated(f"{MARK} is no name of a header")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise Misannotated(f"{MARK} is for a string, an integer or a boolean")
    return name


def _schemas(schema: object) -> Iterator[tuple[Path | None, Mapping[str, Any]]]:
    """Every schema in a schema; its path where only `properties` lead to it, else None."""
    waiting: list[tuple[Path | None, object]] = [((), schema)]
    while waiting:
        path, node = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield path, node
        for key, value in node.items():
            waiting += _below(path, key, value)


def _below(path: Path | None, key: str, value: object) -> list[tuple[Path | None, object]]:
    if key == "properties" and isinstance(value, dict):
        return [(None if path is None else (*path, name), one) for name, one in value.items()]
    if key in _ONE:
        return [(None, value)]
    if key in _MANY and isinstance(value, list):
        return [(None, one) for one in value]
    if key in _NAMED_MANY and isinstance(value, dict):
        return [(None, one) for one in value.values()]
    return []


def _at(path: Path, arguments: object) -> object:
    value = arguments
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None
