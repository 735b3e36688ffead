"""Answers of the server: what of them reaches the client, and what the log says of them."""

from datetime import datetime

from localguard.audit.records import Listing, Status
from localguard.relay import replies
from localguard.relay.exchange import Open, progress_token
from localguard.relay.frames import Failure, Message, Result
from localguard.relay.from_server import (
    asks_for_input,
    error_objection,
    inner_objection,
)
from localguard.relay.listing import SHELVES, Walk, filter_page
from localguard.relay.methods import Treatment
from localguard.relay.pins import introduction
from localguard.relay.session import Session
from localguard.text import safe

MAX_TASKS = 10_000


class Answers:
    """Looks at each answer by the treatment of its request."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._walks: dict[str, Walk] = {method: {} for method in SHELVES}

    def inspect(self, entry: Open, frame: Result | Failure) -> Message:
        """The message that answers the client, and the outcome in the log."""
        if isinstance(frame, Failure):
            message = self._failure(entry, frame)
        else:
            message = self._good(entry, frame)
        refusal = self._objection(frame)
        if refusal is None:
            return message
        words = f"the server asked for something it may not have: {refusal}"
        return replies.refusal(entry.request, words, entry.call or "-")

    def _objection(self, frame: Result | Failure) -> str | None:
        """Why the client may not see what an answer asks for; whatever its request, clients look.

        The decision is in the log before the answer leaves.
        """
        permission = self._session.gate.from_server
        if isinstance(frame, Failure):
            asks = frame.error.get("code") == replies.URL_ELICITATION_REQUIRED
            refusal = error_objection(frame.error, permission)
        else:
            asks = asks_for_input(frame.result)
            refusal = inner_objection(frame.result, permission) if asks else None
        return self._session.recorder.wish("input request", refusal) if asks else None

    def _good(self, entry: Open, frame: Result) -> Message:
        match entry.treatment:
            case Treatment.INITIALIZE:
                return self._initialized(frame)
            case Treatment.DISCOVER:
                return self._discovered(frame)
            case Treatment.LIST:
                return self._page(entry, frame)
            case Treatment.TASKS:
                return self._known_tasks(frame)
            case (
                Treatment.TOOL
                | Treatment.READ
                | Treatment.PROMPT
                | Treatment.COMPLETE
                | Treatment.TASK
            ):
                return self._result(entry, frame)
            case _:
                self._session.recorder.outcome(entry, "ok")
                return frame.message

    def _failure(self, entry: Open, frame: Failure) -> Message:
        code = frame.error.get("code")
        self._session.recorder.outcome(entry, "error", code if type(code) is int else None)
        return frame.message

    def _initialized(self, frame: Result) -> Message:
        """The guard itself tells of changed lists, so the server must be seen to be able to."""
        self._session.greeted = frame.result
        version = frame.result.get("protocolVersion")
        self._session.version = version if isinstance(version, str) else None
        result = {**frame.result}
        if isinstance(capabilities := result.get("capabilities"), dict):
            result["capabilities"] = {
                key: {**value, "listChanged": True} if _lists(key, value) else value
                for key, value in capabilities.items()
            }
            self._session.offered = frozenset(capabilities)
        self._introduce(result)
        self._explain(result)
        return {**frame.message, "result": result}

    def _discovered(self, frame: Result) -> Message:
        """As it is, since an era hangs on it, but for instructions that are not as pinned."""
        if isinstance(capabilities := frame.result.get("capabilities"), dict):
            self._session.offered = frozenset(capabilities)
        result = {**frame.result}
        return {**frame.message, "result": result} if self._introduce(result) else frame.message

    def _introduce(self, result: Message) -> bool:
        """Show the instructions that were pinned, where these are others; whether they are."""
        info, said = introduction(result)
        shown = self._session.pins.greeted(info, said)
        if shown == said:
            return False
        result["instructions"] = shown
        return True

    def _explain(self, result: Message) -> None:
        """Where no call can go through, or more than by the rules, the instructions say so.

        No model should have to guess.
        """
        gate = self._session.gate
        trouble = gate.trouble() or _observed(gate.observed_until())
        said = result.get("instructions")
        # The stand-in of a server that may not run has said it already.
        if trouble is not None and not (isinstance(said, str) and trouble in said):
            below = f"\n\n{said}" if isinstance(said, str) else ""
            result["instructions"] = f"localguard: {safe(trouble, 600)}{below}"

    def _page(self, entry: Open, frame: Result) -> Message:
        session, method = self._session, entry.request.method
        page = filter_page(
            method,
            frame.result,
            session.catalog,
            session.gate.visible,
            cursor=entry.request.params.get("cursor"),
            walk=self._walks[method],
            pins=session.pins,
        )
        session.pins.note()
        session.recorder.tell(
            Listing(method=method, shown=page.shown, hidden=page.hidden, duplicates=page.duplicates)
        )
        return {**frame.message, "result": page.result}

    def _known_tasks(self, frame: Result) -> Message:
        tasks = frame.result.get("tasks")
        listed = tasks if isinstance(tasks, list) else []
        known = [
            t for t in listed if isinstance(t, dict) and self._session.knows_task(t.get("taskId"))
        ]
        return {**frame.message, "result": {**frame.result, "tasks": known}}

    def _result(self, entry: Open, frame: Result) -> Message:
        if entry.request.method != "tasks/get" or "result" in frame.result:
            self._session.recorder.outcome(entry, self._status(entry, frame.result))
        return frame.message

    def _status(self, entry: Open, result: Message) -> Status:
        if "inputRequests" in result or result.get("resultType") == "input_required":
            return "input_required"
        if entry.treatment is Treatment.TOOL and self._starts_task(entry, result):
            return "task"
        final = result.get("result") if entry.request.method == "tasks/get" else result
        failed = isinstance(final, dict) and final.get("isError") is True
        return "tool_error" if failed else "ok"

    def _starts_task(self, entry: Open, result: Message) -> bool:
        """A task of 2025-11-25 stands in `task`, one of the extension in the result itself."""
        task = result.get("task") if "task" in entry.request.params else None
        if result.get("resultType") == "task":
            task = result
        id_ = task.get("taskId") if isinstance(task, dict) else None
        if not isinstance(id_, str) or len(self._session.tasks) >= MAX_TASKS:
            return False
        self._session.tasks[id_] = (entry.call, entry.person)
        token = progress_token(entry.request)
        if token is not None:
            self._session.task_tokens.add(token)
        return True


def _lists(capability: str, value: object) -> bool:
    return capability in ("tools", "resources", "prompts") and isinstance(value, dict)


def _observed(until: datetime | None) -> str | None:
    """That more passes than the rules allow, for a while."""
    if until is None:
        return None
    end = f"{until.astimezone():%Y-%m-%d %H:%M}"
    return f"until {end} calls that no rule names are let through, and each is recorded"
