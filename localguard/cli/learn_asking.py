"""The questions of `learn` at a terminal: one at a time, until there are none or a person stops."""

from collections.abc import Callable, Iterator
from datetime import datetime

from localguard.telling.learning import Learning, Question
from localguard.telling.learning_entries import entries
from localguard.telling.learning_lines import call_lines, question_lines, shown_calls

Type = Callable[[str], str | None]
"""Shows a prompt and gives the line that is typed; None at the end of what can be typed."""

Show = Callable[[str], None]
"""Shows one line."""


class Asking:
    """Puts the questions to a person; `texts` are what was chosen, in its order."""

    def __init__(self, found: Learning, type_: Type, show: Show, at: datetime) -> None:
        self.texts: list[str] = []
        self._found = found
        self._type = type_
        self._show = show
        self._at = at

    def run(self) -> None:
        """Ask everything."""
        of = len(self._found.questions)
        for number, question in enumerate(self._found.questions, 1):
            if not self._asked(question, number, of):
                return

    def _asked(self, question: Question, number: int, of: int) -> bool:
        """Whether to go on after one question; what was picked for it changes it."""
        shown = True
        while True:
            if shown:
                self._tell(question_lines(question, number, of))
            typed = self._type("      > ")
            if typed is None or typed == "q":
                return False
            if typed in ("i", ""):
                return True
            shown = typed == "?"
            if shown:
                question = self._looked(question)
            elif self._chosen(question, typed):
                return True

    def _chosen(self, question: Question, typed: str) -> bool:
        chosen = question.named(typed)
        if chosen is None:
            keys = ", ".join(one.key for one in question.proposals)
            self._show(f"      type one of {keys}, i, ? or q")
            return False
        text = entries(question.group, chosen, self._found.bench, self._at)
        self.texts.append(text)
        self._tell(f"      + {line}" for line in text.splitlines())
        return True

    def _looked(self, question: Question) -> Question:
        """The question after its calls were shown, and with those that were picked."""
        group = question.group
        self._tell(call_lines(group))
        if not group.left:
            return question
        typed = self._type("      ids that count as well, all of these, or enter for none: ")
        left = {one.id for one in shown_calls(group) if one.left}
        wanted = set((typed or "").replace(",", " ").split())
        picked = left if wanted == {"all"} else left & wanted
        if unknown := wanted - left - {"all"}:
            self._show(f"      not among these: {', '.join(sorted(unknown))}")
        return self._found.asked(group.with_picked(picked)) if picked else question

    def _tell(self, lines: Iterator[str]) -> None:
        for line in lines:
            self._show(line)
