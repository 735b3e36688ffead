"""`localguard connect` and `disconnect`: shown first, asked, done, and taken back."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from localguard.audit.records import Chosen, RefusedApprover
from localguard.cli.connect import How
from localguard.cli.connect import connect as run_connect
from localguard.cli.disconnect import disconnect as run_disconnect
from localguard.cli.exits import Exit
from localguard.clients.originals import FileOriginals
from localguard.clients.planning import Wanted
from localguard.clients.registry import clients_folder, read_registry
from localguard.config.build import read_profile
from localguard.errors import AuditFault, ProfileFault, UsageFault
from tests.cli.persons import OUTSIDE, Visitor
from tests.clients.acts import GUARD, SEARCH
from tests.clients.homes import Home, home
from tests.config.makers import key_of


@dataclass
class Desk:
    """A home, and someone who types there."""

    at: Home
    visitor: Visitor
    running: frozenset[str] = frozenset()
    err: io.StringIO = field(default_factory=io.StringIO)

    def connect(self, how: How, *servers: str, add: bool = False) -> tuple[Exit, str]:
        """The exit code, and what was printed."""
        where, out = self.at.where, io.StringIO()
        registry = read_registry(where, key_of(where))
        wanted = Wanted("work", GUARD, SEARCH, servers, add, registry=registry)
        code = run_connect(
            where,
            self.at.machine,
            self.visitor.person,
            wanted,
            how,
            originals=FileOriginals(clients_folder(where)),
            running=lambda: self.running,
            out=out,
            err=self.err,
        )
        return code, out.getvalue()

    def disconnect(self, how: How, servers: Sequence[str] = ()) -> tuple[Exit, str]:
        """The same."""
        where, out = self.at.where, io.StringIO()
        code = run_disconnect(
            where,
            self.at.machine,
            self.visitor.person,
            servers,
            how,
            originals=FileOriginals(clients_folder(where)),
            out=out,
            err=self.err,
        )
        return code, out.getvalue()


def desk(at: Home, *, may: bool = True, yes: bool = True, deaf: bool = False) -> Desk:
    """A person at a home."""
    return Desk(at, Visitor(at.where, may, yes, deaf))


CLAUDE = How(("claude-desktop",))


def test_a_person_sees_the_change_agrees_and_has_it_back(tmp_path: Path) -> None:
    """No secret is shown, what to restart is, and it is in the log before it is done."""
    here = desk(home(tmp_path, "claude-desktop"))
    before = here.at.texts
    code, out = here.connect(CLAUDE)
    assert code is Exit.OK
    lines = out.splitlines()
    assert lines[0] == (
        "Claude Desktop: pg is started by localguard run pg (now: uvx and 3 more words)"
    )
    assert '-      "command": "uvx",' in lines
    assert f'+      "command": "{GUARD.argv[0]}",' in lines
    assert "hunter22" not in out
    assert lines[-2:] == [
        "Claude Desktop: quit it fully, also from the tray or menu bar, and start it again.",
        "The way back: localguard disconnect CLIENT",
    ]
    assert here.visitor.questions == ["Change these 2 files?"]
    told = Chosen(what="connected", value="Claude Desktop", who="zsh (pid 7)")
    assert here.visitor.records == [told]
    assert here.connect(CLAUDE) == (Exit.OK, "Nothing is to be changed.\n")
    code, out = here.disconnect(CLAUDE)
    assert code is Exit.OK
    assert out.splitlines()[0] == f"{here.at.files[0]} will be as it was, to the byte"
    assert "hunter22" not in out
    assert here.at.texts == before
    assert here.disconnect(CLAUDE) == (Exit.OK, "Nothing of it is registered.\n")


@pytest.mark.parametrize("only", ["dry-run", "print"])
def test_what_is_only_shown_is_not_done(tmp_path: Path, only: str) -> None:
    """Anybody may look: nobody is asked, nothing is recorded."""
    here = desk(home(tmp_path, "codex"), may=False)
    before = here.at.texts
    code, out = here.connect(How(("codex",), only=only))
    assert code is Exit.OK
    assert "[mcp_servers.pg]" in out
    assert here.at.texts == before
    assert (here.visitor.questions, here.visitor.records) == ([], [])
    assert not Path(here.at.where.servers_file("work")).exists()


def test_a_no_changes_nothing(tmp_path: Path) -> None:
    """Exit code 3, as for every no."""
    here = desk(home(tmp_path, "cursor"), yes=False)
    before = here.at.texts
    code, out = here.connect(How(("cursor",)))
    assert (code, out.splitlines()[-1]) == (Exit.DENIED, "Nothing was changed.")
    assert here.at.texts == before
    assert here.connect(How(("cursor",), yes=True))[0] is Exit.OK
    code, out = here.disconnect(How(("cursor",)))
    assert (code, out.splitlines()[-1]) == (Exit.DENIED, "Nothing was changed.")
    assert here.at.texts != before


def test_a_model_may_neither_connect_nor_disconnect(tmp_path: Path) -> None:
    """Attack: a shell of the client's takes the guard out of its own configuration."""
    here = desk(home(tmp_path, "claude-code"))
    assert here.connect(How(("claude-code",), yes=True))[0] is Exit.OK
    guarded = here.at.texts
    model = desk(here.at, may=False)
    code, _ = model.disconnect(How(("claude-code",), yes=True))
    assert code is Exit.DENIED
    assert OUTSIDE in model.err.getvalue()
    assert model.visitor.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)]
    assert here.at.texts == guarded
    here.at.files[0].write_text('{"mcpServers": {"pg": {"command": "curl"}}}')
    assert model.connect(How(("claude-code",), yes=True))[0] is Exit.DENIED
    assert b"curl" in here.at.files[0].read_bytes()


def test_what_cannot_be_recorded_is_not_done(tmp_path: Path) -> None:
    """Promise: every choice is in the log before it is made."""
    here = desk(home(tmp_path, "goose"), deaf=True)
    before = here.at.texts
    with pytest.raises(AuditFault):
        here.connect(How(("goose",)))
    assert here.at.texts == before


def test_all_that_is_here_is_meant_where_no_client_is_named(tmp_path: Path) -> None:
    """`connect --all`: two clients, one server of both."""
    at = home(tmp_path, "cursor")
    zed = home(tmp_path / "other", "zed")
    target = tmp_path / ".config/zed/settings.json"
    target.parent.mkdir(parents=True)
    target.write_bytes(zed.files[0].read_bytes())
    here = desk(at)
    code, out = here.connect(How())
    assert code is Exit.OK
    assert "Zed: from-extension is left as it is: it uses settings" in out
    assert "Cursor: hub is left as it is: it has ${env:HUB_KEY}, which only the client" in out
    assert {one.client for one in read_registry(at.where, None).entries} == {"cursor", "zed"}
    servers = read_profile(at.where, "work").servers
    assert sorted(servers) == ["pg", "pg-zed"]
    assert here.disconnect(How())[0] is Exit.OK
    assert target.read_bytes() == zed.files[0].read_bytes()


def test_one_server_is_named(tmp_path: Path) -> None:
    """The nearest right word, where it is none."""
    here = desk(home(tmp_path, "windsurf"))
    with pytest.raises(UsageFault, match='has a server "pgg"') as told:
        here.connect(How(("windsurf",)), "pgg")
    assert told.value.fix == 'did you mean "pg"?'
    assert here.connect(How(("windsurf",)), "pg")[0] is Exit.OK
    assert {one.name for one in read_registry(here.at.where, None).entries} == {"pg"}
    with pytest.raises(UsageFault, match='no client is called "windsorf"') as told:
        here.connect(How(("windsorf",)))
    assert told.value.fix == 'did you mean "windsurf"?'


def test_a_broken_file_is_shown_with_line_and_column(tmp_path: Path) -> None:
    """Issue 6: and left alone. Exit code 7."""
    here = desk(home(tmp_path, "gemini"))
    here.at.files[0].write_text('{"mcpServers": {\n  "a": 1\n  "b": 2}}')
    code, out = here.connect(How(("gemini",)))
    assert code is Exit.INVALID
    place = f"{here.at.files[0]}:3:3"
    assert out.startswith(f'Gemini CLI is left alone. {place}: a "," or "}}" is missing. Fix: ')
    here = desk(home(tmp_path / "other", "gemini"))
    here.connect(How(("gemini",)))
    here.at.files[0].write_text("{")
    code, out = here.disconnect(How(("gemini",)))
    assert code is Exit.INVALID
    assert f"{here.at.files[0]}:1:2" in out


def test_a_server_in_both_files_of_a_profile_is_a_fault(tmp_path: Path) -> None:
    """Which of two tables counts would be a guess."""
    here = desk(home(tmp_path, "cursor"))
    assert here.connect(How(("cursor",)))[0] is Exit.OK
    file = Path(here.at.where.profile_file("work"))
    file.write_text('version = 1\n[servers.pg]\ncommand = ["x"]\n')
    with pytest.raises(ProfileFault, match=r"the server pg is defined in work\.toml:2 too"):
        read_profile(here.at.where, "work")


def test_a_project_has_a_file_of_its_own(tmp_path: Path) -> None:
    """`--scope project`: it is made where there is none, with a word to those who share it."""
    own = "version = 1\n[servers.db]\ncommand = ['x']\n"
    at = home(tmp_path, "vscode", profile=own)
    project = tmp_path / "shop"
    project.mkdir()
    here = desk(replace(at, machine=replace(at.machine, project=str(project))))
    file = project / ".vscode/mcp.json"
    how = How(("vscode",), "project")
    code, out = here.connect(how, "db")
    assert code is Exit.OK
    assert "VS Code: db is started by localguard run db (added)" in out
    assert f"{file} is the project's: whoever shares it gets this machine's paths." in out
    written = {"command": GUARD.argv[0], "args": ["run", "db"]}
    assert json.loads(file.read_text()) == {"servers": {"db": written}}
    assert [one.client for one in read_registry(at.where, None).entries] == ["vscode"]
    assert here.disconnect(How())[0] is Exit.OK
    assert not file.exists()
    assert sorted(read_profile(at.where, "work").servers) == ["db"]


def test_what_a_client_has_no_file_for_is_told(tmp_path: Path) -> None:
    """Claude Desktop knows no projects."""
    here = desk(home(tmp_path, "claude-desktop"))
    assert here.connect(How(("claude-desktop",), "project")) == (
        Exit.OK,
        "Nothing is to be changed.\n",
    )


def test_the_servers_of_the_profile_are_added_and_none_taken_over(tmp_path: Path) -> None:
    """`--add`: a name that Codex does not take is made one that it does."""
    own = "version = 1\n[servers.'a.b']\ncommand = ['x']\n[servers.pg]\ncommand = ['y']\n"
    here = desk(home(tmp_path, "codex", profile=own))
    code, out = here.connect(How(("codex",)), add=True)
    assert code is Exit.OK
    assert out.splitlines()[0] == "Codex: a-b is started by localguard run a.b (added)"
    text = here.at.files[0].read_text()
    assert "[mcp_servers.a-b]" in text
    assert 'command = "uvx" # by uv' in text
    assert sorted(read_profile(here.at.where, "work").servers) == ["a.b", "pg"]


def test_a_client_that_runs_is_to_be_ended_first(tmp_path: Path) -> None:
    """Claude Desktop writes its file anew, also from the tray, and drops what was written."""
    here = desk(home(tmp_path, "claude-desktop"))
    told = "Claude Desktop runs, and writes its file anew while it does: end it first."
    here.running = frozenset({"claude", "systemd"})
    assert told in here.connect(CLAUDE)[1].splitlines()
    here = desk(home(tmp_path / "other", "claude-desktop"))
    assert told not in here.connect(CLAUDE)[1].splitlines()
