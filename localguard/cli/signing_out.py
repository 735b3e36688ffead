"""The end of a sign-in, with the tokens for servers that hang on it: for command and console."""

from dataclasses import dataclass

from localguard.audit.people import Person as Named
from localguard.cli.choosing import Person
from localguard.cli.sign_in_acts import signed_out as recorded
from localguard.cli.sign_ins import Asking
from localguard.credentials.fixed import secrets_of_issuers
from localguard.credentials.forgetting import Forgotten, forget_tokens
from localguard.errors import VaultFault
from localguard.identity.session_policy import identity_of
from localguard.identity.sign_ins import SignIns
from localguard.identity.signing_out import WAIT, Report, sign_out
from localguard.oauth.wire import Wire
from localguard.telling.signing_out import ServerToken, SignedOut
from localguard.vault.named import NamedSecrets


@dataclass(frozen=True, slots=True)
class Ended:
    """How a sign-out went. `tokens` are those for servers; `untold` says why there are none.

    `unrecorded` is why the audit log does not have it; None where it does.
    """

    report: Report
    tokens: tuple[Forgotten, ...] = ()
    untold: str = ""
    unrecorded: str | None = None

    @property
    def did(self) -> bool:
        """Whether there was anything to end."""
        return self.report.was_signed_in or bool(self.tokens)


def end(
    asked: Asking, person: Person, sign_ins: SignIns, wire: Wire, *, wait: float = WAIT
) -> Ended:
    """End a sign-in and its tokens. Raises VaultFault and SignInFault where it cannot be ended."""
    who = _who(asked, sign_ins)
    report = sign_out(asked.sign_in, sign_ins, wire, wait=wait)
    tokens, untold = _forgotten(asked, who, sign_ins, wire)
    ended = Ended(report, tokens, untold)
    if not ended.did:
        return ended
    issuer, not_done = asked.sign_in.issuer, "; ".join(_not_done(ended))
    unrecorded = recorded(person, asked.profile, issuer, who, not_done)
    return Ended(report, tokens, untold, unrecorded)


def signed_out(ended: Ended) -> SignedOut:
    """How it went, in the words of commands and console."""
    report = ended.report
    return SignedOut(
        report.revoked,
        # Nothing was there to begin with, or it is gone: either way nothing is left.
        removed=True,
        revoked_said=report.why_not,
        page=report.end_session,
        servers=[
            ServerToken(one.resource, one.revoked, one.why_not or "", one.kept)
            for one in ended.tokens
        ],
        servers_said=ended.untold,
        unrecorded=ended.unrecorded or "",
    )


def _who(asked: Asking, sign_ins: SignIns) -> Named | None:
    """Whose sign-in it is; also of one that is over, whose tokens for servers may be left."""
    card = sign_ins.card(asked.sign_in)
    if card is None:
        return None
    who = identity_of(card, asked.sign_in)
    return {"issuer": who.issuer, "subject": who.subject, "name": who.name}


def _forgotten(
    asked: Asking, who: Named | None, sign_ins: SignIns, wire: Wire
) -> tuple[tuple[Forgotten, ...], str]:
    if who is None:
        return (), ""
    vault, holder = sign_ins.vault, (asked.sign_in.issuer, who["subject"])
    try:
        return forget_tokens(vault, holder, wire, secrets_of_issuers(NamedSecrets(vault))), ""
    except VaultFault as fault:
        return (), fault.what


def _not_done(ended: Ended) -> list[str]:
    """What a sign-out has left to others, for the log."""
    left = [f"the provider has not revoked the tokens: {ended.report.why_not}"]
    said = left if ended.report.revoked is False else []
    for one in ended.tokens:
        if one.kept is not None:
            said.append(f"the token for {one.resource} is still here: {one.kept}")
        if one.revoked is False:
            said.append(f"the token for {one.resource} is not revoked: {one.why_not}")
    return [*said, ended.untold] if ended.untold else said
