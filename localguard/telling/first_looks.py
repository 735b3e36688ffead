"""The first look at a server that nobody has reviewed: its marks on a few lines, in place of texts.

A yes to them is a yes to texts that were not shown, so it is only offered where nothing is odd.
"""

from collections.abc import Iterator

from localguard.telling.definitions import WARNED
from localguard.telling.marks_told import marks_lines, named, odd
from localguard.telling.reviews import Review, Step


def is_first(step: Step) -> bool:
    """Whether a step is about all of a server that nobody has reviewed."""
    return step.kind in ("kept", "all")


def warned(review: Review, step: Step) -> tuple[str, ...]:
    """All that the lines of a step point out, each with the name of what it is about."""
    instructions = _pointed_out("instructions", step.said)
    about = (
        line
        for one in step.definitions
        for line in _pointed_out(
            named(one.name), review.lines(Step(step.kind, "", definitions=(one,)))
        )
    )
    return (*instructions, *about, *odd(step.definitions))


def overview(review: Review, step: Step, warnings: tuple[str, ...], width: int) -> Iterator[str]:
    """The marks of what a step is about; `width` as for `marks_lines`."""
    said = bool(step.said)
    server = review.subject.server
    return marks_lines(server, step.definitions, warnings, width, instructs=said)


def _pointed_out(name: str, lines: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    for line in lines:
        if line.startswith(WARNED):
            yield f"{name}: {line.removeprefix(WARNED)}"
