"""The fields of an audit record as safe texts.

Every value goes through `text.safe`: a segment holds what servers, clients and models said, and may
itself have been edited.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from localguard.text import safe

MOST_MEMBERS: Final = 16
"""Of a collection so many members are told."""

Record = Mapping[str, object]


def value(record: Record, name: str) -> str:
    """Return a field as safe text; nothing for a field that is null or not there."""
    found = record.get(name)
    if found is None:
        return ""
    return safe(found if isinstance(found, str) else json.dumps(found))


def local_time(record: Record) -> str:
    """Return when the record was written, to the second, in the zone of the one who reads."""
    text = value(record, "t")
    try:
        moment = datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError, OSError):
        return text
    return f"{moment:%Y-%m-%d %H:%M:%S}"
