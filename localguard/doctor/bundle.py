"""A report to hand to somebody who helps: what doctor found, and what it looked at, cleaned.

Everything is made in memory first, so that a person can be told what is in it before it is written.
"""

import json
import os
import platform
import sys
import zipfile
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from localguard import __version__, whole_file
from localguard.audit.calls import Calls
from localguard.audit.reader import Entry, Tail
from localguard.doctor import shapes
from localguard.doctor.check import Scene
from localguard.doctor.cleaning import Cleaner
from localguard.errors import AuditFault, ProfileFault, UsageFault
from localguard.telling.entries import as_line

LINES: Final = 200
"""Lines of the log that go into it."""
_DAYS: Final = timedelta(days=30)
_NOBODY: Final = {"issuer": "ISSUER", "subject": "PERSON", "name": "PERSON"}
_PACKAGES: Final = (
    "anyio", "authlib", "click", "cryptography", "h11", "httpx2", "joserfc", "jsonschema",
    "keyring", "orjson", "phonenumberslite", "ruamel.yaml", "sqlglot", "textual",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the report; `about` says in a few words what it holds."""

    name: str
    about: str
    raw: bytes = field(repr=False)


def gathered(scene: Scene, told: Mapping[str, object]) -> tuple[Member, ...]:
    """All that goes into it. `told` is what doctor found, as JSON."""
    cleaner = Cleaner(scene, _hidden(scene))
    return tuple(_members(scene, told, cleaner))


def write(path: str, members: tuple[Member, ...], scene: Scene) -> None:
    """Write a file that is not there yet, and that its owner alone can read. Raises UsageFault."""
    at = scene.now().timetuple()[:6]
    try:
        descriptor = os.open(path, whole_file.CREATE | os.O_EXCL, 0o600)
        with (
            open(descriptor, "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for one in members:
                archive.writestr(zipfile.ZipInfo(one.name, at), one.raw, zipfile.ZIP_DEFLATED)
    except FileExistsError as error:
        raise UsageFault("this file is there already", where=path, fix="name another") from error
    except OSError as error:
        what = f"it cannot be written ({error.strerror})"
        raise UsageFault(what, where=path, fix="name a file that you can write") from error


def _hidden(scene: Scene) -> Iterator[str]:
    try:
        yield from shapes.values_of_profiles(scene)
    except ProfileFault:
        # What cannot be read is not in the report either.
        return


def _members(scene: Scene, told: Mapping[str, object], cleaner: Cleaner) -> Iterator[Member]:
    yield _json("doctor.json", "what was found", cleaner.value(told))
    yield _json("versions.json", "localguard, Python, the system, what it is built on", _versions())
    about = "which files and servers each client has: names, no values"
    yield _json("clients.json", about, cleaner.value(shapes.clients(scene)))
    settings = shapes.toml_shape(scene.places.config)
    yield _json("config.json", "the settings of config.toml", cleaner.value(settings))
    for name, values in shapes.profiles(scene):
        file = f"profiles/{cleaner.text(name.removesuffix('.toml'))}.json"
        yield _json(file, "rules and servers, without values", cleaner.value(values))
    lines = [cleaner.text(line) for line in _log(scene, cleaner)]
    raw = "".join(f"{line}\n" for line in lines).encode()
    yield Member("log.txt", f"the last {len(lines)} lines of the log, without arguments", raw)


def _json(name: str, about: str, value: object) -> Member:
    return Member(name, about, json.dumps(value, indent=1, default=str).encode() + b"\n")


def _versions() -> dict[str, object]:
    found: dict[str, object] = {"localguard": __version__, "python": sys.version}
    found["platform"] = f"{platform.system()} {platform.release()} {platform.machine()}"
    return {**found, "packages": {name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _log(scene: Scene, cleaner: Cleaner) -> list[str]:
    day = (scene.now() - _DAYS).date().isoformat()
    try:
        entries = Calls().join(Tail(scene.places.audit, day).poll(torn=True))
        last = deque(entries, maxlen=LINES)
    except AuditFault as fault:
        return [f"the log cannot be read: {fault.what}"]
    return [as_line(_cleaned(one, cleaner), color=False) for one in last]


def _cleaned(entry: Entry, cleaner: Cleaner) -> Entry:
    """An entry without secrets, and without whose it is.

    A line is cut where it is long, and of a secret that was cut nobody finds the rest.
    """
    record, asked = (_of_nobody(cleaner.value(one)) for one in (entry.record, entry.asked))
    return replace(entry, record=record, asked=asked)


def _of_nobody(record: object) -> Mapping[str, object]:
    known = record if isinstance(record, Mapping) else {}
    person = {"person": _NOBODY} if isinstance(known.get("person"), Mapping) else {}
    return {**known, **person}
