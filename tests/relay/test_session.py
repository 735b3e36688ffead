"""One client and one server: every request answered once, and one way to the server."""

import ast
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.approvals.requests import Answered
from localguard.audit.records import Decided, Outcome, ServerEvent
from localguard.relay.client_side import ClientSide
from localguard.relay.exchange import Open
from localguard.relay.frames import emit
from localguard.relay.methods import CLIENT_REQUESTS, Treatment
from localguard.relay.session import PATIENCE, Session
from tests.relay.playbook import (
    Message,
    Play,
    call,
    error,
    modern,
    note,
    ready,
    request,
    result,
    tools,
)

LOCALGUARD = Path(__file__).resolve().parents[2] / "localguard"
WRITES_OTHERWISE = (
    *(
        "*pipes.py",
        "standin.py",
        "stderr.py",
        "capped_file.py",
        "keeper.py",
        "tidying.py",
        "talk.py",
    ),
)
"""The sinks themselves, and what writes files or pipes of its own."""
MIXED = """
[[rule]]
allow = ["db/read", "db/prompt:*"]
[[rule]]
ask = "db/ask"
[[rule]]
tools = "db/*"
limit = "1000/hour"
"""


def test_a_server_that_ends_leaves_nobody_waiting() -> None:
    """MCP, "upstream died with open ids": per open id, a positive code."""
    play = ready()
    play.client(call(7, "read"))
    play.client(request("7b", "ping"))
    play.session.server_ended("exited (code 1)")
    assert [(answer["id"], answer["error"]["code"]) for answer in play.to_client[-2:]] == [
        (7, 1002),
        ("7b", 1002),
    ]
    words = "localguard: the server exited (code 1) before answering"
    assert play.to_client[-1]["error"]["message"] == words
    assert [record.status for record in play.recorded(Outcome)] == ["lost"]
    said = len(play.to_client)
    play.session.server_ended("exited (code 1)")
    assert len(play.to_client) == said


def test_a_request_is_answered_once_whoever_answers_it_twice() -> None:
    """The last line of defence, below every path that answers."""
    play = ready()
    play.client(call(7, "read"))
    entry = play.session.asked.get(7)
    assert entry is not None
    for answer in (result(7, first=True), result(7, second=True)):
        play.session.reply(entry, answer)
    assert play.to_client[-1] == result(7, first=True)


def test_a_call_that_waits_for_the_list_is_answered_when_the_server_ends() -> None:
    """It was not sent, so it has no outcome; and no timer wakes it again."""
    play = Play()
    play.handshake()
    play.client(call(7, "read"))
    play.session.server_ended("exited (code 1)")
    assert play.to_client[-1]["id"] == 7
    heard = play.wait(PATIENCE)
    assert (heard.to_client, heard.to_server, play.recorded(Outcome)) == ([], [], [])


@pytest.mark.parametrize("method", ["initialize", "server/discover"])
def test_a_silent_server_is_noticed_once(method: str) -> None:
    """A server that hangs at its start is the fault people meet, and no client says so."""
    play = Play()
    play.client(request(1, method))
    play.client(request(2, "initialize"))
    assert play.wait(PATIENCE - 1).records == []
    play.wait(1)
    (event,) = play.recorded(ServerEvent)
    assert event.event == "unresponsive"
    assert event.detail == f"has not answered {method} for 10 s"
    (notice,) = play.transcript.of("notice")
    assert notice.startswith(f"localguard: the server db has not answered {method} for 10 s")
    assert "stderr" in notice
    assert play.to_client == []


def test_a_server_that_answers_in_time_is_not_noticed() -> None:
    """Neither are clients that gave up, nor calls that take long."""
    play = ready()
    play.client(call(7, "read"))
    play.client(request(8, "server/discover"))
    play.client(note("notifications/cancelled", requestId=8))
    play.wait(10 * PATIENCE)
    assert play.recorded(ServerEvent) == []
    assert play.transcript.of("notice") == []


def test_a_silent_server_is_recorded_though_there_is_nobody_to_tell() -> None:
    """The log is the one place that is always there."""
    play = Play()
    session = Session(
        client=play.session._client,
        gate=play.session.gate,
        policy=play.policy,
        recorder=play.session.recorder,
        later=play.session.later,
    )
    ClientSide(session).line(emit(request(1, "initialize")))
    play.wait(PATIENCE)
    assert [event.event for event in play.recorded(ServerEvent)] == ["unresponsive"]


BUDGET = 25.0
IDS = st.sampled_from([1, 2, 3, "1", "a"])
TOKENS = st.sampled_from([{}, {"progressToken": 1}])
NAMES = st.sampled_from(["read", "ask", "drop", "far"])
METHODS = st.sampled_from([*CLIENT_REQUESTS, "vendor/unknown"])


def asked(id_: Any, method: str, name: str, meta: dict[str, Any], dressed: bool) -> Message:
    ref = {"type": "ref/prompt", "name": name}
    more = {"ref": ref, "argument": {"name": "a", "value": "b"}, "taskId": "t1", "uri": "x:y"}
    message = request(id_, method, name=name, **more, _meta=meta)
    return modern(message, **meta) if dressed else message


CLIENT_SAYS = st.one_of(
    st.builds(asked, IDS, METHODS, NAMES, TOKENS, st.booleans()),
    st.builds(asked, IDS, st.just("tools/call"), NAMES, TOKENS, st.booleans()),
    st.builds(lambda id_: note("notifications/cancelled", requestId=id_), IDS),
    st.builds(result, IDS),
    st.just(note("notifications/initialized")),
    st.binary(max_size=8).map(lambda line: line.replace(b"\n", b"")),
)
SERVER_SAYS = st.one_of(
    st.builds(result, IDS),
    st.builds(lambda id_: result(id_, tools=tools("read", "ask", "drop")), IDS),
    st.builds(lambda id_: result(id_, resultType="task", taskId="t1"), IDS),
    st.builds(lambda id_: result(id_, inputRequests={"a": {"method": "roots/list"}}), IDS),
    st.builds(lambda id_: error(id_, -32603), IDS),
    st.builds(lambda id_: request(id_, "roots/list"), IDS),
    st.builds(lambda id_: request(id_, "sampling/createMessage"), IDS),
    st.builds(lambda id_: note("notifications/cancelled", requestId=id_), IDS),
    st.just(note("notifications/tools/list_changed")),
    st.just(note("notifications/progress", progressToken=1, progress=1)),
    st.just(b"noise"),
)
OTHERWISE = st.sampled_from(
    [
        *("own list", "wait", "moment", "switch", "log fails", "log recovers"),
        *("yes", "no", "restart", "no server"),
    ]
)
SCORES = st.lists(
    st.one_of(
        st.tuples(st.just("client"), CLIENT_SAYS),
        st.tuples(st.just("server"), SERVER_SAYS),
        st.tuples(OTHERWISE, st.none()),
    ),
    max_size=40,
)


@given(SCORES)
def test_every_request_is_answered_once_and_nothing_unjudged_is_sent(score: list[Any]) -> None:
    """The promise of the relay, whatever both sides say in whatever order."""
    play = Play(MIXED, budget=BUDGET)
    for who, line in score:
        perform(play, who, line)
        check_sent(play)
    play.gate.end()
    play.session.server_ended("exited (code 1)")
    play.wait(10 * BUDGET)
    check_ended(play, whole=("log fails", None) not in score)
    answered = [key(m["id"]) for m in play.to_client if "method" not in m and "id" in m]
    taken = [key(id_) for id_ in open_ids(play.transcript.entries)]
    assert sorted(answered) == sorted(taken)


def perform(play: Play, who: str, line: Any) -> None:
    match who:
        case "client":
            note_asked(play, line)
            note_given_up(play, line)
            play.client(line)
        case "server":
            note_taken_back(play, line)
            play.server(line)
        case _:
            happen(play, who)


def happen(play: Play, what: str) -> None:
    """Something that neither side says."""
    match what:
        case "own list":
            for id_ in list(play.session.own):
                play.server(result(id_, tools=tools("read", "ask", "drop")))
        case "wait":
            play.wait(PATIENCE)
        case "moment":
            play.wait(0.02)
        case "yes" | "no":
            answer(play, allow=what == "yes")
        case "restart" | "no server":
            play.restart(trouble=None if what == "restart" else "it has no command")
        case "switch":
            play.switch('[[rule]]\nallow = "db/ask"')
        case _:
            play.log.failing = what == "log fails"


def answer(play: Play, *, allow: bool) -> None:
    """A person answers what has waited longest."""
    for shown in play.desk.requests()[:1]:
        given = Answered(allow=allow, who="ana")
        play.desk.answer(shown.id, shown.matter.digest, shown.revision, given)


def check_ended(play: Play, *, whole: bool) -> None:
    """Nothing waits any more, limits count what was sent, and each intent has its outcome."""
    assert (play.desk.requests(), list(play.session.asked)) == ((), [])
    judged = [m for m in play.to_server if CLIENT_REQUESTS.get(m.get("method", "")) in JUDGED]
    counted = [play.ledger.spent[key] for key in play.ledger.spent]
    assert sum(counted) == len(judged)
    intents = {one.call for one in play.recorded(Decided) if one.kind == "intent"}
    if whole:
        assert intents <= {one.call for one in play.recorded(Outcome)}


def note_asked(play: Play, line: Any) -> None:
    """A request whose id is free expects an answer."""
    asks = isinstance(line, dict) and "method" in line and "id" in line
    if asks and play.session.asked.get(line["id"]) is None:
        play.transcript.entries.append(("asked", line["id"]))


def note_given_up(play: Play, line: Any) -> None:
    """What the client cancels gets no answer any more, but for the handshake."""
    entry = cancelled(play, line)
    if entry is not None and entry.treatment is not Treatment.INITIALIZE:
        play.transcript.entries.append(("gave up", entry.request.id))


def note_taken_back(play: Play, line: Any) -> None:
    """A server ends a subscription where it could not mean a wish of its own."""
    entry = cancelled(play, line)
    listening = entry is not None and entry.treatment is Treatment.LISTEN
    if entry is not None and listening and play.session.wished.get(entry.request.id) is None:
        play.transcript.entries.append(("gave up", entry.request.id))


def cancelled(play: Play, line: Any) -> Open | None:
    """The open request of the client's that the line names to cancel it."""
    if not isinstance(line, dict) or line.get("method") != "notifications/cancelled":
        return None
    return play.session.asked.get(line["params"]["requestId"])


def open_ids(entries: list[tuple[str, Any]]) -> list[Any]:
    """The ids that were asked with, without those the client or the server took back."""
    ids: list[Any] = []
    for who, what in entries:
        if who == "asked":
            ids.append(what)
        elif who == "gave up":
            ids.reverse()
            ids.remove(next(id_ for id_ in ids if key(id_) == key(what)))
            ids.reverse()
    return ids


def key(id_: Any) -> tuple[str, str]:
    return type(id_).__name__, str(id_)


def check_sent(play: Play) -> None:
    """Each judged request at the server has its own allowing record before it."""
    allowed: set[tuple[str, str]] = set()
    for who, what in play.transcript.entries:
        if who == "log" and isinstance(what, Decided) and what.decision == "allow":
            allowed.add(key(what.request_id))
        if who == "server" and "method" in what and "id" in what:
            judged = CLIENT_REQUESTS.get(what["method"]) in JUDGED
            assert not judged or key(what["id"]) in allowed
            allowed.discard(key(what["id"]))
            assert what["method"] in CLIENT_REQUESTS


JUDGED = {Treatment.TOOL, Treatment.READ, Treatment.PROMPT, Treatment.COMPLETE}


def modules(*folders: str) -> list[tuple[Path, ast.Module]]:
    paths = [path for folder in folders for path in sorted((LOCALGUARD / folder).rglob("*.py"))]
    return [(path, ast.parse(path.read_text("utf-8"))) for path in paths]


def test_only_policy_and_a_persons_yes_make_an_allow() -> None:
    """Promise: no code path of the relay can forward a call that was not allowed."""
    making = {
        path.relative_to(LOCALGUARD).as_posix()
        for path, tree in modules(".")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Allow"
    }
    assert making == {
        "approvals/verdicts.py",
        "policy/docket.py",
        "policy/judge.py",
        "policy/observing.py",
    }


def test_only_send_writes_to_the_server() -> None:
    """Promise: `send` takes an `Allow` or an `Unjudged`, and nothing else writes."""
    writing = [
        (path.name, function.name, ast.unparse(node.func))
        for path, tree in modules("relay")
        if not any(map(path.match, WRITES_OTHERWISE))
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("write", "writelines")
    ]
    assert sorted(writing) == [
        ("recorder.py", "must", "self._log.write"),
        ("recorder.py", "tell", "self._log.write"),
        ("session.py", "reply", "self._client.write"),
        ("session.py", "send", "self._server.write"),
        ("session.py", "tell", "self._client.write"),
    ]
