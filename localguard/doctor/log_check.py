"""Whether the audit log is whole, by its chains, links, signatures and witness."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from localguard.audit import findings
from localguard.audit.checkpoints import Mark, Signer, marks
from localguard.audit.sources import Source, sources
from localguard.audit.verify import Verification
from localguard.audit.witness import FILE
from localguard.doctor.check import Finding, Scene
from localguard.doctor.findings import Findings
from localguard.errors import AuditFault, ProfileFault
from localguard.telling.counts import count
from localguard.vault.keys import Keys

MOST_BYTES: Final = 128 << 20
"""Of the newest segments, which are read; `localguard audit verify` reads all of them."""
SIGNING_KEY: Final = "audit-sign"
_MOST: Final = 10
_LOG: Final = Findings("log")


def whole(scene: Scene, told_to: str | None) -> Iterator[Finding]:
    """Everything that speaks against the log, by segment and line."""
    try:
        every = sources(scene.places.audit)
        read, signer = _newest(every), _signer(scene)
        told = _told(told_to)
        check = Verification(read, names={one.name for one in every}, signer=signer, told=told)
        found = list(check.findings())
    except (AuditFault, ProfileFault) as fault:
        yield _LOG.fault("whole", fault)
        return
    against = [one for one in found if not one.is_note]
    for number, one in enumerate(against[:_MOST], 1):
        yield _LOG.fail(f"whole.{number}", f"{one.place}: {one.kind}: {one.what}", one.remedy)
    if len(against) > _MOST:
        what = f"there are {len(against) - _MOST} more things that speak against the log"
        yield _LOG.fail("whole.more", what, "localguard audit verify shows all")
    if not against and every:
        yield _sound(check, every, read, found)


def _sound(
    check: Verification,
    every: Sequence[Source],
    read: Sequence[Source],
    found: Sequence[findings.Finding],
) -> Finding:
    gathered = check.gathered
    part = "" if len(read) == len(every) else f" of the newest of {len(every)}"
    where = f"{count(gathered.segments, 'segment')}{part}"
    what = f"nobody has changed the log: {count(gathered.records, 'record')} in {where}"
    told = {"checkpoint": gathered.vouched or "none"}
    told |= {kind: str(many) for kind, many in Counter(one.kind for one in found).items()}
    return _LOG.ok("whole", what, told)


def _newest(every: Sequence[Source]) -> list[Source]:
    """The newest segments that are not too much to be read, and at least one."""
    found, left = list[Source](), MOST_BYTES
    for one in reversed(every):
        left -= size_of(one)
        if left < 0 and found:
            break
        found.append(one)
    return found[::-1]


def size_of(one: Source) -> int:
    """The bytes of a segment; none of one that is gone."""
    try:
        return os.stat(one.path).st_size
    except OSError:
        return 0


def _signer(scene: Scene) -> Signer | None:
    """Raises ProfileFault."""
    key = Keys(scene.places.vault).find(SIGNING_KEY)
    return None if key is None else Signer(key.secret, key.protection)


def _told(where: str | None) -> list[Mark]:
    """What a witness wrote down, if it is a file that can be read."""
    if where is None or not where.startswith(FILE):
        return []
    try:
        with open(where.removeprefix(FILE), encoding="utf-8", errors="replace") as file:
            return list(marks(file))
    except OSError:
        return []
