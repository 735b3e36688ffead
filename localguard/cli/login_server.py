"""`localguard login SERVER`: a person signs in to a server with a URL, in their browser."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from localguard.audit.sign_in_acts import How
from localguard.cli.choosing import Person as Typist
from localguard.cli.choosing import key_of
from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.cli.sign_in_acts import SigningIn, not_in_log
from localguard.config.active import require_active
from localguard.config.build import profile_names, read_profile
from localguard.config.client_metadata import client_metadata
from localguard.config.paths import Places
from localguard.credentials.asking import Asking, Granted, Plan, Way
from localguard.credentials.fixed import secrets_of_clients
from localguard.credentials.ports import Holder
from localguard.credentials.server_login import login_to_server
from localguard.errors import ProfileFault, SignInFault, UsageFault, VaultFault
from localguard.oauth.addresses import resource_of
from localguard.oauth.wire import Wire
from localguard.policy.people import Identity, Person, SignIn
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.server_auth import OAuth, StaticToken, TokenExchange
from localguard.text import safe
from localguard.vault.named import NamedSecrets
from localguard.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class At:
    """What a sign-in to a server is made with. `person` says who has signed in to a provider.

    `by` is whoever runs the command, and `how` the way in the words of the audit log.
    """

    places: Places
    vault: Vault
    way: Way
    person: Callable[[SignIn], Person]
    out: TextIO
    by: Typist
    how: How


def login_server(
    server: str, at: At, *, profile: str | None = None, scopes: tuple[str, ...] = ()
) -> Exit:
    """Sign in to a server of the profile, or of the active one, and say what was granted.

    `scopes` are asked for beside those that were granted before. Raises UsageFault, ProfileFault,
    VaultFault, AuditFault, and SignInFault with Unreachable and Refused among them.
    """
    found = read_profile(at.places, profile or require_active(at.places, key_of(at.places)))
    url, auth = _place(server, _table(server, found, at.places))
    _require_shared(at.vault)
    document = client_metadata(at.places.config).url
    asking = Asking(server, resource_of(url), auth, _holder(found, at), scopes, document)
    act = SigningIn(at.by, found.name, at.how, server=server)

    def tell(plan: Plan) -> None:
        act.begin(plan.issuer)
        print_lines(at.out, _before(plan))

    with act.watched(), Wire() as wire:
        granted = login_to_server(
            asking,
            at.vault,
            at.way,
            wire=wire,
            secret_of=secrets_of_clients(server, NamedSecrets(at.vault).reveal),
            tell=tell,
        )
    unrecorded = act.made(None if found.sign_in is None else at.person(found.sign_in))
    print_lines(at.out, [*_after(server, granted), *not_in_log(unrecorded)])
    return Exit.OK


def _table(server: str, profile: Profile, places: Places) -> ServerTable:
    table = profile.servers.get(server)
    if table is not None:
        return table
    what = f"the profile {profile.name} names no server {safe(server, 80)}"
    others = tuple(_naming(server, profile, places))
    if others:
        fix = f"localguard login {server} --profile {others[0]}"
        raise UsageFault(what, where=profile.file, fix=fix)
    names = [name for name, one in profile.servers.items() if isinstance(one.auth, OAuth)]
    fix = f"use one of {', '.join(sorted(names))}" if names else 'add one with auth = "oauth"'
    raise UsageFault(what, where=profile.file, fix=fix)


def _naming(server: str, profile: Profile, places: Places) -> Iterator[str]:
    """The other profiles that name a server; a broken one does not count."""
    for name in profile_names(places):
        if name != profile.name:
            try:
                if server in read_profile(places, name, tested=False).servers:
                    yield name
            except ProfileFault:
                continue


def _place(server: str, table: ServerTable) -> tuple[str, OAuth]:
    """Where a server is, and how it is signed in to. Raises UsageFault where nobody can."""
    where = str(table.origin)
    match table.auth:
        case OAuth() if table.url is not None:
            return table.url, table.auth
        case StaticToken(secret):
            what = f"{server} takes the secret {secret} of the vault, and no sign-in"
            raise UsageFault(what, where=where, fix=f"localguard secret set {secret}")
        case TokenExchange():
            what = f"the token for {server} is traded for your own sign-in"
            raise UsageFault(what, where=where, fix="localguard login")
        case _ if table.url is None:
            what = f"{server} is started by a command, and there is nothing to sign in to"
            raise UsageFault(what, where=where, fix="localguard login, to sign in yourself")
        case _:
            what = f"the profile does not say that {server} takes a sign-in"
            raise UsageFault(what, where=where, fix='add auth = "oauth" to the server')


def _holder(profile: Profile, at: At) -> Holder:
    """Whose token it will be: the person's whom the profile asks for, else this machine's user."""
    if profile.sign_in is None:
        return None
    person = at.person(profile.sign_in)
    if isinstance(person, Identity):
        return person.key
    what = f"a token is kept for a person, and {person.reason}"
    raise SignInFault(what, where=profile.file, fix=person.fix)


def _require_shared(vault: Vault) -> None:
    if not vault.shared:
        what = "the vault is in memory, so the token would be gone when this command ends"
        fix = 'write [vault] store = "keyring" or "passphrase" into config.toml'
        raise VaultFault(what, where="config.toml", fix=fix)


def _before(plan: Plan) -> Iterator[str]:
    yield f"To sign in to {plan.server}, your browser goes to {plan.host}."
    yield f"The token comes from {safe(plan.issuer, 200)}, and goes to {safe(plan.resource, 200)}."
    yield f"It asks for: {', '.join(plan.scopes) or 'what the server gives without being asked'}."


def _after(server: str, granted: Granted) -> Iterator[str]:
    yield f"Signed in to {server}. Granted: {', '.join(granted.scopes) or 'no scopes are named'}."
    if granted.lasting:
        yield "The token is renewed by itself, once for all clients."
    elif granted.expires_at is not None:
        ends = datetime.fromtimestamp(granted.expires_at).astimezone()
        minutes = max(round((granted.expires_at - time.time()) / 60), 0)
        yield f"The token ends at {ends:%H:%M} (in {minutes} min); then sign in again."
