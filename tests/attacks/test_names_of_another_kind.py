"""A name must not make one thing pass for another."""

import pytest

from localguard.policy.calls import Kind, item_of
from tests.ways.stage import Stage

DOCS = '[[rule]]\nallow = "fake/resource:note://docs/*"\n[[rule]]\nallow = "fake/grow"\n'


@pytest.mark.parametrize("name", ["resource:note://docs/x", "tool:resource:note://docs/x"])
def test_a_tool_that_is_called_like_a_resource_is_not_judged_as_one(
    stage: Stage, name: str
) -> None:
    """Attack: a server offers a tool named `resource:...`, which a rule for reading allows."""
    stage.home.write("all", f"version = 1\n{DOCS}")
    wire = stage.ready()
    wire.ask("tools/call", {"name": "grow", "arguments": {"tool": name}})
    assert name not in str(wire.ask("tools/list")["result"])
    assert "DENIED" in str(wire.call(name)["result"])
    assert stage.calls() == ["grow"]
    assert wire.ask("resources/read", {"uri": "note://docs/x"})["result"]["contents"]


def test_no_two_things_are_judged_as_one_item() -> None:
    """Promise: `item_of` is one to one, whatever a server calls its tools."""
    uris = ["x", "resource:x", "prompt:x", "tool:x"]
    names = [*uris, *(f"{kind.value}:{name}" for kind in Kind for name in uris), "@read"]
    items = [item_of(kind, name) for kind in Kind for name in set(names)]
    assert len(items) == len(set(items))


@pytest.mark.parametrize(
    "uri",
    [
        "note://docs/../secret",
        "note://docs/%2e%2e/secret",
        "note://docs/%2E./secret",
        "note://docs/%252e%252e%252fsecret",
        "note://docs/..%2fsecret",
        "note://docs/..\\secret",
        "note://docs/x/..",
        "note://docs/.\t./secret",
        "note://docs/x\n",
    ],
)
def test_a_uri_does_not_climb_out_of_what_a_rule_names(stage: Stage, uri: str) -> None:
    """Attack: `docs/*` allows `docs/../secret`, which the server takes for `secret`."""
    stage.home.write("all", f"version = 1\n{DOCS}")
    wire = stage.ready()
    for method in ("resources/read", "resources/subscribe"):
        assert "was DENIED" in wire.ask(method, {"uri": uri})["error"]["message"]
    assert stage.seen("resources/read") == []


@pytest.mark.parametrize(
    "uri",
    [
        "file:///%65tc/passwd",
        "FILE:///etc/passwd",
        "file:/etc/passwd",
        "file://localhost/etc/passwd",
        "file:////etc/passwd",
        "file:///./etc/passwd",
        "file:///tmp/../etc/passwd",
    ],
)
def test_another_spelling_of_a_uri_does_not_evade_a_denial(stage: Stage, uri: str) -> None:
    """Attack: a deny rule names one spelling of what the server knows by many."""
    rules = '[[rule]]\nallow = "*"\n[[rule]]\ndeny = "*/resource:file:///etc/*"\n'
    stage.home.write("all", f"version = 1\n{rules}")
    wire = stage.ready()
    assert "was DENIED" in wire.ask("resources/read", {"uri": uri})["error"]["message"]
    assert stage.seen("resources/read") == []


def test_completing_cannot_hide_an_argument_behind_a_typed_one(stage: Stage) -> None:
    """Attack: the context of a completion carries a second value under the name that is typed."""
    rule = '[[rule]]\nallow = "*"\nwhen.args.path.under = "/srv"\n'
    stage.home.write("all", f"version = 1\n{rule}")
    wire = stage.ready()
    ref = {"type": "ref/prompt", "name": "p"}
    typed = {"name": "path", "value": "/srv/x"}
    for context in ({"arguments": {"path": "/etc"}}, {"arguments": ["/etc"]}, ["/etc"]):
        params = {"ref": ref, "argument": typed, "context": context}
        assert "localguard: " in wire.ask("completion/complete", params)["error"]["message"]
    assert stage.seen("completion/complete") == []
