"""The tokens that a person's sign-ins give to servers with a URL: there, good, and enough."""

from collections.abc import Iterator
from typing import Final

from localguard.credentials.entries import Entry, entry_name, read_entry
from localguard.credentials.ports import Holder
from localguard.doctor.check import Finding, Scene
from localguard.doctor.findings import Findings
from localguard.doctor.patience import opens, patient
from localguard.errors import SignInFault, VaultFault
from localguard.identity.followed import FollowedIdentity
from localguard.oauth.addresses import resource_of
from localguard.policy.people import Identity
from localguard.policy.profile import Profile
from localguard.policy.server_auth import OAuth
from localguard.telling.fields import moment

_IDENTITY: Final = Findings("identity")


def server_tokens(scene: Scene, profile: Profile, sign_ins: FollowedIdentity) -> Iterator[Finding]:
    """What is found of each server of a profile that a person signs in to."""
    for table in profile.servers.values():
        if not isinstance(table.auth, OAuth) or table.url is None:
            continue
        holder: Holder = None
        if profile.sign_in is not None:
            person = sign_ins.person(profile.sign_in)
            if not isinstance(person, Identity):
                what = f"whose token {table.name} gets is known once somebody is signed in"
                yield _IDENTITY.skip(f"token.{table.name}", what)
                continue
            holder = person.key
        yield _token(scene, table.name, table.url, table.auth, holder)


def _token(scene: Scene, server: str, url: str, auth: OAuth, holder: Holder) -> Finding:
    try:
        name = entry_name(holder, resource_of(url), auth.issuer)
        entry = patient(lambda: _entry(scene, name))
    except (VaultFault, SignInFault) as fault:
        return _IDENTITY.fault(f"token.{server}", fault, "warn")
    if entry is None and _is_kept(scene, name):
        what = f"a token for {server} is kept, and whether it is good takes your passphrase"
        return _IDENTITY.skip(f"token.{server}", what)
    return _standing(server, entry, scene.now().timestamp())


def _entry(scene: Scene, name: str) -> Entry | None:
    """What is kept, if it can be opened; nothing takes no key. Raises VaultFault."""
    if not (opens(scene) and _is_kept(scene, name)):
        return None
    return read_entry(scene.vault(), name)


def _is_kept(scene: Scene, name: str) -> bool:
    return name in scene.vault().names("server")


def _standing(server: str, entry: Entry | None, now: float) -> Finding:
    name, again = f"token.{server}", f"localguard login {server}"
    if entry is None:
        return _IDENTITY.warn(name, f"you have not signed in to {server}", again)
    if not entry.access or not (entry.refresh is not None or entry.alive(now)):
        return _IDENTITY.warn(name, f"your sign-in to {server} has ended", again)
    if entry.demand:
        return _IDENTITY.warn(name, f"{server} asks for more than you granted it", again)
    ends = entry.expires_at
    told = {"issuer": entry.issuer, "renews": "by itself" if entry.refresh else "no"}
    until = "" if ends is None or entry.refresh else f", until {moment(ends, now)}"
    return _IDENTITY.ok(name, f"you are signed in to {server}{until}", told)
