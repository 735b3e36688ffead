"""Nearly valid messages by the thousand, from both sides: no exception, no smuggling, no hang.

`test_session` has valid messages in any order; here the messages are bent and broken. What may
leave is known without a look at the relay: the frames that the lines hold, read by the parser.
"""

from collections import Counter
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from localguard.relay.frames import Frame, Message, Refused, Request, emit, parse, split_batch
from localguard.relay.frames import too_long as too_long_frame
from localguard.relay.lines import Oversized, Splitter
from tests.relay.mutants import answer, lines
from tests.relay.playbook import EVERYTHING, Play, call, result, tools

OPEN = f"""{EVERYTHING}
[from_server]
sampling = "allow"
elicitation = "allow"
roots = "allow"
"""
CLOSED = """
[[rule]]
allow = ["db/read", "db/prompt:read", "db/resource:x:y"]
[[rule]]
deny = "db/drop"
[from_server]
elicitation = "deny"
roots = "deny"
"""
LIMIT = 4096
"""Bytes of a line here, so that some are too long."""
FILTERED = frozenset(
    {"tools", "resources", "resourceTemplates", "prompts", "tasks"}
    | {"capabilities", "instructions", "cacheScope"}
)
"""Members of a result that the guard may cut, or say something in."""
LISTS = frozenset({"resourceSubscriptions", "taskIds"})
"""Members of a subscription that the guard may cut."""

SAYING = st.tuples(st.sampled_from(["client", "answer", "server"]), st.integers(0, 2**32 - 1))
SCORES = st.lists(SAYING, min_size=20, max_size=60)


class Fuzzed:
    """A play whose lines come as bytes, and what was said in it."""

    def __init__(self, rules: str, revision: str) -> None:
        self.play = Play(rules)
        self.said: dict[str, list[Frame]] = {"client": [], "server": []}
        self.wanted: Counter[bytes] = Counter()
        self._splitters = {who: Splitter(LIMIT) for who in self.said}
        self.play.handshake(revision)
        self.wanted[emit("hello")] += 1
        self.play.transcript.entries.clear()

    def turn(self, who: str, seed: int) -> bytes:
        """What follows from a seed; an `answer` of the server needs an open request."""
        open_ = list(self.play.session.asked)
        if who == "answer" and open_:
            entry = open_[seed % len(open_)]
            return answer(entry.request.id, entry.request.method, seed)
        return lines("client" if who == "client" else "server", seed)

    def say(self, who: str, data: bytes) -> None:
        """One side writes bytes, in two pieces."""
        for piece in (data[: len(data) // 3], data[len(data) // 3 :]):
            for line in self._splitters[who].feed(piece):
                self._note(who, line)
                (self.play.client if who == "client" else self.play.server)(line)
                self.check()
                self.play.transcript.entries.clear()

    def _note(self, who: str, line: bytes | Oversized) -> None:
        """What the line holds for a reader that takes batches apart whatever the revision."""
        if isinstance(line, Oversized):
            frames: list[Frame | Refused] = [too_long_frame(line.head, line.tail)]
        else:
            members = split_batch(line) or []
            frames = [parse(line), *map(parse, members)]
        for frame in frames:
            if isinstance(frame, Refused):
                self._want(who, frame.id, asks=frame.asks)
                continue
            self.said[who].append(frame)
            self._want(who, getattr(frame, "id", None), asks=isinstance(frame, Request))

    def _want(self, who: str, id_: Any, *, asks: bool) -> None:
        if who == "client" and asks and id_ is not None:
            self.wanted[emit(id_)] += 1

    def check(self) -> None:
        """Everything that has just left is a judged frame written anew, or the guard's own."""
        for message in self.play.to_server:
            assert is_own_to_server(message) or self._was_said("client", message), message
        for message in self.play.to_client:
            assert is_own_to_client(message) or self._was_said("server", message), message
            if "method" not in message:
                self.wanted[emit(message["id"])] -= 1
                assert self.wanted[emit(message["id"])] >= 0, "answered once more than asked"

    def _was_said(self, who: str, message: Message) -> bool:
        bare = emit(without_lists(message))
        assert not isinstance(parse(emit(message)[:-1]), Refused)
        return any(emit(without_lists(frame.message)) == bare for frame in self.said[who])

    def probe(self) -> None:
        """A call lives: it gets to the server, and its answer to the client."""
        play = self.play
        play.client(call("probe", "read"))
        for _ in range(3):
            for id_ in list(play.session.own):
                play.server(result(id_, tools=tools("read")))
        assert play.to_server.count(call("probe", "read")) == 1
        good = result("probe", content=[])
        assert play.server(good).to_client == [good]
        play.session.server_ended("exited (code 1)")
        assert len(play.session.asked) == 0


def is_own_to_server(message: Message) -> bool:
    """The guard's own listing, or its answer in the client's place."""
    if message.get("method") == "tools/list":
        return str(message["id"]).startswith("localguard:")
    body = message.get("error", {})
    words = str(body.get("message"))
    return words.startswith("localguard: ") or words == "Method not found"


def is_own_to_client(message: Message) -> bool:
    """A refusal, or the notification that a list has changed."""
    if str(message.get("method")).endswith("/list_changed"):
        return True
    told = message.get("error", {}).get("message")
    match message.get("result"):
        case {"content": [{"text": text}], "isError": True}:
            told = text
        case _:
            pass
    return str(told).startswith("localguard: ")


def without_lists(message: Message) -> Message:
    """The message without the members that the guard may cut."""
    if isinstance(body := message.get("result"), dict):
        return {**message, "result": _without(body, FILTERED)}
    params = message.get("params", {})
    if isinstance(wanted := params.get("notifications"), dict):
        return {**message, "params": {**params, "notifications": _without(wanted, LISTS)}}
    return message


def _without(members: Message, names: frozenset[str]) -> Message:
    return {key: value for key, value in members.items() if key not in names}


RUNS = settings(max_examples=100)
"""Each of some forty lines."""
REVISION = pytest.mark.parametrize("revision", ["2025-03-26", "2025-11-25"])


@REVISION
@RUNS
@given(score=SCORES)
@example(score=[("client", seed) for seed in range(300)])
@example(score=[("server", seed) for seed in range(300)])
def test_bent_messages_break_nothing(revision: str, score: list[tuple[str, int]]) -> None:
    """Promise, "fuzz": both sides, legacy with batches and modern, tasks, subscriptions."""
    fuzzed = Fuzzed(OPEN, revision)
    for who, seed in score:
        data = fuzzed.turn(who, seed)
        fuzzed.say("client" if who == "client" else "server", data)
    fuzzed.probe()


@REVISION
@RUNS
@given(score=SCORES)
@example(score=[("client", seed) for seed in range(300)])
def test_bent_messages_get_nothing_past_the_rules(
    revision: str, score: list[tuple[str, int]]
) -> None:
    """Attack: a name or a wish in a shape that the guard reads in another way than a peer."""
    fuzzed = Fuzzed(CLOSED, revision)
    for who, seed in score:
        for line in fuzzed.turn(who, seed).splitlines():
            side = fuzzed.play.client if who == "client" else fuzzed.play.server
            heard = side(line)
            assert all(may_leave(message) for message in heard.to_server)
            assert all(may_arrive(message) for message in heard.to_client)


def may_leave(message: Message) -> bool:
    """What the rules of CLOSED let through, by a plain look at the message."""
    params = message.get("params", {})
    match message.get("method"):
        case "tools/call" | "prompts/get":
            return bool(params["name"] == "read")
        case "resources/read" | "resources/subscribe":
            return bool(params["uri"] == "x:y")
        case "completion/complete":
            return "read" in params["ref"].values() or "x:y" in params["ref"].values()
        case "subscriptions/listen":
            wanted = params.get("notifications", {})
            return set(wanted.get("resourceSubscriptions", [])) <= {"x:y"}
        case method:
            return method != "vendor/unknown"


def may_arrive(message: Message) -> bool:
    """No wish that CLOSED denies, no tool that it hides."""
    if message.get("method") in ("elicitation/create", "sampling/createMessage", "roots/list"):
        return False
    body: Message = message.get("result") or message.get("params") or {}
    places: list[object] = [body, body.get("task"), body.get("result")]
    return not any(isinstance(place, dict) and place.get("inputRequests") for place in places)
