"""What is shown of one request: who asks, why a person is asked, the arguments, and the doubts."""

import json
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from textual.content import Content

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.hub import Held
from localguard.console.queue.arguments import UNREAD, arguments_of, parsed, places
from localguard.console.queue.cautions import Caution, Grade
from localguard.console.queue.signs import GRADES, caution_words
from localguard.console.services import Earlier, Profile
from localguard.console.sheet import hanging, numbered_lines
from localguard.control.messages import GuardView, RequestView
from localguard.policy.calls import Json
from localguard.policy.differences import ABSENT, Difference, Side, differences
from localguard.telling.counts import count

VALUE: Final = 2000
"""Characters of one value that are shown here; `r` shows all there is."""
_LEAVES: Final = 200
_LABEL: Final = 11
_NAME: Final = 24
_CHANGED: Final = "$warning"


class Subject(NamedTuple):
    """One request with all that is known of it. `profile` is the one in force, if it is known."""

    held: Held
    guard: GuardView | None
    earlier: Earlier
    cautions: Sequence[Caution]
    profile: Profile


def lines(subject: Subject, width: int, *, short: bool) -> Iterator[Content]:
    """Everything, in lines of at most `width` cells; what decides comes first where it is short."""
    parts = [provenance, _gap, doubts, _gap, arguments]
    if short:
        parts = [_warnings, arguments, _gap, _notes, provenance]
    last = EMPTY
    for part in parts:
        for line in part(subject, width):
            if line or last:
                yield line
            last = line


def _gap(subject: Subject, width: int) -> Iterator[Content]:
    del subject, width
    yield EMPTY


def provenance(subject: Subject, width: int) -> Iterator[Content]:
    """Who asks, by which rule, as whom, of which server.

    Which server it is by its digest is told with its tool (`texts`), for there it can be compared.
    """
    view, guard = subject.held.view, subject.guard
    yield from _labelled("asked by", _asker(view, guard), width)
    yield from _labelled("why asked", _rule(view), width)
    person = view.user or (None if guard is None else guard.identity)
    if person is not None:
        yield from _labelled("signed in", content(person, 120), width)
    yield from _labelled("server", _server(view, guard), width)
    if subject.profile.known and view.profile != subject.profile.name:
        yield from _labelled("profile", content(view.profile, 80, f"{_CHANGED} bold"), width)
    if view.count > 1:
        said = plain(f"{count(view.count, 'identical call')}; a yes lets one of them go")
        yield from _labelled("waiting", said, width)
    if view.state == "held":
        yield from _labelled(
            "state",
            plain("held: its client no longer waits, a yes is for the next identical call"),
            width,
        )


def _asker(view: RequestView, guard: GuardView | None) -> Content:
    name = content(view.client or "a client without a name", 80)
    if guard is None:
        return name
    return Content.assemble(
        name,
        (f" (pid {guard.client_pid})" if guard.client_pid else "", QUIET),
        (f" → guard {guard.pid}", QUIET),
    )


def _rule(view: RequestView) -> Content:
    said = content(view.reason, 400)
    return Content.assemble(content(view.by, 120), ("  ", ""), said.stylize(QUIET))


def _server(view: RequestView, guard: GuardView | None) -> Content:
    command = content(guard.command, 160) if guard and guard.command else content(view.server)
    reviewed = ("reviewed  ", QUIET) if view.confirmed else ("not reviewed  ", _CHANGED)
    return Content.assemble(reviewed, command)


def doubts(subject: Subject, width: int) -> Iterator[Content]:
    """The cautions, the gravest first."""
    yield from _cautions(subject.cautions, width)


def _warnings(subject: Subject, width: int) -> Iterator[Content]:
    yield from _cautions([one for one in subject.cautions if one.grade > Grade.NOTE], width)


def _notes(subject: Subject, width: int) -> Iterator[Content]:
    yield from _cautions([one for one in subject.cautions if one.grade == Grade.NOTE], width)


def _cautions(found: Iterable[Caution], width: int) -> Iterator[Content]:
    for caution in found:
        about = content(caution.about, 300)
        said = caution_words(caution)
        text = Content.assemble(said, " ", about) if about else said
        yield from hanging(GRADES[caution.grade], text, width)


def arguments(subject: Subject, width: int) -> Iterator[Content]:
    """Each place of the arguments with its value, and what it was the last time."""
    view = subject.held.view
    value = arguments_of(view)
    if value is UNREAD:
        yield from _unread(view, width)
        return
    found = list(places(value))
    if value == {}:
        yield plain("no arguments", QUIET)
        return
    changes = changed_places(subject.earlier, value)
    label = min(max((len(path) for path, _ in found), default=0), _NAME) + 2
    for path, one in found[:_LEAVES]:
        yield from place(path, one, changes.pop(path, None), label, width)
    if len(found) > _LEAVES:
        yield plain(f"… {len(found) - _LEAVES} more places, r shows all", _CHANGED)
    for gone in changes.values():
        yield from _gone(gone, width)


def changed_places(earlier: Earlier, value: Json) -> dict[str, Difference]:
    """By place what differs from the last call to the same target that was let through."""
    if earlier.arguments is None:
        return {}
    before = parsed(earlier.arguments)
    return {} if before is UNREAD else {one.path: one for one in differences(before, value)}


def place(
    path: str, value: Json, change: Difference | None, label: int, width: int
) -> Iterator[Content]:
    """One place and its value, over several lines where the text has some."""
    name = content(path or "value", _NAME * 3, "$accent")
    lead = name + plain(" " * max(label - name.cell_length, 2))
    note = _note(change)
    if isinstance(value, str) and "\n" in value:
        yield from hanging(lead, Content.assemble(measure(value), note), width)
        for line in numbered_lines(value, VALUE, width - 2):
            yield plain("  ") + line
        return
    yield from hanging(lead, Content.assemble(shown(value), note), width)


def shown(value: Json, limit: int = VALUE) -> Content:
    """A value on one line; a long text with its size and the beginning of its SHA-256."""
    text = as_text(value)
    if len(text) <= limit:
        return content(text, limit + 100)
    return Content.assemble(content(text, limit), " ", measure(text))


def as_text(value: Json) -> str:
    """A text in quotes, so that where it ends is seen; everything else as JSON."""
    return f'"{value}"' if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def measure(text: str) -> Content:
    """How long a text is, and which it is."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    lines_ = text.count("\n") + 1
    said = f"{count(len(text), 'character')}, {count(lines_, 'line')}, sha256 {digest}"
    return plain(f"({said})", QUIET)


def _note(change: Difference | None) -> Content:
    if change is None:
        return EMPTY
    if change.old is ABSENT:
        return plain("   ← new", _CHANGED)
    return Content.assemble(("   ← was ", _CHANGED), shown(change.old, 120))


def _gone(change: Difference, width: int) -> Iterator[Content]:
    was = Content.assemble(("not there now, was ", _CHANGED), _side(change.old))
    yield from hanging(content(change.path, _NAME * 3, "$accent") + plain("  "), was, width)


def _side(side: Side) -> Content:
    return EMPTY if side is ABSENT else shown(side, 120)


def _unread(view: RequestView, width: int) -> Iterator[Content]:
    said = f"{view.size} bytes, sha256 {view.sha256[:16]}"
    yield from _labelled("arguments", content(said), width)
    yield from numbered_lines(view.arguments, VALUE, width)


def _labelled(label: str, text: Content, width: int) -> Iterator[Content]:
    yield from hanging(plain(f"{label:<{_LABEL}}", QUIET), text, width)
