"""Which profile the servers go to: the one in force, or one that is made from a template.

A profile that is there is never written over. Reads only.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from localguard.clients.definitions import profile_with
from localguard.clients.registry import Registered, Registry
from localguard.config.active import active_or_none
from localguard.config.build import build
from localguard.config.choice import Key
from localguard.config.faults import did_you_mean
from localguard.config.lines import Lines
from localguard.config.load import Document, read_document
from localguard.config.paths import Places
from localguard.errors import ProfileFault, UsageFault
from localguard.onboarding.templates import NAMES, SIGN_IN, SignIn, profile_text


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for, empty where it was not; and what asks the person for the rest."""

    profile: str = ""
    template: str = ""
    ask_template: Callable[[], str] = lambda: NAMES[0]
    ask_sign_in: Callable[[], SignIn | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The profile: its `template` and `draft` where it is to be made, and the active one now."""

    name: str
    active: str | None
    template: str = ""
    draft: Document | None = None

    @property
    def switches(self) -> bool:
        """Whether another profile is in force until now, or none."""
        return self.name != self.active


def chosen(places: Places, key: Key, wish: Wish) -> Chosen:
    """Choose, asking what was not said. Raises UsageFault and ProfileFault."""
    if wish.template and wish.template not in NAMES:
        what = f'no template is called "{wish.template}"'
        raise UsageFault(what, fix=did_you_mean(wish.template, NAMES))
    active = active_or_none(places, key)
    name = wish.profile or wish.template or active
    if name is not None and os.path.lexists(places.profile_file(name)):
        _require_unmade(places, name, wish)
        return Chosen(name, active)
    template = wish.template or wish.ask_template()
    named = wish.profile or template
    if os.path.lexists(places.profile_file(named)):
        return Chosen(named, active)
    sign_in = wish.ask_sign_in() if template == SIGN_IN else None
    return Chosen(named, active, template, _draft(places, named, profile_text(template, sign_in)))


def carried_over(
    places: Places, registry: Registry, choice: Chosen
) -> dict[str, Mapping[str, object]]:
    """The servers that clients start already and that this profile lacks, as they are defined.

    Else each of them would be denied once it is in force. Raises ProfileFault.
    """
    there = profile_with(places, choice.name, choice.draft).servers
    found: dict[str, Mapping[str, object]] = {}
    for row in registry.entries:
        if row.server not in there and row.server not in found:
            table = _defined(places, row)
            found |= {} if table is None else {row.server: table}
    return found


def _defined(places: Places, row: Registered) -> Mapping[str, object] | None:
    """The table of a server in the profile that it was registered with."""
    for path in places.profile_files(row.profile):
        # A profile that is broken, or gone, is told of by others.
        with suppress(ProfileFault):
            servers = read_document(path).tables.get("servers")
            table = servers.get(row.server) if isinstance(servers, dict) else None
            if isinstance(table, dict):
                return table
    return None


def _require_unmade(places: Places, name: str, wish: Wish) -> None:
    """Raise UsageFault where a template was named for a profile that is another one already."""
    if not (wish.profile and wish.template) or wish.template == SIGN_IN:
        return
    with open(places.profile_file(name), encoding="utf-8", errors="replace") as file:
        if file.read() != profile_text(wish.template):
            what = f"there is a profile {name} already, and init writes over none"
            raise UsageFault(what, fix="leave out --template, or give another --profile")


def _draft(places: Places, name: str, text: str) -> Document:
    """The profile as it would be, its own tests passed. Raises ProfileFault."""
    document = Document(places.profile_file(name), text.encode(), tomllib.loads(text), Lines(text))
    build(name, [document], places.home)
    return document
