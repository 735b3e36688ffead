"""What the console needs to sign a person in, as small protocols. It speaks with no provider.

Whatever takes a person to a browser and back is one awaitable: whoever gives it up cancels it, and
then nothing listens for an answer any more. While it runs it tells where the person has to go. A
refusal and a failure are values, in words for a person; whoever shows one makes it safe first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Protocol

from localguard.control.messages import RequestView
from localguard.telling.people import SignInView
from localguard.telling.server_tokens import ServerView
from localguard.telling.signing_out import SignedOut

IDENTITY: Final = "identity"
"""What the screen of sign-ins is called; it stands over the others."""
Way = Literal["browser", "elsewhere", "device"]
"""By a browser that is opened here; by one that the person opens wherever they are, who then brings
the address at which it ended; or by a code that they type on another device."""


class Visit(NamedTuple):
    """Where a person has to go now. `url` is whole; None where `said` holds all there is.

    `opened` says that a browser was started with it. `paste` takes the address at which it ended,
    where that has to be brought. `said` is what there is to know beside that.
    """

    url: str | None
    opened: bool = False
    said: str = ""
    paste: Callable[[str], None] | None = None


Tell = Callable[[Visit], None]
"""Called on the console's own thread, as often as there is something new."""


@dataclass(frozen=True, slots=True)
class Back:
    """How a person came back. `proof` is the fresh sign-in for one request, for its guard alone."""

    done: bool
    text: str
    proof: str | None = field(default=None, repr=False)


class SignIns(Protocol):
    """Sign-ins, as they stand and as they are made. Nothing here raises."""

    def ways(self) -> Sequence[Way]:
        """The ways there are from this terminal, the best first."""
        ...

    async def known(self) -> Sequence[SignInView | ServerView]:
        """The sign-in of each profile that asks for one, each followed by its servers' tokens.

        What belongs to the profile in force comes first.
        """
        ...

    async def sign_in(self, profile: str, way: Way, tell: Tell) -> Back:
        """Sign in as a profile asks for it."""
        ...

    async def sign_in_to(self, profile: str, server: str, way: Way, tell: Tell) -> Back:
        """Have a token for a server of a profile."""
        ...

    async def prove(self, request: RequestView, way: Way, tell: Tell) -> Back:
        """Sign in anew for one request, by its challenge; the way is never "device"."""
        ...

    async def sign_out(self, profile: str) -> SignedOut:
        """Sign out of a profile's provider, as far as that can be done without a browser."""
        ...

    async def open(self, url: str) -> Back:
        """Show the provider's page on which a session ends, in a browser."""
        ...
