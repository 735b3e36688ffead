"""How a command chooses for the person: who may, what the log says of it, and how a no is told.

A choice that loosens is taken from a person alone; whoever else tries is refused and recorded. The
record of a choice is on disk before the choice is made, so that what cannot be recorded is not
chosen; only what tightens goes on without.
"""

import os
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

from localguard import seals
from localguard.audit.records import Chosen, Record, RefusedApprover
from localguard.cli.exits import Exit
from localguard.cli.output import print_json
from localguard.config.choice import Key
from localguard.config.paths import Places
from localguard.control.ancestry import Party
from localguard.errors import AuditFault, ProfileFault
from localguard.processes.table import look
from localguard.text import safe
from localguard.vault.keys import Keys


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever has started this command, and what is at hand to choose for them.

    `refusal` says why they may not, with the way out, or None; `record` writes to the audit log and
    raises AuditFault or ProfileFault; `who` is the process that they type in; `ask` puts a question
    to which anything but a whole yes is a no.
    """

    key: Key
    refusal: Callable[[], str | None]
    record: Callable[[Record], None]
    who: str
    ask: Callable[[str], bool]

    def refused(self) -> str | None:
        """Why they may not choose, once that is recorded; None where they may."""
        why = self.refusal()
        if why is not None:
            # There is nothing to undo where the log cannot be written.
            with suppress(AuditFault, ProfileFault):
                self.record(RefusedApprover(who=self.who, why=why))
        return why


class Act:
    """One choice of a person's. `made` says whether it was another than before."""

    def __init__(self, person: Person, what: str, value: str) -> None:
        self.made = False
        self.unrecorded: str | None = None
        self._person = person
        self._record = Chosen(what=what, value=value, who=person.who)

    def must(self) -> None:
        """Record it, for it is about to be made. Raises AuditFault and ProfileFault."""
        self._person.record(self._record)
        self.made = True

    def may(self) -> None:
        """Record it if that can be done: what tightens waits for nothing."""
        self.made = True
        try:
            self._person.record(self._record)
        except (AuditFault, ProfileFault) as fault:
            self.unrecorded = fault.explain()


def key_of(places: Places) -> Key:
    """The key of the seals, from the vault."""
    return lambda: Keys(places.vault).key(seals.NAME).secret


def people_key_of(places: Places) -> Key:
    """The key of the seals of who has signed in."""
    return lambda: Keys(places.vault).key(seals.PEOPLE).secret


def person_of(places: Places) -> Person:
    """The person at the terminal of this process."""
    from localguard.cli.answering import may_answer, on_terminal, one_sided

    def refusal() -> str | None:
        why = one_sided(sys.stdin.isatty(), sys.stdout.isatty())
        return why or may_answer(places.audit, terminal=on_terminal(), live=_guards(places))

    return Person(
        key_of(places),
        refusal,
        lambda record: _write(places, record),
        _parent(),
        _asked,
    )


def print_refusal(what: str, why: str, *, as_json: bool, out: TextIO, err: TextIO | None) -> Exit:
    """Say that something was not done, and the way out; the exit code."""
    if as_json:
        print_json(out, {"refused": why})
    else:
        print(f"localguard: {what}: {safe(why, 1000)}", file=err or sys.stderr)
    return Exit.DENIED


def _write(places: Places, record: Record) -> None:
    from localguard.audit.checkpoints import Signer
    from localguard.audit.journal import Journal
    from localguard.audit.settings import Settings
    from localguard.cli.audit import SIGNING_KEY
    from localguard.config.settings import read_settings

    def signer() -> Signer:
        key = Keys(places.vault).key(SIGNING_KEY)
        return Signer(key.secret, key.protection)

    journal = Journal(
        places.audit,
        clock=time.time,
        monotonic=time.monotonic,
        instance=f"choice-{secrets.token_hex(3)}",
        settings=Settings(witness=read_settings(places.config).witness),
        signer=signer,
    )
    try:
        journal.write(record, durable=True)
    finally:
        journal.close()


def _guards(places: Places) -> Sequence[Party]:
    """The guards that run, by their endpoint files."""
    from localguard.control.endpoint import find
    from localguard.control.faults import ControlFault

    try:
        found = find(places.run).endpoints.values()
    except ControlFault:
        # The audit log names them as well.
        return ()
    return [Party(one.pid, one.born, "guard") for one in found]


def _parent() -> str:
    """The process that has started this one: mostly the person's shell."""
    parent = look(os.getppid())
    return f"pid {os.getppid()}" if parent is None else f"{parent.name} (pid {parent.pid})"


def _asked(question: str) -> bool:
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
