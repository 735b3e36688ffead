"""Doing what a person has agreed to, in the order in which a crash harms least.

First what is new is written down, so that the next one goes on and a failed one is taken back. Then
the secrets, the profile, that it is in force, the clients' files, and whom each secret is for.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from localguard import whole_file
from localguard.clients.connecting import make
from localguard.clients.definitions import profile_with
from localguard.clients.edit import Stale
from localguard.clients.originals import Originals
from localguard.clients.planning import Connection
from localguard.config import switches
from localguard.config.acceptance import valid_version
from localguard.config.choice import Key
from localguard.config.faults import FileFault
from localguard.config.load import Document
from localguard.config.paths import Places, make_private
from localguard.onboarding.choosing_profile import Chosen
from localguard.onboarding.journal import Journal, read_journal, write_journal
from localguard.onboarding.moving import Moves
from localguard.onboarding.templates import write_schema
from localguard.vault.bindings import Binding, given
from localguard.vault.named import NamedSecrets


@dataclass(frozen=True, slots=True)
class Work:
    """All that is to be done. Without `moves` secrets stay where they are.

    `carried` are servers that go along from the profile that was in force before, and `standing`
    the secrets that stand in plain text in the profile already.
    """

    chosen: Chosen
    connection: Connection
    moves: Moves | None
    carried: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()

    @property
    def is_nothing(self) -> bool:
        """Whether all of it is so already."""
        return not (self.connection.plans or self.chosen.draft or self.chosen.switches)

    @property
    def hidden(self) -> tuple[str, ...]:
        """What must not be shown of it."""
        moved = () if self.moves is None else self.moves.hidden
        return tuple(dict.fromkeys((*self.connection.hidden, *moved)))


@dataclass(frozen=True, slots=True)
class Means:
    """What it is done with. `told` records a choice of the person's before it is made, and raises.

    `bound` says what a server's secrets are bound to, None where that cannot be told yet; with
    `first` the profile in force is chosen by nobody in particular.
    """

    key: Key
    secrets: Callable[[], NamedSecrets]
    originals: Originals
    bound: Callable[[str], Binding | None]
    told: Callable[[str, str], None]
    first: bool


def carry_out(places: Places, work: Work, means: Means, now: datetime) -> tuple[Stale, ...]:
    """Do it; the files that were changed meanwhile are left as they are.

    Raises ProfileFault, VaultFault and AuditFault.
    """
    _note(places, work)
    _keep(work, means)
    if work.chosen.draft is not None:
        _write(places, work.chosen.draft)
    if work.chosen.switches:
        name = work.chosen.name
        _, version = valid_version(places, name)
        told = _telling(means, "profile", name)
        switches.use(places, means.key, version, told, first=means.first)
    stale: tuple[Stale, ...] = ()
    if work.connection.plans:
        titles = dict.fromkeys(one.file.client.title for one in work.connection.taken)
        means.told("connected", ", ".join(titles))
        kept = work.moves is None
        stale = make(places, work.connection, means.key, means.originals, now, backup=kept)
    if work.moves is not None:
        _bind(places, work, means)
    return stale


def _bind(places: Places, work: Work, means: Means) -> None:
    """Say of each secret which server it is for, so that the first start asks nobody."""
    names = {one.name for one in (work.moves.moved if work.moves else ())}
    servers = dict.fromkeys(one.server for one in work.connection.taken)
    tables = profile_with(places, work.chosen.name).servers
    for server in (one for one in servers if one in tables):
        for name in [one for one in given(tables[server]) if one in names]:
            binding = means.bound(server)
            if binding is not None and not _has(means.secrets(), name, binding):
                means.told("secret", f"{name} kept for {server}: {binding.shown}")
                means.secrets().allow(name, binding)


def _has(secrets: NamedSecrets, name: str, binding: Binding) -> bool:
    return any(one.identity == binding.identity for one in secrets.bound(name))


def _note(places: Places, work: Work) -> None:
    """Write down what will be new, with what an unfinished one has written down."""
    draft = work.chosen.draft
    fresh = () if work.moves is None else work.moves.fresh
    journal = Journal(
        work.chosen.name,
        work.chosen.active,
        "" if draft is None else hashlib.sha256(draft.raw).hexdigest(),
        tuple((one.file.path, one.key, one.name) for one in work.connection.taken),
        tuple(one.name for one in fresh),
    )
    before = read_journal(places)
    write_journal(places, journal if before is None else before.joined(journal))


def _keep(work: Work, means: Means) -> None:
    """Put the secrets into the vault that it does not have. Raises VaultFault."""
    if work.moves is not None and work.moves.fresh:
        secrets = means.secrets()
        for one in work.moves.fresh:
            secrets.set(one.name, one.value)


def _telling(means: Means, what: str, value: str) -> Callable[[], None]:
    return lambda: means.told(what, value)


def _write(places: Places, draft: Document) -> None:
    make_private(places.profiles)
    try:
        write_schema(places)
        whole_file.replace(draft.path, draft.raw)
    except OSError as error:
        what = f"it cannot be written ({error.strerror})"
        raise FileFault(what, where=draft.path, fix="free the disk") from error
