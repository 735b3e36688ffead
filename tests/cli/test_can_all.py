"""`can --all`: what may become of calls to each tool, and by which rule."""

import io
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.cli.can_all import can_all
from localguard.cli.exits import Exit
from localguard.config.build import read_profile
from localguard.config.paths import Places
from localguard.config.switches import observe
from localguard.config.tests import lexical_paths
from localguard.pinning.store import PinStore
from localguard.policy.calls import Call, Facts
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import word
from localguard.policy.pins import Account, Definition, Family, Identity, Pin
from localguard.telling.known import Known, pinned, recorded, seen, together
from localguard.telling.outlook import Outlooks
from tests.audit.makers import decided, journal
from tests.config.makers import choose, key_of, manage, nobody_told, places_in, put

WORK = """\
version = 1
[servers.files]
[servers.mail]
[[rule]]
allow = "files/read"
when.args.path.under = "/srv"
unless.hours = "sat,sun"
[[rule]]
allow = ["files/list", "*/@read"]
[[rule]]
ask = "files/write"
when.args.path.under = "/srv"
[[rule]]
deny = "files/list"
when.args.path = { absent = false, any_case = "*.env" }
[[rule]]
deny = "files/drop"
[[rule]]
tools = "*"
limit = "1/day"
"""
READ, WRITE = frozenset({"read"}), frozenset({"write", "destructive", "open"})
FILES = [
    Known("files", "read", READ, confirmed=True),
    Known("files", "list", READ, confirmed=True),
    Known("files", "write", WRITE, confirmed=True),
    Known("files", "drop", WRITE, confirmed=True),
    Known("files", "other", WRITE, confirmed=True),
]


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A folder with an active profile."""
    found = places_in(tmp_path)
    put(found, "work", WORK)
    choose(found, "work")
    return found


def shown(where: Places, known: Sequence[Known]) -> list[str]:
    """The lines."""
    out = io.StringIO()
    assert can_all(where, lambda _: known, profile=None, as_json=False, out=out) is Exit.OK
    return out.getvalue().splitlines()


def test_each_tool_has_its_decision_at_best_and_the_rule(where: Places) -> None:
    """With the conditions it depends on, and with what can get in its way."""
    assert shown(where, FILES) == [
        "profile work",
        "",
        "files",
        "  drop   destructive open  deny   work.toml:16",
        "  list   read              allow  work.toml:8, or deny :13",
        "  other  destructive open  deny   work.toml default",
        "  read   read              allow  work.toml:8",
        "  write  destructive open  ask    work.toml:10 if path",
        "",
        "Not seen yet: mail",
        "Fix: start the server once through a client, or run: localguard server test mail.",
    ]


def test_conditions_are_named(where: Places) -> None:
    """Those of `unless` as what must not hold."""
    lines = shown(where, [Known("files", "read", WRITE, confirmed=True)])
    assert lines[3] == "  read  destructive open  allow  work.toml:4 if path, not hours"


def test_marks_of_a_server_nobody_reviewed_are_its_own_claim(where: Places) -> None:
    """They allow nothing, and the way out is on the screen."""
    lines = shown(where, [Known("mail", "get", READ)])
    assert lines[2] == "mail  (its marks are its own claim: localguard server review mail)"
    assert lines[3] == "  get  read  ask    work.toml:8"


def test_what_was_never_listed_has_no_marks(where: Places) -> None:
    """Doubt, and shown as such; what is new comes first among the marks."""
    known = [Known("mail", "x"), Known("mail", "y", frozenset({"read", "new"}), confirmed=True)]
    assert shown(where, known)[3:5] == [
        "  x  ?         deny   work.toml default",
        "  y  new read  ask    work.toml:8",
    ]


def test_a_long_name_has_a_line_of_its_own(where: Places) -> None:
    """Names are never cut, and columns stay in a terminal of 80."""
    name = "add_pull_request_review_comment_reaction"
    lines = shown(where, [*FILES, Known("files", name, WRITE, confirmed=True)])
    at = lines.index(f"  {name}")
    assert lines[at + 1] == "         destructive open  deny   work.toml default"
    assert max(map(len, lines)) <= 81


def test_an_observed_profile_says_so(where: Places) -> None:
    """What it lists is what the rules say; for a while more than that passes."""
    until = int(datetime.now(UTC).timestamp()) + 3600
    observe(where, key_of(where), "work", nobody_told, until=until)
    end = datetime.fromtimestamp(until).astimezone()
    assert shown(where, FILES)[1] == (
        f"observed until {end:%Y-%m-%d %H:%M}:"
        " what only the default denies is let through and noted"
    )


def test_nothing_is_known_yet(where: Places) -> None:
    """The way to it is on the screen."""
    assert shown(where, []) == [
        "profile work",
        "No tools are known yet.",
        "Fix: start the server once through a client, or run: localguard server test NAME.",
    ]


def test_a_name_cannot_steer_the_terminal(where: Places) -> None:
    """Attack: a tool that is called like an escape sequence."""
    text = "\n".join(shown(where, [Known("files", "x\x1b[2J\u202e", READ, confirmed=True)]))
    assert text.isascii()
    assert "\x1b" not in text


def test_json_says_all_of_it(where: Places) -> None:
    """For scripts."""
    out = io.StringIO()
    can_all(where, lambda _: FILES[1:2], profile="work", as_json=True, out=out)
    found = json.loads(out.getvalue())
    assert (found["schema_version"], found["profile"], found["fault"]) == (1, "work", None)
    assert found["unseen"] == ["mail"]
    assert found["servers"] == [
        {
            "name": "files",
            "tools": [
                {
                    "name": "list",
                    "marks": ["read"],
                    "reviewed": True,
                    "decision": "allow",
                    "by": "work.toml:8",
                    "certain": False,
                    "if": [],
                    "otherwise": {"decision": "deny", "by": "work.toml:13"},
                }
            ],
        }
    ]


@pytest.mark.parametrize("as_json", [True, False])
def test_a_broken_profile_is_told(where: Places, *, as_json: bool) -> None:
    """There is nothing to judge by."""
    put(where, "work", "x")
    out = io.StringIO()
    found = can_all(where, lambda _: FILES, profile=None, as_json=as_json, out=out)
    assert found is Exit.INVALID
    assert "work.toml:1" in out.getvalue()


def test_the_organisation_counts(where: Places) -> None:
    """What it denies is denied, and with user_allow = false nothing of the person's allows."""
    manage(where, 'version = 1\nuser_allow = false\n[[rule]]\ndeny = "files/other"\n')
    lines = shown(where, FILES)
    assert "  other  destructive open  deny   managed/base.toml:3" in lines
    assert not any("allow " in line for line in lines)


def test_an_outlook_holds_for_every_call(tmp_path: Path) -> None:
    """Best and worst are decisions that calls get: no argument makes it better or worse."""
    where = places_in(tmp_path)
    put(where, "work", WORK)
    profile = read_profile(where, "work")
    order = ("deny", "ask", "allow")
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    outlooks = Outlooks(profile, at)
    for known in FILES:
        outlook = outlooks.of(known)
        for path in (None, "/srv/a", "/srv/a.env", "/etc/passwd", "srv"):
            args = {} if path is None else {"path": path}
            paths = lexical_paths(args, ["/srv"], where.home)
            call = Call("files", known.item, args, Facts(at=at, marks=known.marks, paths=paths))
            got = word(decide(Standing(profile), call))
            low, high = order.index(word(outlook.worst)), order.index(outlook.word)
            assert low <= order.index(got) <= high, (known, path)


# ---- where known tools come from -------------------------------------------------------------


def listed(*names: str, read: bool = True, words: tuple[str, ...] = ("x",)) -> Account:
    """What a server said of some tools."""
    hints = {"readOnlyHint": read, "openWorldHint": False}
    tools = [Definition(Family.TOOL, n, {"name": n, "annotations": hints}) for n in names]
    return Account(
        Identity(words, remote=False),
        definitions={tool.item: tool for tool in tools},
        listed=frozenset({Family.TOOL}),
    )


def test_pins_say_what_was_listed(where: Places) -> None:
    """With the marks of the pin, and whether a person has confirmed it."""
    store = PinStore(os.path.join(where.state, "pins"))
    store.put("files", Pin(listed("read"), "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"), None)
    store.put("mail", Pin(listed("send", read=False), "2026-01-01T00:00:00Z"), None)
    assert pinned(where) == [
        Known("files", "read", READ, confirmed=True),
        Known("mail", "send", frozenset({"write"}), confirmed=False),
    ]


def test_what_differs_from_its_pin_is_new_or_changed(where: Places) -> None:
    """As a guard judges it: by the riskier marks of both."""
    store = PinStore(os.path.join(where.state, "pins"))
    pin = Pin(listed("a", "b"), "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    store.put("files", pin, None)
    live = listed("a", "c", read=False)
    store.note("files", live, "2026-01-03T00:00:00Z")
    found = {known.item: known.marks for known in pinned(where)}
    assert found == {
        "a": frozenset({"write", "changed"}),
        "c": frozenset({"write", "new"}),
    }


def test_of_several_identities_the_last_one_is_meant(where: Places) -> None:
    """A name may have belonged to another server before."""
    store = PinStore(os.path.join(where.state, "pins"))
    old = Pin(listed("old", words=("a",)), "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    store.put("x", old, None)
    store.put("x", Pin(listed("young", words=("b",)), "2026-01-03T00:00:00Z"), None)
    assert [known.item for known in pinned(where)] == ["young"]
    stranger = listed("seen", words=("c",))
    store.note("x", stranger, "2026-01-04T00:00:00Z")
    assert pinned(where) == [Known("x", "seen", READ | {"new"}, confirmed=False)]


def test_the_audit_log_says_what_was_called(where: Places) -> None:
    """Each item once; a pin says more of it, and comes first."""
    log = journal(Path(where.audit))
    for call, item in (("1", "read"), ("2", "read"), ("3", "write"), ("4", None)):
        log.write(decided(call, server="files", item=item, decision="deny"))
    assert recorded(where) == [Known("files", "read"), Known("files", "write")]
    store = PinStore(os.path.join(where.state, "pins"))
    store.put("files", Pin(listed("read"), "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"), None)
    assert seen(where) == [
        Known("files", "read", READ, confirmed=True),
        Known("files", "write"),
    ]
    assert together() == []
