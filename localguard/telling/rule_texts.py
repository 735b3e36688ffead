"""Rules in the words of their files, each on one line."""

import json
import os
from collections.abc import Iterator, Mapping

from localguard.config.load import Document, read_document
from localguard.config.managed import FOLDER
from localguard.config.paths import Places
from localguard.config.trust import of_the_organisation
from localguard.policy.profile import Profile


def rule_texts(places: Places, profile: Profile) -> dict[str, str]:
    """Each rule of a profile by its place. Raises ProfileFault for a file that is no longer there.

    What was edited since the profile was read has the place of another rule, or none.
    """
    found: dict[str, str] = {}
    for file in sorted({rule.origin.file for rule in profile.rules}):
        document = _document(places, file)
        found |= {document.where(("rule", at)): text for at, text in enumerate(_texts(document))}
    return found


def pairs(table: Mapping[str, object], prefix: str = "") -> Iterator[str]:
    """The keys of a table as they are written in TOML, those of inner tables with dots."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from pairs(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key} = {json.dumps(value, default=str, ensure_ascii=False)}"


def _document(places: Places, file: str) -> Document:
    if file.startswith(FOLDER):
        path = os.path.join(places.managed, file.removeprefix(FOLDER))
        return read_document(path, of_the_organisation(places.managed_owners), FOLDER)
    return read_document(os.path.join(places.profiles, file))


def _texts(document: Document) -> list[str]:
    rules = document.tables.get("rule", [])
    return [" ".join(pairs(rule)) for rule in rules] if isinstance(rules, list) else []
