"""config.toml: what the person set for localguard itself, beside the profiles.

A missing file means the defaults. A broken one is a fault, and what it would have set is unknown:
a guard that starts with it denies every call, and meanwhile keeps the log in the strictest way.
Knows what the audit log can be told, and not what it does with it.
"""

import os
from dataclasses import dataclass
from typing import Final, Literal

from localguard.config.approval_settings import read_approvals
from localguard.config.client_metadata import read_client_metadata
from localguard.config.faults import raise_any
from localguard.config.load import Document, read_document
from localguard.config.tables import Table, Unfit, type_word
from localguard.config.vault_settings import read_vault
from localguard.errors import ProfileFault

VERSION: Final = 1
_TABLES: Final = frozenset({"version", "audit", "approvals", "oauth", "vault"})
_AUDIT: Final = frozenset({"durability", "arguments", "keep_days", "keep_mebibytes", "witness"})
_DURABILITY: Final = ("batch", "call")
_ARGUMENTS: Final = ("redacted", "hash", "full")
_WITNESS: Final = "file:"
_MOST: Final = 1_000_000_000

Durability = Literal["batch", "call"]
Arguments = Literal["redacted", "hash", "full"]


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """`[audit]`. None leaves it to the audit log.

    `durability` "call" has each record on disk before its call leaves. `arguments` is what a record
    holds of them. Segments are kept for `keep_days` days and up to `keep_mebibytes` MiB.
    """

    durability: Durability = "batch"
    arguments: Arguments = "redacted"
    keep_days: int | None = None
    keep_mebibytes: int | None = None
    witness: str | None = None


STRICTEST: Final = AuditSettings(durability="call", arguments="hash")
"""In force while what the person set cannot be read: lose nothing, and keep no value."""


def read_settings(path: str) -> AuditSettings:
    """What config.toml at a path says; the defaults when there is none.

    Raises ProfileFaults with everything that is wrong in it.
    """
    if not os.path.lexists(path):
        return AuditSettings()
    document = read_document(path)
    faults: list[ProfileFault] = []
    settings = _settings(document, faults)
    raise_any(faults, [document.name])
    return settings


def _settings(document: Document, faults: list[ProfileFault]) -> AuditSettings:
    table = Table(document.tables, document, faults)
    table.only(_TABLES)
    version = table.values.get("version", VERSION)
    if version != VERSION or isinstance(version, bool):
        table.fault("its version is not known", f"write version = {VERSION}", "version")
    read_approvals(table.table("approvals"))
    read_vault(table.table("vault"))
    read_client_metadata(table.table("oauth"))
    audit = table.table("audit")
    if audit is None:
        return AuditSettings()
    audit.only(_AUDIT)
    return AuditSettings(
        durability="call" if audit.choice("durability", _DURABILITY) == "call" else "batch",
        arguments=_arguments(audit.choice("arguments", _ARGUMENTS)),
        keep_days=_count(audit, "keep_days"),
        keep_mebibytes=_count(audit, "keep_mebibytes"),
        witness=audit.parsed("witness", _witness),
    )


def _arguments(word: str | None) -> Arguments:
    match word:
        case "hash" | "full":
            return word
        case _:
            return "redacted"


def _count(table: Table, key: str) -> int | None:
    value = table.values.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        fix = f"write a whole number, without quotes, such as {key} = 90"
        table.fault(f"{key} must be a number, not {type_word(value)}", fix, key)
        return None
    if not 1 <= value <= _MOST:
        table.fault(f"{key} cannot be {value}", f"write a number from 1 to {_MOST}", key)
        return None
    return value


def _witness(text: str) -> str:
    scheme, colon, path = text.partition(":")
    if text == "syslog" or (scheme + colon == _WITNESS and os.path.isabs(path)):
        return text
    raise Unfit(f'witness cannot be "{text}"', 'write "syslog", or "file:" and an absolute path')
