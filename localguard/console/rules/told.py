"""What a person is told of a rule, an answer, a grant or a suggestion. Pure; knows no widget."""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from localguard.config.managed import FOLDER
from localguard.config.paths import Places
from localguard.control.messages import GrantView
from localguard.telling.counts import count
from localguard.telling.fatigue import Suggestion
from localguard.telling.live_rules import LiveAnswer, LiveRule, Passing
from localguard.telling.tallies import Tally

_SOURCES: Final = {
    "profile": "written by hand",
    "managed": "of your organisation: it can only be changed there",
    "remembered": "remembered",
}


def told_of_rule(rule: LiveRule, places: Places, *, figures: bool) -> Iterator[str]:
    """A rule: what it says, where it stands, what it has done (by `figures`), how to change it."""
    name = f'  id "{rule.id}"' if rule.id else ""
    yield f"{rule.verb}  {rule.place}{name}"
    yield f"  {rule.text}"
    yield f"  {_SOURCES[rule.source]}{f': {rule.said}' if rule.said else ''}"
    yield from _figures(rule.tally)
    if rule.until is not None:
        word = "ended" if rule.expired else "ends"
        yield f"  {word} {_local(rule.until)}"
    if figures and rule.never_matched:
        yield "    ! none of the last calls was one that it speaks of"
    if rule.source == "profile":
        yield f"  To change it, edit {_path(rule.place, places)}"


def told_of_answer(answer: LiveAnswer) -> Iterator[str]:
    """A remembered yes: to what, for whom, until when, and how it came to be."""
    yield f"yes to {answer.target}  {answer.place}  {answer.id}"
    yield f"  {answer.text or 'whatever its arguments'}"
    yield f"  for {answer.client or 'an unnamed client'}, where {answer.rule} asks"
    until = "for good" if answer.until is None else f"until {_local(answer.until)}"
    yield f"  {until}{', EXPIRED' if answer.expired else ''}"
    if answer.said:
        yield f"  remembered {answer.said}"
    yield from _figures(answer.tally)


def told_of_passing(one: Passing, now: datetime) -> Iterator[str]:
    """An answer that holds for a while."""
    yield f"{'yes' if one.allows else 'no'}  {one.text}"
    if one.id is not None:
        yield f"  given to request {one.id}: localguard why {one.id}"
    if one.until is not None:
        yield f"  {left(one.until, now)} left, until {_local(one.until)}"
    yield "  It ends with a switch of the profile, too."


def told_of_grant(grant: GrantView, now: datetime) -> Iterator[str]:
    """Leave for one call."""
    until = datetime.fromtimestamp(grant.until).astimezone()
    yield f"leave for one identical call: {grant.target}"
    yield f"  for {grant.client or 'an unnamed client'}, given to request {grant.id}"
    yield f"  {left(until, now)} left, until {_local(until)}"
    yield "  It ends once it is used, and with a switch of the profile."


def told_of_suggestion(one: Suggestion) -> Iterator[str]:
    """A rule that would have answered many questions."""
    yield f"{target_of(one)}: {one.count} approvals without a no between them"
    yield f"  asked by {one.by}; the last one was {one.call}"
    yield "  all of them had:"
    for fixed in one.fixed:
        yield f"    {fixed.name} {fixed.test} {fixed.value!r}"
    yield '  A rule could say so. Allow the next such request with scope "always" and these fixed.'
    if one.by.endswith(" default"):
        yield "  Or make it a rule of the profile: localguard learn"


def target_of(one: Suggestion) -> str:
    """The item that a suggestion is about."""
    return f"{one.server}/{one.item}"


def left(until: datetime, now: datetime) -> str:
    """How long it still is, in its largest units: `14m 05s`, `3h 20m`, `29d`."""
    seconds = int((until - now).total_seconds())
    if seconds <= 0:
        return "over"
    minutes, hours = seconds // 60, seconds // 3600
    if hours >= 48:
        return f"{hours // 24}d"
    return f"{hours}h {minutes % 60:02}m" if hours else f"{minutes}m {seconds % 60:02}s"


def _figures(tally: Tally) -> Iterator[str]:
    if tally.hits:
        yield f"  {count(tally.hits, 'hit')}, the last {_moment(tally.last)}"
    if tally.prompts:
        yield f"  asked {count(tally.prompts, 'time')}: {tally.allowed} yes, {tally.denied} no"


def _path(place: str, places: Places) -> str:
    file, _, line = place.rpartition(":")
    folder = places.managed if file.startswith(FOLDER) else places.profiles
    return f"{os.path.join(folder, file.removeprefix(FOLDER))}, line {line}"


def _moment(text: str | None) -> str:
    try:
        return _local(datetime.fromisoformat(text or ""))
    except (ValueError, OverflowError, OSError):
        return text or "not known"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
