"""Values as YAML 1.2 writes them, which JSON is a part of. Pure."""

import json
import re
from collections.abc import Mapping
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_OTHERWISE: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_UNPRINTED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def yaml_key(name: str) -> str:
    """A key, in quotes where it could be taken for something else."""
    plain = _PLAIN.fullmatch(name) and name.lower() not in _OTHERWISE
    return name if plain else flow(name)


def flow(value: object) -> str:
    """A value on one line, texts in quotes."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def block(name: str, value: object, indent: str, unit: str, end: str) -> str:
    """A key with its value, which is a mapping with a line for each of its own; no blanks first."""
    if not isinstance(value, Mapping) or not value:
        return f"{yaml_key(name)}: {flow(value)}"
    lines = [f"{indent}{unit}{yaml_key(key)}: {flow(one)}" for key, one in value.items()]
    return end.join([f"{yaml_key(name)}:", *lines])
