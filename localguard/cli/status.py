"""`localguard status`: what is in force, which guards run, and what waits for a person."""

import time
from dataclasses import asdict
from datetime import datetime
from typing import TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.cli.signed_in import followed, view
from localguard.config.build import read_profile
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.console.hub import Hub, Picture
from localguard.control.messages import GuardView
from localguard.errors import ProfileFault
from localguard.telling.counts import count
from localguard.telling.people import SignInView, standing
from localguard.telling.requests import request_line
from localguard.text import safe


async def status(hub: Hub, where: Places, *, as_json: bool, out: TextIO) -> Exit:
    """Print everything at a glance."""
    picture = hub.picture()
    if as_json:
        signed, _ = _signed_in(where)
        told = None if signed is None else asdict(signed)
        print_json(out, {**_chosen(where), "sign_in": told, **_fields(picture)})
        return Exit.OK
    print_lines(out, _lines(where, picture))
    return Exit.OK


def _lines(where: Places, picture: Picture) -> list[str]:
    chosen = _chosen(where)
    lines = [f"profile   {chosen['profile'] or 'none: localguard profile use NAME'}"]
    signed, unread = _signed_in(where)
    if fault := chosen["fault"] or unread:
        lines.append(f"fault     {safe(str(fault), 400)}")
    if chosen["lockdown"]:
        lines.append("LOCKDOWN  every call is denied, until: localguard lockdown off")
    if chosen["silent"]:
        lines.append("silent    what would be asked is held at once: see localguard approvals list")
    if chosen["observed_until"]:
        end = datetime.fromisoformat(str(chosen["observed_until"]))
        told = "what no rule names is let through: localguard learn"
        lines.append(f"OBSERVED  until {end:%Y-%m-%d %H:%M} {told}")
    if signed is not None:
        lines.append(f"signed in {standing(signed, time.time())}")
    lines.append(f"guards    {len(picture.guards)}")
    lines += [f"  {_guard_line(guard, chosen['profile'])}" for guard in picture.guards]
    lines.append(f"waiting   {count(len(picture.held), 'call')}")
    lines += [f"  {request_line(held.view)}" for held in picture.held]
    return [*lines, *(f"note      {trouble}" for trouble in picture.troubles)]


def _guard_line(guard: GuardView, in_force: object) -> str:
    """A guard, with its profile where that is another one than all follow."""
    client = f"{safe(guard.client or 'a client', 40)} (pid {guard.client_pid})"
    profile = f"{guard.profile or 'no profile'}{', fixed' if guard.fixed else ''}"
    what = "runs" if guard.server_state == "runs" else safe(guard.server_state, 200)
    asked = f"{count(guard.calls, 'call')}, {guard.asked} asked"
    own = () if guard.profile == in_force and not guard.fixed else (profile,)
    told = "  ".join((safe(guard.server, 40), f"for {client}", *own, asked, what))
    return f"{told}{_observed(guard)}"


def _observed(guard: GuardView) -> str:
    """Whether what no rule names passes, and what to type where only the command asks for that."""
    if guard.observed is not None:
        return "  observed"
    if guard.observe is None:
        return ""
    days = -(-guard.observe // 86400)
    name = guard.profile or "NAME"
    return f"  asks to be observed: localguard profile observe {days}d --profile {name}"


def _signed_in(where: Places) -> tuple[SignInView | None, str | None]:
    """The sign-in of the profile in force, if it asks for one, and why it cannot be read."""
    try:
        name = read_choice(where, None).profile
        profile = None if name is None else read_profile(where, name, tested=False)
    except ProfileFault as fault:
        return None, fault.explain()
    if profile is None or profile.sign_in is None:
        return None, None
    return view(profile.name, profile.sign_in, followed(where)), None


def _chosen(where: Places) -> dict[str, object]:
    try:
        choice = read_choice(where, None)
    except ProfileFault as fault:
        unknown = dict.fromkeys(("profile", "lockdown", "silent", "observed_until"))
        return {**unknown, "fault": fault.explain()}
    until = choice.observed_until(choice.profile, time.time())
    end = None if until is None else datetime.fromtimestamp(until).astimezone()
    return {
        "profile": choice.profile,
        "lockdown": choice.lockdown,
        "silent": choice.silent,
        "observed_until": None if end is None else end.isoformat(),
        "fault": None,
    }


def _fields(picture: Picture) -> dict[str, object]:
    return {
        "guards": [asdict(guard) for guard in picture.guards],
        "waiting": [
            {"id": held.view.id, "server": held.view.server, "item": held.view.item}
            for held in picture.held
        ],
        "troubles": list(picture.troubles),
    }
