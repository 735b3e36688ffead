"""Leaves: what persons have answered for later calls, shared by all guards through one folder.

Leave for one call is used by one guard alone: whoever first makes the mark of its number. Answers
are looked up as long as they hold. Each file is sealed with a key from the vault, and bound to the
profile as it is in force; one that is broken, forged, expired or another's allows nothing.

A program that runs as the same user can remove files, so a leaf may get lost and a person be asked
again. It can also keep a copy, and bring it back after use: the guard that used the leaf remembers
its number, others know it by the mark, and after its time nobody takes it.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from localguard.approvals.kept import Leave, Remembered
from localguard.approvals.leaf_folder import LeafFault, LeafFolder
from localguard.approvals.leaf_text import ANSWER_PREFIX, Leaf, leave_prefix, read_leaf, text_of
from localguard.errors import LocalguardError
from localguard.policy.grants import Answer
from localguard.policy.people import Identity, Person

_LEAF: Final = re.compile(r"(?:leave-[0-9a-f]{32}|answer)-[0-9a-f]{16}\.json")
_USED: Final = "used-"
_BROKEN: Final = "broken-"
_HOUR: Final = 3600.0
_LONG: Final = 30 * 86_400.0
"""Seconds after which a file that nothing has ended is removed, and a person asked again."""


class Leaves:
    """The leaves that count for one guard.

    `key` gives the key of the seals and may raise LocalguardError. `now` is since the epoch.
    `serial` names the profile as it is in force (`serial_of`). `session` names the client process
    for ever; None where it cannot be told. `notice` tells a person what was wrong with a file.
    `spent` knows from elsewhere that leave was used.
    """

    def __init__(
        self,
        folder: str,
        *,
        key: Callable[[], bytes],
        now: Callable[[], float],
        serial: Callable[[], str],
        session: str | None,
        notice: Callable[[str], None],
        spent: Callable[[Leave], bool] = lambda _: False,
    ) -> None:
        self._folder = LeafFolder(folder)
        self._key = key
        self._now = now
        self._serial = serial
        self._session = session
        self._notice = notice
        self._spent_before = spent
        self._noticed = ""
        self._spent: set[str] = set()

    def give(self, leave: Leave) -> None:
        """Keep leave for one call. Raises LocalguardError where it cannot be kept."""
        self._write(Leaf(leave, _nonce(), self._serial()))

    def remember(self, remembered: Remembered) -> None:
        """Keep an answer. Raises LocalguardError where it cannot be kept."""
        leaf = Leaf(remembered, _nonce(), self._serial())
        if remembered.scope == "session":
            if self._session is None:
                what = "the client's process cannot be told, so no answer can last as long"
                raise LeafFault(what, fix='answer with "15 minutes" instead')
            leaf = replace(leaf, session=self._session)
        self._write(leaf)

    def answers(self) -> tuple[Answer, ...]:
        """The answers that hold for this guard now. Never raises: what is broken is none."""
        found = (leaf.kept for leaf in self._holding(ANSWER_PREFIX))
        return tuple(kept.answer for kept in found if isinstance(kept, Remembered))

    def claim(self, digest: str, question: str) -> str | None:
        """Use up the leave for a call with a digest that raises a question (`question_of`).

        The request that it was given for; None where there is no leave, or another guard was first.
        Never raises.
        """
        at = datetime.fromtimestamp(self._now(), UTC)
        for leaf in self._holding(leave_prefix(digest)):
            kept = leaf.kept
            if not isinstance(kept, Leave) or kept.question != question:
                continue
            if not kept.grant.covers(digest, at) or self._spent_before(kept):
                continue
            if self._take(leaf):
                return kept.request
        return None

    def listed(self, *, anyones: bool = False) -> tuple[Leave | Remembered, ...]:
        """Everything that holds for this guard now, in the order in which it was given.

        With `anyones` also what holds for other client processes alone.
        """
        found = [leaf.kept for leaf in self._holding("", anyones=anyones)]
        return tuple(sorted(found, key=lambda kept: kept.made))

    def remove(self, request: str, *, anyones: bool = False) -> bool:
        """Take back what was given to a request; whether there was anything of what is `listed`."""
        holding = self._holding("", anyones=anyones)
        found = [leaf for leaf in holding if leaf.kept.request == request]
        for leaf in found:
            # The mark first: another guard may be about to use it.
            if isinstance(leaf.kept, Leave):
                self._take(leaf)
            self._folder.remove(leaf.name)
        return bool(found)

    def ends(self, session: str) -> None:
        """A client process is gone, and its answers with it."""
        for leaf in self._leaves(ANSWER_PREFIX):
            if leaf.session == session:
                self._folder.remove(leaf.name)

    def tidy(self) -> None:
        """Remove what holds for nobody any more. Never raises."""
        now = self._now()
        for leaf in self._leaves(""):
            if leaf.kept.until is not None and now >= leaf.kept.until:
                self._folder.remove(leaf.name)
        for name in self._names():
            age = now - (self._folder.written(name) or now)
            if age > (_LONG if _LEAF.fullmatch(name) or name.startswith(_BROKEN) else _HOUR):
                self._folder.remove(name)

    def _write(self, leaf: Leaf) -> None:
        self._folder.write(leaf.name, text_of(leaf, self._key()))
        # Written as often as a person answers, so here it costs nobody's call anything.
        self.tidy()

    def _take(self, leaf: Leaf) -> bool:
        """Whether this guard is the first to use a leaf."""
        first = leaf.nonce not in self._spent and self._mark(leaf.nonce)
        self._spent.add(leaf.nonce)
        self._folder.remove(leaf.name)
        return first

    def _mark(self, nonce: str) -> bool:
        try:
            return self._folder.first(f"{_USED}{nonce}")
        except LeafFault as fault:
            self._tell(fault.explain())
            return False

    def _holding(self, prefix: str, *, anyones: bool = False) -> Iterator[Leaf]:
        now = self._now()
        for leaf in self._leaves(prefix):
            ours = anyones or leaf.session in (None, self._session)
            if ours and leaf.serial == self._serial() and not leaf.expired(now):
                yield leaf

    def _leaves(self, prefix: str) -> list[Leaf]:
        """All leaves that localguard has written, also those that hold no more."""
        names = [one for one in self._names() if one.startswith(prefix) and _LEAF.fullmatch(one)]
        if not names:
            return []
        try:
            key = self._key()
        except LocalguardError as fault:
            self._tell(fault.explain())
            return []
        found = (self._leaf(name, key) for name in names)
        return [leaf for leaf in found if leaf is not None]

    def _leaf(self, name: str, key: bytes) -> Leaf | None:
        try:
            text = self._folder.read(name)
            if text is None:
                return None
            leaf = read_leaf(text, key)
            if leaf.name != name:
                raise ValueError("it is a copy under another name")
        except ValueError as error:
            self._set_aside(name, str(error))
            return None
        return leaf

    def _names(self) -> list[str]:
        try:
            return self._folder.names()
        except LeafFault as fault:
            self._tell(fault.explain())
            return []

    def _set_aside(self, name: str, why: str) -> None:
        aside = f"{_BROKEN}{name}"
        self._folder.move(name, aside)
        where = os.path.join(self._folder.path, aside)
        what = f"an answer that was kept is worth nothing: {why}"
        self._tell(LeafFault(what, where=where, fix="remove it: you are asked again").explain())

    def _tell(self, text: str) -> None:
        """Tell a person once, however often it is found."""
        if text != self._noticed:
            self._noticed = text
            self._notice(text)


def serial_of(profile: str | None, switched: int, person: Person | None) -> str:
    """The profile as it is in force: another one after each switch, and for each sign-in.

    No sign-in has the name of one that was, so what was given in it ends with it.
    """
    signed_in = f"/{person.session}" if isinstance(person, Identity) else ""
    return f"{profile}/{switched}{signed_in}"


def _nonce() -> str:
    return os.urandom(8).hex()
