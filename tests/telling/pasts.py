"""An audit log of calls, with what persons said to them."""

import os
from pathlib import Path
from typing import Any

from localguard.audit.folders import segments
from localguard.audit.journal import Journal
from localguard.audit.records import Answer, Record
from localguard.config.paths import Places
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import Recent, recent_calls
from tests.audit.makers import Clock, decided, journal

AT = "2026-11-24T21:20:00+00:00"
FACTS = {"at": AT, "identity": "i", "pin": "p"}
USUAL = {
    "server": "files",
    "item": "write",
    "client": "cursor",
    "profile": "work",
    "complete": True,
    "rule": "work.toml:2",
    "facts": FACTS,
    "listed": True,
}


class Log:
    """Writes calls as a guard does."""

    def __init__(self, where: Places, instance: str = "7f3a") -> None:
        self.clock = Clock()
        self.instance = instance
        self.count = 0
        self._folder = Path(where.audit)
        self._journal: Journal | None = None

    @property
    def journal(self) -> Journal:
        if self._journal is None:
            self._journal = journal(self._folder, self.clock, self.instance)
        return self._journal

    def write(self, record: Record) -> None:
        """Write a record; the file's clock and the record's are one, as on any machine."""
        self.journal.write(record)
        for path in segments(str(self._folder)):
            if path.endswith(f"-{self.instance}.jsonl"):
                os.utime(path, (self.clock.now, self.clock.now))

    def next(self) -> str:
        self.clock.now += 1
        self.count += 1
        return f"{self.instance}-{self.count}"

    def call(self, arguments: dict[str, Any] | None = None, **changes: Any) -> str:
        """A call that was decided at once: allowed unless it is said."""
        call = self.next()
        known = {**USUAL, "arguments": arguments or {}, **changes}
        self.write(decided(call, **known))
        return call

    def asked(
        self, arguments: dict[str, Any] | None = None, answer: str | None = None, **changes: Any
    ) -> str:
        """A call that was held, and perhaps answered with `allow` or `deny`."""
        call = self.call(arguments, decision="ask", **changes)
        if answer is not None:
            self.answer(call, answer)
            self.clock.now += 1
            known = {**USUAL, "arguments": arguments or {}, **changes}
            known |= {"decision": answer, "approval": call, "listed": None}
            self.write(decided(call, **known))
        return call

    def answer(self, request: str, decision: Any) -> None:
        """A person's answer to a request."""
        self.clock.now += 1
        self.write(
            Answer(
                request=request,
                server="files",
                item="write",
                decision=decision,
                scope="once",
                who="console, pid 1",
            )
        )


def recent(where: Places, number: int = 500) -> Recent:
    """The last calls in the log."""
    return recent_calls(newest_first(where.audit), number)
