"""Rules that a person could write, from the calls they have let pass: questions, and the answers.

The material is the audit log under one profile; whatever is proposed was tried on it. Nothing here
is made a rule: what a person has chosen becomes a text, and is theirs to save.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from localguard.audit.reader import read
from localguard.config.paths import Places
from localguard.policy.profile import Profile
from localguard.telling.backtest import Recalled
from localguard.telling.known import Known
from localguard.telling.learning_calls import Material, material
from localguard.telling.learning_groups import Group, groups
from localguard.telling.learning_rules import Bench, Proposal, proposals
from localguard.telling.learning_taint import after_open
from localguard.telling.newest import newest_first
from localguard.telling.recent_calls import Recent, recent_calls

LAST: Final = 5000
"""Calls that are learned from."""


@dataclass(frozen=True, slots=True)
class Question:
    """One group of calls with what it could become."""

    group: Group
    proposals: tuple[Proposal, ...]

    def named(self, key: str) -> Proposal | None:
        """The proposal that a person has typed."""
        return next((one for one in self.proposals if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Learning:
    """The questions, those with most evidence first, and what they were made of."""

    questions: tuple[Question, ...]
    material: Material
    bench: Bench
    damaged: int

    def asked(self, group: Group) -> Question:
        """The question about a group, as after a person has picked calls of it."""
        return Question(group, proposals(group, self.bench))


def learning(
    places: Places,
    profile: Profile,
    known: Sequence[Known],
    recalled: Recalled,
    *,
    last: int = LAST,
    since: str = "",
) -> Learning:
    """What can be learned from the last calls under a profile, joined with the organisation's.

    `since` (ISO 8601 in UTC) leaves out what is older. Raises AuditFault.
    """
    recent = _since(recent_calls(newest_first(places.audit), last), since)
    tainted = after_open(read(places.audit))
    found = material(profile, recent, tainted, known, home=places.home, recalled=recalled)
    bench = Bench(profile, known, places.home)
    asked = [Question(one, proposals(one, bench)) for one in groups(found.observations)]
    return Learning(tuple(asked), found, bench, recent.damaged)


def _since(recent: Recent, since: str) -> Recent:
    late = [past for past in recent.calls if str(past.record.get("t", "")) >= since]
    return Recent(late, recent.damaged)
