"""The organisation's policy: every `*.toml` in a folder that only root can write to.

Its rules and switches join whatever profile is in force, and can only be added to. It is never
ignored: a folder or file that is broken, unreadable or somebody else's is a fault, and with such a
fault every call is denied. Knows nothing of which profile is in force.
"""

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from localguard.config import schema
from localguard.config.build import digest_of
from localguard.config.faults import FileFault, ProfileFaults, faults_of, raise_any, shell_word
from localguard.config.load import Document, read_document
from localguard.config.paths import Places
from localguard.config.rules import note_duplicates, read_rules
from localguard.config.tables import Table
from localguard.config.tests import failing_tests, read_tests
from localguard.config.trust import of_the_organisation, require_way
from localguard.errors import ProfileFault
from localguard.policy.profile import FromServer, Profile
from localguard.policy.rules import Rule, Verb

FOLDER: Final = "managed/"
"""What the names of these files are shown with, and the ids of their rules begin with.

No id of a person's rule can hold the slash, so that none can stand for a managed one.
"""
_STRICTNESS: Final = (Verb.ALLOW, Verb.ASK, Verb.DENY)


@dataclass(frozen=True, slots=True)
class Managed:
    """What the files say together, the strictest word of each switch."""

    files: tuple[str, ...]
    rules: tuple[Rule, ...]
    default: Verb | None
    user_allow: bool
    from_server: Mapping[str, Verb]
    digest: str


def managed_paths(places: Places) -> tuple[str, ...]:
    """The folder and the files in it whose change changes the policy; nothing is read."""
    try:
        return (places.managed, *_paths(places.managed))
    except OSError:
        return (places.managed,)


def read_managed(places: Places) -> Managed | None:
    """The organisation's policy, or None where it has none.

    Raises ProfileFault for anything that is there and cannot be used.
    """
    if not os.path.lexists(places.managed):
        return None
    documents = _documents(places)
    faults: list[ProfileFault] = []
    tables = [Table(document.tables, document, faults) for document in documents]
    managed = _combined(tables, digest_of(documents))
    note_duplicates(tuple(tables))
    names = [document.name for document in documents]
    raise_any(faults, names)
    raise_any(_failing(tables, managed, places.home), names)
    return managed


def joined(profile: Profile, managed: Managed | None) -> Profile:
    """A person's profile under the organisation's policy."""
    if managed is None:
        return profile
    asked = profile.from_server
    words = {key: getattr(asked, key) for key in schema.FROM_SERVER}
    return replace(
        profile,
        rules=(*managed.rules, *profile.rules),
        from_server=FromServer(
            **{key: _strictest((word, managed.from_server.get(key))) for key, word in words.items()}
        ),
        managed=managed.files,
        managed_default=managed.default,
        user_allow=managed.user_allow,
        digest=hashlib.sha256(f"{managed.digest} {profile.digest}".encode()).hexdigest(),
    )


def _paths(folder: str) -> list[str]:
    # Editors keep files of their own beside the one that is edited, with a dot in front.
    names = sorted(os.listdir(folder))
    return [os.path.join(folder, n) for n in names if n.endswith(".toml") and n[0] != "."]


def _documents(places: Places) -> list[Document]:
    owners, found = places.managed_owners, list[Document]()
    faults: list[ProfileFault] = []
    for path in _trusted_paths(places.managed, owners):
        name = FOLDER + os.path.basename(path)
        try:
            real = require_way(path, name, owners)
            document = read_document(real, of_the_organisation(owners), FOLDER)
            found.append(replace(document, path=path))
        except OSError as error:
            faults.append(_unreadable(path, name, error))
        except ProfileFault as fault:
            faults.append(fault)
    if faults:
        raise ProfileFaults([one for fault in faults for one in faults_of(fault)])
    return found


def _trusted_paths(folder: str, owners: frozenset[int]) -> list[str]:
    try:
        require_way(folder, folder, owners)
        return _paths(folder)
    except OSError as error:
        raise _unreadable(folder, folder, error) from error


def _unreadable(path: str, name: str, error: OSError) -> ProfileFault:
    word = shell_word(path)
    mode = "go+rx" if os.path.isdir(path) else "go+r"
    fix = f"as root: chmod {mode} {word}, or move it away"
    return FileFault(f"it cannot be read ({error.strerror})", where=name, fix=fix)


def _combined(tables: Sequence[Table], digest: str) -> Managed:
    defaults = [word for table in tables if (word := _begun(table)) is not None]
    switches = [table.flag("user_allow") for table in tables]
    return Managed(
        files=tuple(table.document.name for table in tables),
        rules=tuple(_managed(rule) for table in tables for rule in read_rules(table)),
        default=_strictest(defaults) if defaults else None,
        user_allow=False not in switches,
        from_server=_from_server(tables),
        digest=digest,
    )


def _begun(table: Table) -> Verb | None:
    """The default of a file, after a look at what must and may stand in it."""
    for key in ("servers", "identity"):
        if key in table:
            table.fault(f"{key} is not for managed policy", "put it into the profiles", key)
    table.only(schema.MANAGED | {"servers", "identity"})
    version = table.values.get("version")
    if version != schema.VERSION or isinstance(version, bool):
        at = ("version",) if "version" in table else ()
        table.fault("the version is missing or unknown", f"write version = {schema.VERSION}", *at)
    default = table.choice("default", schema.DEFAULTS)
    return None if default is None else Verb(default)


def _from_server(tables: Iterable[Table]) -> dict[str, Verb]:
    said: dict[str, list[Verb]] = {}
    for table in tables:
        below = table.table("from_server")
        if below is None:
            continue
        below.only(schema.FROM_SERVER)
        for key in sorted(schema.FROM_SERVER):
            word = below.choice(key, schema.TOWARDS_CLIENT)
            said.setdefault(key, []).extend([] if word is None else [Verb(word)])
    return {key: _strictest(words) for key, words in said.items() if words}


def _managed(rule: Rule) -> Rule:
    name = None if rule.id is None else FOLDER + rule.id
    return replace(rule, managed=True, id=name)


def _failing(tables: Iterable[Table], managed: Managed, home: str) -> list[ProfileFault]:
    """A fault for each test that the organisation's rules alone do not pass."""
    alone = Profile(
        "managed",
        managed.rules,
        default=managed.default or Verb.DENY,
        tests=tuple(test for table in tables for test in read_tests(table)),
    )
    return failing_tests(alone, home)


def _strictest(words: Iterable[Verb | None]) -> Verb:
    return max((word for word in words if word is not None), key=_STRICTNESS.index)
