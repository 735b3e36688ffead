"""What a client is shown in place of what no person has reviewed: a name, and localguard's words.

A description is read by the model before anyone has looked at it, so nothing of a new one passes,
and a name only where it can be no sentence. Knows no pins.
"""

import re
from typing import Final

from localguard.policy.pins import Definition, Family
from localguard.relay.frames import Message
from localguard.text import safe

_NAME: Final = re.compile(r"[A-Za-z0-9_./-]{1,128}")
"""Tool names as they should be (2025-11-25 server/tools "Tool Names"), and `/`, which is common."""
_URI: Final = re.compile(r"[!-~]{1,256}")


def stand_in(server: str, definition: Definition) -> Message | None:
    """A definition by its name alone; None where not even the name may be shown."""
    name, words = definition.name, _words(server, definition.family)
    match definition.family:
        case Family.TOOL if _NAME.fullmatch(name):
            return {"name": name, "description": words, "inputSchema": {"type": "object"}}
        case Family.PROMPT if _NAME.fullmatch(name):
            return {"name": name, "description": words}
        case Family.TEMPLATE if _URI.fullmatch(name):
            return {"uriTemplate": name, "name": name, "description": words}
        case _:
            return None


def bare_resource(uri: str) -> Message | None:
    """A resource of a server that nobody knows, by its URI alone."""
    return {"uri": uri, "name": uri} if _URI.fullmatch(uri) else None


def other_instructions(server: str, kept: str | None) -> str:
    """The instructions that were pinned, and that the server says others now."""
    said = (
        f"localguard: the instructions of this server have changed since they were pinned, and the "
        f"new ones are not shown. {_way_out(server)}"
    )
    return said if kept is None else f"{kept}\n\n{said}"


def strange_instructions(server: str, why: str) -> str:
    """In place of the instructions of a server that nobody knows under this name."""
    return (
        f"localguard: {safe(why, 600)}. What this server says of itself is not shown, and calls "
        f"are held for a person. {_way_out(server)}"
    )


def _words(server: str, family: Family) -> str:
    kind = "resource template" if family is Family.TEMPLATE else str(family)
    return (
        f"localguard: this {kind} is new since the server was pinned, so its own description is "
        f"not shown and a call is held for a person. {_way_out(server)}"
    )


def _way_out(server: str) -> str:
    return f"The person can review it with: localguard server review {safe(server)}"
