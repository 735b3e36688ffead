"""Whole messages of a server: every text is looked at, and the protocol still works."""

import json
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.redaction.message import MAX_BINARY, redacted
from localguard.redaction.plans import PARAMS, RESULTS
from localguard.redaction.redactor import KINDS, Redactor
from localguard.redaction.registered import Secrets
from tests.redaction.test_redactor import JSON

ANA = "ana@example.com"
MARK = "[redacted: email]"
PASSWORD = "hunter2-hunter2"


def knowing() -> Redactor:
    """A redactor for every kind that knows one password."""
    secrets = Secrets()
    secrets.register("PW", PASSWORD)
    return Redactor(KINDS, secrets)


ALL = knowing()


def answer(**result: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": ANA, "result": result}


def asking(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params}


TEXTS: list[tuple[str | None, dict[str, Any]]] = [
    ("tools/call", answer(content=[{"type": "text", "text": ANA}])),
    ("tools/call", answer(structuredContent={"rows": [{"to": ANA}]})),
    ("tools/call", answer(structuredContent={ANA: 1})),
    ("tools/call", answer(content=[{"type": "resource", "resource": {"uri": "x:", "text": ANA}}])),
    ("tools/call", answer(content=[{"type": "resource_link", "uri": "x:", "description": ANA}])),
    ("tools/call", answer(content=[{"type": "resource_link", "uri": "x:", "name": ANA}])),
    ("tools/call", answer(content=[], unknown=[[ANA]])),
    ("tools/call", answer(content=ANA)),
    ("tools/call", answer(content=[[ANA]])),
    ("tools/call", answer(nextCursor={"a": ANA})),
    ("tools/call", answer(taskId=[ANA])),
    ("tools/call", answer(content=[{"data": [ANA]}])),
    ("tools/call", answer(task={"taskId": "7", "statusMessage": ANA})),
    ("tools/call", answer(inputRequests={"k": asking("elicitation/create", message=ANA)})),
    ("tools/call", answer(inputRequests={"k": ANA})),
    ("tools/call", answer(inputRequests=[ANA])),
    ("tools/call", answer(_meta={"note": ANA})),
    ("tasks/get", answer(taskId="7", result={"content": [{"type": "text", "text": ANA}]})),
    ("tasks/result", answer(contents=[{"uri": "x:", "text": ANA}])),
    ("tasks/list", answer(tasks=[{"taskId": "7", "statusMessage": ANA}])),
    ("resources/read", answer(contents=[{"uri": "x:", "text": ANA}])),
    ("prompts/get", answer(messages=[{"role": "user", "content": {"type": "text", "text": ANA}}])),
    ("prompts/get", answer(description=ANA)),
    ("completion/complete", answer(completion={"values": [ANA], "hasMore": False})),
    ("initialize", answer(instructions=ANA)),
    ("initialize", answer(serverInfo={"name": "x", "title": ANA})),
    ("tools/list", answer(tools=[{"name": "x", "description": ANA}])),
    ("tools/list", answer(tools=[{"name": "x", "inputSchema": {"title": ANA}}])),
    (
        "tools/list",
        answer(tools=[{"inputSchema": {"properties": {"to": {"examples": [ANA]}}}}]),
    ),
    (
        "tools/list",
        answer(tools=[{"inputSchema": {"anyOf": [{"description": ANA}]}}]),
    ),
    ("resources/list", answer(resources=[{"uri": "x:", "name": "x", "title": ANA}])),
    ("prompts/list", answer(prompts=[{"name": "x", "arguments": [{"description": ANA}]}])),
    ("something/else", answer(text=ANA)),
    (None, answer(content=[{"type": "text", "text": ANA}])),
    (None, {"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": ANA}}),
    (None, {"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": "", "data": ANA}}),
    (None, {"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "data": {"rows": [ANA]}}}),
    (None, {"jsonrpc": "2.0", "error": {"data": {"elicitations": [{"message": ANA}]}}}),
    (None, asking("notifications/progress", progressToken=1, message=ANA)),
    (None, asking("notifications/message", level="info", data={"to": ANA})),
    (None, asking("notifications/message", level="info", data=ANA)),
    (None, asking("notifications/cancelled", requestId=1, reason=ANA)),
    (None, asking("notifications/tasks", taskId="7", statusMessage=ANA)),
    (None, asking("notifications/tasks", result={"content": [{"text": ANA}]})),
    (None, asking("notifications/unknown", x={"y": ANA})),
    (None, asking("elicitation/create", message=ANA)),
    (None, asking("elicitation/create", requestedSchema={"properties": {"a": {"title": ANA}}})),
    (None, asking("elicitation/create", requestedSchema={"properties": {"a": {"default": ANA}}})),
    (
        None,
        asking("elicitation/create", requestedSchema={"properties": {"a": {"enumNames": [ANA]}}}),
    ),
    (None, asking("sampling/createMessage", systemPrompt=ANA)),
    (None, asking("sampling/createMessage", messages=[{"content": {"type": "text", "text": ANA}}])),
    (None, asking("sampling/createMessage", messages=[{"content": [{"text": ANA}]}])),
]
KEPT: list[tuple[str | None, dict[str, Any]]] = [
    ("tools/call", answer(nextCursor=ANA, taskId=ANA, requestState=ANA, resultType=ANA)),
    ("tools/call", answer(inputRequests={ANA: {"method": "roots/list"}})),
    ("tools/call", answer(content=[{"type": "resource_link", "uri": f"mailto:{ANA}"}])),
    ("tools/call", answer(content=[{"type": "image", "data": "+4930901820", "mimeType": ANA}])),
    ("tools/call", answer(_meta={"progressToken": ANA, "traceparent": ANA, "baggage": ANA})),
    ("tools/call", answer(_meta={"io.modelcontextprotocol/related-task": {"taskId": ANA}})),
    ("resources/read", answer(contents=[{"uri": f"mail://{ANA}/1", "blob": "+4930901820"}])),
    ("tools/list", answer(nextCursor=ANA, tools=[{"name": ANA}])),
    ("tools/list", answer(tools=[{"inputSchema": {"properties": {ANA: {"type": "string"}}}}])),
    ("tools/list", answer(tools=[{"inputSchema": {"enum": [ANA], "required": [ANA]}}])),
    (
        "tools/list",
        answer(tools=[{"inputSchema": {"properties": {"description": {"enum": [ANA]}}}}]),
    ),
    ("resources/list", answer(resources=[{"uri": ANA, "name": ANA, "mimeType": ANA}])),
    ("resources/templates/list", answer(resourceTemplates=[{"uriTemplate": ANA, "name": ANA}])),
    ("prompts/list", answer(prompts=[{"name": ANA, "arguments": [{"name": ANA}]}])),
    ("initialize", answer(protocolVersion=ANA, serverInfo={"name": ANA, "version": ANA})),
    ("initialize", answer(capabilities={"experimental": {"x": ANA}})),
    (None, {"jsonrpc": "2.0", "id": ANA, "error": {"code": ANA}}),
    (None, asking("notifications/progress", progressToken=ANA)),
    (None, asking("notifications/cancelled", requestId=ANA)),
    (None, asking("notifications/resources/updated", uri=f"mail://{ANA}")),
    (None, asking("notifications/elicitation/complete", elicitationId=ANA)),
    (None, asking("notifications/tasks/status", taskId=ANA, status=ANA)),
    (None, asking("notifications/subscriptions/acknowledged", notifications={"x": [ANA]})),
    (None, asking("elicitation/create", url=f"https://x.example/?to={ANA}", elicitationId=ANA)),
    (None, asking("tasks/get", taskId=ANA)),
]


@pytest.mark.parametrize(("method", "message"), TEXTS)
def test_every_text_of_a_server_is_looked_at(method: str | None, message: dict[str, Any]) -> None:
    """Results, errors, progress, log messages, elicitation, tasks, updates, listings."""
    before = json.dumps(message)
    new, counts = redacted(message, ALL, method)
    assert counts == {"email": 1}
    assert json.dumps(new) == MARK.join(before.rsplit(ANA, 1))
    assert json.dumps(message) == before


@pytest.mark.parametrize(("method", "message"), KEPT)
def test_what_the_protocol_needs_stays(method: str | None, message: dict[str, Any]) -> None:
    """Ids, tokens, cursors, names and URIs of listings, links, schemas, types."""
    new, counts = redacted(message, ALL, method)
    assert new is message
    assert counts == {}


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("resources/read", answer(contents=[{"uri": f"postgres://a:{PASSWORD}@db/t"}])),
        ("tools/call", answer(content=[{"type": "resource_link", "uri": f"x:{PASSWORD}"}])),
        (None, asking("elicitation/create", url=f"https://x.example/?p={PASSWORD}")),
        (None, asking("notifications/resources/updated", uri=f"x:{PASSWORD}")),
        ("tools/list", answer(tools=[{"icons": [{"src": f"https://x.example/{PASSWORD}"}]}])),
    ],
)
def test_links_lose_registered_secrets(method: str | None, message: dict[str, Any]) -> None:
    """A link that carries the server's own password goes nowhere without harm."""
    new, counts = redacted(message, ALL, method)
    assert PASSWORD not in json.dumps(new)
    assert counts == {"PW": 1}


def test_a_small_binary_that_spells_a_secret_goes_whole() -> None:
    """A file with the password in it, as a blob; what takes its place can still be decoded."""
    blob = b64encode(f"user=a\npass={PASSWORD}\n".encode()).decode()
    message = answer(contents=[{"uri": "x:", "blob": blob}])
    new, counts = redacted(message, ALL, "resources/read")
    assert counts == {"PW": 1}
    assert b64decode(new["result"]["contents"][0]["blob"]) == b"[redacted: PW]"


def test_a_large_binary_is_not_looked_at() -> None:
    """Its size is the limit that the docstring says."""
    blob = b64encode(PASSWORD.encode()).decode() + "A" * MAX_BINARY
    message = answer(contents=[{"uri": "x:", "blob": blob}])
    assert redacted(message, ALL, "resources/read")[0] is message


def test_an_honest_binary_stays() -> None:
    """Also where other members of the message change."""
    message = answer(content=[{"type": "image", "data": "iVBORw0KGgo="}, {"text": ANA}])
    new, _ = redacted(message, ALL, "tools/call")
    assert new["result"]["content"][0] is message["result"]["content"][0]


def test_a_glance_that_was_wrong_changes_nothing() -> None:
    """A text that only looks like something: the message itself comes back."""
    message = answer(content=[{"type": "text", "text": "the password is required, ask @ana"}])
    blob = answer(contents=[{"uri": "x:", "blob": "%" + "A" * 100, "more": "@"}])
    for honest in (message, blob):
        assert redacted(honest, ALL, "tools/call")[0] is honest


def test_without_anything_to_look_for_nothing_is_looked_at() -> None:
    """The message itself, at once."""
    message = answer(content=[{"text": ANA}])
    assert redacted(message, Redactor(frozenset(), Secrets()), "tools/call") == (message, {})


@given(JSON, st.sampled_from([*RESULTS, *PARAMS, None]))
def test_any_value_in_any_place_is_a_message_still(value: Any, method: str | None) -> None:
    """Hostile shapes: nothing breaks, ids stay, and what changed is counted."""
    messages = [
        {"jsonrpc": "2.0", "id": 1, "result": value},
        {"jsonrpc": "2.0", "id": 1, "error": value},
        {"jsonrpc": "2.0", "id": 1, "method": method or "x", "params": value},
    ]
    for message in messages:
        new, counts = redacted(message, ALL, method)
        assert (new is message) == (not counts)
        assert list(new) == list(message)
        assert (new["id"], new.get("method")) == (message["id"], message.get("method"))


@given(JSON, st.sampled_from(sorted(RESULTS)), st.sampled_from(["content", "tools", "task", "x"]))
def test_any_value_in_a_place_with_a_plan(value: Any, method: str, member: str) -> None:
    """The same one level below."""
    message = answer(**{member: value})
    new, counts = redacted(message, ALL, method)
    assert (new is message) == (not counts)
