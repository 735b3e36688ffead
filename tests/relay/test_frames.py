"""What is a message, what is none, and that what goes on is read alike by every parser."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from localguard.audit.records import Noise, RefusedFrame
from localguard.policy.calls import Facts
from localguard.policy.matchers import Bounds, Number
from localguard.policy.truth import Truth
from localguard.relay.frames import (
    Failure,
    Notification,
    Refused,
    Request,
    Result,
    emit,
    parse,
    split_batch,
    too_long,
)
from tests.relay.frame_vectors import (
    BEYOND_DOUBLES,
    GOES_ON,
    REFUSED,
    SMUGGLED,
    asking,
    nested,
    result_with_id,
    with_id,
)
from tests.relay.playbook import NOON, Play, ready

FACTS = Facts(at=NOON)
REFUSALS = [
    pytest.param(line, reason, id=f"{reason}: {what}")
    for reason, lines in REFUSED.items()
    for what, line in lines.items()
]
PASSING = [pytest.param(line, id=what) for what, line in GOES_ON.items()]
READ_BY_NODE = """
const lines = require("node:fs").readFileSync(0, "utf8").split("\\n").slice(0, -1);
for (const line of lines) console.log(JSON.stringify(JSON.parse(line)));
"""

Frame = Request | Notification | Result | Failure


def frame(line: bytes) -> Frame:
    parsed = parse(line)
    assert not isinstance(parsed, Refused), parsed
    return parsed


@pytest.fixture(scope="module")
def node_reads() -> Mapping[bytes, Any]:
    """What node reads in each line that goes on: one process for all of them."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    lines = [emit(frame(line).message) for line in GOES_ON.values()]
    done = subprocess.run(
        [node, "-e", READ_BY_NODE], input=b"".join(lines), capture_output=True, check=True
    )
    read = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip(GOES_ON.values(), read, strict=True))


@pytest.mark.parametrize(("line", "reason"), REFUSALS)
def test_what_parsers_read_differently_is_refused_by_name(line: bytes, reason: str) -> None:
    """Attack: a message that means one thing to the guard and another to the peer."""
    refused = parse(line)
    assert isinstance(refused, Refused)
    assert refused.reason == reason


@pytest.mark.parametrize(("line", "reason"), REFUSALS)
def test_what_is_refused_goes_nowhere_and_is_recorded(line: bytes, reason: str) -> None:
    """Promise: a violating frame is never forwarded, in neither direction, and never silently."""
    for play in (Play(), ready()):
        heard = play.client(line)
        assert heard.to_server == []
        assert [r.reason for r in heard.records if isinstance(r, RefusedFrame)] == [reason]
        heard = play.server(line)
        assert heard.to_client == []
        (record,) = heard.records
        assert isinstance(record, Noise) or (isinstance(record, RefusedFrame) and record.reason)


@pytest.mark.parametrize("line", PASSING)
def test_what_goes_on_is_one_printable_line_that_says_the_same(line: bytes) -> None:
    """Law of frames: the object that was judged, written anew as one ASCII line."""
    message = frame(line).message
    written = emit(message)
    assert written.endswith(b"\n")
    assert all(0x20 <= byte <= 0x7E for byte in written[:-1])
    assert json.loads(written) == message == json.loads(line)
    assert orjson.loads(written) == message


@pytest.mark.parametrize("line", PASSING)
def test_what_goes_on_says_the_same_to_node(line: bytes, node_reads: Mapping[bytes, Any]) -> None:
    """Promise: what was judged is what the official TypeScript SDK reads."""
    assert node_reads[line] == frame(line).message


@pytest.mark.parametrize("line", BEYOND_DOUBLES.values(), ids=BEYOND_DOUBLES.keys())
def test_integers_beyond_doubles_go_on_exactly_and_are_doubt_to_policy(line: bytes) -> None:
    """The named exception: node rounds such a number, so no rule may be satisfied by it."""
    request = frame(line)
    assert isinstance(request, Request)
    assert emit(request.message).rstrip(b"\n") == line
    number = request.params["arguments"]["a"]
    for matcher in (Number(number), Bounds(low=0), Bounds(high=float("inf"))):
        assert matcher.judge(number, FACTS) is Truth.DOUBT


def test_a_message_hidden_between_carriage_returns_stays_an_argument() -> None:
    """Attack: readers that also split at CR (TextIOWrapper, readline) saw a second message."""
    line = (
        f'{{"jsonrpc":"2.0","method":"notifications/x","params":{{"x":\r{SMUGGLED}\r}}}}'.encode()
    )
    written = emit(frame(line).message)
    assert b"\r" not in written
    assert written.splitlines() == [written[:-1]]
    assert json.loads(written)["params"]["x"] == json.loads(SMUGGLED)


@pytest.mark.parametrize(
    ("line", "id_", "asks", "answers"),
    [
        (asking('{"name":"a","name":"b"}'), 1, True, False),
        (b'{"method":"a","params":{"x":NaN},"jsonrpc":"2.0","id":"7"}', "7", True, False),
        (b'{"result":{"x":1e999},"jsonrpc":"2.0","id":7}', 7, False, True),
        (b'{"error":{"x":NaN},"jsonrpc":"2.0","id":7}', 7, False, True),
        (result_with_id("5").replace(b"{}", b'{"x":"\xff"}'), 5, False, True),
        (b"\xef\xbb\xbf" + with_id("3"), 3, True, False),
        (nested(100_000), 1, True, False),
        (b'{"result":{"a":' + b"[" * 99_999 + b"]" * 99_999 + b'},"id":4}', 4, False, True),
        (with_id('"a"') + b"]", "a", True, False),
        (b'{"jsonrpc":"2.0","id":8,"method":"a","result":{}}', 8, True, True),
        (with_id("true"), None, False, False),
        (with_id(str(2**53)), None, False, False),
        (b'{"jsonrpc":"2.0","method":1}', None, False, False),
        (b"[1]", None, False, False),
        (b"plain text", None, False, False),
        (b'{"id":6,', 6, False, False),
    ],
)
def test_a_refused_message_can_be_answered_where_its_id_is_readable(
    line: bytes, id_: Any, asks: bool, answers: bool
) -> None:
    """Promise: nobody waits in vain. The TypeScript SDK writes ids last, others first."""
    refused = parse(line)
    assert isinstance(refused, Refused)
    assert (refused.id, refused.asks, refused.answers) == (id_, asks, answers)


@pytest.mark.parametrize(
    ("head", "tail", "id_", "asks", "answers"),
    [
        (b'{"jsonrpc":"2.0","id":5,"method":"a","params":{"x":"', b'"}}', 5, True, False),
        (b'{"result":{"tools":[{"a":"method"', b'}]},"jsonrpc":"2.0","id":5}', 5, False, True),
        (b'{"method":"a","params":{"result":"', b'"},"id":"x"}', "x", True, False),
        (b'{"jsonrpc":"2.0","method":"a","params":{"id":"', b'"id":3}}', None, False, False),
    ],
)
def test_a_message_that_is_too_long_is_answered_by_its_ends(
    head: bytes, tail: bytes, id_: Any, asks: bool, answers: bool
) -> None:
    """Promise: a line over the limit is not kept, and its sender still hears of it."""
    assert too_long(head, tail) == Refused("too-long", "", id_, asks, answers)


def test_shapes_are_what_json_rpc_says() -> None:
    """JSON-RPC 2.0 sections 4 and 5."""
    assert isinstance(frame(with_id("1")), Request)
    assert isinstance(frame(b'{"jsonrpc":"2.0","method":"a"}'), Notification)
    assert isinstance(frame(result_with_id("1")), Result)
    for line in (GOES_ON["error without id"], GOES_ON["error with id null"]):
        failure = frame(line)
        assert isinstance(failure, Failure)
        assert failure.id is None


def test_a_batch_comes_apart_into_lines_of_its_own() -> None:
    """MCP 2025-03-26 basic/index "Batching": split, never forwarded as an array."""
    line = b"[" + with_id("1") + b',\r{"a":"\xe2\x82\xac"}, 3]'
    assert split_batch(line) == [with_id("1"), b'{"a":"\\u20ac"}', b"3"]
    assert split_batch(with_id("1")) is None
    assert split_batch(b"[NaN]") is None
    assert split_batch(b"[" * 200 + b"]" * 200) is None
    assert split_batch(b"[" + nested(128) + b"]") == [nested(128)]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON))
def test_any_arguments_survive_being_written_anew(arguments: dict[str, Any]) -> None:
    """Promise: unknown fields survive, numbers and texts are the judged ones."""
    params = {"name": "t", "arguments": arguments}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    parsed = parse(emit(message).rstrip(b"\n"))
    assert isinstance(parsed, Request)
    assert parsed.message == message
    assert parse(json.dumps(message, ensure_ascii=False, indent=1).encode()) == parsed


@given(
    st.binary()
    | st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))
    | st.lists(st.sampled_from([*GOES_ON.values(), b"{", b"}", b'"', b"\\u", b"1e", b"]"])).map(
        b"".join
    )
    | st.tuples(st.sampled_from(list(GOES_ON.values())), st.integers(0, 99), st.binary()).map(
        lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]
    )
)
@example(b"[" * 100_000 + b"]" * 100_000)
@example(b'{"a":' * 100_000)
def test_no_bytes_make_the_parser_raise(line: bytes) -> None:
    """Promise: a refusal is a value."""
    parsed = parse(line)
    split_batch(line)
    if not isinstance(parsed, Refused):
        assert parse(emit(parsed.message).rstrip(b"\n")) == parsed
