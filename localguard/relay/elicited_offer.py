"""A page at which a person signs in again, as the relay knows it: an address, and its end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from localguard.policy.profile import Profile

Ended = Callable[[bool], None]
"""Told once, on the event loop, when a page is over: whether somebody has signed in."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A page that is open. `words` say what it is for; `after` has somebody told of its end."""

    id: str
    url: str = field(repr=False)
    words: str
    after: Callable[[Ended], None]


class Pages(Protocol):
    """Where such pages come from. Quick, and never raises."""

    def offer(self, profile: Profile, client: str | None) -> Offer | None:
        """The page for a profile that requires a sign-in, and for what calls itself `client`.

        The same one as long as it is open; None where a page can be of no help.
        """
        ...

    def pending(self) -> Offer | None:
        """The page that is open."""
        ...


class NoPages:
    """No page is open, ever."""

    def offer(self, profile: Profile, client: str | None) -> Offer | None:  # noqa: ARG002
        """None can be opened."""
        return None

    def pending(self) -> Offer | None:
        """None is open."""
        return None
