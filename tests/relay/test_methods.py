"""The table of MCP is complete: against the official types, and against the handlers."""

import inspect
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

import mcp_types
import pytest
from mcp_types import methods as official

from localguard.relay.client_side import ClientSide
from localguard.relay.methods import (
    CLIENT_NOTIFICATIONS,
    CLIENT_REQUESTS,
    SERVER_NOTIFICATIONS,
    SERVER_REQUESTS,
    Treatment,
    era,
)
from tests.relay.playbook import Play, error, modern, note, request, result

# 2025-11-25 basic/utilities/tasks, and the tasks extension of 2026-07-28.
TASKS_OF_BOTH_SIDES = {"tasks/get", "tasks/result", "tasks/cancel", "tasks/list"}
TASK_NOTIFICATIONS = {"notifications/tasks/status", "notifications/tasks"}


@pytest.mark.parametrize(
    ("known", "table"),
    [
        (official.CLIENT_REQUESTS, CLIENT_REQUESTS),
        (official.SERVER_REQUESTS, SERVER_REQUESTS),
        (official.CLIENT_NOTIFICATIONS, CLIENT_NOTIFICATIONS),
        (official.SERVER_NOTIFICATIONS, SERVER_NOTIFICATIONS),
    ],
    ids=["client requests", "server requests", "client notifications", "server notifications"],
)
def test_every_method_of_every_revision_is_in_the_table(
    known: Mapping[tuple[str, str], Any], table: Mapping[str, Treatment]
) -> None:
    """Promise: MCP as it is passes; what the official types know is never unknown here."""
    assert {version for _, version in known} >= {"2024-11-05", "2025-11-25"}
    assert {method for method, _ in known} - table.keys() == set()


def test_the_methods_of_tasks_are_in_the_table() -> None:
    """2025-11-25 tasks, which the official tables leave out, and the tasks extension."""
    named = {method for method in methods_of_classes() if "tasks" in method}
    assert named >= TASKS_OF_BOTH_SIDES | {"notifications/tasks/status"}
    assert named <= CLIENT_REQUESTS.keys() | SERVER_NOTIFICATIONS.keys()
    assert TASKS_OF_BOTH_SIDES | {"tasks/update"} <= CLIENT_REQUESTS.keys()
    assert SERVER_REQUESTS.keys() >= TASKS_OF_BOTH_SIDES
    assert SERVER_NOTIFICATIONS.keys() >= TASK_NOTIFICATIONS
    assert "notifications/tasks/status" in CLIENT_NOTIFICATIONS


def methods_of_classes() -> set[str]:
    """The `method` literals of every request and notification class of the official types."""
    found: set[str] = set()
    for _, kind in inspect.getmembers(mcp_types, inspect.isclass):
        fields = getattr(kind, "model_fields", {})
        annotation = fields["method"].annotation if "method" in fields else None
        if get_origin(annotation) is Literal:
            found.update(get_args(annotation))
    return found


def test_every_class_of_the_official_types_names_a_method_of_the_table() -> None:
    """The same by another way: classes that no official table lists."""
    tables = (CLIENT_REQUESTS, SERVER_REQUESTS, CLIENT_NOTIFICATIONS, SERVER_NOTIFICATIONS)
    assert methods_of_classes() - {method for table in tables for method in table} == set()


@pytest.mark.parametrize("treatment", sorted(set(CLIENT_REQUESTS.values()), key=str))
def test_every_treatment_of_a_request_has_a_handler(treatment: Treatment) -> None:
    """Nobody can add a treatment and forget what is to be done."""
    play = Play()
    assert treatment in ClientSide(play.session)._handlers


@pytest.mark.parametrize("method", CLIENT_REQUESTS)
@pytest.mark.parametrize("dress", [lambda message: message, modern], ids=["legacy", "modern"])
def test_every_request_of_a_client_is_sent_or_answered(method: str, dress: Any) -> None:
    """Promise: nobody waits in vain, whatever the method."""
    play = Play()
    heard = play.client(dress(request(1, method)))
    assert len(heard.to_client) + len(heard.to_server) == 1
    if heard.to_server:
        assert heard.to_server[0]["method"] == method
        assert len(play.server(error(1, -32603)).to_client) == 1


@pytest.mark.parametrize("method", SERVER_REQUESTS)
def test_every_request_of_a_server_is_told_or_answered(method: str) -> None:
    """Promise: the same for what a server asks of its client."""
    play = Play()
    heard = play.server(request(1, method))
    assert len(heard.to_client) + len(heard.to_server) == 1
    if heard.to_client:
        assert play.client(result(1)).to_server == [result(1)]


@pytest.mark.parametrize("method", CLIENT_NOTIFICATIONS)
def test_every_notification_of_a_client_goes_on_or_is_dropped(method: str) -> None:
    """What a notification lacks makes it be dropped, never a crash."""
    heard = Play().client(note(method))
    assert heard.to_client == []
    assert heard.to_server in ([], [note(method)])


@pytest.mark.parametrize("method", SERVER_NOTIFICATIONS)
def test_every_notification_of_a_server_goes_on_or_is_dropped(method: str) -> None:
    """What a notification lacks makes it be dropped, never a crash."""
    heard = Play().server(note(method))
    assert heard.to_server == []
    assert heard.to_client in ([], [note(method)])


def test_the_era_is_read_from_each_message() -> None:
    """2026-07-28 basic/versioning: a server may serve both eras in one process."""
    assert era(request(1, "ping")["params"]) == "legacy"
    assert era(modern(request(1, "ping"))["params"]) == "modern"
    assert era({"_meta": {"progressToken": 1}}) == "legacy"
    assert era({"_meta": [1]}) == "legacy"
