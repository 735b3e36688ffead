"""The audit log: whether it can be written, is whole, has a witness that hears, how long it is."""

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from datetime import UTC
from typing import Final

from localguard.audit.retention import Plan, plan
from localguard.audit.settings import KEEP_DAYS, KEEP_MEBIBYTES, Settings
from localguard.audit.sources import sources
from localguard.config.faults import shell_word
from localguard.config.settings import AuditSettings, read_settings
from localguard.doctor.check import Check, Finding, Scene
from localguard.doctor.findings import Findings
from localguard.doctor.log_check import size_of, whole
from localguard.doctor.log_witness import witness
from localguard.errors import AuditFault, ProfileFault
from localguard.telling.counts import count

MEBIBYTE: Final = 1 << 20
LITTLE: Final = 512
"""MiB free on the disk below which a person should know."""
NOTHING: Final = 32
"""MiB free below which calls will soon be denied, as they cannot be recorded."""
_LOG: Final = Findings("log")


def folder(scene: Scene) -> Iterator[Finding]:
    """Whether records can be written: rights, and room on the disk."""
    path, told = scene.places.audit, {"folder": scene.places.audit}
    there = _existing(path)
    if there != path:
        what = "there is no audit log yet; the first guard begins it"
        yield _LOG.ok("folder", what, told)
    else:
        yield from _rights(path)
    free = shutil.disk_usage(there).free // MEBIBYTE
    told["free"] = f"{free} MiB"
    if free >= LITTLE:
        yield _LOG.ok("disk", f"{free} MiB are free on the disk of the audit log", told)
        return
    what = f"only {free} MiB are free on the disk of the audit log, without which calls are denied"
    found = _LOG.fail if free < NOTHING else _LOG.warn
    yield found("disk", what, "free disk space, or shorten the log: localguard audit prune", told)


def retention(scene: Scene) -> Iterator[Finding]:
    """How long the log is, and whether what is too old has gone."""
    settings = settings_of(scene)
    try:
        every = sources(scene.places.audit)
        due = plan(scene.places.audit, settings, scene.now().astimezone(UTC))
    except AuditFault as fault:
        yield _LOG.fault("size", fault)
        return
    if every:
        yield _size(sum(map(size_of, every)), len(every), settings, due)


def settings_of(scene: Scene) -> Settings:
    """`[audit]` of config.toml; the defaults where it cannot be read, which is told elsewhere."""
    try:
        chosen = read_settings(scene.places.config)
    except ProfileFault:
        chosen = AuditSettings()
    return Settings(
        chosen.durability,
        chosen.arguments,
        chosen.keep_days,
        chosen.keep_mebibytes,
        chosen.witness,
    )


def check(scene: Scene) -> Iterator[Finding]:
    """Whether nobody has changed it."""
    yield from whole(scene, settings_of(scene).witness)


def told_to(scene: Scene) -> Iterator[Finding]:
    """Whether its witness can be told."""
    yield from witness(settings_of(scene).witness)


checks: tuple[Check, ...] = (folder, check, told_to, retention)


def _rights(path: str) -> Iterator[Finding]:
    found, word = os.stat(path), shell_word(path)
    if not stat.S_ISDIR(found.st_mode):
        yield _LOG.fail(
            "folder", f"{path}: the audit log needs a folder here", f"mv {word} {word}.old"
        )
    elif sys.platform != "win32" and found.st_uid != os.geteuid():
        what = f"{path}: the audit folder belongs to another user (uid {found.st_uid})"
        yield _LOG.fail("folder", what, f"sudo chown -R {os.geteuid()} {word}")
    elif not os.access(path, os.W_OK | os.X_OK):
        what = f"{path}: the audit log cannot be written, so every call is denied"
        yield _LOG.fail("folder", what, f"chmod u+rwx {word}")
    else:
        yield _LOG.ok("folder", "the audit log can be written", {"folder": path})


def _existing(path: str) -> str:
    """The path, or the nearest folder above it that is there."""
    while not os.path.exists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path


def _size(every: int, many: int, settings: Settings, due: Plan | None) -> Finding:
    days = KEEP_DAYS if settings.keep_days is None else settings.keep_days
    most = KEEP_MEBIBYTES if settings.keep_mebibytes is None else settings.keep_mebibytes
    kept = f"it is kept for {days} days and up to {most} MiB"
    what = f"the log has {count(many, 'segment')} and {every / MEBIBYTE:.1f} MiB; {kept}"
    told = {
        "bytes": str(every),
        "due": "nothing" if due is None else count(len(due.paths), "segment"),
    }
    if every > 2 * most * MEBIBYTE:
        return _LOG.warn("size", what, "localguard audit prune", told)
    return _LOG.ok("size", what, told)
