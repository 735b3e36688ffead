"""The console put together: the guards, the files, the audit log and the screens over them."""

import os
from collections.abc import Callable, Iterable
from functools import partial

import anyio
from textual.screen import Screen

from localguard.audit.recalled import recalled
from localguard.cli.choosing import key_of, person_of
from localguard.cli.exits import Exit
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places
from localguard.console.all_guards import AllGuards
from localguard.console.app import Console, Make
from localguard.console.guards import Guards
from localguard.console.logged_past import LoggedPast
from localguard.console.panes.person import Person
from localguard.console.remembered_answers import RememberedAnswers
from localguard.console.services import Profile, Services, Surroundings
from localguard.policy.pins import Account
from localguard.telling.live_rules import Passing
from localguard.telling.subjects import Subject


def run(where: Places, *, theme: str) -> Exit:
    """Show the console until the person leaves it; the exit code."""
    anyio.run(_run, where, theme)
    return Exit.OK


async def _run(where: Places, theme: str) -> None:
    guards = Guards(where.run)
    app = console_over(guards, where, theme=theme)
    async with anyio.create_task_group() as group:
        group.start_soon(guards.run)
        await app.run_async()
        group.cancel_scope.cancel()


def console_over(guards: Guards, where: Places, *, theme: str = "dark") -> Console:
    """The console over these guards and the files at these places."""
    return Console(guards, _services(where), screens=_screens(where), theme=theme)


def _services(where: Places) -> Services:
    person = _person(where)
    return Services(
        where,
        _profile(where),
        RememberedAnswers(where, person, recalled),
        AllGuards(where, person),
        LoggedPast(where.audit),
    )


def _person(where: Places) -> Person:
    """This process, as the audit log names it; whether it may choose is asked at each choice."""
    at = person_of(where)
    return Person(f"localguard console (pid {os.getpid()})", at.refused, at.key, at.record)


def _profile(where: Places) -> Callable[[], Profile]:
    active = ActiveProfile(where, key=key_of(where))

    def profile() -> Profile:
        standing = active.standing()
        found = standing.profile
        if found is None:
            return Profile(active.name, None, standing.fault)
        return Profile(found.name, found.color, standing.fault)

    return profile


def _screens(where: Places) -> dict[str, Make]:
    """The screens beside the queue, each loaded when it is first shown."""
    return {
        "log": _log,
        "rules": partial(_rules, where=where),
        "servers": partial(_servers, where=where),
        "profiles": partial(_profiles, where=where),
    }


def _log(around: Surroundings) -> Screen[None]:
    from localguard.console.log.screen import LogScreen

    return LogScreen(around)


def _rules(around: Surroundings, where: Places) -> Screen[None]:
    from localguard.console.rules.files import RuleFiles
    from localguard.console.rules.page import RulesPage

    return RulesPage(around, RuleFiles(where, _person(where), recalled, partial(_passing, where)))


def _servers(around: Surroundings, where: Places) -> Screen[None]:
    from localguard.cli.visits import candidate, store_of
    from localguard.console.servers.page import ServersPage
    from localguard.console.servers.pinned import PinnedServers

    store, person = store_of(where), person_of(where)

    def visit(server: str) -> tuple[Subject, Callable[[], Account]]:
        found = candidate(where, store, server, None)
        return found.subject, found.visit

    pins = PinnedServers(store, person.record, person.refused, visit)
    return ServersPage(around, pins)


def _profiles(around: Surroundings, where: Places) -> Screen[None]:
    from localguard.console.profiles.files import ProfileFiles
    from localguard.console.profiles.page import ProfilesPage
    from localguard.telling.known import seen

    return ProfilesPage(around, ProfileFiles(where, seen, _person(where)))


def _passing(where: Places) -> Iterable[Passing]:
    """What holds for a while only, whichever client it is for."""
    return ()
