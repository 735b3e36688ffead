"""One file of rules or settings: what is wrong with it, and what is seldom meant, by its lines."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from localguard.config.build import read_profile
from localguard.config.faults import faults_of
from localguard.config.lints import Note
from localguard.config.lints_listed import Listed, all_notes
from localguard.config.remembered_file import entries
from localguard.config.tests import failing_tests
from localguard.doctor.check import Finding, Scene, Status
from localguard.doctor.findings import Findings
from localguard.errors import ProfileFault
from localguard.policy.docket import DESTRUCTIVE
from localguard.policy.grants import Answer
from localguard.policy.profile import Profile
from localguard.telling.counts import count
from localguard.text import safe

_POLICY: Final = Findings("policy")
_MOST: Final = 8
"""Findings of one kind and one profile; of more only the number is told."""


def profile(scene: Scene, name: str, listed: Sequence[Listed]) -> Iterator[Finding]:
    """What is found of a profile; one that cannot be read has nothing else."""
    try:
        found = read_profile(scene.places, name, tested=False)
    except ProfileFault as fault:
        yield from faults(f"profile.{name}", fault)
        return
    told = (*_tests(scene, found), *_notes(found, listed), *_answers(scene, found, listed))
    yield from told
    if not told:
        rules, tests = count(len(found.rules), "rule"), count(len(found.tests), "test")
        what = f"{found.file} is valid: {rules}, {tests}, nothing to note"
        yield _POLICY.ok(f"profile.{name}", what, {"digest": found.digest})


def faults(name: str, fault: ProfileFault) -> Iterator[Finding]:
    """Every single fault of some files."""
    every = faults_of(fault)
    for number, one in enumerate(every[:_MOST], 1):
        yield _POLICY.fault(f"{name}.fault.{number}", one)
    yield from _more(f"{name}.fault", len(every), "fault", "fail")


def _tests(scene: Scene, found: Profile) -> Iterator[Finding]:
    failing = failing_tests(found, scene.places.home)
    for number, one in enumerate(failing[:_MOST], 1):
        yield _POLICY.fault(f"profile.{found.name}.test.{number}", one)
    yield from _more(f"profile.{found.name}.test", len(failing), "failing test", "fail")


def _notes(found: Profile, listed: Sequence[Listed]) -> Iterator[Finding]:
    every: Sequence[Note] = all_notes(found, listed)
    for number, one in enumerate(every[:_MOST], 1):
        what = f"{one.where}: {one.what}"
        yield _POLICY.warn(f"profile.{found.name}.note.{number}", what, f"better: {one.fix}")
    yield from _more(f"profile.{found.name}.note", len(every), "note", "warn")


def _answers(scene: Scene, found: Profile, listed: Sequence[Listed]) -> Iterator[Finding]:
    """The remembered answers that let more through than anyone may have meant."""
    try:
        kept = [one for one in entries(scene.places, found.name) if one.kind == "answer"]
    except ProfileFault:
        # A remembered file that cannot be read is a fault of the profile's, which was told.
        return
    for answer, entry in zip(found.answers, kept, strict=False):
        if (why := _breadth(answer, scene.now(), listed)) is not None:
            what = f"{entry.place}: an answer lets {safe(answer.target, 80)} through {why}"
            fix = f"localguard rules remove {entry.id} --profile {found.name}"
            yield _POLICY.warn(f"profile.{found.name}.answer.{entry.id}", what, fix)


def _breadth(answer: Answer, now: datetime, listed: Sequence[Listed]) -> str | None:
    """Why a yes is too broad; None for one that is over, or looks at the arguments."""
    if not answer.allows or answer.when or (answer.until is not None and answer.until <= now):
        return None
    if answer.until is None:
        return "for good, whatever its arguments are"
    marks = [one.marks for one in listed if f"{one.server}/{one.item}" == answer.target]
    if any(DESTRUCTIVE in one for one in marks):
        return "whatever its arguments are, and it is destructive"
    return None


def _more(name: str, every: int, noun: str, status: Status) -> Iterator[Finding]:
    if every > _MOST:
        what = f"there are {every - _MOST} more of the {count(every, noun)}"
        found = _POLICY.fail if status == "fail" else _POLICY.warn
        yield found(f"{name}.more", what, "localguard profile validate shows all")
