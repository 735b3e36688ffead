"""The question after a first look at marks: yes, no, or to look at the texts first."""

from collections.abc import Callable
from typing import Final

from localguard.cli.init_asking import Line

UNSHOWN: Final = "The texts were not shown; l looks at them."


def yes_after_looking(question: str, line: Line, whole: Callable[[], None]) -> bool:
    """Put a question until it is answered with more than a wish to see the whole texts."""
    asked = f"{question} {UNSHOWN} [y/N/l] "
    while (answer := line(asked).strip().lower()) in ("l", "look"):
        whole()
        asked = f"{question} [y/N/l] "
    return answer in ("y", "yes")
