"""What becomes of calls to known tools under another profile, tool by tool."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from localguard.policy.decisions import word
from localguard.policy.profile import Profile
from localguard.telling.counts import count
from localguard.telling.differences import Difference
from localguard.telling.known import Known
from localguard.telling.outlook import Outlook, Outlooks
from localguard.text import safe

_NAME: Final = 40
_ORDER: Final = ("deny", "ask", "allow")


class Changed(NamedTuple):
    """A tool whose calls would be decided otherwise, and what becomes of them then and now."""

    known: Known
    old: Outlook
    new: Outlook

    @property
    def loosens(self) -> bool:
        """Whether some call to it would get more than before."""
        old, new = _ranks(self.old), _ranks(self.new)
        return new[0] > old[0] or new[1] > old[1]

    @property
    def word(self) -> str:
        """What a person says of it in short: the tool is `gained`, `lost`, or goes otherwise."""
        was, is_now = self.old.word, self.new.word
        if was == "deny":
            return "gained"
        return "lost" if is_now == "deny" else "looser" if self.loosens else "stricter"


def changed(
    one: Profile, other: Profile, tools: Iterable[Known], at: datetime
) -> Iterator[Changed]:
    """The tools for which the other profile has another best or worst than the one."""
    old, new = Outlooks(one, at), Outlooks(other, at)
    for known in tools:
        was, is_now = old.of(known), new.of(known)
        if _ranks(was) != _ranks(is_now):
            yield Changed(known, was, is_now)


def difference_lines(differences: Iterable[Difference]) -> Iterator[str]:
    """Each key, server or rule, with what is gone and what has come."""
    for one in differences:
        yield ""
        yield one.what
        yield from (f"  - {text}" for text in one.old)
        yield from (f"  + {text}" for text in one.new)


def changed_lines(found: Sequence[Changed], tools: int) -> Iterator[str]:
    """How many of the known tools, and each with its decision before and after."""
    if not tools:
        yield "No tools are known yet, so that nothing can be said of calls."
        return
    yield f"Of {count(tools, 'known tool')}, {len(found)} would be decided otherwise."
    rows = [(_target(k), f"{_says(was)} -> {_says(now)}", now.by) for k, was, now in found]
    widths = [max((len(row[at]) for row in rows), default=0) for at in (0, 1)]
    for target, change, by in rows:
        yield f"  {target:<{widths[0]}}  {change:<{widths[1]}}  {by}"


def _ranks(found: Outlook) -> tuple[int, int]:
    return _ORDER.index(word(found.best)), _ORDER.index(word(found.worst))


def _target(known: Known) -> str:
    return safe(f"{known.server}/{known.item}", _NAME)


def _says(found: Outlook) -> str:
    return found.word if found.certain else f"{found.word} or {word(found.worst)}"
