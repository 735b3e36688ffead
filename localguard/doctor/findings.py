"""The findings of one category, by name: what a check has to say, with as little around it."""

from collections.abc import Mapping
from dataclasses import dataclass

from localguard.doctor.check import Category, Finding, Status
from localguard.errors import LocalguardError
from localguard.text import safe

LONGEST = 400
"""Characters of a sentence."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Makes findings. Every text is made safe here; `name` goes on the category's, as its id."""

    category: Category

    def ok(self, name: str, what: str, told: Mapping[str, str] | None = None) -> Finding:
        """All is well, or is as a person has chosen it."""
        return self._made(name, "ok", what, "", told)

    def skip(self, name: str, what: str) -> Finding:
        """There is nothing to look at, or no way to look."""
        return self._made(name, "skip", what, "", None)

    def warn(
        self, name: str, what: str, fix: str, told: Mapping[str, str] | None = None
    ) -> Finding:
        """It works, and a person should know."""
        return self._made(name, "warn", what, fix, told)

    def fail(
        self, name: str, what: str, fix: str, told: Mapping[str, str] | None = None
    ) -> Finding:
        """It does not work."""
        return self._made(name, "fail", what, fix, told)

    def fault(self, name: str, fault: LocalguardError, status: Status = "fail") -> Finding:
        """A fault of a service's, as it tells it."""
        place = "" if fault.where in ("", self.category) else f"{fault.where}: "
        what = place + fault.what
        return self._made(name, status, what, fault.fix or "look at it, and try again", None)

    def _made(
        self, name: str, status: Status, what: str, fix: str, told: Mapping[str, str] | None
    ) -> Finding:
        details = {key: safe(text, LONGEST) for key, text in (told or {}).items()}
        return Finding(
            f"{self.category}.{safe(name, 100)}",
            self.category,
            status,
            safe(what, LONGEST),
            safe(fix, LONGEST),
            details,
        )
