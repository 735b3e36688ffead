"""A profile besides those that are there: from a template, or as a copy of another one.

The servers that clients start come along, so that a switch to it leaves each of them defined: by
the same name and command, which is what their secrets are bound to. What is taken from a profile is
what was accepted of it, for a program may have edited its files since. Never writes over a file.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from localguard import whole_file
from localguard.clients.definitions import planned
from localguard.clients.registry import Registry
from localguard.config.acceptance import LOOK, Version, accepted_version, current_version
from localguard.config.build import build
from localguard.config.choice import Choice
from localguard.config.faults import FileFault, did_you_mean
from localguard.config.lines import Lines
from localguard.config.load import Document
from localguard.config.paths import Places, checked_name, make_private
from localguard.errors import ProfileFault, UsageFault
from localguard.onboarding.templates import NAMES, SignIn, profile_text, write_schema
from localguard.policy.profile import Profile

Tables = dict[str, Mapping[str, object]]
_BARS: Final = "deny"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a profile is made of: a template, or the profile `source` where that is not empty."""

    name: str
    template: str = ""
    source: str = ""
    sign_in: SignIn | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The profile as it is to be written, its tests passed.

    The `servers` came along into it; those that are `left` it cannot have, or nothing says what
    they are.
    """

    profile: Profile
    version: Version
    servers: tuple[str, ...]
    left: tuple[str, ...]


def made(places: Places, choice: Choice, registry: Registry, wanted: Wanted) -> Made:
    """Work it out; nothing is written. Raises UsageFault and ProfileFault."""
    name = checked_name(wanted.name)
    _require_none(places, name)
    if wanted.source:
        own, beside, tables = _copied(places, choice, name, wanted.source)
    else:
        text = profile_text(template_of(wanted), wanted.sign_in)
        own, beside, tables = _document(places.profile_file(name), text.encode()), [], {}
    known = _servers(own).keys() | tables.keys()
    started = _started(places, choice, registry, known, wanted)
    fits = {one: table for one, table in started.items() if _fits(places, own, one, table)}
    tables |= fits
    documents = [own, *beside]
    if tables:
        raw = planned(places, name, tables, own).after or b""
        documents.append(_document(places.servers_file(name), raw))
    profile = build(name, documents, places.home)
    left = (*(started.keys() - fits.keys()), *lacking(registry, profile))
    version = Version(name, tuple(documents))
    return Made(profile, version, tuple(tables), tuple(sorted(set(left))))


def require_made(places: Places, name: str) -> None:
    """Raise ProfileFault, with the way out, for a template that no profile was made from yet."""
    if name in NAMES and not os.path.lexists(places.profile_file(name)):
        what = f"no profile was made from the template {name} yet"
        fix = f"localguard profile create {name} --use"
        raise FileFault(what, where=f"{name}.toml", fix=fix)


def write(places: Places, new: Made) -> None:
    """Write its files, the person's last. Raises ProfileFault, and leaves none of them then."""
    make_private(places.profiles)
    done: list[str] = []
    try:
        write_schema(places)
        for document in reversed(new.version.documents):
            _create(document)
            done.append(document.path)
        whole_file.sync_folder(places.profiles)
    except OSError as error:
        for path in done:
            with suppress(OSError):
                os.unlink(path)
        what = f"it cannot be written ({error.strerror})"
        fix = "free the disk, or give another NAME"
        raise FileFault(what, where=places.profile_file(new.version.name), fix=fix) from error


def lacking(registry: Registry, profile: Profile) -> tuple[str, ...]:
    """The servers that clients are registered with and that a profile does not define."""
    found = dict.fromkeys(row.server for row in registry.entries)
    return tuple(one for one in found if one not in profile.servers)


def template_of(wanted: Wanted) -> str:
    """The template that is meant: one may be told by the profile's name. Raises UsageFault."""
    template = wanted.template or wanted.name
    if template in NAMES:
        return template
    if wanted.template:
        what = f'no template is called "{template}"'
        raise UsageFault(what, fix=did_you_mean(template, NAMES))
    what = f'nothing says what "{template}" is to be made from'
    fix = f"give --template T ({', '.join(NAMES)}), or --from PROFILE"
    raise UsageFault(what, fix=fix)


def _require_none(places: Places, name: str) -> None:
    """A file that lies there already would become a part of it unseen, whoever wrote it."""
    first, *beside = places.profile_files(name)
    if os.path.lexists(first):
        fix = f"localguard profile use {name}, or give another NAME"
        raise FileFault("there is such a profile already", where=first, fix=fix)
    for path in filter(os.path.lexists, beside):
        what = "it is left from a profile that is gone, and would become a part of this one"
        raise FileFault(what, where=path, fix="look at it and move it away, or give another NAME")


def _copied(
    places: Places, choice: Choice, name: str, source: str
) -> tuple[Document, list[Document], Tables]:
    """The files of another profile under a new name, and the servers that stand beside it."""
    version = current_version(places, source)
    if choice.accepted.get(source, version.digest) != version.digest:
        what = f"{source} was changed since it was accepted, so no copy of it is made"
        raise FileFault(what, where=places.profile_file(source), fix=f"{LOOK} {source}")
    first, *others = version.documents
    remembered = os.path.basename(places.remembered_file(source))
    beside = [
        _document(places.remembered_file(name), one.raw) for one in others if one.name == remembered
    ]
    taken = (table for one in others if one.name != remembered for table in _servers(one).items())
    return _document(places.profile_file(name), _renamed(first, name)), beside, dict(taken)


def _renamed(own: Document, name: str) -> bytes:
    """The text of a profile that calls itself by its new name, if it does so at all."""
    if "profile" not in own.tables:
        return own.raw
    lines = own.raw.decode().split("\n")
    lines[own.lines.line_of(("profile",)) - 1] = f'profile = "{name}"'
    return "\n".join(lines).encode()


def _started(
    places: Places, choice: Choice, registry: Registry, known: Iterable[str], wanted: Wanted
) -> Tables:
    """The servers that clients start and that are not known yet.

    Of the active profile all that connect and init have put beside it come along, too, unless
    another profile is copied.
    """
    there, found = set(known), Tables()
    active = choice.profile
    rows = [(row.server, row.profile) for row in registry.entries]
    if active is not None:
        every = {} if wanted.source else _of(places, choice, active, beside=True)
        found |= {server: table for server, table in every.items() if server not in there}
        rows = [*((server, active) for server, _ in rows), *rows]
    for server, profile in rows:
        table = _of(places, choice, profile).get(server)
        if table is not None and server not in there and server not in found:
            found[server] = table
    return {server: _plain(table) for server, table in found.items()}


def _of(places: Places, choice: Choice, name: str, *, beside: bool = False) -> Tables:
    """The servers that were accepted in a profile; only those beside its own file, if so asked."""
    # What is broken, gone or lost is told of by others.
    with suppress(ProfileFault):
        known = name in choice.accepted
        version = accepted_version(places, choice, name) if known else current_version(places, name)
        documents = () if version is None else version.documents[1 if beside else 0 :]
        return {server: table for one in documents for server, table in _servers(one).items()}
    return {}


def _fits(places: Places, own: Document, server: str, table: Mapping[str, object]) -> bool:
    """Whether a profile can have a server: one that asks for a sign-in needs a profile with one."""
    name = os.path.basename(own.path).removesuffix(".toml")
    try:
        planned(places, name, {server: table}, own)
    except ProfileFault:
        return False
    return True


def _plain(table: Mapping[str, object]) -> dict[str, object]:
    """A server without a default of its own that would be laxer than that of the new profile."""
    return {k: value for k, value in table.items() if k != "default" or value == _BARS}


def _servers(document: Document) -> Tables:
    servers = document.tables.get("servers")
    found = servers.items() if isinstance(servers, Mapping) else ()
    return {name: table for name, table in found if isinstance(table, Mapping)}


def _document(path: str, raw: bytes) -> Document:
    text = raw.decode()
    return Document(path, raw, tomllib.loads(text), Lines(text))


def _create(document: Document) -> None:
    descriptor = os.open(document.path, whole_file.CREATE | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(document.raw)
        file.flush()
        os.fsync(descriptor)
