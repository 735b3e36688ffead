"""A profile and a past to learn from."""

from collections.abc import Sequence
from typing import Any

from localguard.audit.recalled import recalled
from localguard.config.build import read_profile
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.telling.known import Known
from localguard.telling.learning import Learning, Question, learning
from tests.telling.pasts import AT

READ = frozenset({"read"})
WRITE = frozenset({"write"})
HEAD = "version = 1\n[servers.github]\n[servers.files]\n"

KNOWN = (
    *(Known("github", f"get_{what}", READ, confirmed=True) for what in ("issue", "pull", "user")),
    Known("github", "search_web", READ | {"open"}, confirmed=True),
    Known("github", "create_issue", WRITE, confirmed=True),
    Known("files", "write_file", WRITE, confirmed=True),
    Known("files", "delete", WRITE | {"destructive"}, confirmed=True),
)


def marked(*marks: str, **more: Any) -> dict[str, Any]:
    """The facts of a record with these marks."""
    return {"facts": {"at": AT, "identity": "i", "pin": "p", "marks": list(marks), **more}}


def seen(item: str, *marks: str, **changes: Any) -> dict[str, Any]:
    """The changes to a record of a call that passed because the profile was observed."""
    server, _, name = item.partition("/")
    facts = marked(*(marks or ("read",)))
    return {"server": server, "item": name, "observed": True, **facts, **changes}


def learned(
    where: Places, known: Sequence[Known] = KNOWN, name: str = "work", **limits: Any
) -> Learning:
    """What can be learned for a profile."""
    profile = joined(read_profile(where, name), read_managed(where))
    return learning(where, profile, known, recalled, **limits)


def texts(question: Question) -> dict[str, str]:
    """Each proposal by its key, without its first line."""
    return {one.key: one.text.removeprefix("[[rule]]\n").rstrip() for one in question.proposals}
