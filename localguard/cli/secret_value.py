"""How a secret gets from a person into the program: never as an argument, never where it shows."""

import os
import sys
from getpass import getpass

from localguard.errors import UsageFault
from localguard.vault.named import MOST_BYTES, require_name


def read_value(name: str) -> str:
    """What is typed at a hidden prompt, or all of stdin but its last newline. Raises UsageFault."""
    # Before anything is typed: a person would have typed it in vain.
    require_name(name)
    if sys.stdin.isatty():
        return getpass(f"Value of {name} (not shown): ")
    raw = _all_of(sys.stdin.fileno())
    if len(raw) > MOST_BYTES:
        raise UsageFault("stdin has more than 64 KiB", fix=f"localguard secret set {name} < FILE")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        fix = "give it as text, for example in base64, if the server takes that"
        raise UsageFault("what stdin has is no UTF-8", fix=fix) from error
    return text.removesuffix("\n").removesuffix("\r")


def _all_of(descriptor: int) -> bytes:
    read = b""
    while len(read) <= MOST_BYTES and (part := os.read(descriptor, MOST_BYTES + 1)):
        read += part
    return read
