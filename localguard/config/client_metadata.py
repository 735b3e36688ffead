"""`[oauth]` of config.toml: how localguard introduces itself to the servers of others.

`client_metadata` is the address of a Client ID Metadata Document, which an organisation may host
for its people (MCP basic/authorization, "Client ID Metadata Documents"); the address is the client
id. A missing table means that there is none, and that clients are registered dynamically.
"""

import os
import re
from dataclasses import dataclass
from typing import Final

from localguard.config.load import read_document
from localguard.config.tables import Table, Unfit
from localguard.errors import ProfileFault
from localguard.policy.hosts import host_of_url

KEYS: Final = frozenset({"client_metadata"})
_HTTPS: Final = re.compile(r"https://[\x21\x24-\x3e\x41-\x5b\x5d\x5f\x61-\x7a\x7e]{1,2000}")
_LOCAL: Final = re.compile(r"http://(?:127\.0\.0\.1|\[::1\]|localhost)(?::[0-9]{1,5})?(?:/.*)?")


@dataclass(frozen=True, slots=True)
class ClientMetadata:
    """The address of the document; None where there is none."""

    url: str | None = None


def read_client_metadata(table: Table | None) -> ClientMetadata:
    """What a table says; its faults are noted on the way."""
    if table is None:
        return ClientMetadata()
    table.only(KEYS)
    return ClientMetadata(table.parsed("client_metadata", _document))


def client_metadata(path: str) -> ClientMetadata:
    """What config.toml at a path says; nothing where it says nothing that can be read."""
    if not os.path.lexists(path):
        return ClientMetadata()
    try:
        document = read_document(path)
    except ProfileFault:
        return ClientMetadata()
    return read_client_metadata(Table(document.tables, document, []).table("oauth"))


def read_https(text: str, key: str) -> str:
    """An address of a provider: https, or http on this machine; no user, no query, no fragment."""
    plain = _HTTPS.fullmatch(text) or (text.isascii() and _LOCAL.fullmatch(text))
    if not plain or "?" in text or "#" in text or host_of_url(text) is None:
        fix = 'write such as "https://login.example.com", without "?" and "#"'
        raise Unfit(f'{key} cannot be "{text}"', fix)
    return text


def _document(text: str) -> str:
    """A client id that is an address has a path, and is never on this machine."""
    address = read_https(text, "client_metadata")
    if not address.startswith("https://") or address.count("/") < 3 or address.endswith("/"):
        fix = 'write such as "https://example.com/localguard/client.json"'
        raise Unfit(f'client_metadata cannot be "{text}"', fix)
    return address
