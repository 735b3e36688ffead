"""Whoever runs a command that chooses: what they may, what they answer, what was recorded."""

from dataclasses import dataclass, field

from localguard.audit.records import Record
from localguard.cli.choosing import Person
from localguard.config.paths import Places
from localguard.errors import AuditFault
from tests.config.makers import key_of

OUTSIDE = "this process was started by a client of localguard; open a terminal of your own"


@dataclass
class Visitor:
    """Someone at a home. `may` says that they are the person, `yes` what they answer.

    With `deaf` the audit log takes nothing. `lines` are what they type to other questions.
    """

    where: Places
    may: bool = True
    yes: bool = True
    deaf: bool = False
    lines: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    @property
    def person(self) -> Person:
        """As commands see them."""
        refusal = None if self.may else OUTSIDE
        return Person(key_of(self.where), lambda: refusal, self._write, "zsh (pid 7)", self._answer)

    def typed(self, question: str) -> str:
        """The next of the lines that they type; nothing once there is none."""
        self.questions.append(question)
        return self.lines.pop(0) if self.lines else ""

    def _write(self, record: Record) -> None:
        if self.deaf:
            raise AuditFault("the audit log cannot be written")
        self.records.append(record)

    def _answer(self, question: str) -> bool:
        self.questions.append(question)
        return self.yes
