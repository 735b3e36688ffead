"""What a person does to sign in or out, as it goes into the audit log.

That a sign-in begins is on disk before anybody is sent to a page, so that none is made which cannot
be recorded. How it ended follows; a sign-out, which only tightens, waits for nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from localguard.audit.people import Person as Named
from localguard.audit.people import person as named
from localguard.audit.sign_in_acts import How, SignInAct
from localguard.cli.choosing import Person
from localguard.errors import AuditFault, LocalguardError, ProfileFault
from localguard.oauth.faults import Refused
from localguard.policy.people import Identity
from localguard.policy.people import Person as Who


@dataclass
class SigningIn:
    """One sign-in of a person's for a profile; `server` and `request` as in the record."""

    person: Person
    profile: str
    how: How
    issuer: str = ""
    server: str | None = None
    request: str | None = None
    begun: bool = False

    def begin(self, issuer: str) -> None:
        """It is about to begin. Raises AuditFault and ProfileFault."""
        self.issuer = issuer
        self.person.record(self._act())
        self.begun = True

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Record why it came to nothing, where it was begun."""
        try:
            yield
        except BaseException as why:
            if self.begun:
                self._failed(why)
            raise

    def made(self, who: Who | None) -> str | None:
        """Somebody has signed in; why that is not recorded, if it is not."""
        return _tried(self.person, replace(self._act(), event="signed_in", person=_named(who)))

    def _failed(self, why: BaseException) -> None:
        event = replace(
            self._act(),
            event="refused" if isinstance(why, Refused) else "failed",
            reason=why.what if isinstance(why, LocalguardError) else "it was given up",
        )
        _tried(self.person, event)

    def _act(self) -> SignInAct:
        return SignInAct(
            event="begun",
            issuer=self.issuer,
            profile=self.profile,
            who=self.person.who,
            how=self.how,
            server=self.server,
            request=self.request,
        )


def not_in_log(unrecorded: str | None) -> list[str]:
    """What a person is told of that, where it is so."""
    return [] if unrecorded is None else [f"The audit log does not say so: {unrecorded}"]


def signed_out(
    person: Person, profile: str, issuer: str, who: Named | None, not_done: str
) -> str | None:
    """Record that a person has signed out; why that is not recorded, if it is not."""
    return _tried(
        person,
        SignInAct(
            event="signed_out",
            issuer=issuer,
            profile=profile,
            who=person.who,
            person=who,
            reason=not_done or None,
        ),
    )


def _named(who: Who | None) -> Named | None:
    return named(who.signed_in) if isinstance(who, Identity) else None


def _tried(person: Person, act: SignInAct) -> str | None:
    try:
        person.record(act)
    except (AuditFault, ProfileFault) as fault:
        return fault.explain()
    return None
