"""What the audit log and the person are told of pins: each change once in a session.

Knows neither pins on disk nor what is shown.
"""

from collections.abc import Callable, Sequence
from typing import Final

from localguard.audit.records import Pin, PinEvent
from localguard.policy.canonical import digest_of
from localguard.policy.differences import differences
from localguard.policy.pins import CHANGED, NEW, Account, Definition, Identity
from localguard.relay.recorder import Recorder
from localguard.text import safe

MOST: Final = 1000
"""Changes that are told in one session: a server can make up any number."""
_PLACES: Final = 20


class PinRecords:
    """Tells of the pins of one server. `notice` tells the person something, on stderr."""

    def __init__(
        self, server: str, recorder: Recorder, notice: Callable[[str], None] = lambda _: None
    ) -> None:
        self._server = server
        self._recorder = recorder
        self._notice = notice
        self._told: set[tuple[str | None, ...]] = set()

    def first(self, account: Account) -> None:
        """The server was seen for the first time, and what of it was listed is pinned."""
        self._tell("first", differs=sorted(account.listed), new=account.digest)

    def differs(self, pinned: Definition | None, live: Definition) -> bool:
        """A definition is new, or another than was pinned; whether that is told just now."""
        if pinned is None:
            return self._tell(NEW, live.item, new=live.digest)
        if ("changed", live.item, live.digest) in self._told:
            return False
        found = differences(pinned.body, live.body)[:_PLACES]
        paths = [safe(one.path, 120) for one in found]
        return self._tell(CHANGED, live.item, paths, pinned.digest, live.digest)

    def removed(self, pinned: Definition) -> bool:
        """A pinned definition is not listed any more; whether that is told just now."""
        return self._tell("removed", pinned.item, old=pinned.digest)

    def instructions(self, before: str | None, now: str | None) -> None:
        """The server's instructions are others than those that were pinned."""
        self._tell("instructions", old=digest_of(before), new=digest_of(now))

    def strange(self, identity: Identity, why: str, *, faulty: bool) -> None:
        """Nothing of the server is known, for a fault or since it is another one."""
        if faulty:
            self.fault(why)
        elif self._tell("identity", new=identity.digest):
            self._say(f"{why}, so everything of it counts as new")

    def fault(self, why: str) -> None:
        """The pins cannot be read or written."""
        if self._tell("fault", differs=[safe(why, 400)]):
            self._say(why)

    def _say(self, words: str) -> None:
        self._notice(
            f"localguard: {self._server}: {words.removesuffix('.')}. "
            f"Review it with: localguard server review {self._server}"
        )

    def _tell(
        self,
        event: PinEvent,
        item: str | None = None,
        differs: Sequence[str] = (),
        old: str | None = None,
        new: str | None = None,
    ) -> bool:
        told = (event, item, new, *(differs if event == "fault" else ()))
        if told in self._told or len(self._told) >= MOST:
            return False
        self._told.add(told)
        shown = None if item is None else safe(item, 300)
        self._recorder.tell(
            Pin(event=event, server=self._server, item=shown, differs=differs, old=old, new=new)
        )
        return True
