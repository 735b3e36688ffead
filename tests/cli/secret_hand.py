"""Someone at a keyboard, and a vault of theirs whose key lies in a file."""

from dataclasses import dataclass, field
from pathlib import Path

from localguard.audit.records import Chosen, Record
from localguard.cli.choosing import Person
from localguard.vault.named import NamedSecrets
from tests.config.remembering import key
from tests.vault.makers import vault_in

OUTSIDE = "an answer is taken from a terminal only; open a terminal of your own"


@dataclass
class Hand:
    """With `why` they are no person; `answer` is what they say to a question."""

    why: str | None = None
    answer: bool = True
    records: list[Record] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def person(self) -> Person:
        return Person(key, lambda: self.why, self.records.append, "zsh (pid 7)", self._ask)

    @property
    def chosen(self) -> list[tuple[str, str]]:
        return [(one.what, one.value) for one in self.records if isinstance(one, Chosen)]

    def _ask(self, question: str) -> bool:
        self.asked.append(question)
        return self.answer


def secrets_in(folder: Path) -> NamedSecrets:
    return NamedSecrets(vault_in(folder), lambda: "2026-11-27T10:00:00+00:00")
