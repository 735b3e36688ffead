"""Guards that go by something older than what is on the disk, each asked itself.

A guard reads its profile anew when it is asked how it looks, so one that finds a fault in a profile
that is valid here is of an older localguard. config.toml it reads once, when it starts.
"""

import os
from collections.abc import Iterator, Sequence
from typing import Final

import anyio

from localguard import __version__
from localguard.clients.table import table
from localguard.config.build import read_profile
from localguard.control.endpoint import Endpoint, find
from localguard.control.faults import ControlFault
from localguard.control.joining import join
from localguard.control.messages import GuardView
from localguard.doctor.check import Finding, Scene
from localguard.doctor.findings import Findings
from localguard.doctor.profiles import choice_of
from localguard.errors import ProfileFault
from localguard.text import safe

_POLICY: Final = Findings("policy")
_YOUNG: Final = 1.0
"""Seconds in which nobody can tell whether a file was written before a guard read it."""


def older_guards(scene: Scene) -> Iterator[Finding]:
    """Every guard that runs and answers; one that does not is told elsewhere."""
    try:
        endpoints = tuple(find(scene.places.run).endpoints.values())
    except ControlFault:
        return
    views = anyio.run(_views, endpoints)
    found = [one for view in views for one in _older(scene, view)]
    yield from found
    if views and not found:
        many = "the one guard that runs goes"
        many = many if len(views) == 1 else f"all {len(views)} guards that run go"
        yield _POLICY.ok("guards", f"{many} by what is on the disk")


def _older(scene: Scene, view: GuardView) -> Iterator[Finding]:
    name, who = f"guard.{view.id}", f"the guard of {safe(view.server, 60)} (pid {view.pid})"
    told = {"client": view.client or "", "version": view.version, "profile": view.profile or ""}
    if view.version != __version__:
        what = f"{who} is localguard {view.version}, older or newer than this {__version__}"
        yield _POLICY.fail(name, what, _restart(view), told)
    elif view.fault is not None and not view.lockdown and _is_valid(scene, view):
        what = f"{who} goes by an older version of its profile: {view.fault}"
        yield _POLICY.fail(name, what, _restart(view), told)
    elif _before_settings(scene, view):
        what = f"{who} began before config.toml was changed, and goes by what it said then"
        yield _POLICY.warn(name, what, _restart(view), told)


def _is_valid(scene: Scene, view: GuardView) -> bool:
    """Whether the profile that a guard finds fault with is valid here."""
    name = view.profile if view.fixed else choice_of(scene).profile
    if name is None:
        return False
    try:
        read_profile(scene.places, name)
    except ProfileFault:
        return False
    return True


def _before_settings(scene: Scene, view: GuardView) -> bool:
    try:
        changed = os.stat(scene.places.config).st_mtime
    except OSError:
        return False
    return changed > view.started + _YOUNG


def _restart(view: GuardView) -> str:
    """What a person does so that a client starts its guards anew."""
    said = (view.client or "").casefold()
    known = next((one for one in table() if said.startswith(one.name)), None)
    if known is None:
        who = safe(view.client or "its client", 60)
        return f"restart {who}, so that it starts its guards anew"
    return f"restart {known.title}: {known.restart}"


async def _views(endpoints: Sequence[Endpoint]) -> tuple[GuardView, ...]:
    """How those look that answer, asked all at once."""
    found: dict[str, GuardView] = {}

    async def look(endpoint: Endpoint) -> None:
        try:
            joined = await join(endpoint, "observe", None)
        except ControlFault:
            return
        joined.channel.close()
        if joined.snapshot is not None:
            found[endpoint.id] = joined.snapshot.guard

    async with anyio.create_task_group() as group:
        for one in endpoints:
            group.start_soon(look, one)
    return tuple(found[one.id] for one in endpoints if one.id in found)
