"""What `localguard doctor` has found, for programs: one object, the checks by their names."""

import platform
from collections.abc import Mapping, Sequence

from localguard import __version__
from localguard.doctor.examine import Examined, overall


def fields(found: Sequence[Examined]) -> dict[str, object]:
    """All of it; of two that are called alike the second has a number."""
    checks: dict[str, object] = {}
    for one in found:
        checks[_free(one.finding.id, checks)] = _fields(one)
    system = f"{platform.system()}-{platform.machine()}".lower()
    told: dict[str, object] = {"overall": overall(found), "localguard": __version__}
    return {**told, "platform": system, "checks": checks}


def _free(id_: str, taken: Mapping[str, object]) -> str:
    numbered = (id_, *(f"{id_}.{number}" for number in range(2, len(taken) + 3)))
    return next(one for one in numbered if one not in taken)


def _fields(one: Examined) -> dict[str, object]:
    found = one.finding
    return {
        "category": found.category,
        "status": found.status,
        "summary": found.summary,
        "details": dict(found.details),
        "remediation": found.remedy or None,
        "fixable": found.repair is not None,
        "durationMs": round(one.seconds * 1000),
    }
