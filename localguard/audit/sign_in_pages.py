"""The record of a page at which a person was asked to sign in again. Pure."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from localguard.audit.named import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage(Named):
    """A client was told of a page, or such a page is over.

    `issuer` and `subject` are whose sign-in alone it renews. `refused` with the `reason` where a
    sign-in was begun and is none; `expired` where none was begun in time.
    """

    kind: ClassVar[str] = "sign_in_page"
    permits: ClassVar[bool] = True
    event: Literal["asked", "signed_in", "refused", "expired"]
    profile: str
    issuer: str
    subject: str
    reason: str | None = None
