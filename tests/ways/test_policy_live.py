"""Policy on the running wire: an edit bites on the next call, what is denied never leaves."""

import sys

import pytest

from tests.ways.home import ALL
from tests.ways.stage import Stage
from tests.ways.wire import Message, Wire

CHANGED = "notifications/tools/list_changed"
FEW = """
version = 1
[[rule]]
allow = "fake/echo"
[[rule]]
ask = "fake/read_note"
[[rule]]
deny = "*/drop_*"
because = "deletions are done by hand"
"""


def text_of(answer: Message) -> str:
    """What the model reads of a refused call."""
    assert answer["result"]["isError"]
    return str(answer["result"]["content"][0]["text"])


def listed(wire: Wire) -> list[str]:
    """The tools that the client sees."""
    return [tool["name"] for tool in wire.ask("tools/list")["result"]["tools"]]


def test_a_switch_of_the_profile_bites_on_the_next_call(stage: Stage) -> None:
    """Promise: state/active.toml is looked at anew for each decision."""
    stage.home.write("few", FEW)
    wire = stage.ready()
    assert "isError" not in wire.call("notify", count=1)["result"]
    stage.home.use("few")
    assert "no rule names it and the default is deny" in text_of(wire.call("notify", count=1))
    stage.home.use("all")
    assert "isError" not in wire.call("notify", count=1)["result"]
    assert stage.calls() == ["notify", "notify"]
    changes = [(record["name"], record["change"]) for record in stage.home.records("profile")]
    assert changes == [("all", "loaded"), ("few", "switched"), ("all", "switched")]


@pytest.mark.parametrize("replaced", [True, False], ids=["replaced", "in-place"])
def test_an_edit_of_the_profile_bites_on_the_next_call(stage: Stage, replaced: bool) -> None:
    """Promise: also two edits within one tick of the file system's clock, and of one size."""
    wire = stage.ready()

    def edit(text: str) -> None:
        if replaced:
            stage.home.write("all", text)
        else:
            (stage.home.profiles / "all.toml").write_text(text)

    for _ in range(10):
        edit(ALL.replace("allow", "deny "))
        assert "a deny rule applies" in text_of(wire.call("echo"))
        edit(ALL)
        assert "isError" not in wire.call("echo")["result"]
    assert stage.calls() == ["echo"] * 10


def test_a_guard_with_a_fixed_profile_does_not_follow_a_switch(stage: Stage) -> None:
    """Promise: `--profile P` holds on to P."""
    stage.home.write("few", FEW)
    wire = stage.ready(profile="few")
    stage.home.use("all")
    assert "DENIED" in text_of(wire.call("hang"))
    assert "isError" not in wire.call("echo")["result"]


@pytest.mark.parametrize("how", ["switch", "edit"])
def test_an_idle_client_is_told_that_the_list_has_changed(stage: Stage, how: str) -> None:
    """Promise: tools/list_changed is sent when the profile changes what is visible."""
    stage.home.write("few", FEW)
    wire = stage.ready()
    assert "hang" in listed(wire)
    if how == "switch":
        stage.home.use("few")
    else:
        stage.home.write("all", FEW)
    wire.told(CHANGED)
    assert listed(wire) == ["echo", "read_note"]


def test_a_client_is_not_told_of_a_change_that_it_cannot_see(stage: Stage) -> None:
    """Promise: no needless listing. A line of the client's makes the guard look at the files."""
    wire = stage.ready()
    listed(wire)
    stage.home.write("all", f"{ALL}# a remark\n")
    wire.call("echo")
    assert [m for m in wire.heard if m.get("method") == CHANGED] == []


def test_a_denied_tool_is_hidden_and_still_denied(stage: Stage) -> None:
    """Promise: order is kept, what can never pass is left out, and the reason is the author's."""
    stage.home.write("all", FEW)
    wire = stage.ready()
    assert listed(wire) == ["echo", "read_note"]
    words = text_of(wire.call("drop_table", name="people"))
    assert "fake/drop_table was DENIED and not executed: deletions are done by hand" in words
    assert "all.toml:7" in words
    assert "people" not in words
    assert stage.calls() == []
    (record,) = stage.home.records("refused")
    assert (record["item"], record["because"]) == ("drop_table", "deletions are done by hand")


def test_an_ask_is_answered_as_held_and_not_executed(stage: Stage) -> None:
    """Promise: the budget ends without an answer, and the model is told how to go on."""
    stage.home.write("all", FEW)
    wire = stage.ready()
    words = text_of(wire.call("read_note", name="a"))
    assert words.startswith(
        "localguard: NOT EXECUTED. fake/read_note waits for the user's approval"
    )
    (held,) = stage.home.records("held")
    assert f"as {held['call']} (" in words
    assert "repeat the identical call" in words
    assert f"as {held['call']} (" in text_of(wire.call("read_note", name="a"))
    assert stage.calls() == []


def test_a_condition_on_a_path_decides_what_leaves(stage: Stage) -> None:
    """Promise: `..` and links are resolved before; a missing argument is doubt."""
    inside = stage.folder / "notes"
    inside.mkdir()
    (inside / "way-out").symlink_to(stage.folder)
    rule = f'[[rule]]\nallow = "*"\nwhen.args.path.under = "{inside}"\n'
    stage.home.write("all", f"version = 1\n{rule}")
    wire = stage.ready()
    assert "isError" not in wire.call("read_note", path=f"{inside}/a.txt")["result"]
    for path in (f"{inside}/../b", f"{inside}/way-out/b", f"{inside}-too/b", "a.txt", 7, None):
        assert "DENIED" in text_of(wire.call("read_note", path=path))
    assert "DENIED" in text_of(wire.call("read_note"))
    assert len(stage.calls()) == 1


def test_no_call_reaches_into_localguards_own_folders(stage: Stage) -> None:
    """The algebra, line 8: built in above every profile, also by a link and as a URI."""
    (stage.folder / "innocent").symlink_to(stage.home.profiles)
    wire = stage.ready()
    for path in (stage.home.audit, f"file://{stage.home.path}/x", stage.folder / "innocent/all"):
        words = text_of(wire.call("read_note", anything=[{"deep": str(path)}]))
        assert "reaches into localguard's own folder" in words
    assert stage.calls() == []


def test_a_log_that_cannot_be_written_denies_until_it_can(stage: Stage) -> None:
    """Promise: cannot write = Deny, with recovery without a restart, and the gap is recorded."""
    wire = stage.ready()
    aside = stage.home.audit.rename(stage.folder / "aside")
    stage.home.audit.write_text("in the way")
    assert "audit" in text_of(wire.call("echo"))
    stage.home.audit.unlink()
    aside.rename(stage.home.audit)
    assert "isError" not in wire.call("echo")["result"]
    assert stage.calls() == ["echo"]
    assert stage.home.records("gap")


@pytest.mark.skipif(sys.platform != "linux", reason="scripted for one loop")
def test_what_a_server_may_not_ask_never_reaches_the_client(stage: Stage) -> None:
    """Promise: `[from_server]`: sampling is denied and elicitation allowed unless said."""
    wire = stage.guard()
    wire.handshake(sampling={}, elicitation={})
    asked = {"sampling/createMessage": "s1", "elicitation/create": "e1"}
    for method, id_ in asked.items():
        wire.call("wish", id=id_, method=method, params={"message": "?"})
    assert wire.told("elicitation/create")["id"] == "e1"
    wire.send({"jsonrpc": "2.0", "id": "e1", "result": {"action": "decline"}})
    wire.call("echo")
    answers = {
        entry["answer"]["id"]: entry["answer"] for entry in stage.seen() if "answer" in entry
    }
    assert answers["s1"]["error"]["code"] == -32601
    assert answers["e1"]["result"] == {"action": "decline"}
    assert "sampling/createMessage" not in [m.get("method") for m in wire.heard]


def test_an_unknown_method_goes_nowhere_unless_the_profile_says_so(stage: Stage) -> None:
    """Promise: refused with -32601, or relayed."""
    wire = stage.ready()
    assert "localguard" in wire.ask("x/unheard-of")["error"]["message"]
    assert stage.seen("x/unheard-of") == []
    stage.home.write("all", f'unknown_methods = "relay"\n{ALL}')
    assert wire.ask("x/unheard-of")["error"]["message"] == "Method not found"


def test_resources_are_judged_as_the_tools_are(stage: Stage) -> None:
    """Promise: `server/resource:<uri>`."""
    stage.home.write("all", f'{ALL}[[rule]]\ndeny = "fake/resource:note://secret*"\n')
    wire = stage.ready()
    assert wire.ask("resources/read", {"uri": "note://a"})["result"]["contents"]
    error = wire.ask("resources/read", {"uri": "note://secret/1"})["error"]
    assert "was DENIED" in error["message"]
    assert len(stage.seen("resources/read")) == 1
