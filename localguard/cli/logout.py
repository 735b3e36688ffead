"""`localguard logout`: the end of a sign-in, each of its three parts told as it went.

Anybody may end one: guards then know nobody, which only tightens.
"""

from typing import TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.cli.sign_ins import asking
from localguard.config.choice import Key
from localguard.config.paths import Places
from localguard.identity.sign_ins import SignIns
from localguard.identity.signing_out import Report, sign_out
from localguard.oauth.wire import Wire
from localguard.telling.people import provider
from localguard.telling.signing_out import SignedOut, signed_out_lines


def logout(
    places: Places, key: Key, sign_ins: SignIns, *, profile: str | None, as_json: bool, out: TextIO
) -> Exit:
    """End the sign-in of a profile. Raises UsageFault, ProfileFault, SignInFault and VaultFault."""
    asked = asking(places, key, profile)
    with Wire() as wire:
        report = sign_out(asked.sign_in, sign_ins, wire)
    if as_json:
        print_json(
            out, {"profile": asked.profile, "issuer": asked.sign_in.issuer, **_fields(report)}
        )
        return Exit.OK
    host = provider(asked.sign_in.issuer)
    if not report.was_signed_in:
        print_lines(out, [f"nothing to do: nobody was signed in at {host}"])
        return Exit.OK
    print_lines(out, [f"Signed out at {host}.", *signed_out_lines(signed_out(report))])
    if report.end_session is not None:
        print_lines(out, ["To end the session of your browser too, open:", report.end_session])
    return Exit.OK


def signed_out(report: Report) -> SignedOut:
    """The report in the words of commands and console."""
    return SignedOut(
        report.revoked,
        # Nothing was there to begin with, or it is gone: either way nothing is left.
        removed=True,
        revoked_said=report.why_not,
        page=report.end_session,
    )


def _fields(report: Report) -> dict[str, object]:
    return {
        "was_signed_in": report.was_signed_in,
        "revoked": report.revoked,
        "why_not_revoked": report.why_not or None,
        "removed": report.removed,
        "end_session": report.end_session,
    }
