"""`learn`: rules from the calls of the past, one question at a time, saved when the diff was seen.

What is written goes to the end of the person's own profile and is accepted with it, so it is taken
from a person at a terminal alone (`choosing`). With a dry run everything is told and nothing asked.
"""

import difflib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.learn_asking import Asking, Type
from localguard.cli.output import print_fault, print_json, print_lines
from localguard.config.acceptance import Version, valid_version
from localguard.config.active import require_active
from localguard.config.appended import extended, require_accepted, save
from localguard.config.choice import read_choice
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.config.tables import Unfit
from localguard.config.values import read_duration
from localguard.errors import ProfileFault, UsageFault
from localguard.policy.profile import Profile
from localguard.telling.backtest import Recalled
from localguard.telling.changes import changed, changed_lines
from localguard.telling.counts import count
from localguard.telling.known import Known, Source
from localguard.telling.learning import Learning, Question, learning
from localguard.telling.learning_entries import entries
from localguard.telling.learning_lines import fields, nothing_lines, question_lines, rest_lines
from localguard.text import safe

_WIDE: Final = 4000
"""Characters of a line of the difference."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where `learn` reads and writes, and the moment that it is at."""

    out: TextIO
    type: Type
    now: datetime
    err: TextIO | None = None


def learn(
    places: Places,
    name: str | None,
    person: Person,
    desk: Desk,
    *,
    source: Source,
    recalled: Recalled,
    since: str | None = None,
    dry_run: bool = False,
    as_json: bool = False,
) -> Exit:
    """Ask, show the difference, and save it at a yes.

    Raises AuditFault, PinFault and UsageFault.
    """
    try:
        profile, before = valid_version(places, name or require_active(places, person.key))
        known = source(places)
        whole = joined(profile, read_managed(places))
        began = _began(since, desk.now)
        found = learning(places, whole, known, recalled, since=began)
        if dry_run or as_json:
            return _told(found, desk, as_json=as_json)
        if not found.questions:
            print_lines(desk.out, nothing_lines(found))
            return Exit.OK
        if (why := person.refused()) is not None:
            what = "nothing is learned (--dry-run only shows what could be)"
            return print_refusal(what, why, as_json=False, out=desk.out, err=desk.err)
        require_accepted(read_choice(places, person.key), before)
        texts = _chosen(found, desk)
        return _Saving(places, person, desk, profile, before, known).of(texts)
    except ProfileFault as fault:
        return print_fault(desk.out, fault, as_json=as_json)


def _began(since: str | None, now: datetime) -> str:
    """The moment from which on calls count, as records have it."""
    if since is None:
        return ""
    try:
        seconds = read_duration(since)
    except Unfit as unfit:
        raise UsageFault(unfit.what, fix=unfit.fix) from unfit
    return f"{(now - timedelta(seconds=seconds)).astimezone(UTC):%Y-%m-%dT%H:%M:%S}"


def _told(found: Learning, desk: Desk, *, as_json: bool) -> Exit:
    if as_json:
        print_json(desk.out, fields(found))
    elif found.questions:
        print_lines(desk.out, _dry(found, desk.now))
    else:
        print_lines(desk.out, nothing_lines(found))
    return Exit.OK


def _dry(found: Learning, now: datetime) -> Iterator[str]:
    """Every question with the text of its narrowest rule."""
    for number, question in enumerate(found.questions, 1):
        yield from question_lines(question, number, len(found.questions))
        yield from (f"      + {line}" for line in _narrowest(question, found, now))
        yield ""
    yield from rest_lines(found)
    yield "Nothing was asked and nothing is changed."


def _narrowest(question: Question, found: Learning, now: datetime) -> Sequence[str]:
    first = next(iter(question.proposals), None)
    if first is None or not question.group.counted:
        return ()
    return entries(question.group, first, found.bench, now).splitlines()


def _chosen(found: Learning, desk: Desk) -> Sequence[str]:
    def show(line: str) -> None:
        print(safe(line, _WIDE), file=desk.out, flush=True)

    asking = Asking(found, desk.type, show, desk.now)
    asking.run()
    print_lines(desk.out, rest_lines(found))
    return asking.texts


@dataclass(frozen=True, slots=True)
class _Saving:
    """How what was chosen is saved, once its difference was seen."""

    places: Places
    person: Person
    desk: Desk
    profile: Profile
    before: Version
    known: Sequence[Known]

    def of(self, texts: Sequence[str]) -> Exit:
        """Show what would be saved, and save it at a yes. Raises ProfileFault and AuditFault."""
        out, file = self.desk.out, self.profile.file
        if not texts:
            print_lines(out, ["No rule was chosen, so nothing has changed."])
            return Exit.OK
        after = extended(self.before, "\n".join(texts), self.places.home)
        for line in self._difference(after):
            print(safe(line, _WIDE), file=out)
        if not self.person.ask(f"Save {count(len(texts), 'rule')} to {file}?"):
            print_lines(out, ["Nothing was saved, so nothing has changed."])
            return Exit.FAILURE
        act = Act(self.person, "learned", f"{self.profile.name} {after.digest}")
        kept = save(self.places, self.person.key, self.before, after, act.must)
        print_lines(out, [f"{file} is saved and accepted; as it was: {kept}"])
        return Exit.OK

    def _difference(self, after: Version) -> Iterator[str]:
        """What is added, line by line, and what becomes of calls to known tools."""
        file, home = self.profile.file, self.places.home
        was, new = (one.documents[0].raw.decode().splitlines() for one in (self.before, after))
        yield ""
        yield from difflib.unified_diff(was, new, file, f"{file} after", lineterm="")
        found = list(changed(self.profile, after.profile(home), self.known, self.desk.now))
        yield from ("", *changed_lines(found, len(self.known)), "")


def typed_line(prompt: str) -> str | None:
    """A line from the terminal."""
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    return line.strip() if line else None
