"""`localguard whoami`: who is signed in for a profile, as a guard sees it now."""

import time
from dataclasses import asdict
from typing import TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.cli.sign_ins import profile_of
from localguard.cli.signed_in import followed, view
from localguard.config.choice import Key
from localguard.config.paths import Places
from localguard.telling.people import lines


def whoami(places: Places, key: Key, *, profile: str | None, as_json: bool, out: TextIO) -> Exit:
    """Print who it is; the exit code says whether there is anybody. Raises ProfileFault."""
    found = profile_of(places, key, profile)
    if found.sign_in is None:
        return _not_asked(found.name, as_json=as_json, out=out)
    seen = view(found.name, found.sign_in, followed(places))
    if as_json:
        print_json(out, {**asdict(seen), "signed_in": seen.signed_in})
    else:
        print_lines(out, lines(seen, time.time()))
    return Exit.OK if seen.signed_in else Exit.LOGIN


def _not_asked(profile: str, *, as_json: bool, out: TextIO) -> Exit:
    if as_json:
        print_json(out, {"profile": profile, "issuer": None, "signed_in": False})
    else:
        print_lines(out, [f"the profile {profile} asks for no sign-in"])
    return Exit.OK
