"""The parts of the console beside its first screen, each loaded when it is first shown or asked."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from textual.screen import Screen

from localguard.cli.choosing import key_of, person_of
from localguard.cli.late_sign_ins import LateSignIns
from localguard.cli.signed_in import followed, view
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places
from localguard.console.clients.ports import Clients
from localguard.console.panes.person import Person
from localguard.console.services import Past, Profile, Remembering, Surroundings, Switches
from localguard.console.sign_ins import SignIns
from localguard.telling.people import SignInView


class Present(NamedTuple):
    """Which profile is in force, and who is signed in for it, each time it is asked."""

    profile: Callable[[], Profile]
    signed_in: Callable[[], SignInView | None]
    sign_ins: Callable[[], SignIns]


def in_force(where: Places) -> Present:
    """What is in force now, and the sign-ins as they are followed from now on."""
    active, sign_ins = ActiveProfile(where, key=key_of(where)), followed(where)

    def profile() -> Profile:
        standing = active.standing()
        choice, found = active.choice, standing.profile
        name, color = (active.name, None) if found is None else (found.name, found.color)
        # Lockdown has a banner of its own.
        fault = None if standing.locked else standing.fault
        until = standing.observed_until
        return Profile(
            name,
            color,
            fault,
            lockdown=choice.lockdown,
            silent=choice.silent,
            observed=None if until is None else until.timestamp(),
        )

    def signed_in() -> SignInView | None:
        found = active.standing().profile
        asked = None if found is None else found.sign_in
        return None if found is None or asked is None else view(found.name, asked, sign_ins)

    def load() -> SignIns:
        from localguard.cli.console_sign_in import ConsoleSignIns

        who = f"localguard console (pid {os.getpid()})"
        return ConsoleSignIns(where, lambda: active.name, replace(person_of(where), who=who))

    late = LateSignIns(load)
    return Present(profile, signed_in, lambda: late)


def remembering(where: Places) -> Remembering:
    """What "always" writes."""
    from localguard.audit.recalled import recalled
    from localguard.console.remembered_answers import RememberedAnswers

    return RememberedAnswers(where, _person(where), recalled)


def switches(where: Places) -> Switches:
    """Lockdown and silence."""
    from localguard.console.all_guards import AllGuards

    return AllGuards(where, _person(where))


def past(where: Places) -> Past:
    """What the audit log says of calls."""
    from localguard.console.logged_past import LoggedPast

    return LoggedPast(where.audit)


def clients(where: Places) -> Clients:
    """The files of the clients that are registered with."""
    from localguard.cli.clients import this_machine
    from localguard.cli.registering import originals_of, program_here, wanted_here
    from localguard.cli.secret_vault import vault_of_console
    from localguard.clients.planning import Wanted
    from localguard.console.clients.files import ClientFiles

    person, originals = _person(where), originals_of(where, lambda: vault_of_console(where))

    def want(profile: str | None, name: str) -> Wanted:
        return wanted_here(where, person.key, program_here(), (name,), originals, profile=profile)

    return ClientFiles(where, this_machine(where), person, want, originals)


def _person(where: Places) -> Person:
    """This process, as the audit log names it; whether it may choose is asked at each choice."""
    at = person_of(where)
    return Person(f"localguard console (pid {os.getpid()})", at.refused, at.key, at.record)


def _log(around: Surroundings, where: Places) -> Screen[None]:
    from localguard.console.log.screen import LogScreen

    del where
    return LogScreen(around)


def _rules(around: Surroundings, where: Places) -> Screen[None]:
    from localguard.approvals.leaves import Leaves, serial_of
    from localguard.audit.recalled import recalled
    from localguard.console.rules.files import RuleFiles
    from localguard.console.rules.kept import KeptAnswers
    from localguard.console.rules.page import RulesPage

    key = key_of(where)

    def leaves() -> Leaves:
        active = ActiveProfile(where, key=key)
        profile, choice = active.standing().profile, active.choice
        sign_in = None if profile is None else profile.sign_in
        person = None if sign_in is None else followed(where).person(sign_in)
        # As guards bind it that follow the active profile.
        serial = serial_of(choice.profile, choice.switched, person)
        return Leaves(
            os.path.join(where.state, "leaves"),
            key=key,
            now=time.time,
            serial=lambda: serial,
            session=None,
            notice=lambda _: None,
        )

    files = RuleFiles(where, _person(where), recalled, KeptAnswers(leaves))
    return RulesPage(around, files)


def _servers(around: Surroundings, where: Places) -> Screen[None]:
    from localguard.cli.visits import candidate, store_of
    from localguard.console.servers.page import ServersPage
    from localguard.console.servers.pinned import PinnedServers
    from localguard.policy.pins import Account
    from localguard.telling.subjects import Subject

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


SCREENS: Final[Mapping[str, Callable[[Surroundings, Places], Screen[None]]]] = {
    "log": _log,
    "rules": _rules,
    "servers": _servers,
    "profiles": _profiles,
}
"""How each is made."""
