"""What a client got from a server, and what it got through a guard: the same to the last byte."""

import json

from tests.ways.clients.python_sdk import Got
from tests.ways.real import announced
from tests.ways.stage import Stage


def compare(stage: Stage, direct: Got, through: Got) -> None:
    """The same results in the same order; and the log knows each call of the guarded session."""
    expected = announced(direct)
    for want, have in zip(expected["steps"], through["steps"], strict=True):
        assert dumped(have) == dumped(want)
    assert dumped(through) == dumped(expected)
    assert "localguard" not in dumped(through["steps"])
    assert stage.home.flaws() == []
    intents = {record["call"] for record in stage.home.records("intent")}
    assert intents == {record["call"] for record in stage.home.records("outcome")}
    assert stage.home.records("refused") == []


def dumped(value: object) -> str:
    """JSON with the keys in the order they came in."""
    return json.dumps(value)
