"""What a client sees when it starts an entry, tried with real servers."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.clients.trial import TrialFault, trial
from localguard.clients.trial_process import TrialProcess
from localguard.errors import ServerFault

SERVERS = Path(__file__).parents[1] / "servers"
ENVIRON = {"PATH": os.environ["PATH"]}
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {}}


def hostile(script: Mapping[str, object]) -> list[str]:
    """A server that follows a script."""
    return [sys.executable, str(SERVERS / "hostile.py"), json.dumps(script)]


def says(text: str) -> list[str]:
    """A server that is a line of Python."""
    return [sys.executable, "-c", text]


@pytest.fixture
def teller() -> list[str]:
    """A server that tells of its variables."""
    return [sys.executable, str(SERVERS / "env_teller.py")]


def test_a_server_is_greeted_listed_and_called(teller: list[str]) -> None:
    """MCP 2025-11-25, lifecycle and tools: what every client does first."""
    with trial(teller, {**ENVIRON, "GIVEN": "by the entry"}) as one:
        assert one.initialize()["serverInfo"] == {"name": "env-teller", "version": "1"}
        assert [tool["name"] for tool in one.tools()] == ["claims", "value", "names"]
        answer = one.call("value", {"name": "GIVEN"})
    assert answer["result"] == {"content": [{"type": "text", "text": "by the entry"}]}


def test_the_environment_is_exactly_what_is_given(teller: list[str]) -> None:
    """Clients give a short environment; one that holds more would hide what is missing."""
    with trial(teller, ENVIRON) as one:
        one.initialize()
        assert "HOME" not in json.dumps(one.call("names", {"name": ""}))


def test_all_pages_are_listed(tmp_path: Path) -> None:
    """MCP 2025-11-25, pagination: a cursor leads on until there is none."""
    pages = {"": {"tools": [{"name": "a"}], "nextCursor": "2"}, "2": {"tools": [{"name": "b"}]}}
    file = tmp_path / "shop.json"
    file.write_text(json.dumps({"hello": HELLO, "tools/list": pages}))
    with trial([sys.executable, str(SERVERS / "shop.py"), str(file)], ENVIRON) as one:
        one.initialize()
        assert [tool["name"] for tool in one.tools()] == ["a", "b"]


def test_pages_without_an_end_are_told() -> None:
    """A server that always has a next page would keep a client for ever."""
    page = [{"result": {"tools": [], "nextCursor": "more"}}]
    with (
        trial(hostile({"tools/list": page}), ENVIRON) as one,
        pytest.raises(TrialFault, match="no end of tools"),
    ):
        one.tools()


def test_an_error_is_an_answer_to_a_call_and_a_fault_of_a_handshake() -> None:
    """A self-test looks at the denial; a handshake that is refused cannot go on."""
    error = [{"error": {"code": -32000, "message": "no \x1b[31mway"}}]
    with trial(hostile({"initialize": error, "tools/call": error}), ENVIRON) as one:
        assert one.call("x", {})["error"] == error[0]["error"]
        with pytest.raises(TrialFault, match=r"answers initialize with: no \\u\{1b\}\[31mway"):
            one.initialize()


def test_what_a_server_asks_for_and_prints_holds_nothing_up() -> None:
    """Lines that are no message, notifications, a ping and a request come before the answer."""
    between = [
        {"method": "notifications/message", "params": {}},
        {"method": "ping", "id": "p"},
        {"method": "roots/list", "id": 7},
        {"result": {"tools": [{"name": "a"}]}},
    ]
    noisy = "print('hello', flush=True); print('[1]', flush=True);"
    server = (SERVERS / "hostile.py").read_text()
    argv = [sys.executable, "-c", noisy + "\n" + server, json.dumps({"tools/list": between})]
    with trial(argv, ENVIRON) as one:
        assert [tool["name"] for tool in one.tools()] == ["a"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"tools": "none"}, "lists no tools"),
        ({"tools": ["a"]}, "lists no tools"),
        (None, "neither a result nor an error"),
    ],
)
def test_a_listing_that_is_none_is_told(said: object, told: str) -> None:
    """What is not the shape of tools/list is no list of tools."""
    with (
        trial(hostile({"tools/list": [{"result": said}]}), ENVIRON) as one,
        pytest.raises(TrialFault, match=told),
    ):
        one.tools()


def test_a_program_that_is_not_there_is_told() -> None:
    """The most frequent fault of an entry."""
    with (
        pytest.raises(ServerFault, match="/no/such does not start: No such file"),
        trial(["/no/such"], ENVIRON),
    ):
        pass


def test_an_early_end_is_told_with_its_last_words() -> None:
    """Clients say `server disconnected`, and keep what it wrote to themselves."""
    text = "import sys; sys.stderr.write('first\\nno \\x1b[2Jtoken'); sys.exit(3)"
    with (
        trial(says(text), ENVIRON) as one,
        pytest.raises(TrialFault, match=r"exit code 3, and said: no \\u\{1b\}\[2Jtoken") as told,
    ):
        one.initialize()
    assert "\x1b" not in told.value.explain()


def test_a_server_that_is_silent_has_a_deadline() -> None:
    """Everything in a trial ends, and so does what was started."""
    with (
        trial(says("import sys; sys.stdin.read()"), ENVIRON, seconds=0.2) as one,
        pytest.raises(TrialFault, match=r"does not answer initialize within 0\.2 seconds"),
    ):
        one.initialize()


def test_a_server_that_reads_nothing_has_a_deadline() -> None:
    """A pipe that is full would hold a writer for ever."""
    text = "import signal; signal.sigwait([signal.SIGTERM])"
    with pytest.raises(TrialFault, match="reads"), trial(says(text), ENVIRON, seconds=0.5) as one:
        one.call("x", {"text": "x" * (4 << 20)})


def test_a_line_without_an_end_is_told() -> None:
    """A server must not fill the memory."""
    text = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(TrialFault, match="without an end"), trial(says(text), ENVIRON) as one:
        one.initialize()


def test_a_flood_of_lines_does_not_put_the_deadline_off() -> None:
    """Lines that are no messages, always one more waiting, kept a trial on for as long as they came
    and filled the memory."""
    text = "import os\nmany = (b'[' * 2000 + b'\\n') * 30\nwhile True: os.write(1, many)"
    with (
        pytest.raises(TrialFault, match=r"within 0\.5 seconds|writes more than 64 MiB"),
        trial(says(text), ENVIRON, seconds=0.5) as one,
    ):
        one.initialize()


def test_nothing_that_waits_is_read_once_the_time_is_up() -> None:
    """A line that had come already was handed out after the deadline, and so was each next one."""
    process = TrialProcess(says("print('a'); print('b')"), ENVIRON, None)
    try:
        assert (process.line(30) or b"").strip() == b"a"
        with pytest.raises(TimeoutError):
            process.line(0)
    finally:
        process.end()


def test_what_is_not_read_fills_no_memory_and_holds_up_no_end() -> None:
    """A server that writes unasked waits at its pipe, and ends by itself once its trial does."""
    text = "import sys; print('x\\n' * 200_000, flush=True); sys.stdin.read(); sys.exit(7)"
    process = TrialProcess(says(text), ENVIRON, None)
    try:
        assert (process.line(30) or b"").strip() == b"x"
    finally:
        process.end(30)
    assert process.exit_code() == 7


def test_all_lines_of_a_trial_have_a_limit() -> None:
    """Each line short enough, each a message, and no end of them."""
    line = '{"method": "' + "x" * 1000 + '"}'
    text = f"import sys\nmany = ({line!r} + chr(10)) * 1000\nwhile True: sys.stdout.write(many)"
    with pytest.raises(TrialFault, match="more than 64 MiB"), trial(says(text), ENVIRON) as one:
        one.initialize()


def test_tools_without_an_end_are_told() -> None:
    """Pages may be large as well as many."""
    page = {"tools": [{"name": "a"}] * 3000, "nextCursor": "more"}
    text = (
        "import json, sys\nfor line in sys.stdin:\n"
        f" print(json.dumps({{'id': json.loads(line)['id'], 'result': {page!r}}}), flush=True)"
    )
    with (
        trial(says(text), ENVIRON) as one,
        pytest.raises(TrialFault, match="more than 10000 tools"),
    ):
        one.tools()


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX's")
def test_what_an_entry_started_ends_with_it(tmp_path: Path) -> None:
    """A shell that starts the server is ended with it; nothing of a trial stays."""
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    reader = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    child = "import signal; signal.pause()"
    text = (
        f"import subprocess, sys; out = open({str(alive)!r}, 'w');"
        f"subprocess.Popen([sys.executable, '-c', {child!r}], stdout=out); sys.exit(0)"
    )
    try:
        with trial(says(text), ENVIRON) as one, pytest.raises(TrialFault, match="exit code 0"):
            one.initialize()
        os.set_blocking(reader, True)
        # The end of a pipe comes when nobody has it open to write any more.
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)
