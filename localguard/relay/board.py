"""The desk of one guard as consoles see it: what is held, what became of it, and the way to answer.

Every answer is in the audit log before it has an effect, and so is everyone who may not answer and
tried. Knows no socket.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from localguard.approvals.desk import Desk
from localguard.approvals.happenings import Changed, Closed, Granted, Opened, Stopped
from localguard.approvals.kept import Leave
from localguard.approvals.requests import Answered, Pending, Refused, Stale, Taken
from localguard.audit.records import RefusedApprover
from localguard.control import messages as said
from localguard.control.board import Listener
from localguard.policy.calls import Arguments
from localguard.relay.answer_pattern import Unkept, pattern_of
from localguard.relay.desk_news import DeskNews, News, Used
from localguard.relay.frames import Request, parse
from localguard.relay.judging import PolicySource
from localguard.relay.receipts import USED, Receipts
from localguard.relay.recorder import Recorder
from localguard.relay.views import READ, Told, closed_view, grant_view, method_of, request_view

Sight = Callable[[], said.GuardView]
"""How the guard looks now."""

Who = Callable[[said.Approver], str]
"""A process in words."""


class Board:
    """What one guard's control endpoint stands for (`control.board`)."""

    def __init__(
        self,
        desk: Desk,
        news: DeskNews,
        recorder: Recorder,
        *,
        sight: Sight,
        told: Told,
        grants: Callable[[], Iterable[Leave]],
        who: Who,
        terminals: bool,
        policy: PolicySource,
        receipts: Receipts,
    ) -> None:
        """`terminals` says that the system ties a process to a terminal, as Windows does not.

        `policy` is asked who is signed in, where an answer comes with a receipt.
        """
        self._desk = desk
        self._news = news
        self._recorder = recorder
        self._sight = sight
        self._told = told
        self._grants = grants
        self._who = who
        self._terminals = terminals
        self._policy = policy
        self._receipts = receipts
        self._listeners: list[Listener] = []
        self._refusal: str | None = None
        self._last: said.GuardView | None = None
        news.subscribe(self._forget)

    def snapshot(self) -> said.Snapshot:
        """Everything as it is now."""
        return said.Snapshot(
            seq=0,
            guard=self._guard(),
            requests=tuple(self._view(one) for one in self._desk.requests()),
            closed=tuple(closed_view(one) for one in self._desk.finished()),
            grants=tuple(grant_view(one) for one in self._grants()),
        )

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell of news from now on."""
        self._listeners.append(listener)
        leave = self._news.subscribe(lambda news: self._pass_on(news, listener))

        def end() -> None:
            leave()
            self._listeners.remove(listener)

        return end

    def look(self) -> None:
        """Tell how the guard looks, if that is not as it was told last."""
        if (view := self._guard()) != self._last:
            self._last = view
            for listener in tuple(self._listeners):
                listener(view)

    def _pass_on(self, news: News, listener: Listener) -> None:
        match news:
            case Opened() | Changed() | Stopped():
                listener(self._view(news.request))
            case Closed():
                listener(closed_view(news.finished))
            case Granted():
                listener(grant_view(news.leave))
            case Used():
                listener(said.GrantView(id=news.request, target=news.target, client=None, until=0))
            case _:
                # What the others change is told by one of these.
                pass

    def refused(self, by: said.Approver | None, why: str, request: str | None) -> None:
        """Someone tried to answer who may not."""
        who = "an unknown process" if by is None else self._who(by)
        self._recorder.tell(RefusedApprover(who=who, why=why, request=request))
        self._refusal = f"{who}: {why}"
        self.look()

    async def order(self, order: said.Order, by: said.Approver) -> said.Reply:
        """Do what a person ordered, or say why not."""
        if isinstance(order, said.Stop):
            return _reply(order, self._desk.stop(order.id, self._who(by)))
        pending = self._pending(order.id)
        why = None if pending is None else self._objection(order, pending)
        if why is not None:
            return _refused(order, why)
        challenge = None if pending is None else self._receipts.challenge(pending)
        if challenge is None or not order.allow:
            return self._answer(replace(order, receipt=None), by)
        return await self._stepped_up(order, by, challenge)

    async def _stepped_up(
        self, order: said.Decide, by: said.Approver, challenge: str
    ) -> said.Reply:
        """A yes that takes a new sign-in: whatever happens meanwhile, it is for what was shown."""
        standing = self._policy.standing()
        why = await self._receipts.objection(order.receipt, challenge, standing)
        if why is not None:
            return _refused(order, why)
        now = self._pending(order.id)
        if now is not None and self._receipts.challenge(now) != challenge:
            same = now.matter.digest == order.digest
            return _refused(order, USED) if same else self._answer(replace(order, receipt=None), by)
        # Before the answer is told, so that whoever hears of it learns of no challenge that is met.
        self._receipts.end(order.id)
        reply = self._answer(order, by)
        self._tell_again(order.id)
        return reply

    def _answer(self, order: said.Decide, by: said.Approver) -> said.Reply:
        try:
            answered = self._answered(order, by, self._pending(order.id))
        except Unkept as unkept:
            return _refused(order, str(unkept))
        return _reply(order, self._desk.answer(order.id, order.digest, order.revision, answered))

    def _pending(self, id: str) -> Pending | None:  # noqa: A002
        return next((one for one in self._desk.requests() if one.id == id), None)

    def _view(self, pending: Pending) -> said.RequestView:
        return request_view(pending, self._told, self._receipts.challenge(pending))

    def _tell_again(self, id: str) -> None:  # noqa: A002
        """A request that is still open takes another sign-in from now on."""
        pending = self._pending(id)
        if pending is not None:
            for listener in tuple(self._listeners):
                listener(self._view(pending))

    def _forget(self, news: News) -> None:
        if isinstance(news, Closed):
            self._receipts.end(news.finished.id)

    def _objection(self, order: said.Decide, pending: Pending) -> str | None:
        """Why nobody may answer so, whoever it is."""
        if order.arguments is not None and method_of(pending.matter.call.item) == READ:
            return "what is read has no arguments to change"
        if not (order.allow and pending.matter.ask.duties.destructive):
            return None
        if not self._terminals:
            return "this system cannot prove who answers, so what is destructive is not allowed"
        if order.surface != "console":
            return "what is destructive is answered on the whole screen of a console: localguard"
        return None

    def _answered(self, order: said.Decide, by: said.Approver, pending: Pending | None) -> Answered:
        """Raises Unkept."""
        call = None if pending is None else pending.matter.call
        return Answered(
            allow=order.allow,
            who=self._who(by),
            scope="once" if order.scope == "always" else order.scope,
            reason=order.reason,
            arguments=None if order.arguments is None else _arguments(order.arguments),
            when=None if call is None else pattern_of(call.arguments, order.match, order.kept),
            receipt=order.receipt,
        )

    def _guard(self) -> said.GuardView:
        return replace(self._sight(), refused=self._refusal)


def _arguments(text: str) -> Arguments:
    """Arguments as strictly read as those of a call. Raises Unkept."""
    head = '{"jsonrpc":"2.0","id":0,"method":"tools/call","params":'
    frame = parse(f"{head}{text}}}".encode("utf-8", "surrogatepass"))
    if isinstance(frame, Request):
        return frame.params
    raise Unkept("these are no arguments: a JSON object is needed, with each name once")


def _refused(order: said.Order, why: str) -> said.Refused:
    return said.Refused(ask=order.ask, id=order.id, why=why)


def _reply(order: said.Order, reply: Taken | Stale | Refused) -> said.Reply:
    if isinstance(reply, Taken):
        return said.Decided(ask=order.ask, id=order.id, how=reply.words)
    kind = said.Stale if isinstance(reply, Stale) else said.Refused
    return kind(ask=order.ask, id=order.id, why=reply.why)
