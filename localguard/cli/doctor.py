"""`localguard doctor`: what is wrong on this machine, what to do, and what is mended at once."""

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.connect import require_clients
from localguard.cli.doctor_json import fields
from localguard.cli.doctor_text import (
    Look,
    Progress,
    change_lines,
    group_lines,
    left_lines,
    repairs_of,
    summary_lines,
)
from localguard.cli.exits import Exit
from localguard.cli.output import print_json
from localguard.doctor.bundle import Member, gathered, write
from localguard.doctor.check import Category, Finding, Repair, Scene
from localguard.doctor.examine import CATEGORIES, Examined, examine, overall
from localguard.errors import LocalguardError
from localguard.telling.counts import count
from localguard.text import safe

Examine = Callable[[Scene, Category], Sequence[Examined]]


@dataclass(frozen=True, slots=True)
class How:
    """What is looked at and done. `clients` are the only ones, if any are named."""

    clients: tuple[str, ...] = ()
    fix: bool = False
    yes: bool = False
    as_json: bool = False
    bundle: str | None = None
    strict: bool = False
    look: Look = field(default_factory=Look)
    progress: bool = False


def doctor(
    scene: Scene,
    person: Person,
    how: How,
    *,
    out: TextIO,
    err: TextIO | None = None,
    examining: Examine = examine,
) -> Exit:
    """Look at everything and tell. Exits with 1 where a check fails. Raises UsageFault."""
    require_clients(how.clients)
    visit = _Visit(scene, person, how, out=out, err=err or sys.stderr, examining=examining)
    found = visit.look()
    if how.fix:
        found = visit.mend(found)
    if how.as_json:
        print_json(out, visit.fields(found))
    if how.bundle is not None and not visit.bundle(how.bundle, found):
        return Exit.DENIED
    worst = overall(found)
    failed = worst == "fail" or (how.strict and worst == "warn")
    return Exit.FAILURE if failed else Exit.OK


class _Visit:
    """One run of it. With --json only that goes to standard output, and words go beside it."""

    def __init__(
        self,
        scene: Scene,
        person: Person,
        how: How,
        *,
        out: TextIO,
        err: TextIO,
        examining: Examine,
    ) -> None:
        self._scene = scene
        self._person = person
        self._how = how
        self._out = out
        self._err = err
        self._words = err if how.as_json else out
        self._examining = examining
        self._mended: list[str] = []
        self._seen: set[tuple[str, ...]] = set()
        # Asked before a server is tried: whoever starts a guard is a client from then on.
        self._may_not = person.refusal() if how.fix else None

    def look(self) -> list[Examined]:
        """Everything, told as it is found."""
        found: list[Examined] = []
        for category in CATEGORIES:
            fresh = self._of(category)
            if not self._how.as_json:
                self._print(*group_lines(category, fresh, self._how.look))
            found += fresh
        if not self._how.as_json:
            self._print("", *summary_lines(found, self._how.look, fixing=self._how.fix))
        return found

    def mend(self, found: list[Examined]) -> list[Examined]:
        """Have a person look at each repair and do it; what is found once all of it is done."""
        if not repairs_of(one.finding for one in found):
            self._print("Nothing of it is mended by itself.")
            return found
        if self._may_not is not None:
            why = self._person.refused() or self._may_not
            print_refusal("nothing is mended", why, as_json=False, out=self._out, err=self._err)
            return found
        while self._mend_all(found):
            # One fault may have hidden another: where the key is not read, no client is looked at.
            found = [one for category in _ill(found) for one in self._of(category)]
        return self._again() if self._mended else found

    def fields(self, found: Sequence[Examined]) -> dict[str, object]:
        """What was found, and what was mended, as JSON."""
        told = fields(found)
        return {**told, "mended": self._mended} if self._how.fix else told

    def bundle(self, path: str, found: Sequence[Examined]) -> bool:
        """Write a report, once a person has seen what is in it; whether it was written."""
        members = gathered(self._scene, self.fields(found))
        self._print("", f"{safe(path)} would hold:", *map(_member_line, members))
        self._print("Secrets, your name, your home folder and this machine's name are taken out.")
        if not (self._how.yes or self._person.ask(f"Write {safe(path)}?")):
            self._print("Nothing was written.")
            return False
        write(path, members, self._scene)
        self._print(f"{safe(path)} is written. Look into it before you send it.")
        return True

    def _of(self, category: Category) -> list[Examined]:
        progress = Progress(self._err, shown=self._how.progress)
        progress.begin(category)
        try:
            found = self._examining(self._scene, category)
        finally:
            progress.end()
        return [one for one in found if self._is_wanted(one.finding)]

    def _is_wanted(self, finding: Finding) -> bool:
        kind, _, rest = finding.id.partition(".")
        named = self._how.clients
        return not named or kind != "clients" or rest.partition(".")[0] in (*named, "sighted")

    def _mend_all(self, found: Sequence[Examined]) -> bool:
        """One repair after the other; whether any was made."""
        before = len(self._mended)
        for category in _ill(found):
            left: Sequence[Examined] = [one for one in found if one.finding.category == category]
            while (one := _next(left, self._seen)) is not None:
                finding, repair = one
                self._seen.add(repair.shown)
                same = [o.finding.summary for o in left if o.finding.repair is repair]
                self._print("", *(safe(summary, 500) for summary in same))
                if self._does(finding, repair):
                    # What else is to be done follows from how it is now.
                    left = self._of(category)
        return len(self._mended) > before

    def _does(self, finding: Finding, repair: Repair) -> bool:
        self._print(*change_lines(repair.shown, self._how.look))
        if not (self._how.yes or self._person.ask("Mend it so?")):
            self._print("It is left as it is.")
            return False
        act = Act(self._person, "mended", finding.id)
        try:
            act.may() if repair.tightens else act.must()
            repair.act()
        except LocalguardError as fault:
            self._print(f"It is left as it is: {safe(fault.explain(), 500)}")
            return False
        self._mended.append(finding.id)
        self._print("Mended." if act.unrecorded is None else "Mended, and not recorded.")
        return True

    def _again(self) -> list[Examined]:
        """What is left, looked at once more."""
        found = [one for category in CATEGORIES for one in self._of(category)]
        look = self._how.look
        self._print("", f"{count(len(self._mended), 'repair')} made. Looked at again:")
        self._print(*left_lines(found, look), "", *summary_lines(found, look, fixing=True))
        return found

    def _print(self, *lines: str) -> None:
        for line in lines:
            print(line, file=self._words, flush=True)


def _ill(found: Sequence[Examined]) -> list[Category]:
    """The categories in which something is not as it should be."""
    bad = (one.finding for one in found if one.finding.status in ("warn", "fail"))
    return list(dict.fromkeys(one.category for one in bad))


def _next(
    found: Sequence[Examined], done: Collection[tuple[str, ...]]
) -> tuple[Finding, Repair] | None:
    for one in found:
        repair = one.finding.repair
        if repair is not None and repair.shown not in done:
            return one.finding, repair
    return None


def _member_line(member: Member) -> str:
    size = f"{len(member.raw) / 1024:.1f} KiB"
    return f"  {member.name:<28} {size:>10}  {member.about}"
