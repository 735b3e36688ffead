"""How grave a request is: as a word, a sign and a colour, so that none of them says it alone."""

from typing import Final, NamedTuple

from textual.content import Content

from localguard.console.content import QUIET, plain
from localguard.console.queue.cautions import Caution, Grade, unseen
from localguard.control.messages import RequestView


class Sign(NamedTuple):
    """Two characters, a word, and a style."""

    mark: str
    word: str
    style: str

    def in_words(self) -> Content:
        """The sign with its word."""
        return plain(f"{self.mark.strip()} {self.word}".strip(), self.style)


DESTRUCTIVE: Final = Sign("!!", "DESTRUCTIVE", "$error bold")
HIDDEN: Final = Sign("!?", "HIDDEN TEXT", "$error bold")
CHANGED: Final = Sign("~~", "CHANGED", "$warning bold")
NEW: Final = Sign("++", "NEW", "$warning bold")
WRITE: Final = Sign("w ", "write", "$warning")
READ: Final = Sign("r ", "read", "$success")
OTHER: Final = Sign("? ", "", QUIET)

GRADES: Final = {
    Grade.NOTE: plain("· ", QUIET),
    Grade.ODD: plain("! ", "$warning bold"),
    Grade.GRAVE: plain("!! ", "$error bold"),
}
_STYLES: Final = {Grade.NOTE: QUIET, Grade.ODD: "$warning", Grade.GRAVE: "$error"}


def sign(view: RequestView) -> Sign:
    """The gravest that holds. An author's other word for a risk is shown as it is."""
    if view.risk == "destructive":
        return DESTRUCTIVE
    if unseen(view):
        return HIDDEN
    for mark, found in (("changed", CHANGED), ("new", NEW), ("destructive", DESTRUCTIVE)):
        if mark in view.marks:
            return found
    return WRITE if "write" in view.marks else READ if "read" in view.marks else OTHER


def caution_words(caution: Caution) -> Content:
    """The words of a caution, which are ours."""
    return plain(caution.words, _STYLES[caution.grade])
