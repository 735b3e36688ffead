"""What "always" would write, before it is written: in words, byte for byte, and by the past.

Makes of an approval request what rules are made of, and shows a person what a candidate covers,
where it would stand, and which of the last calls it would have settled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from localguard.config.answers import read_exact
from localguard.config.fixed import Fixed, offers
from localguard.config.paths import Places
from localguard.config.remembered import Asked, Author, Candidate, Wish, candidate
from localguard.config.remembered_change import Current, current
from localguard.config.remembered_file import addition
from localguard.config.tables import Unfit
from localguard.control.messages import RequestView
from localguard.policy.calls import Arguments, SignedIn
from localguard.policy.docket import DESTRUCTIVE
from localguard.policy.grants import Answer
from localguard.telling.backtest import Matched, Recalled, would_match
from localguard.telling.recent_calls import Recent
from localguard.text import safe

LAST: Final = 500
"""Calls that a candidate is tried on."""
_VALUE: Final = 80
_UNREVIEWED: Final = frozenset({"new", "changed"})
_SAID: Final = {"is": "is", "under": "is under", "host": "is on the host"}


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be written: `text`, byte for byte, after line `line` of the file named `file`.

    `expected` is the digest of the file that it is for (`remembered_file.append`). With `refused`
    nothing can be written, and the rest is empty.
    """

    candidate: Candidate
    file: str = ""
    line: int = 0
    text: str = ""
    expected: str = ""
    covers: tuple[str, ...] = ()
    matched: Matched | None = None
    refused: str | None = None


def asked_of(view: RequestView) -> Asked:
    """What is known of an approval request, as far as a rule can be made of it."""
    marks = frozenset(view.marks)
    return Asked(
        call=view.id,
        profile=view.profile,
        server=view.server,
        item=view.item,
        rule=view.remembered_as,
        identity=view.identity,
        pin=view.pin,
        client=view.client,
        arguments=_arguments(view),
        person=None if view.person is None else SignedIn.of(view.person),
        destructive=view.risk == DESTRUCTIVE or DESTRUCTIVE in marks,
        unreviewed=not marks.isdisjoint(_UNREVIEWED),
    )


def _arguments(view: RequestView) -> Arguments | None:
    if not view.whole:
        return None
    try:
        return read_exact(view.arguments)
    except Unfit:
        return None


def kept(asked: Asked, names: Sequence[str]) -> tuple[Fixed, ...] | str:
    """These arguments of a request (`a`, or `a.b` for a member) as they are; or why not."""
    known = {ways[0].name: ways[0] for ways in offers(asked.arguments)}
    missing = [name for name in names if name not in known]
    if missing:
        return f"{safe(missing[0], _VALUE)} cannot be fixed: no rule can say what it is"
    return tuple(known[name] for name in names)


def preview(
    places: Places, asked: Asked, wish: Wish, author: Author, *, recent: Recent, recalled: Recalled
) -> Preview:
    """What a wish would write, and what it would have settled. Raises ProfileFault."""
    made = candidate(asked, wish, author)
    if made.refused is not None or made.meaning is None:
        return Preview(made, refused=made.refused)
    now = current(places, asked.profile)
    return replace(
        _placed(now, asked, made),
        covers=tuple(covers(asked, made)),
        matched=would_match(recent, made.meaning, places.home, recalled),
    )


def _placed(now: Current, asked: Asked, made: Candidate) -> Preview:
    file = f"{asked.profile}.remembered.toml"
    text = addition(now, asked.profile, made.text)
    return Preview(made, file, now.lines, text, now.digest)


def lines(shown: Preview) -> Iterator[str]:
    """A preview, line by line, each safe for a terminal."""
    if shown.refused is not None:
        yield f"cannot be remembered: {safe(shown.refused, 400)}"
        return
    yield from shown.covers
    yield f"written to {safe(shown.file)} after line {shown.line}:"
    # What is written holds nothing hidden: it is shown as it is.
    yield from (f"  | {safe(line, len(line) * 10 + 10)}" for line in shown.text.splitlines())
    if shown.matched is not None:
        yield shown.matched.told()


def covers(asked: Asked, made: Candidate) -> Iterator[str]:
    """What a candidate covers, in words."""
    verb = "allows" if made.wish.allow else "denies"
    yield f"{verb} {safe(asked.target, 160)}{_which(made.wish)}"
    if isinstance(made.meaning, Answer):
        client = safe(asked.client or "an unnamed client", _VALUE)
        yield f"for {client}, and only while server, definition and rule are as they are now"
        yield _until(made.meaning)
    else:
        yield "for every client, until it is removed"


def _which(wish: Wish) -> str:
    if wish.match == "tool":
        return ", whatever its arguments"
    if wish.match == "exact":
        return " with exactly these arguments" if wish.allow else " with these arguments"
    told = " and ".join(_fixed(one) for one in wish.fixed)
    return f" where {told}, whatever else it is given"


def _fixed(one: Fixed) -> str:
    shown = safe(one.value, _VALUE) if isinstance(one.value, str) else str(one.value).lower()
    value = f'"{shown}"' if isinstance(one.value, str) else shown
    return f"{safe(one.name, _VALUE)} {_SAID[one.test]} {value}"


def _until(answer: Answer) -> str:
    if answer.until is None:
        return "for good: until it is removed"
    return f"until {answer.until.astimezone():%Y-%m-%d %H:%M}"
