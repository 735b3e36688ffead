"""A profile from its files: `NAME.toml` of the person's, and what localguard writes beside it.

That is `NAME.remembered.toml`, answers and denials, and `NAME.servers.toml`, the servers that were
taken over from clients. A server stands in one file only: which of two tables counts would be a
guess.
"""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import replace

from localguard.config import schema
from localguard.config.answers import read_answers
from localguard.config.faults import FileFault, ProfileFaults, did_you_mean, raise_any
from localguard.config.identity import read_sign_in
from localguard.config.load import Document, read_document
from localguard.config.paths import PROFILE_NAME, Places
from localguard.config.rules import note_duplicates, note_unanswerable, read_denials, read_rules
from localguard.config.servers import read_servers
from localguard.config.tables import Table, type_word
from localguard.config.tests import failing_tests, read_tests
from localguard.errors import ProfileFault
from localguard.policy.profile import FromServer, Profile, ServerTable
from localguard.policy.rules import Rule, Verb


def read_profile(places: Places, name: str, *, tested: bool = True) -> Profile:
    """The profile of a name, valid and, unless that is left to others, with its tests passed.

    Raises ProfileFault; with `faults_of` each fault of the files is seen, in order.
    """
    paths = places.profile_files(name)
    if not os.path.lexists(paths[0]):
        raise _no_profile(places, name)
    return build(name, _read_documents(paths), places.home, tested=tested)


def profile_names(places: Places) -> tuple[str, ...]:
    """The names of the profiles there are, valid or not, in alphabetical order."""
    try:
        files = os.listdir(places.profiles)
    except OSError:
        return ()
    stems = (file.removesuffix(".toml") for file in files if file.endswith(".toml"))
    return tuple(sorted(stem for stem in stems if PROFILE_NAME.fullmatch(stem)))


def color_for(name: str) -> str:
    """The colour of a profile that names none: always the same for a name."""
    first = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()[0]
    return schema.QUIET_COLORS[first % len(schema.QUIET_COLORS)]


def build(name: str, documents: Sequence[Document], home: str, *, tested: bool = True) -> Profile:
    """The profile that stands in its file, the first, and in those that localguard writes.

    Raises ProfileFaults with everything that is wrong.
    """
    faults: list[ProfileFault] = []
    main, *others = (Table(document.tables, document, faults) for document in documents)
    taken = [table for table in others if table.document.name == f"{name}.servers.toml"]
    remembered = [table for table in others if table not in taken]
    denials = [rule for table in remembered for rule in _remembered(table)]
    answers = [answer for table in remembered for answer in read_answers(table, name)]
    profile = _profile(name, main, denials)
    profile = replace(
        profile,
        servers={**profile.servers, **_taken_over(taken, profile)},
        answers=tuple(answers),
        digest=digest_of(documents),
    )
    note_duplicates((main, *others))
    note_unanswerable(main, profile.rules)
    names = [document.name for document in documents]
    raise_any(faults, names)
    if tested:
        raise_any(failing_tests(profile, home), names)
    return profile


def digest_of(documents: Sequence[Document]) -> str:
    """SHA-256 in hex over the names and bytes of the files."""
    digest = hashlib.sha256()
    for document in documents:
        for part in (document.name.encode(), document.raw):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _read_documents(paths: Sequence[str]) -> list[Document]:
    documents: list[Document] = []
    faults: list[ProfileFault] = []
    # A link that leads nowhere is there: its denials must not vanish in silence.
    for one in (paths[0], *filter(os.path.lexists, paths[1:])):
        try:
            documents.append(read_document(one))
        except ProfileFault as fault:
            faults.append(fault)
    if faults:
        raise ProfileFaults(faults)
    return documents


def _no_profile(places: Places, name: str) -> ProfileFault:
    names = profile_names(places)
    create = f"create {places.profile_file(name)}"
    fix = f"{did_you_mean(name, names).removesuffix('?')}, or {create}" if names else create
    return FileFault(f'there is no profile "{name}"', where=f"{name}.toml", fix=fix)


def _remembered(table: Table) -> tuple[Rule, ...]:
    if not table.document.raw.strip():
        table.fault("the file is empty, and its denials are lost", "restore it, or delete it")
    table.only(schema.REMEMBERED)
    if "version" in table:
        _version(table)
    return read_denials(table)


def _taken_over(tables: Sequence[Table], profile: Profile) -> dict[str, ServerTable]:
    """The servers of their own file."""
    found: dict[str, ServerTable] = {}
    for table in tables:
        table.only(schema.TAKEN_OVER)
        _version(table)
        found |= read_servers(table)
    for name in found.keys() & profile.servers.keys():
        own = profile.servers[name].origin
        what = f"the server {name} is defined in {own} too"
        tables[0].fault(what, "keep the one that you want, and remove the other", "servers", name)
    return found


def _profile(name: str, table: Table, denials: Sequence[Rule]) -> Profile:
    if not _begun(table):
        return Profile(name, ())
    table.only(schema.PROFILE)
    _named(name, table)
    default = table.choice("default", schema.DEFAULTS)
    return Profile(
        name,
        (*read_rules(table), *denials),
        default=Verb.DENY if default is None else Verb(default),
        servers=read_servers(table),
        from_server=_from_server(table),
        tests=tuple(read_tests(table)),
        unknown_methods=table.choice("unknown_methods", schema.METHODS) == "relay",
        pins_strict=table.choice("pins", schema.PINS) == "strict",
        strict_arguments=table.flag("strict_arguments") or False,
        sign_in=read_sign_in(table),
        color=table.choice("color", schema.COLORS) or color_for(name),
        file=table.document.name,
    )


def _begun(table: Table) -> bool:
    """Whether the rest can be read: there is something, in a version that is known."""
    if not table.values:
        fix = f'begin with version = {schema.VERSION} and default = "deny"'
        table.fault("the file is empty", fix)
        return False
    return _version(table)


def _version(table: Table) -> bool:
    version = table.values.get("version")
    if version is None:
        fix = f"write version = {schema.VERSION} into the first line"
        table.fault("version is missing", fix)
        return True
    if isinstance(version, int) and not isinstance(version, bool) and version == schema.VERSION:
        return True
    shown = version if isinstance(version, int | float) else type_word(version)
    fix = f"write version = {schema.VERSION}"
    table.fault(f"version {shown} is not known to this localguard", fix, "version")
    return False


def _named(name: str, table: Table) -> None:
    given = table.text("profile")
    if given is not None and given != name:
        what = f'the profile calls itself "{given}", but its file is {table.document.name}'
        table.fault(what, f'write profile = "{name}", or rename the file', "profile")


def _from_server(table: Table) -> FromServer:
    below = table.table("from_server")
    if below is None:
        return FromServer()
    below.only(schema.FROM_SERVER)
    words = {key: below.choice(key, schema.TOWARDS_CLIENT) for key in sorted(schema.FROM_SERVER)}
    return FromServer(**{key: Verb(word) for key, word in words.items() if word is not None})
