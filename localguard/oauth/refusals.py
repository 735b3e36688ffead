"""What a provider gives as its reason for a no, made fit to be told (RFC 6749 section 5.2)."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from localguard.oauth.faults import Refused
from localguard.policy.calls import Json
from localguard.text import safe

# RFC 6749 appendix A.7 allows more, but no registered code has any of it.
_ERROR: Final = re.compile(r"[a-z][a-z0-9_.-]{0,63}", re.ASCII)

_FIXES: Final = {
    "access_denied": "sign in again and agree, or ask the provider's operator for access",
    "consent_required": "sign in again and agree to what is asked for",
    "invalid_client": "check client_id and client_secret against what the provider has registered",
    "invalid_grant": "sign in again",
    "invalid_scope": "check the scopes in the profile against what the provider offers",
    "invalid_target": "the provider gives no tokens for this server: ask its operator",
    "login_required": "sign in again",
    "unauthorized_client": "have the provider's operator allow this flow for the client",
}
_OTHER: Final = "try again; if it stays so, ask the provider's operator with this error"


_SECRET: Final = (
    *("code", "code_verifier", "device_code", "refresh_token", "subject_token", "actor_token"),
    *("assertion", "client_assertion", "client_secret", "token"),
)
_TELLTALE: Final = 12
"""Characters of a secret that give it away."""
_SHORTEST: Final = 6
"""Characters; what is shorter is no secret, and stands in any sentence by chance."""


def secrets_of(form: Mapping[str, object]) -> tuple[str, ...]:
    """What of a form nobody may be told."""
    return tuple(value for name in _SECRET if isinstance(value := form.get(name), str) and value)


def refused(
    status: int, said: Mapping[str, Json], where: str, *, secrets: Collection[str] = ()
) -> Refused:
    """The fault for an error of a provider, whose words are made safe. `status` 0: a redirect.

    `secrets` were shown to it: a model and a log read these words, which some providers put what
    they were sent into. Words that repeat a part of one are left out.
    """
    error = error_code(said.get("error"))
    error = "" if _repeats(error, secrets) else error
    told = error or (f"HTTP {status}" if status else "an error without a code")
    description = said.get("error_description")
    shown = safe(description.strip(), 200) if isinstance(description, str) else ""
    if shown and not _repeats(shown, secrets):
        told = f"{told} ({shown})"
    what = f"the provider refuses: {told}"
    return Refused(
        what, where=safe(where, 200), fix=_FIXES.get(error, _OTHER), error=error, status=status
    )


def _repeats(text: str, secrets: Collection[str]) -> bool:
    """Whether a text has one of the secrets in it, or enough of it to know it by."""
    return any(part in text for secret in secrets for part in _parts(secret))


def _parts(secret: str) -> Iterator[str]:
    size = min(len(secret), _TELLTALE)
    if size < _SHORTEST:
        return iter(())
    return (secret[at : at + size] for at in range(len(secret) - size + 1))


def error_code(value: object) -> str:
    """A code that is well formed, else "" (RFC 6749 sections 4.1.2.1 and 5.2)."""
    return value if isinstance(value, str) and _ERROR.fullmatch(value) else ""
