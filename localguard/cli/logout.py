"""`localguard logout`: the end of a sign-in, each of its parts told as it went.

Anybody may end one: guards then know nobody, which only tightens.
"""

from collections.abc import Iterator
from typing import TextIO

from localguard.cli.choosing import Person
from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.cli.sign_ins import asking
from localguard.cli.signing_out import Ended, end, signed_out
from localguard.config.paths import Places
from localguard.identity.sign_ins import SignIns
from localguard.oauth.wire import Wire
from localguard.telling.people import provider
from localguard.telling.signing_out import server_token_lines, signed_out_lines


def logout(
    places: Places,
    person: Person,
    sign_ins: SignIns,
    *,
    profile: str | None,
    as_json: bool,
    out: TextIO,
) -> Exit:
    """End the sign-in of a profile. Raises UsageFault, ProfileFault, SignInFault and VaultFault."""
    asked = asking(places, person.key, profile)
    with Wire() as wire:
        ended = end(asked, person, sign_ins, wire)
    if as_json:
        print_json(
            out, {"profile": asked.profile, "issuer": asked.sign_in.issuer, **_fields(ended)}
        )
        return Exit.OK
    print_lines(out, _lines(ended, provider(asked.sign_in.issuer)))
    return Exit.OK


def _lines(ended: Ended, host: str) -> Iterator[str]:
    told, page = signed_out(ended), ended.report.end_session
    if not ended.report.was_signed_in:
        yield f"nothing to do: nobody was signed in at {host}"
        yield from server_token_lines(told)
        return
    yield f"Signed out at {host}."
    yield from signed_out_lines(told)
    if page is not None:
        yield "To end the session of your browser too, open:"
        yield page


def _fields(ended: Ended) -> dict[str, object]:
    report = ended.report
    return {
        "was_signed_in": report.was_signed_in,
        "revoked": report.revoked,
        "why_not_revoked": report.why_not or None,
        "removed": report.removed,
        "end_session": report.end_session,
        "servers": [
            {
                "url": one.resource,
                "issuer": one.issuer,
                "revoked": one.revoked,
                "why_not_revoked": one.why_not,
                "removed": one.kept is None,
                "why_not_removed": one.kept,
            }
            for one in ended.tokens
        ],
        "servers_unknown": ended.untold or None,
        "unrecorded": ended.unrecorded,
    }
