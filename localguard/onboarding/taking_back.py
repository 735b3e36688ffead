"""Taking back all that an `init` has done: as if it had not been, but for the audit log."""

import hashlib
import os
from contextlib import suppress
from datetime import datetime

from localguard.clients.disconnecting import make, planned
from localguard.clients.edit import Stale
from localguard.clients.registry import read_registry
from localguard.config.build import profile_names
from localguard.config.choice import Choice, by_person, change_choice
from localguard.config.paths import Places
from localguard.onboarding.carrying_out import Means
from localguard.onboarding.journal import Journal, end_journal
from localguard.onboarding.templates import schema_path


def take_back(places: Places, journal: Journal, means: Means, now: datetime) -> tuple[Stale, ...]:
    """Disconnect its entries, and remove the profile and the secrets that it made.

    Files that were changed meanwhile are left, and the rest with them. Raises ProfileFault and
    VaultFault.
    """
    key, originals = means.key, means.originals
    registry = read_registry(places, key)
    places_of = {(path, keys, name) for path, keys, name in journal.entries}
    rows = [one for one in registry.entries if (one.path, one.key, one.name) in places_of]
    stale = make(places, planned(places, registry, rows, originals), key, originals, now)
    if stale:
        return stale
    made = _is_made(places, journal)
    change_choice(places, key, lambda choice: _before(choice, journal, made=made))
    if made:
        _remove(places.profile_file(journal.profile))
        if not profile_names(places):
            _remove(schema_path(places))
    for name in journal.secrets:
        means.secrets().remove(name)
    end_journal(places)
    return ()


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _is_made(places: Places, journal: Journal) -> bool:
    """Whether the profile is the one that was made, and nobody has changed it since."""
    try:
        with open(places.profile_file(journal.profile), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest() == journal.made
    except OSError:
        return False


def _before(choice: Choice, journal: Journal, *, made: bool) -> Choice:
    gone = journal.profile if made else None
    accepted = {name: one for name, one in choice.accepted.items() if name != gone}
    confirmed = {name: one for name, one in choice.confirmed.items() if name != gone}
    profile = journal.before if choice.profile == journal.profile else choice.profile
    after = choice._replace(profile=profile, accepted=accepted, confirmed=confirmed)
    return choice if after == choice else by_person(after)
