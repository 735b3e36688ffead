"""Runs the checks, category by category, and times each finding.

A check that cannot look is a failed check itself, and so is one that breaks: what it would have
found is not known, and that is told.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from traceback import extract_tb
from typing import Final

from localguard.doctor.check import Category, Check, Finding, Scene, Status
from localguard.errors import LocalguardError

CATEGORIES: Final[tuple[Category, ...]] = (
    "install",
    "clients",
    "runtime",
    "environment",
    "keyring",
    "identity",
    "servers",
    "policy",
    "log",
    "terminal",
)
"""In the order in which they are looked at and shown."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A finding, and the seconds that it took."""

    finding: Finding
    seconds: float


def checks_of(category: Category) -> tuple[Check, ...]:
    """The checks of a category; what they need is loaded with them."""
    checks: tuple[Check, ...] = import_module(f"localguard.doctor.{category}").checks
    return checks


def examine(
    scene: Scene, category: Category, checks: Sequence[Check] | None = None
) -> tuple[Examined, ...]:
    """Everything that the checks of a category find."""
    chosen = checks_of(category) if checks is None else checks
    return tuple(one for check in chosen for one in _timed(scene, category, check))


def overall(examined: Iterable[Examined]) -> Status:
    """The worst that was found; a check that was left out is none of it."""
    found = {one.finding.status for one in examined}
    return "fail" if "fail" in found else "warn" if "warn" in found else "ok"


def _timed(scene: Scene, category: Category, check: Check) -> Iterator[Examined]:
    begun = time.perf_counter()
    for finding in _whole(scene, category, check):
        now = time.perf_counter()
        yield Examined(finding, now - begun)
        begun = now


def _whole(scene: Scene, category: Category, check: Check) -> Iterator[Finding]:
    """What a check finds, and at its end why it could not look any further."""
    name = f"{category}.{getattr(check, '__name__', 'check').strip('_')}"
    try:
        yield from check(scene)
    except LocalguardError as fault:
        what = f"{fault.where}: {fault.what}" if fault.where else fault.what
        yield Finding(name, category, "fail", what, fault.fix or "look at it, and try again")
    except Exception as error:  # noqa: BLE001 -- the other checks go on, and this one is told
        yield _broken_off(name, category, error)


def _broken_off(name: str, category: Category, error: Exception) -> Finding:
    """A fault of ours. What the exception says is left out: it may quote a file of the person's."""
    place = next(reversed(extract_tb(error.__traceback__)), None)
    where = f"{place.name}, line {place.lineno}" if place else "an unknown place"
    what = f"this check itself broke off: {type(error).__name__} in {where}"
    fix = "report it, with the file that localguard doctor --bundle FILE writes"
    return Finding(name, category, "fail", what, fix)
