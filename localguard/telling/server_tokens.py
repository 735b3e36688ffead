"""The tokens that a person's sign-ins give to servers with a URL, in words. Every text is safe."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from localguard.telling.fields import field, moment
from localguard.telling.people import NAME
from localguard.text import safe


@dataclass(frozen=True, slots=True)
class ServerView:
    """A server of a profile that is given a token by a person's sign-in, and how that stands.

    `state` is `never` where there was none, `expired` where it has to be given anew, and `more`
    where the server asks for more than it gives; `fault` says why it cannot be told. `until` is
    when the token at hand ends; one that is renewed without a person has none.
    """

    profile: str
    server: str
    url: str
    state: Literal["never", "in", "expired", "more", "broken"]
    until: float | None = None
    fault: str = ""


def server_standing(view: ServerView, now: float) -> str:
    """How it stands with a server's token, in a few words."""
    match view.state:
        case "never":
            return "never signed in"
        case "expired":
            return "expired: sign in again"
        case "more":
            return "the server asks for more than was granted: sign in again"
        case "broken":
            return safe(view.fault, 200) or "cannot be told"
        case "in":
            return "signed in" + (
                "" if view.until is None else f", until {moment(view.until, now)}"
            )


def server_lines(view: ServerView, now: float) -> Iterator[str]:
    """All that is known of the token of a server, a field on each line."""
    yield field("server", safe(view.server, NAME))
    yield field("profile", safe(view.profile, NAME))
    yield field("url", safe(view.url, 200))
    yield field("token", server_standing(view, now))
    by_hand = f"localguard login {safe(view.server, NAME)} --profile {safe(view.profile, NAME)}"
    yield field("by hand", by_hand)
