"""Where the tokens and secrets of a guard's servers come from, and whose they are at this moment.

What it takes to speak with a provider is loaded when something of it is needed.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from localguard.assembly.accepted import is_accepted_taker, require_accepted
from localguard.config.paths import Places
from localguard.errors import SignInFault
from localguard.identity.cards import cards_folder
from localguard.identity.followed import FollowedIdentity
from localguard.policy.decide import Standing
from localguard.policy.people import Identity, Person, SignIn
from localguard.policy.profile import ServerTable
from localguard.vault.bindings import Binding
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import Vault

Owner = tuple[str, str, str] | None
"""Issuer, subject and session of who has signed in; None is this machine's user."""

OwnTokens = Callable[[SignIn, Identity], Any]
"""The person's own sign-in, a `credentials.ports.Subject`, whose module loads what speaks HTTP.

Blocks. Raises SignInFault and VaultFault (see `assembly.own_tokens`)."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a guard knows that bearers need. Each is asked every time, on any thread.

    `sign_in` is what the profile in force asks for, `person` who has signed in to that. The vault
    and `own_tokens` block. `look` is equal as long as vault and sign-ins are the same, and whether
    a person has accepted the profile. `standing` is the policy in force, which nobody may have
    accepted as it is.
    """

    vault: Callable[[], Vault]
    sign_in: Callable[[], SignIn | None]
    person: Callable[[SignIn], Person]
    own_tokens: OwnTokens
    look: Callable[[], object] = object
    standing: Callable[[], Standing] = lambda: Standing(None)

    def owner(self, server: str) -> Owner:
        """Whose tokens count now. Raises SignInFault where a person has yet to sign in."""
        sign_in = self.sign_in()
        if sign_in is None:
            return None
        person = self.person(sign_in)
        if isinstance(person, Identity):
            return (*person.key, person.session)
        raise SignInFault(person.reason, where=server, fix=person.fix)

    def subject(self, wanted: ServerTable, owner: Owner) -> Any:
        """The person's own sign-in, to be traded for that owner and for nobody who came since.

        `wanted` says what it is traded for, which a person must have accepted. Raises SignInFault
        and VaultFault.
        """
        sign_in, server = self.sign_in(), wanted.name
        if sign_in is None:
            what = "a token can only be traded for a sign-in, and the profile asks for none"
            fix = "add [identity] with issuer and client_id to the profile"
            raise SignInFault(what, where=server, fix=fix)
        require_accepted(self.standing(), wanted)
        person = self.person(sign_in)
        if isinstance(person, Identity) and (*person.key, person.session) == owner:
            return self.own_tokens(sign_in, person)
        what = "who is signed in has changed meanwhile"
        raise SignInFault(what, where=server, fix="repeat the call")

    def secret_of_client(self, server: str) -> Callable[[str, str], str]:
        """How the secret of a client is had, for its issuer and nobody else."""
        fixed = import_module("localguard.credentials.fixed")
        found: Callable[[str, str], str] = fixed.secrets_of_clients(server, self.reveal)
        return found

    def reveal(self, name: str, binding: Binding) -> str:
        """The value of a secret. Raises VaultFault."""
        first = is_accepted_taker(self.standing(), name, binding)
        return NamedSecrets(self.vault()).reveal(name, binding, first=first)


def sources_of(
    where: Places,
    vault: Callable[[], Vault],
    key: Callable[[], bytes],
    seen: Callable[[], Standing],
    clock: Callable[[], float] = time.time,
) -> Sources:
    """What bearers of a guard go by. `key` is that of the seals; `seen` is asked on any thread.

    Who has signed in is followed apart from what calls are judged by, since that is of one thread.
    """
    followed = FollowedIdentity(cards_folder(where.state), key, clock)
    lock = threading.Lock()

    def sign_in() -> SignIn | None:
        profile = seen().profile
        return None if profile is None else profile.sign_in

    def person(asked: SignIn) -> Person:
        with lock:
            return followed.person(asked)

    def own_tokens(asked: SignIn, who: Identity) -> Any:
        opening = import_module("localguard.identity.opening")
        loaded = import_module("localguard.assembly.own_tokens")
        people = opening.open_sign_ins(where.state, vault(), key, clock)
        return loaded.own_tokens(people, asked, who, clock)

    places = (os.path.join(where.vault, "entries"), cards_folder(where.state))
    look = lambda: [seen().confirmed, *map(_changed, places)]  # noqa: E731
    return Sources(vault, sign_in, person, own_tokens, look, seen)


def _changed(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
