"""vault.json: which key a vault was made with, and where that key lies. No secret stands in it.

It tells a keyring that was reset from a first use: with it, a key that is not to be had is a loss,
and none is made in its place.
"""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from localguard.errors import VaultFault
from localguard.vault.own_file import read_own, replace_own
from localguard.vault.store import STORES, Store

RESET: Final = "localguard secret reset"
_VERSION: Final = 1
_ID: Final = re.compile(r"[0-9a-f]{16}")
_CHECK: Final = re.compile(r"[0-9a-f]{64}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2}){0,256}")


@dataclass(frozen=True, slots=True)
class Head:
    """What a vault knows of its key without having it.

    `backend` is the class that the key was given to. `salt` and `wrapped` (hex) are those of a
    passphrase. `made` is when, in UTC.
    """

    store: Store
    key_id: str
    check: str
    made: str
    backend: str = ""
    salt: str = ""
    wrapped: str = ""


def head_path(folder: str) -> str:
    """Where vault.json lies."""
    return os.path.join(folder, "vault.json")


def read_head(folder: str) -> Head | None:
    """What vault.json says; None where there is none. Raises VaultFault where it is broken."""
    path = head_path(folder)
    raw = read_own(path)
    if raw is None:
        return None
    try:
        fields = json.loads(raw)
        head = _head(fields) if isinstance(fields, dict) else None
    except (ValueError, TypeError, RecursionError):
        head = None
    if head is None:
        fix = f"put it back from a backup, or give up what is in the vault: {RESET}"
        raise VaultFault("this is not as localguard wrote it", where=path, fix=fix)
    return head


def write_head(folder: str, head: Head) -> None:
    """Write vault.json, which has to be held. Raises VaultFault."""
    text = json.dumps({"version": _VERSION, **asdict(head)}, indent=1)
    replace_own(head_path(folder), f"{text}\n".encode("ascii"))


def headless(folder: str) -> VaultFault:
    """The fault for entries without the vault.json that says which key they need."""
    path = head_path(folder)
    what = "this is gone, and without it no entry of the vault opens"
    fix = f"put it back from a backup, or give up what is in the vault: {RESET}"
    return VaultFault(what, where=path, fix=fix)


def _head(fields: Mapping[str, object]) -> Head | None:
    """Raises TypeError for unknown keys."""
    words = {key: value for key, value in fields.items() if isinstance(value, str)}
    named = words.pop("store", "")
    store = next((one for one in STORES if one == named), None)
    if store is None or fields.get("version") != _VERSION or len(words) + 2 != len(fields):
        return None
    head = Head(store, **words)
    fits = (_ID, head.key_id), (_CHECK, head.check), (_HEX, head.salt), (_HEX, head.wrapped)
    return head if all(pattern.fullmatch(text) for pattern, text in fits) else None
