"""A real guard holds a call for as long as the entry that started it lets its client wait."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.approvals.budgets import LIMIT
from tests.ways.stage import Stage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the stage has a FIFO"),
]


def test_the_variable_of_an_entry_reaches_the_desk(
    tmp_path: Path, client_environment: Mapping[str, str]
) -> None:
    """`connect` writes it; a client that waits a second must not be kept for the usual 45."""
    stage = Stage(tmp_path, {**client_environment, LIMIT: "1"})
    try:
        # What a person chooses for all clients would count alone.
        (stage.home.path / "config.toml").write_text('[approvals]\nnotify = "off"\n')
        stage.home.write("ask", 'version = 1\n[[rule]]\nask = "fake/*"\n')
        stage.home.use("ask")
        wire = stage.ready()
        answer = wire.answer(wire.start_call("read_note", name="a"))
        assert "NOT EXECUTED" in answer["result"]["content"][0]["text"]
        assert stage.calls() == []
        stage.close()
        stage.check()
    finally:
        stage.clear()
