"""A board of the tests' own: a few requests, and answers that are taken once."""

import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import anyio

from localguard.control.board import Listener
from localguard.control.messages import (
    Approver,
    ClosedView,
    Decide,
    Decided,
    GuardView,
    News,
    Order,
    Reply,
    RequestView,
    Snapshot,
    Stale,
)

PERSON = Approver(pid=1, name="zsh", tty="/dev/pts/1")


def guard_view(name: str = "7f3a9c") -> GuardView:
    return GuardView(
        id=name,
        pid=4711,
        version="0.1.0",
        started=1_700_000_000.0,
        server="files",
        command="files-server",
        server_state="running",
        profile="work",
        fixed=False,
        fault=None,
        lockdown=False,
        silent=False,
        client="cursor",
        client_pid=4000,
        identity=None,
        confirmed=True,
        tools=3,
        unreviewed=0,
        calls=1,
        asked=1,
    )


def request_view(
    name: str = "7f3a9c-1", *, arguments: str = "{}", opened: float = 1.0
) -> RequestView:
    return RequestView(
        id=name,
        revision=1,
        digest=f"digest of {name}",
        state="waiting",
        server="files",
        item="write_file",
        method="tools/call",
        profile="work",
        client="cursor",
        by="rule 1",
        reason="the rule asks",
        rule=None,
        remembered_as=None,
        risk=None,
        marks=("@write",),
        confirmed=True,
        identity=None,
        pin=None,
        arguments=arguments,
        size=len(arguments),
        sha256="00",
        whole=True,
        count=1,
        opened=opened,
        left=40.0,
        until=opened + 40,
    )


def closed_view(name: str = "7f3a9c-1") -> ClosedView:
    return ClosedView(
        id=name,
        server="files",
        item="write_file",
        how="allowed",
        by="zsh",
        at=time.time(),
        missed=False,
    )


@dataclass
class FakeBoard:
    """Holds requests; the first answer to one closes it. With a receipt it waits for `checked`."""

    guard: GuardView = field(default_factory=guard_view)
    requests: dict[str, RequestView] = field(default_factory=dict)
    orders: list[tuple[Order, Approver]] = field(default_factory=list)
    refusals: list[tuple[Approver | None, str, str | None]] = field(default_factory=list)
    listeners: list[Listener] = field(default_factory=list)
    checked: anyio.Event = field(default_factory=anyio.Event)

    def snapshot(self) -> Snapshot:
        return Snapshot(seq=0, guard=self.guard, requests=tuple(self.requests.values()))

    async def order(self, order: Order, by: Approver) -> Reply:
        self.orders.append((order, by))
        if isinstance(order, Decide) and order.receipt is not None:
            await self.checked.wait()
        if self.requests.pop(order.id, None) is None:
            return Stale(ask=order.ask, id=order.id, why="somebody has answered it")
        self.tell(closed_view(order.id))
        allowed = isinstance(order, Decide) and order.allow
        return Decided(ask=order.ask, id=order.id, how="allowed" if allowed else "denied")

    def refused(self, by: Approver | None, why: str, request: str | None) -> None:
        self.refusals.append((by, why, request))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def hold(self, view: RequestView) -> None:
        self.requests[view.id] = view
        self.tell(view)

    def look_different(self, **changes: object) -> None:
        self.guard = replace(self.guard, **changes)  # type: ignore[arg-type]
        self.tell(self.guard)

    def tell(self, news: News) -> None:
        for listener in self.listeners:
            listener(news)


def let_answer(connected: socket.socket) -> tuple[Approver, str | None]:
    """A judge that knows a person at every socket."""
    assert connected.fileno() >= 0
    return PERSON, None


def answer(name: str = "7f3a9c-1", *, allow: bool = True, arguments: str | None = None) -> Decide:
    return Decide(
        ask=0, id=name, digest=f"digest of {name}", revision=1, allow=allow, arguments=arguments
    )
