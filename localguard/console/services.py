"""What the screens need beside the hub, as small protocols.

The console holds no power: files are read, written and judged by whoever implements these, and the
composition of the program does that. A refusal is a value, in words for a person. Whoever shows
one of these texts makes it safe first.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from localguard.config.paths import Places
from localguard.console.clients.ports import Clients
from localguard.console.hub import Hub
from localguard.console.sign_ins import SignIns
from localguard.control.messages import Match, RequestView, Scope
from localguard.telling.people import SignInView


class Told(NamedTuple):
    """What became of a wish, in one sentence; `done` is False for a refusal, with the way out."""

    done: bool
    text: str


class Fixing(NamedTuple):
    """An argument that is fixed, as `config.fixed.Fixed` is one."""

    path: tuple[str, ...]
    test: Literal["is", "under", "host"]
    value: str | bool | int | float


@dataclass(frozen=True, slots=True)
class Choice:
    """A wider answer than once. `fixed` counts with the match "some", `forever` with "always"."""

    scope: Scope
    allow: bool
    match: Match
    fixed: tuple[Fixing, ...] = ()
    forever: bool = False


class Preview(NamedTuple):
    """What an "always" would write: `toml` byte for byte, after line `line` of `file`.

    `backtest` says how many of the last calls it would have settled. `refused` says why it cannot
    be written; the rest is empty then.
    """

    toml: str
    file: str
    line: int
    backtest: str
    refused: str | None = None


class Earlier(NamedTuple):
    """What is known of earlier calls to the same target from the audit log.

    `arguments` is JSON of the last one that was let through, at `at` seconds since the epoch; None
    where there is none. `hosts` are those that calls of the same server have named. `straight` is
    how often in a row a person said yes to what the same rule asked of the same item, where that is
    so often that it is worth a rule; else 0.
    """

    arguments: str | None = None
    at: float | None = None
    hosts: frozenset[str] = frozenset()
    straight: int = 0


class Profile(NamedTuple):
    """The profile in force: its name, and the colour its file gives it, both as they are written.

    `fault` says why it cannot be used. `known` is False as long as nobody has looked yet.
    `lockdown` and `silent` are as the person has chosen, whatever a guard says. `observed` is until
    when what only the default denies is let through, in seconds since the epoch.
    """

    name: str | None
    color: str | None = None
    fault: str | None = None
    known: bool = True
    lockdown: bool = False
    silent: bool = False
    observed: float | None = None


class Remembering(Protocol):
    """Writes, and takes back, what a person answers for good."""

    async def preview(self, request: RequestView, choice: Choice) -> Preview:
        """What `remember` would write, exactly."""
        ...

    async def remember(self, request: RequestView, choice: Choice, preview: Preview) -> Told:
        """Write what was shown, or nothing where it would now be another text."""
        ...

    async def undo(self) -> Told:
        """Take back the last rule or answer that was remembered from a console."""
        ...


class Switches(Protocol):
    """Switches for all guards of this person."""

    async def lockdown(self, *, on: bool) -> Told:
        """Deny every call, or end that."""
        ...

    async def silent(self, *, on: bool) -> Told:
        """Hold at once whatever would be asked, or end that."""
        ...


class Past(Protocol):
    """What the audit log says of calls like this one."""

    async def earlier(self, request: RequestView) -> Earlier:
        """The last call to the same target that was let through."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """All of them. `profile` and `signed_in` are asked at each drawing of the header: be quick.

    What no first screen needs is given by a callable, which loads it when it is first called.
    """

    places: Places
    profile: Callable[[], Profile]
    remembering: Callable[[], Remembering]
    switches: Callable[[], Switches]
    past: Callable[[], Past]
    begin: Callable[[], None] = lambda: None
    """Called once the first screen is drawn: loads what could wait until then."""
    edit: Callable[[str], Awaitable[str | None]] | None = None
    """Runs the person's editor on a text in the terminal; None where nothing was changed."""
    signed_in: Callable[[], SignInView | None] = lambda: None
    """The sign-in of the profile in force; None where it asks for none."""
    sign_ins: Callable[[], SignIns] | None = None
    """Sign-ins as they are made; None where there is no way to make one."""
    clients: Callable[[], Clients | None] = lambda: None
    """The files of desktop clients; None where nobody looks at them. Asked at each drawing, too."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every screen is made with. `clock` is seconds since the epoch, `monotonic` for delays.

    `monotonic` is the clock by which Textual stamps events. `pages` are the words of the screens,
    in the order of their keys, which are their modes too.
    """

    hub: Hub
    services: Services
    clock: Callable[[], float]
    monotonic: Callable[[], float]
    pages: tuple[str, ...] = ()
    seen: set[str] = field(default_factory=set)
    """The ids of missed requests that a person has looked at in this console."""
