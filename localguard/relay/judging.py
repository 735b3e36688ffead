"""Steps 2 and 3 of a call: it is built with the facts of the moment, and policy decides.

The same for a call that comes in and for one that is held and judged again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from localguard.policy.calls import Arguments, Call
from localguard.policy.decide import BUILT_IN, Standing, decide
from localguard.policy.decisions import Decision, Deny
from localguard.relay.counting import Counting
from localguard.relay.world import Known, World


class PolicySource(Protocol):
    """Where the policy in force comes from; asked anew for every call."""

    def standing(self) -> Standing:
        """The policy in force now."""
        ...


class Definitions(Protocol):
    """What is known of the server's items from its listings and from the person's review."""

    def known(self, item: str) -> Known:
        """The marks and the pin of an item, as calls to it are judged by."""
        ...

    def misfit(self, item: str, arguments: Arguments) -> str | None:
        """Why the arguments do not fit the pinned schema of a tool; None where they do."""
        ...


Objection = Callable[[Standing], str | None]
"""Why no call may reach the server as it was started, whatever the rules say; None if it may."""


def _nothing() -> None:
    """What most servers lack."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Where the facts of a call come from.

    `lacking` says what a person has to give before any call can be made: what the server has is
    still shown.
    """

    world: World
    definitions: Definitions
    counting: Counting
    now: Callable[[], datetime]
    lacking: Callable[[], str | None] = _nothing


class Judging:
    """Judges the calls to one server."""

    def __init__(self, server: str, facts: Facts, objection: Objection) -> None:
        self.client: str | None = None
        self.facts = facts
        self._server = server
        self._launched = objection
        self._trouble: str | None = None

    def serve(self, facts: Facts, objection: Objection) -> None:
        """Judge calls to a server that was started anew."""
        self.facts, self._launched, self._trouble = facts, objection, None

    def object(self, trouble: str | None) -> None:
        """Deny every call to the server that runs now; None takes that back."""
        self._trouble = trouble

    def objection(self, standing: Standing) -> str | None:
        """Why no call may reach the server as it stands; None if it may."""
        return self._trouble or self._launched(standing)

    def call(
        self, standing: Standing, item: str, arguments: Arguments, *, strict: bool = False
    ) -> Call:
        """The call to an item as it stands now. `strict` looks at its schema in any case."""
        made, profile = self.facts, standing.profile
        fitted = strict or (profile is not None and profile.strict_arguments)
        return made.world.call(
            profile,
            (self._server, item),
            arguments,
            at=made.now(),
            client=self.client,
            known=made.definitions.known(item),
            seen=made.counting.seen(profile, self._server, item),
            misfit=made.definitions.misfit(item, arguments) if fitted else None,
            person=standing.person,
        )

    def again(self, standing: Standing, call: Call, *, edited: bool) -> Call:
        """A held call as it stands now. What its limits have counted, they have counted for it."""
        fresh = self.call(standing, call.item, call.arguments, strict=edited)
        kept = replace(fresh.facts, client=call.facts.client, spent=call.facts.spent)
        return replace(fresh, facts=kept)

    def decide(self, standing: Standing, call: Call) -> Decision:
        """What the policy says of a call, and before it whether any may reach the server.

        Lockdown comes first, since its way out is another one.
        """
        unmet = standing.profile is None or standing.locked
        objection = None if unmet else self.objection(standing) or self.facts.lacking()
        return decide(standing, call) if objection is None else Deny(BUILT_IN, objection)
