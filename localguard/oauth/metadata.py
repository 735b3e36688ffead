"""A provider's metadata, in which each member may be missing, of another type or an attack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from localguard.errors import SignInFault
from localguard.oauth.addresses import require_safe_url
from localguard.policy.calls import Json

_MAX_WORDS: Final = 500
_PKCE: Final = "code_challenge_methods_supported"


@dataclass(frozen=True, slots=True)
class Said:
    """What an issuer said, each member of which may be anything. Its faults are SignInFault."""

    document: Mapping[str, Json]
    issuer: str

    def endpoint(self, name: str) -> str | None:
        """The address that a member is, None where there is none."""
        value = self.document.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self.unsound(f"its {name} is not an address")
        return require_safe_url(value, what=name, where=self.issuer, named_by=self.issuer)

    def required(self, name: str) -> str:
        """The address that a member must be."""
        found = self.endpoint(name)
        if found is None:
            raise self.unsound(f"its metadata has no {name}")
        return found

    def flag(self, name: str) -> bool:
        """Whether a member is true."""
        return self.document.get(name) is True

    def words(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The strings of a list; the default where the member is no list."""
        value = self.document.get(name)
        if not isinstance(value, list):
            return default
        return tuple(one for one in value[:_MAX_WORDS] if isinstance(one, str))

    def require_pkce(self) -> None:
        """Raise unless S256 is listed (RFC 7636, RFC 8414 section 2)."""
        if "S256" not in self.words(_PKCE):
            what = (
                "it does not say that it takes PKCE with S256, without which a code can be stolen"
            )
            fix = (
                "ask its operator; a provider of sign-ins that is known to take S256 without saying"
                " so can be had with assume_pkce = true in [identity]"
            )
            raise SignInFault(what, where=self.issuer, fix=fix)

    def unsound(self, why: str) -> SignInFault:
        """The fault for metadata that must not be trusted."""
        fix = "check the issuer; if it is right, its operator has to correct this"
        return SignInFault(f"the provider cannot be trusted: {why}", where=self.issuer, fix=fix)
