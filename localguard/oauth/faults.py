"""How a conversation with a provider fails, by what it means for the tokens at hand."""

from localguard.errors import SignInFault


class Unreachable(SignInFault):
    """Raised when a provider cannot be reached, or cannot serve just now (5xx, 429).

    It says nothing about tokens: whoever holds some keeps them.
    """


class Refused(SignInFault):
    """Raised when a provider says no.

    `error` is its code, such as "invalid_grant" (RFC 6749 section 5.2), or "" where it gave none
    that is well formed. `status` is the HTTP status, 0 where the answer came by a redirect.
    """

    def __init__(
        self, what: str, *, where: str = "", fix: str = "", error: str = "", status: int = 0
    ) -> None:
        super().__init__(what, where=where, fix=fix)
        self.error = error
        self.status = status
