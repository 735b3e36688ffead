"""`server review`: a person looks at what a server says of itself, and confirms it or does not.

The questions and what follows from the answers are those of `telling.reviews`, as in the console.
Who may answer is for `answering` to say, before anything here runs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TextIO

from localguard.audit.records import Pin as PinRecord
from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.cli.visits import Candidate, candidate, store_of
from localguard.config.paths import Places
from localguard.errors import ServerFault
from localguard.policy.pins import Account
from localguard.telling.pin_texts import names_elsewhere
from localguard.telling.reviews import Review, forget, settle
from localguard.telling.subjects import seen_beside, seen_last


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a review prints, whom it asks and whom it tells, and the moment (ISO 8601).

    `ask` puts a question that is answered with yes or no; no answer is a no.
    """

    out: TextIO
    ask: Callable[[str], bool]
    record: Callable[[PinRecord], None]
    now: Callable[[], str]

    def say(self, lines: Iterable[str]) -> None:
        """Print lines, made safe."""
        print_lines(self.out, lines)


def review(places: Places, server: str, profile: str | None, talk: Talk) -> Exit:
    """Show what nobody has confirmed of a server, and pin what is confirmed now.

    Exits with 0 if something was confirmed or nothing was to be, with 1 for a no. Raises PinFault
    and UsageFault, and ServerFault where it cannot be started and was never seen.
    """
    store = store_of(places)
    found = candidate(places, store, server, profile)
    asked = Review(found.subject, _looked_at(found, talk), names_elsewhere(store, server))
    if not asked.steps:
        talk.say([f"{server}: nothing to review, it is as it was confirmed"])
        forget(store, found.subject)
        return Exit.OK
    talk.say(asked.introduction())
    answers = _answers(asked, talk)
    pin = asked.after(answers, talk.now())
    if pin is None:
        talk.say(["Nothing was confirmed, so nothing has changed."])
        return Exit.FAILURE
    # What cannot be recorded is not confirmed.
    talk.record(asked.record(pin))
    talk.say([settle(store, asked, pin, refused=answers.count(False))])
    return Exit.OK


def _answers(asked: Review, talk: Talk) -> list[bool]:
    answers: list[bool] = []
    for step in asked.steps:
        talk.say(asked.lines(step))
        answers.append(talk.ask(step.question))
        if step.key and not answers[-1]:
            break
    return answers


def _looked_at(found: Candidate, talk: Talk) -> Account:
    """What the server says now, with what guards have seen beside that; or the latter alone."""
    try:
        return seen_beside(found.subject, found.visit())
    except ServerFault as fault:
        last = seen_last(found.subject)
        if last is None:
            raise
        talk.say([f"  {fault.explain()}", "  so this is what was seen of it last:"])
        return last
