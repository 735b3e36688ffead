"""`server review`: a person looks at what a server says of itself, and confirms it or does not.

The questions and what follows from the answers are those of `telling.reviews`, as in the console.
Who may answer is for `answering` to say, before anything here runs.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TextIO

from localguard.audit.records import Pin as PinRecord
from localguard.cli.exits import Exit
from localguard.cli.first_look import yes_after_looking
from localguard.cli.folding import columns_of
from localguard.cli.init_asking import Line
from localguard.cli.output import print_lines
from localguard.cli.visits import Candidate, candidate, store_of
from localguard.config.paths import Places
from localguard.errors import ServerFault, UsageFault
from localguard.pinning.faults import PinFault
from localguard.policy.pins import Account
from localguard.telling.first_looks import is_first, overview, warned
from localguard.telling.pin_texts import names_elsewhere
from localguard.telling.reviews import Review, Step, forget, settle
from localguard.telling.subjects import seen_beside, seen_last


@dataclass(frozen=True, slots=True)
class Talk:
    """Where a review prints, whom it asks and whom it tells, and the moment (ISO 8601).

    `ask` puts a question that is answered with yes or no; no answer is a no. Without `line` there
    is no first look at marks alone: every text is shown.
    """

    out: TextIO
    ask: Callable[[str], bool]
    record: Callable[[PinRecord], None]
    now: Callable[[], str]
    line: Line | None = None

    def say(self, lines: Iterable[str]) -> None:
        """Print lines, made safe."""
        print_lines(self.out, lines)


def review_each(places: Places, servers: Sequence[str], profile: str | None, talk: Talk) -> Exit:
    """Review servers one after the other; one with a fault does not keep a person from the next.

    Exits with 0 if all of them do so alone. Raises as `review` where there is one alone.
    """
    if len(servers) == 1:
        return review(places, servers[0], profile, talk)
    if not servers:
        talk.say(["no server was ever seen, so there is nothing to review"])
    code = Exit.OK
    for server in servers:
        try:
            code = max(code, review(places, server, profile, talk))
        except (PinFault, ServerFault, UsageFault) as fault:
            talk.say([f"{server}: {fault.explain()}"])
            code = Exit.FAILURE
    return code


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
        answers.append(_answer(asked, step, talk))
        if step.key and not answers[-1]:
            break
    return answers


def _answer(asked: Review, step: Step, talk: Talk) -> bool:
    if talk.line is None or not is_first(step):
        return _after_all(asked, step, talk)
    warnings = warned(asked, step)
    talk.say(overview(asked, step, warnings, columns_of(talk.out) or 0))
    if warnings:
        # Whoever was warned of a text has to be shown it.
        return _after_all(asked, step, talk)
    return yes_after_looking(step.question, talk.line, lambda: talk.say(asked.lines(step)))


def _after_all(asked: Review, step: Step, talk: Talk) -> bool:
    talk.say(asked.lines(step))
    return talk.ask(step.question)


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
