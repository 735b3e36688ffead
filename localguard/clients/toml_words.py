"""Values as TOML writes them. Pure."""

import json
import re
from collections.abc import Mapping
from datetime import date, time
from typing import Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


def toml_key(name: str) -> str:
    """One part of a key, in quotes where it needs them."""
    return name if _BARE.fullmatch(name) else _text(name)


def toml_value(value: object) -> str:
    """A value on one line. Raises ValueError for what TOML has no word for."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _text(value)
        case date() | time():
            return value.isoformat()
        case Mapping():
            pairs = ", ".join(f"{toml_key(k)} = {toml_value(v)}" for k, v in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case list() | tuple():
            return f"[{', '.join(map(toml_value, value))}]"
        case _:
            raise ValueError(f"TOML has no word for {type(value).__name__}")


def _text(text: str) -> str:
    """A basic string: JSON writes the same, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
