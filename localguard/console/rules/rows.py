"""Everything in force as one list: each line with its key, what it is, and how it looks."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from textual.content import Content

from localguard.console.content import QUIET, content, plain
from localguard.console.panes.split import Row, columns
from localguard.console.rules.told import left, target_of
from localguard.control.messages import GrantView
from localguard.telling.counts import count
from localguard.telling.fatigue import Suggestion
from localguard.telling.live_rules import Live, LiveAnswer, LiveRule, Passing
from localguard.telling.tallies import Tally

Thing = LiveRule | LiveAnswer | Passing | GrantView | Suggestion
"""What a line can stand for."""

STYLES: Final = {"allow": "$success", "ask": "$warning", "deny": "$error", "tools": QUIET}
_VERB: Final = 5
_HITS: Final = 9
_RATE: Final = 8
_WHAT: Final = 30
_TEXT: Final = 160


def keyed(live: Live, grants: Sequence[GrantView]) -> dict[str, Thing]:
    """All things by keys that stay theirs as long as they stand where they stand."""
    found: dict[str, Thing] = {f"rule {one.place}": one for one in live.rules}
    found |= {f"answer {one.place}": one for one in live.answers}
    found |= {f"passing {one.id or at} {one.text}": one for at, one in enumerate(live.passing)}
    listed = {one.id for one in live.passing}
    found |= {f"grant {one.id}": one for one in grants if one.id not in listed}
    shapes = ((f"{one.server}/{one.item} {one.by}", one) for one in live.fatigue.suggestions)
    return found | {f"suggestion {shape}": one for shape, one in shapes}


def rows(things: dict[str, Thing], now: datetime, *, figures: bool) -> Iterator[Row]:
    """The lines, section by section; a section's own line cannot be marked."""
    sections: tuple[tuple[str, type[object]], ...] = (
        ("RULES", LiveRule),
        ("REMEMBERED ANSWERS", LiveAnswer),
        ("FOR A WHILE", Passing),
        ("GRANTS FOR ONE CALL", GrantView),
        ("SUGGESTIONS", Suggestion),
    )
    for word, kind in sections:
        found = [(key, one) for key, one in things.items() if isinstance(one, kind)]
        if found:
            yield Row(plain(f"{word}  {len(found)}", QUIET))
        for key, one in found:
            yield Row(_shown(one, now, figures=figures), key)


def _shown(one: Thing, now: datetime, *, figures: bool) -> Content:
    match one:
        case LiveRule():
            return _rule(one, figures=figures)
        case LiveAnswer():
            return _answer(one, now)
        case Passing():
            sign = "yes" if one.allows else "no"
            style = STYLES["allow" if one.allows else "deny"]
            told = "" if one.until is None else left(one.until, now)
            return columns(
                (plain(sign, style), _VERB), (plain(told), _HITS), (content(one.text, _TEXT), 0)
            )
        case GrantView():
            told = left(datetime.fromtimestamp(one.until).astimezone(), now)
            return columns(
                (plain("once", STYLES["allow"]), _VERB),
                (plain(told), _HITS),
                (content(f"{one.target} for {one.client or 'an unnamed client'}", _TEXT), 0),
            )
        case Suggestion():
            return columns(
                (plain("▸", "$accent"), _VERB),
                (plain(f"{one.count} x yes"), _HITS),
                (content(target_of(one), _TEXT), 0),
            )


def _rule(rule: LiveRule, *, figures: bool) -> Content:
    old = "EXPIRED" if rule.expired else ""
    return columns(
        (plain(rule.verb, STYLES.get(rule.verb, "")), _VERB),
        (_hits(rule.tally) if figures else plain(""), _HITS),
        (plain(old, "$warning") if old else _rate(rule.tally), _RATE),
        (content(rule.text.removeprefix(f"{rule.verb} = "), _TEXT), _WHAT),
        (content(rule.place, _TEXT, QUIET), 0),
    )


def _answer(answer: LiveAnswer, now: datetime) -> Content:
    told = "for good" if answer.until is None else left(answer.until, now)
    return columns(
        (plain("yes", STYLES["allow"]), _VERB),
        (_hits(answer.tally), _HITS),
        (plain(told, "$warning" if answer.expired else ""), _RATE),
        (content(answer.target, _TEXT), _WHAT),
        (content(answer.text or "whatever its arguments", _TEXT, QUIET), 0),
    )


def _hits(tally: Tally) -> Content:
    if not tally.hits:
        return plain("never", "$warning")
    return plain(count(tally.hits, "hit"))


def _rate(tally: Tally) -> Content:
    rate = tally.approve_rate
    return plain("" if rate is None else f"{round(100 * rate)} % yes", QUIET)
