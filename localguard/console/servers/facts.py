"""Guards and pins put together by server, and what is told of one. Pure; knows no widget."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from localguard.console.servers.ports import KnownServer
from localguard.control.messages import GuardView
from localguard.policy.calls import Json
from localguard.policy.pins import Account, Change, Definition, Family, compared, greets_alike
from localguard.telling.counts import count
from localguard.telling.definitions import text_lines
from localguard.telling.pin_texts import counted, reviewed
from localguard.telling.subjects import Subject, seen_last

RUNS: Final = "runs"
"""What a guard says of a server with which all is well; anything else is what is wrong."""
RECONNECT: Final = "reconnect"
"""The word by which a guard says that only the client can bring it back."""


@dataclass(frozen=True, slots=True)
class Group:
    """One server: its guards, the oldest first, and what is known of it."""

    name: str
    guards: tuple[GuardView, ...]
    known: KnownServer | None

    @property
    def pending(self) -> int:
        """How many items are new or changed, by the pins, or else by its guards."""
        if self.known is not None and self.known.fault is None:
            return self.known.pending
        return max((guard.unreviewed for guard in self.guards), default=0)


@dataclass(frozen=True, slots=True)
class Item:
    """One definition as it stands against its pin: `word` is `pinned`, `new`, `changed`, `removed`.

    `definition` is the one that would be called now.
    """

    definition: Definition
    word: str
    change: Change | None


def grouped(guards: Iterable[GuardView], known: Iterable[KnownServer]) -> list[Group]:
    """All servers by their names, with and without guards."""
    pins = {one.name: one for one in known}
    running: dict[str, list[GuardView]] = {}
    for guard in guards:
        running.setdefault(guard.server, []).append(guard)
    return [
        Group(name, tuple(sorted(running.get(name, ()), key=_age)), pins.get(name))
        for name in sorted({*running, *pins})
    ]


def state(guard: GuardView) -> tuple[str, str]:
    """What a guard does now in a word or two, and the style of that."""
    if guard.lockdown:
        return "LOCKDOWN", "$error bold"
    if guard.fault is not None:
        return "FAULT", "$error bold"
    if guard.server_state != RUNS:
        return f"! {guard.server_state}", "$warning"
    return f"{RUNS}, silent" if guard.silent else RUNS, "$success"


def client(guard: GuardView) -> str:
    """The client by its name and process."""
    return f"{guard.client or 'client not known'} (pid {guard.client_pid})"


def profile(guard: GuardView) -> str:
    """The profile, and whether the guard follows a switch."""
    if guard.profile is None:
        return "no profile"
    return f"{guard.profile} {'(fixed)' if guard.fixed else '(follows)'}"


def items(subject: Subject | None) -> list[Item]:
    """Every definition that is pinned or was seen last, those to be looked at first."""
    live = None if subject is None else seen_last(subject)
    if subject is None or live is None:
        return []
    pinned = Account(subject.identity) if subject.pin is None else subject.pin.account
    changes = {change.definition.item: change for change in compared(pinned, live)}
    every = {**pinned.definitions, **live.definitions}
    found = [_item(one, changes.get(item)) for item, one in every.items()]
    return sorted(found, key=lambda one: (one.change is None, one.definition.item))


def told_of_server(group: Group) -> Iterator[str]:
    """What is known of a server, and what can be done."""
    yield group.name
    known, subject = group.known, None if group.known is None else group.known.latest
    if known is None:
        yield "  nothing is pinned of it yet: its first listing does that"
    elif known.fault is not None:
        yield f"    ! {known.fault}"
    elif subject is not None:
        yield from _told_of_subject(subject, known)
    for guard in group.guards:
        yield ""
        yield from told_of_guard(guard)
    if not group.guards:
        yield ""
        yield "  no guard of it runs: a client starts one"


def told_of_guard(guard: GuardView) -> Iterator[str]:
    """One guard: whose it is, how it is, what it has done, and what is wrong."""
    since = datetime.fromtimestamp(guard.started).astimezone()
    yield f"  guard {guard.pid}, for {client(guard)}, since {since:%Y-%m-%d %H:%M}"
    yield f"  {state(guard)[0]}; profile {profile(guard)}; localguard {guard.version}"
    yield f"  signed in: {guard.identity or 'nobody'}; starts {guard.command or 'what it is told'}"
    yield (
        f"  {count(guard.calls, 'call')}, {guard.asked} asked; {count(guard.tools, 'tool')}, "
        f"{guard.unreviewed} new or changed"
    )
    if guard.fault is not None:
        yield f"    ! {guard.fault}"
    if needs_reconnect(guard):
        yield f"    ! Reconnect {guard.server} in the client: nothing passes until then"
    if guard.refused is not None:
        yield f"    ! refused to let answer: {guard.refused}"


def needs_reconnect(guard: GuardView) -> bool:
    """Whether the guard says that only the client can bring it back."""
    return any(RECONNECT in (said or "").lower() for said in (guard.fault, guard.server_state))


def _told_of_subject(subject: Subject, known: KnownServer) -> Iterator[str]:
    live = seen_last(subject)
    yield f"  {subject.identity.shown}"
    if live is not None:
        info: Mapping[str, Json] = {} if live.greeting is None else live.greeting.info
        calls = " ".join(str(info[key]) for key in ("name", "version") if key in info)
        yield f"  calls itself {calls or 'nothing'}; lists {counted(live)}"
    first = "" if subject.pin is None else f"pinned {subject.pin.first}, "
    yield f"  {first}{reviewed(subject.pin)}"
    if known.pending:
        yield f"    ! {count(known.pending, 'thing')} to review, held until then"
    for other in known.subjects[1:]:
        yield f"  known too: {other.identity.shown}"
    yield from _instructions(subject, live)


def _instructions(subject: Subject, live: Account | None) -> Iterator[str]:
    if live is None or live.greeting is None or live.greeting.instructions is None:
        return
    pin = subject.pin
    same = pin is None or greets_alike(pin.account, live)
    yield "  instructions:" if same else "  instructions, changed since they were pinned:"
    yield from text_lines(live.greeting.instructions)


def _item(definition: Definition, change: Change | None) -> Item:
    return Item(definition, "pinned" if change is None else change.word, change)


def _age(guard: GuardView) -> tuple[float, int]:
    return guard.started, guard.pid


def tools(found: Sequence[Item]) -> int:
    """How many of the items are tools."""
    return sum(one.definition.family is Family.TOOL for one in found)
