"""One yes for several calls that are alike: the list, how they differ, and their number to type.

Knows nothing of how the answers reach the guards.
"""

from collections.abc import Iterator, Sequence

from textual.content import Content

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.hub import Held, Picture
from localguard.console.queue.batches import differing, values
from localguard.console.queue.detail import shown
from localguard.console.queue.over import Code, Question, unchanged
from localguard.console.services import Surroundings
from localguard.console.sheet import folded, hanging
from localguard.telling.counts import count


def batch(around: Surroundings, marks: Sequence[Held]) -> Code:
    """A dialog whose code is how many calls there are."""
    view = marks[0].view
    heading = Content.assemble(
        f"Allow {count(len(marks), 'call')} of ",
        content(f"{view.server}/{view.item}", 80),
        " once?",
    )

    def all_as_shown(picture: Picture) -> bool:
        return all(unchanged(picture, held) for held in marks)

    def lines(width: int) -> Iterator[Content]:
        return batch_lines(marks, width)

    question = Question(heading, lines, "allow them all", str(len(marks)), finish="a")
    return Code(around, question, all_as_shown)


def batch_lines(marks: Sequence[Held], width: int) -> Iterator[Content]:
    """Each call with what it alone has."""
    names = differing(marks)
    said = "They are identical in all arguments." if not names else "They differ in:"
    yield plain(said, QUIET)
    for number, held in enumerate(marks, 1):
        yield from folded(Content.assemble((f"{number:>3}  ", QUIET), content(held.view.id)), width)
        for name, value in values(held, names):
            yield from hanging(
                content(f"       {name}", 40, "$accent") + plain("  "), shown(value), width
            )
    yield EMPTY
