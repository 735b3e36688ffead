"""What `init` prints: what was found, what is planned, and what came of it. Pure."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from localguard.clients.entry import Ours
from localguard.clients.found import ConfigFile
from localguard.clients.planning import Connection
from localguard.clients.table import Client
from localguard.onboarding.carrying_out import Work
from localguard.onboarding.moving import Moved
from localguard.onboarding.self_test import TOOL, Denied
from localguard.onboarding.templates import SIGN_IN, about
from localguard.onboarding.trying import Tried
from localguard.telling.counts import count

Row = tuple[str, ...]
_ROOM: Final = 30
"""Characters that a text is given at the least."""
_NAMED: Final = 3
"""Servers that a command names one by one."""
_MOVES: Final = "Fix: localguard disconnect --all, then localguard init moves them to the vault"


def found_lines(files: Sequence[ConfigFile], home: str, width: int) -> Iterator[str]:
    """The files of clients, and what is in them."""
    yield "Found"
    yield from aligned([row for file in files for row in _found(file, home)], width)


def plan_lines(work: Work, elsewhere: Sequence[ConfigFile], home: str, width: int) -> Iterator[str]:
    """What is to be done."""
    yield ""
    yield "Plan"
    rows = [("profile", _profile(work)), *_secrets(work), *_guarded(work.connection)]
    rows += [("stays", one) for one in work.standing]
    if work.standing:
        rows.append(("", _MOVES))
    if work.carried:
        rows.append(("servers", f"{', '.join(work.carried)}: taken along from the profile before"))
    for file in elsewhere:
        path = _short(file.path, home)
        rows.append(("project", f"{path} is left as it is; --scope project takes it over"))
    yield from aligned(_led(rows), width)


def done_lines(
    work: Work, prints: Mapping[str, str], tried: Sequence[Tried], denied: Denied, width: int
) -> Iterator[str]:
    """What came of it: secrets by their fingerprints, servers, and the self-test."""
    yield ""
    yield "Done"
    moved = _once(work)
    rows: list[Row] = [
        ("secrets", one.name, f"{prints.get(one.name, '')}  for {one.server}") for one in moved
    ]
    rows += [("servers", text) for one in tried for text in _server(one)]
    rows.append(("self-test", f"{denied.server}/{TOOL} was denied: {denied.reason}"))
    rows.append(("", f"it is in the audit log: localguard why {denied.call}"))
    yield from aligned(_led(rows), width)


def next_lines(
    clients: Iterable[Client], unreviewed: Sequence[str], name: str, width: int
) -> Iterator[str]:
    """Which clients to restart, the way back, and what to type next."""
    yield ""
    yield "Next"
    rows: list[Row] = [("restart", f"{one.title}: {one.restart}") for one in clients]
    rows.append(("way back", "localguard disconnect --all"))
    rows += [("type", command, what) for command, what in _commands(unreviewed, name)]
    yield from aligned(_led(rows), width)


def _commands(unreviewed: Sequence[str], name: str) -> Iterator[tuple[str, str]]:
    yield "localguard", "the console: what waits for you"
    if name == SIGN_IN:
        yield "localguard login", "without it nothing is called"
    if unreviewed:
        names = " ".join(unreviewed) if len(unreviewed) <= _NAMED else "--all"
        yield f"localguard server review {names}", "then marks such as @read count"
    yield "localguard learn", "later: rules from what you answered"


def nothing_lines(files: Sequence[ConfigFile], work: Work) -> Iterator[str]:
    """That all is done already."""
    servers = sum(isinstance(one.starts, Ours) for file in files for one in file.entries)
    what = f"{count(servers, 'server')} of your clients are behind localguard already"
    yield f"Nothing is to be done: {what}, by the profile {work.chosen.name}."
    yield from work.standing
    if work.standing:
        yield _MOVES


def passed_lines(tried: Sequence[Tried]) -> Iterator[str]:
    """That the self-test was not denied, and what has become of all that was written."""
    passed = next((one for one in tried if one.passed), None)
    said = "no guard answered it"
    if passed is not None:
        said = f"{passed.server} answered: {passed.passed}"
    yield f"A call that must be denied was not: {said}"
    yield "A guard that denies nothing protects nothing, so all that init wrote is taken back."
    yield "Fix: look for the reason with localguard doctor, then: localguard init"


def question(work: Work) -> str:
    """What a person is asked."""
    files = len(work.connection.plans) + (work.chosen.draft is not None)
    moved = 0 if work.moves is None else len(work.moves.fresh)
    vault = f" and move {count(moved, 'secret')} to the vault" if moved else ""
    if not files:
        return f"Make {work.chosen.name} the active profile?"
    return f"Write {count(files, 'file')}{vault}?"


def aligned(rows: Sequence[Row], width: int) -> Iterator[str]:
    """Rows of two or three cells, the last of which goes on below itself; 0 is any width."""
    first = max((len(row[0]) for row in rows), default=0)
    second = max((len(row[1]) for row in rows if len(row) > 2), default=0)
    for label, *middle, text in rows:
        head = "".join([f"  {label:{first}}  ", *(f"{one:{second}}  " for one in middle)])
        if width and middle and width - len(head) < _ROOM:
            yield head.rstrip()
            head = " " * (first + 4)
        begun, *more = _wrapped(text, max(width - len(head), _ROOM)) if width else [text]
        yield f"{head}{begun}".rstrip()
        yield from (" " * len(head) + line for line in more)


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False) or [""]


def _found(file: ConfigFile, home: str) -> Iterator[Row]:
    title, path = file.client.title, _short(file.path, home)
    if file.fault is not None:
        place = _short(file.fault.where or file.path, home)
        yield title, place
        yield "", f"left alone: {file.fault.what}"
        yield "", f"Fix: {file.fault.fix}"
        return
    names = ", ".join(one.name for one in file.entries)
    yield title, path, f"{count(len(file.entries), 'server')}{f': {names}' if names else ''}"


def _profile(work: Work) -> str:
    chosen = work.chosen
    if chosen.draft is not None:
        made = f"{chosen.name} is made: {about(chosen.template)}"
        return f"{made} (in place of {chosen.active})" if chosen.active else made
    if chosen.switches:
        before = "" if chosen.active is None else f" in place of {chosen.active}"
        return f"{chosen.name}, which is there already, is made the active one{before}"
    return f"{chosen.name}, which is the active one"


def _secrets(work: Work) -> Iterator[Row]:
    if work.moves is None:
        return
    for one in _once(work):
        known = "" if one.fresh else ", which the vault has already"
        yield "secrets", f"{one.server}: {one.told} becomes secret:{one.name}{known}"
        if one.place == "argument":
            yield "", "others can see it while the server runs; if it takes a variable, use that"
    for server in dict.fromkeys(work.moves.staying):
        yield "secrets", f"{server}: its address holds one, which stays in the profile; replace it"


def _once(work: Work) -> tuple[Moved, ...]:
    moved = () if work.moves is None else work.moves.moved
    return tuple({one.name: one for one in moved}.values())


def _guarded(connection: Connection) -> Iterator[Row]:
    for file in dict.fromkeys(one.file.path for one in connection.taken):
        here = [one for one in connection.taken if one.file.path == file]
        names = ", ".join(dict.fromkeys(one.name for one in here))
        yield "guard", f"{here[0].file.client.title}: {names}"
    for left in connection.left:
        yield "leave", f"{left.file.client.title}: {left.entry.name}: {left.unfit.why}"
        if left.unfit.fix:
            yield "", f"Fix: {left.unfit.fix}"


def _server(one: Tried) -> Iterator[str]:
    if not one.fault:
        yield f"{one.server}: {count(one.tools, 'tool')} pinned"
        return
    what, _, fix = one.fault.rstrip(".").partition(". Fix: ")
    yield f"{one.server} does not start: {what}"
    if one.said and one.said not in one.fault and not one.said.startswith("localguard:"):
        yield f"it said: {one.said}"
    yield f"Fix: {fix or 'start it by hand and see what it says; then reconnect it'}"


def _led(rows: Iterable[Row]) -> list[Row]:
    """Rows of which those that go on with the one above do not repeat its first word."""
    before, led = "", []
    for first, *rest in rows:
        led.append(("" if first == before else first, *rest))
        before = first or before
    return led


def _short(path: str, home: str) -> str:
    return f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path
