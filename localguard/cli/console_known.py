"""The sign-ins and tokens that the console lists: read from cards and the vault, on a thread.

What a provider should have confirmed long ago is confirmed first, where that takes no person.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from localguard.cli.signed_in import followed, view
from localguard.config.build import profile_names, read_profile
from localguard.config.paths import Places
from localguard.credentials.entries import Entry, entry_name, read_entry
from localguard.credentials.ports import Holder
from localguard.errors import LocalguardError, ProfileFault, SignInFault, VaultFault
from localguard.identity.renewal import renew
from localguard.identity.sign_ins import SignIns
from localguard.oauth.addresses import resource_of
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, SignIn
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.server_auth import OAuth
from localguard.telling.people import SignInView
from localguard.telling.server_tokens import ServerView
from localguard.vault.vault import Vault

_WAIT = 5.0
"""Seconds for another process that is at the same sign-in."""


class KnownSignIns:
    """Everything there is to list, for one thread. It blocks, and never raises."""

    def __init__(
        self,
        places: Places,
        sign_ins: Callable[[], SignIns],
        active: Callable[[], str | None],
    ) -> None:
        self._places = places
        self._followed = followed(places)
        self._sign_ins = sign_ins
        self._active = active

    def listed(self) -> list[SignInView | ServerView]:
        """By profile, that in force first; a profile that cannot be read is told elsewhere."""
        active = self._active()
        names = sorted(profile_names(self._places), key=lambda name: name != active)
        return [one for name in names for one in self._of_profile(name)]

    def _of_profile(self, name: str) -> Iterator[SignInView | ServerView]:
        try:
            profile = read_profile(self._places, name, tested=False)
        except ProfileFault:
            return
        if profile.sign_in is not None:
            self._confirm(profile.sign_in)
            yield view(name, profile.sign_in, self._followed)
        for table in profile.servers.values():
            if isinstance(table.auth, OAuth) and table.url is not None:
                yield self._server(profile, table, table.url, table.auth)

    def _confirm(self, sign_in: SignIn) -> None:
        """Ask the provider, where a sign-in only waits for that."""
        card = self._followed.card(sign_in)
        waits = card is not None and self._followed.renewal_in(sign_in) == 0
        if card is None or not waits or isinstance(self._followed.person(sign_in), Identity):
            return
        # Why it came to nothing is then told of the sign-in itself.
        with suppress(LocalguardError), Wire() as wire:
            renew(sign_in, self._sign_ins(), wire, stale=card.serial, wait=_WAIT)

    def _server(self, profile: Profile, table: ServerTable, url: str, auth: OAuth) -> ServerView:
        told = ServerView(profile.name, table.name, url, "never")
        holder: Holder = None
        if profile.sign_in is not None:
            person = self._followed.person(profile.sign_in)
            if not isinstance(person, Identity):
                return told
            holder = person.key
        try:
            name = entry_name(holder, resource_of(url), auth.issuer)
            return server_view(told, _entry(self._sign_ins().vault, name), time.time())
        except (VaultFault, SignInFault, ProfileFault) as fault:
            return ServerView(profile.name, table.name, url, "broken", fault=fault.explain())


def server_view(told: ServerView, entry: Entry | None, now: float) -> ServerView:
    """How it stands with the token of a server, by what is kept."""
    if entry is None:
        return told
    profile, server, url = told.profile, told.server, told.url
    renews = entry.refresh is not None
    if not entry.access or not (renews or entry.alive(now)):
        return ServerView(profile, server, url, "expired")
    until = None if renews else entry.expires_at
    return ServerView(profile, server, url, "more" if entry.demand else "in", until)


def _entry(vault: Vault, name: str) -> Entry | None:
    """What is kept, without the vault's key where nothing is."""
    return read_entry(vault, name) if name in vault.names("server") else None
