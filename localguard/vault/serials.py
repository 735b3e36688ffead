"""How often each entry was written: an entry that is older than that was put back by someone.

The serials are an entry of their own, sealed as all are. Whoever puts back this one together with
an entry, as when a whole folder comes out of a backup, is not found out.
"""

import json

from localguard.vault.sealed_file import Content, Unopened, VaultKey, opened, seal

NAME = "index/serials"
"""No name of a vault: none has this kind."""


def read_serials(key: VaultKey, data: bytes | None) -> dict[str, int]:
    """The last serial of each name; none where there is no file. Raises Unopened."""
    if data is None:
        return {}
    try:
        found = json.loads(opened(key, NAME, data).value)
    except ValueError as error:
        raise Unopened("is not as localguard wrote it") from error
    if not isinstance(found, dict) or not all(isinstance(one, int) for one in found.values()):
        raise Unopened("is not as localguard wrote it")
    return found


def sealed_serials(key: VaultKey, serials: dict[str, int]) -> bytes:
    """The bytes of the file."""
    return seal(key, NAME, Content(0, json.dumps(serials, sort_keys=True).encode("ascii")))
