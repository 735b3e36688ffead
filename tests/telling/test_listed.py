"""What pins tell the notes on a profile."""

import io
from pathlib import Path
from typing import Any

from localguard.cli import profiles
from localguard.cli.exits import Exit
from localguard.config.lints_listed import Listed
from localguard.pinning.store import PinStore
from localguard.policy.pins import Account, Definition, Family, Identity, Pin
from localguard.telling.listed import listed
from tests.config.makers import choose, places_in, put


def account(*bodies: dict[str, Any]) -> Account:
    """A server with these tools."""
    made = [Definition(Family.TOOL, str(body["name"]), body) for body in bodies]
    made.append(Definition(Family.TEMPLATE, "file:///{x}", {"uriTemplate": "file:///{x}"}))
    return Account(Identity(("x",)), None, {one.item: one for one in made}, frozenset(Family))


def test_names_marks_and_arguments_are_told(tmp_path: Path) -> None:
    """A schema may be anything; templates are no names."""
    where = places_in(tmp_path)
    schema = {"type": "object", "properties": {"Path": {}, "n": {}}}
    hints = {"readOnlyHint": True, "openWorldHint": False}
    store = PinStore(where.pins)
    tools = account(
        {"name": "read", "inputSchema": schema, "annotations": hints},
        {"name": "odd", "inputSchema": "x"},
    )
    store.put("files", Pin(tools, "2026-01-01T00:00:00Z"), None)
    assert listed(where) == [
        Listed("files", "odd", frozenset({"write", "open"})),
        Listed("files", "read", frozenset({"read"}), frozenset({"path", "n"})),
    ]


def test_validate_notes_what_no_server_has(tmp_path: Path) -> None:
    """With file and line; pins that cannot be read change nothing."""
    where = places_in(tmp_path)
    put(where, "work", 'version = 1\n[servers.files]\n[[rule]]\ndeny = "files/raed"\n')
    choose(where, "work")
    store = PinStore(where.pins)
    store.put("files", Pin(account({"name": "read"}), "2026-01-01T00:00:00Z"), None)
    out, err = io.StringIO(), io.StringIO()
    assert profiles.validate(where, None, listed, as_json=False, out=out, err=err) is Exit.OK
    assert err.getvalue() == (
        'work.toml:3: note: "files/raed" names nothing that files has listed.'
        ' Better: "files/read", if that is meant.\n'
    )
    for file in Path(where.pins).iterdir():
        file.write_text("{")
    out, err = io.StringIO(), io.StringIO()
    assert profiles.validate(where, None, listed, as_json=False, out=out, err=err) is Exit.OK
    assert err.getvalue() == ""
