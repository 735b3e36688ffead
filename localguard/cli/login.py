"""`localguard login`: a person signs in for a profile, in a browser here or elsewhere.

Whoever signs in is whom rules speak of from then on, so this too is for the person alone: a model
with a shell could otherwise have somebody else sign in.
"""

import sys
from dataclasses import dataclass
from typing import TextIO

from localguard.audit.sign_in_acts import How
from localguard.cli.choosing import Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.cli.sign_in_acts import SigningIn, not_in_log
from localguard.cli.sign_ins import Asking, asking
from localguard.cli.signed_in import followed, view
from localguard.config.paths import Places
from localguard.errors import UsageFault
from localguard.identity.sign_in import Wish, sign_in
from localguard.identity.sign_ins import SignIns
from localguard.identity.ways import ByBrowser, ByDevice, Way
from localguard.oauth.opener import SystemBrowser
from localguard.oauth.paste import PastedRedirect
from localguard.oauth.surroundings import why_no_browser
from localguard.oauth.terminal_line import TerminalLines
from localguard.oauth.wire import Wire
from localguard.telling.people import groups, provider, who
from localguard.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was typed. Without `profile` it is the one in force."""

    profile: str | None = None
    device: bool = False
    no_browser: bool = False
    scopes: tuple[str, ...] = ()


def login(
    places: Places,
    person: Person,
    sign_ins: SignIns,
    wanted: Wanted,
    *,
    out: TextIO,
    err: TextIO | None = None,
    way: Way | None = None,
) -> Exit:
    """Have the person sign in. Raises UsageFault, ProfileFault, SignInFault, VaultFault and
    AuditFault.

    Who is signed in already gives proof anew, which rules with an age of it go by.
    """
    _require_one_way(wanted)
    asked = asking(places, person.key, wanted.profile)
    if (why := person.refused()) is not None:
        return print_refusal("nobody signs in", why, as_json=False, out=out, err=err)
    require_key(sign_ins.vault)
    act = SigningIn(person, asked.profile, how_of(wanted))
    before = view(asked.profile, asked.sign_in, followed(places))
    wish = Wish(fresh=before.signed_in and not wanted.device, scopes=wanted.scopes)
    print_lines(out, [_intent(asked, fresh=wish.fresh)])
    chosen = way or way_of(wanted, err or sys.stderr)
    act.begin(asked.sign_in.issuer)
    with act.watched(), Wire() as wire:
        found = sign_in(asked.sign_in, sign_ins, wire, chosen, wish=wish)
    unrecorded = act.made(found)
    print_lines(out, [*_done(places, asked, sign_ins), *not_in_log(unrecorded)])
    return Exit.OK


def login_to(
    places: Places,
    person: Person,
    vault: Vault,
    server: str,
    wanted: Wanted,
    *,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Have the person sign in to a server with a URL. Raises as `login`."""
    from localguard.cli.login_server import At, login_server

    _require_one_way(wanted)
    if (why := person.refused()) is not None:
        return print_refusal("nobody signs in", why, as_json=False, out=out, err=err)
    require_key(vault)
    way = way_of(wanted, err or sys.stderr)
    at = At(places, vault, way, followed(places).person, out, person, how_of(wanted))
    return login_server(server, at, profile=wanted.profile, scopes=wanted.scopes)


def _require_one_way(wanted: Wanted) -> None:
    if wanted.device and wanted.no_browser:
        raise UsageFault("--device and --no-browser are two ways", fix="give one of them")


def _intent(asked: Asking, *, fresh: bool) -> str:
    at = provider(asked.sign_in.issuer)
    anew = " anew" if fresh else ""
    return f"Signing in{anew} at {at}, as the profile {asked.profile} asks for. Ctrl-C gives up."


def require_key(vault: Vault) -> None:
    """Raises VaultFault where nothing can be kept: before a person has been at a page in vain."""
    vault.fingerprint(b"")


def how_of(wanted: Wanted) -> How:
    """What the audit log calls the way."""
    if wanted.device:
        return "device"
    return "pasted" if wanted.no_browser or why_no_browser() is not None else "browser"


def way_of(wanted: Wanted, err: TextIO) -> Way:
    """A browser here if the person can see it; an address to paste can be brought in any case."""
    if wanted.device:
        return ByDevice(lambda line: print(line, file=err, flush=True))
    lines, why = TerminalLines(sys.stdin.fileno()), why_no_browser()
    if wanted.no_browser or why is not None:
        return ByBrowser(PastedRedirect(err, lines, why=why or ""))
    told = SystemBrowser(told=lambda said: print(said, file=err, flush=True))
    return ByBrowser(PastedRedirect(err, lines, browser=told))


def _done(places: Places, asked: Asking, sign_ins: SignIns) -> list[str]:
    seen = view(asked.profile, asked.sign_in, followed(places))
    if not seen.signed_in:
        # Tokens that a policy finds too old at once; the reason says which part of it.
        return [f"Signed in, and yet nobody to this profile: {seen.reason}. Fix: {seen.fix}"]
    lines = [f"Signed in as {who(seen)} at {provider(seen.issuer)}."]
    if seen.groups is not None:
        lines.append(f"Groups: {groups(seen)}")
    return [*lines, *_limits(asked, sign_ins)]


def _limits(asked: Asking, sign_ins: SignIns) -> list[str]:
    """What will end the sign-in sooner than a person thinks."""
    if not sign_ins.vault.shared:
        said = 'the vault is in memory (store = "memory"), so nothing renews this sign-in'
        return [f"Note: {said}; it holds for claims_max_age."]
    entry = sign_ins.entry(asked.sign_in)
    if entry is not None and entry.tokens.refresh is None:
        said = "the provider gave no refresh token, so it is not asked again"
        return [f"Note: {said}; sign in again after claims_max_age."]
    return []
