"""The record of what a person did to sign in or out, in a terminal or in the console. Pure.

What a guard then sees of it is a record of its own (`people.PersonChange`).
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from localguard.audit.named import Named
from localguard.audit.people import Person

How = Literal["browser", "pasted", "device"]
"""A browser that was opened here; one elsewhere, whose address was pasted; a code (RFC 8628)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAct(Named):
    """A person began to sign in, and what came of it; or they signed out.

    `issuer` is where, `how` the way, None for a sign-out; `who` names the process that they typed
    in. `person` is who then is signed in, or was. `server` is the one that the token is for, None
    for the person's own sign-in; `request` the approval that asked for fresh proof. `refused` where
    the provider said no, and `failed` whatever else kept it from an end, with the `reason`; a
    sign-out has there what its provider has not done.
    """

    kind: ClassVar[str] = "sign_in"
    permits: ClassVar[bool] = True
    names_person: ClassVar[bool] = True
    event: Literal["begun", "signed_in", "refused", "failed", "signed_out"]
    issuer: str
    profile: str
    who: str
    how: How | None = None
    person: Person | None = None
    server: str | None = None
    request: str | None = None
    reason: str | None = None
