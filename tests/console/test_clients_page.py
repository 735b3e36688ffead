"""Clients that go around a guard while the console is open: seen, told calmly, and repaired."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest

from localguard.audit.records import Chosen
from localguard.cli.console_parts import clients
from localguard.cli.late_clients import LateClients
from localguard.clients.connecting import make
from localguard.clients.entry import Ours, Program
from localguard.clients.found import find_one
from localguard.clients.originals import FileOriginals
from localguard.clients.planning import Wanted, planned
from localguard.clients.registry import clients_folder, registry_path
from localguard.console.app import Make
from localguard.console.clients.files import ClientFiles
from localguard.console.clients.line import clients_line
from localguard.console.clients.looking import Looking
from localguard.console.clients.mending import MendPage
from localguard.console.clients.page import ClientsPage
from localguard.console.clients.ports import Clients, Outlook, Seen
from localguard.console.confirm import Confirm
from localguard.console.panes.person import Person
from localguard.console.queue.screen import Queue
from localguard.console.servers.ports import KnownServer
from localguard.console.servers.tools import ToolsPage
from localguard.console.services import Services
from localguard.console.sheet import Sheet
from localguard.errors import AuditFault
from tests.clients.acts import AT, SEARCH, disconnect, registry
from tests.clients.homes import TEXTS, Home, home
from tests.config.makers import key_of
from tests.console.stage import Desk, FakeServices, Stage, staged
from tests.console.test_queue_hostile import CORPUS, _harmless, _pictured

LINE = "Claude Desktop starts pg itself again, around the guard, and 1 more · W to look"
SECRET = "postgres://ana:hunter22@db/shop"


@dataclass
class Desktop:
    """A home with one client that is registered with, and the person at the console."""

    at: Home
    program: Program
    records: list[Chosen] = field(default_factory=list)
    refusal: str | None = None
    full: bool = False
    running: frozenset[str] = frozenset()

    def originals(self) -> FileOriginals:
        return FileOriginals(clients_folder(self.at.where))

    def want(self, profile: str | None, *names: str) -> Wanted:
        """What `connect` would want."""
        known = registry(self.at)
        original = self.originals().back
        profile = profile or "work"
        return Wanted(profile, self.program, SEARCH, names, registry=known, original=original)

    def connect(self) -> None:
        """Register with everything that is there."""
        files = find_one(self.at.machine, self.at.client, "user").files
        connection = planned(self.at.where, self.want(None), files)
        key = key_of(self.at.where)
        assert make(self.at.where, connection, key, self.originals(), AT) == ()

    def record(self, chosen: Chosen) -> None:
        if self.full:
            raise AuditFault("the disk is full", fix="free it")
        self.records.append(chosen)

    def clients(self) -> ClientFiles:
        key = key_of(self.at.where)
        person = Person("console pid 812", lambda: self.refusal, key, self.record)
        return ClientFiles(
            self.at.where,
            self.at.machine,
            person,
            self.want,
            self.originals(),
            running=lambda: self.running,
            pause=0.05,
        )

    @property
    def file(self) -> Path:
        return self.at.files[0]

    def put(self, servers: Mapping[str, object]) -> None:
        """Write these into the client's file, beside those that are there."""
        values = json.loads(self.file.read_text("utf-8"))
        values["mcpServers"] |= servers
        self.file.write_text(json.dumps(values), "utf-8")

    def move(self) -> None:
        """The program is somewhere else from now on."""
        old = Path(self.program.argv[0])
        fresh = old.with_name("new") / old.name
        fresh.parent.mkdir()
        old.rename(fresh)
        self.program = Program((str(fresh),))

    def undefine(self) -> None:
        """The profile has the servers no more."""
        Path(self.at.where.servers_file("work")).unlink()

    def edit_registry(self, old: str, new: str) -> None:
        path = Path(registry_path(self.at.where))
        path.write_text(path.read_text().replace(old, new))

    def guarded(self) -> set[str]:
        """The names of the entries that start guards."""
        found = find_one(self.at.machine, self.at.client).entries
        return {one.name for one in found if isinstance(one.starts, Ours)}


@dataclass
class WithClients(FakeServices):
    """Services with the files of clients."""

    clients: Clients | None = None

    def services(self) -> Services:
        return replace(super().services(), clients=lambda: self.clients)


def desktop_in(folder: Path, name: str = "claude-desktop") -> Desktop:
    program = folder / "bin" / "localguard"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    found = Desktop(home(folder, name), Program((str(program),)))
    found.connect()
    return found


@pytest.fixture
def desktop(tmp_path: Path) -> Desktop:
    """Claude Desktop, registered with two servers."""
    return desktop_in(tmp_path)


@asynccontextmanager
async def console(
    desktop: Desktop,
    *,
    size: tuple[int, int] = (120, 30),
    screens: Mapping[str, Make] | None = None,
) -> AsyncGenerator[Stage]:
    """A console that has looked once."""
    clients = desktop.clients()
    services = WithClients(clients=clients)
    async with staged(Desk(), services, size=size, screens=screens) as stage:
        await until(stage, lambda: clients.seen() is not None)
        yield stage


async def until(stage: Stage, done: Callable[[], bool]) -> None:
    """Wait for what is done beside the screen."""
    with anyio.fail_after(20):
        while not done():
            await stage.pilot.pause(0.01)
        await stage.pilot.pause()


async def opened(stage: Stage) -> ClientsPage:
    """The screen of clients."""
    await stage.press("W")
    page = stage.app.screen
    assert isinstance(page, ClientsPage)
    await until(stage, lambda: page.marked is not None)
    return page


async def asked(stage: Stage) -> MendPage:
    """What registering the marked entry again would change, read to its end."""
    await stage.press("c")
    await until(stage, lambda: isinstance(stage.app.screen, MendPage))
    page = stage.app.screen
    assert isinstance(page, MendPage)
    await stage.settle()
    await stage.press("end")
    await until(stage, page.readable)
    await stage.read()
    return page


async def agreed(stage: Stage) -> ClientsPage:
    """Asked, and the digits typed."""
    await asked(stage)
    page = await confirmed(stage)
    await until(stage, lambda: bool(page.said))
    return page


async def confirmed(stage: Stage) -> ClientsPage:
    """The digits typed; the screen behind them."""
    await stage.press("c")
    box = stage.app.screen
    assert isinstance(box, Confirm)
    await stage.read()
    await stage.type(box.code)
    await until(stage, lambda: isinstance(stage.app.screen, ClientsPage))
    page = stage.app.screen
    assert isinstance(page, ClientsPage)
    return page


def text_of(stage: Stage) -> str:
    """What is told on the screen, its line ends taken out."""
    lines = stage.app.screen.query_one("#text", Sheet).shown
    return " ".join(" ".join(line.plain for line in lines).split())


async def test_what_goes_around_is_one_line_on_every_screen(desktop: Desktop) -> None:
    """Issue 6: the console sees it at its start, and while it is open."""
    tools: Mapping[str, Make] = {"servers": lambda around: ToolsPage(around, KnownServer("pg"))}
    async with console(desktop, screens=tools) as stage:
        assert "W to look" not in stage.text()
        ours = desktop.file.read_text()
        desktop.file.write_text(TEXTS["claude-desktop"])
        await until(stage, lambda: LINE in stage.text())
        assert "W clients" in stage.text()
        await stage.press("2")
        await stage.settle()
        assert LINE in stage.text()
        await stage.press("1")
        desktop.file.write_text(ours)
        await until(stage, lambda: "W to look" not in stage.text())


@pytest.mark.parametrize("width", [60, 80, 200])
def test_it_is_one_line_however_narrow_the_terminal_is(width: int) -> None:
    """The key at its end is what a person needs most of it."""
    title = "A client with a name that fills a line"
    one = Seen("vanished", "x", title, "/x", "pg", f"{title} has no entry pg any more", "", True)
    (line,) = clients_line([one, one], width)
    assert line.cell_length <= width
    assert line.plain.endswith(", and 1 more · W to look")
    assert list(clients_line((), width)) == list(clients_line(None, width)) == []


def test_what_lets_calls_pass_is_told_first(desktop: Desktop) -> None:
    """One line has room for one of them: not for a program that only fails to start."""
    text = desktop.file.read_text()
    desktop.move()
    desktop.file.write_text(text)
    desktop.put({"new": {"command": "npx"}})
    looking = Looking(desktop.at.where, desktop.at.machine, key_of(desktop.at.where))
    looking.now()
    assert [one.kind for one in looking.seen or ()] == ["bypass", "no program", "no program"]


def test_nothing_is_read_while_nothing_changes(desktop: Desktop) -> None:
    """Promise: an idle console looks at marks of files, and at nothing in them."""
    desktop.put({"new": {"command": "npx"}})
    looking = Looking(desktop.at.where, desktop.at.machine, key_of(desktop.at.where))
    looking.if_changed()
    before = looking.seen
    looking.if_changed()
    assert looking.seen is before
    desktop.file.unlink()
    looking.if_changed()
    assert [one.kind for one in looking.seen or ()] == ["vanished", "vanished"]
    Path(desktop.at.where.servers_file("work")).unlink()
    looking.if_changed()
    assert [one.kind for one in looking.seen or ()] == ["vanished"] * 2 + ["undefined"] * 2


async def test_the_sheet_says_what_and_where_and_how_to_repair_it(desktop: Desktop) -> None:
    """Every message: what happened, where, what to do next."""
    desktop.file.write_text(TEXTS["claude-desktop"])
    async with console(desktop) as stage:
        await opened(stage)
        shown = stage.text()
        for part in ("not as you left them: 2", "UNWRAPPED", "My Files", "Claude Desktop"):
            assert part in shown
        told = text_of(stage)
        assert str(desktop.file) in told.replace(" ", "")
        assert "Fix: c shows what would be written, and asks;" in told
        assert "or localguard connect claude-desktop --server pg" in told
        assert "c connect…" in shown
        await stage.press("escape")
        assert isinstance(stage.app.screen, Queue)
        await stage.press("W")
        await stage.press("1")
        assert isinstance(stage.app.screen, Queue)


async def test_where_all_is_well_the_sheet_says_so(desktop: Desktop) -> None:
    """The key stands in the help, and leads to more."""
    async with console(desktop) as stage:
        assert "W clients" not in stage.text()
        await stage.press("W")
        await until(stage, lambda: "as you left it" in text_of(stage))
        assert "localguard clients" in text_of(stage)
        await stage.press("c")
        assert isinstance(stage.app.screen, ClientsPage)


async def test_a_repair_shows_the_change_without_secrets_and_is_done_by_digits(
    desktop: Desktop,
) -> None:
    """What `connect` shows and does, by a person's act that is in the log; the way back stays."""
    desktop.file.write_text(TEXTS["claude-desktop"])
    desktop.running = frozenset({"claude"})
    async with console(desktop) as stage:
        await opened(stage)
        await asked(stage)
        told = text_of(stage)
        assert "Claude Desktop: pg is started by localguard run pg" in told
        assert "Claude Desktop runs, and writes its file anew while it does" in told
        assert "***" in told
        assert SECRET not in told
        assert f'+ "command": "{desktop.program.argv[0]}"'.replace(" ", "") in told.replace(" ", "")
        assert desktop.guarded() == set()
        await stage.press("escape")
        page = await agreed(stage)
        assert page.said.startswith("Done. Claude Desktop: quit it fully")
        assert desktop.guarded() == {"pg"}
        assert desktop.records == [
            Chosen(what="connected", value="Claude Desktop", who="console pid 812")
        ]
        await until(stage, lambda: "not as you left them: 1" in stage.text())
        assert "My Files itself again" in stage.text()
        await agreed(stage)
        await until(stage, lambda: "W to look" not in stage.text())
    assert desktop.guarded() == {"pg", "My Files"}
    disconnect(desktop.at)
    assert json.loads(desktop.file.read_text()) == json.loads(TEXTS["claude-desktop"])


async def test_a_file_of_the_person_is_not_the_projects_where_a_console_starts_at_home(
    tmp_path: Path,
) -> None:
    """Cursor reads .cursor/mcp.json of a project, and of the home folder for the person."""
    desktop = desktop_in(tmp_path, "cursor")
    desktop.at = replace(desktop.at, machine=replace(desktop.at.machine, project=str(tmp_path)))
    desktop.put({"new": {"command": "npx"}})
    async with console(desktop) as stage:
        await opened(stage)
        await asked(stage)
        assert "Cursor: new is started by localguard run new" in text_of(stage)
        assert "project" not in text_of(stage)


async def test_keys_before_the_change_was_read_do_nothing(desktop: Desktop) -> None:
    """Whoever has not seen the end of it cannot agree to it."""
    desktop.file.write_text(TEXTS["claude-desktop"])
    async with console(desktop, size=(90, 24)) as stage:
        await opened(stage)
        await stage.press("c")
        await until(stage, lambda: isinstance(stage.app.screen, MendPage))
        await stage.press("c")
        await stage.read()
        await stage.press("c", "enter", "space")
        assert isinstance(stage.app.screen, MendPage)
        assert desktop.guarded() == set()


@pytest.mark.parametrize("kind", ["vanished", "bypass", "no program"])
async def test_each_that_registering_repairs_is_repaired(desktop: Desktop, kind: str) -> None:
    """Claude drops entries; people add servers; a localguard is installed elsewhere."""
    if kind == "vanished":
        desktop.file.write_text("{}")
    elif kind == "bypass":
        desktop.put({"new": {"command": "npx", "args": ["-y", "fs"]}})
    else:
        desktop.move()
    async with console(desktop) as stage:
        page = await opened(stage)
        before = len(page._known)
        assert {one.kind for one in page._known.values()} == {kind}
        await agreed(stage)
        await until(stage, lambda: len(page._known) == before - 1)
    assert ("new" if kind == "bypass" else "pg") in desktop.guarded()


@pytest.mark.parametrize("kind", ["broken", "byte order mark", "undefined"])
async def test_what_registering_does_not_repair_says_what_to_do(
    desktop: Desktop, kind: str
) -> None:
    """No key is offered that would not help."""
    if kind == "broken":
        desktop.file.write_bytes(desktop.file.read_bytes()[:-1])
    elif kind == "byte order mark":
        desktop.file.write_bytes(b"\xef\xbb\xbf" + desktop.file.read_bytes())
    else:
        desktop.undefine()
    async with console(desktop) as stage:
        assert ("cannot be read" in stage.text()) is (kind == "broken")
        await opened(stage)
        assert kind.upper() in stage.text()
        assert "Fix: " in text_of(stage)
        assert "connect…" not in stage.text()
        await stage.press("c")
        assert isinstance(stage.app.screen, ClientsPage)


async def test_a_registry_that_is_not_ours_is_told(desktop: Desktop) -> None:
    """Attack: whoever edits it would have `disconnect` write a text of theirs."""
    async with console(desktop) as stage:
        desktop.edit_registry('"pg"', '"px"')
        await until(stage, lambda: "the file of localguard cannot be read" in stage.text())
        await opened(stage)
        assert "it is not as localguard wrote it" in text_of(stage)


async def test_whoever_may_not_choose_and_what_cannot_be_recorded_change_nothing(
    desktop: Desktop,
) -> None:
    """Attack: a program that was started by an agent types into a console of its own."""
    desktop.file.write_text(TEXTS["claude-desktop"])
    for refusal, full, said in ((None, True, "the disk is full"), ("an agent", False, "an agent")):
        desktop.refusal, desktop.full = refusal, full
        async with console(desktop) as stage:
            await opened(stage)
            page = await agreed(stage)
            assert said in page.said
    assert desktop.file.read_text() == TEXTS["claude-desktop"]
    assert desktop.records == []


async def test_a_file_that_changed_since_it_was_shown_is_left_alone(desktop: Desktop) -> None:
    """What was shown is what is written, or nothing is."""
    desktop.file.write_text(TEXTS["claude-desktop"])
    other = TEXTS["claude-desktop"].replace("Ctrl+Space", "Ctrl+J")
    async with console(desktop) as stage:
        await opened(stage)
        await asked(stage)
        desktop.file.write_text(other)
        page = await confirmed(stage)
        await until(stage, lambda: "has changed meanwhile" in page.said)
    assert desktop.file.read_text() == other


async def test_a_client_that_cannot_be_registered_with_says_why(desktop: Desktop) -> None:
    """A localguard in a cache is no program that a client can rely on."""
    desktop.file.write_text(TEXTS["claude-desktop"])

    class Nowhere(Desktop):
        def want(self, profile: str | None, *names: str) -> Wanted:
            del profile, names
            raise AuditFault("localguard lies in a cache", fix="install it for good")

    nowhere = Nowhere(desktop.at, desktop.program)
    async with console(nowhere) as stage:
        page = await opened(stage)
        await stage.press("c")
        await until(stage, lambda: bool(page.said))
        assert page.said == "localguard lies in a cache. Fix: install it for good."


@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
async def test_nothing_in_a_clients_file_draws_steers_or_links(desktop: Desktop, text: str) -> None:
    """Attack: names, commands and arguments in a client's file are text of anyone's."""
    name = text[:5000].encode("utf-8", "replace").decode()
    desktop.put({name: {"command": name, "args": [name], "env": {"A": name}}})
    async with console(desktop) as stage:
        _harmless(stage)
        await opened(stage)
        for key in ("down", "enter", "escape", "home", "c"):
            await stage.press(key)
            await stage.pilot.pause()
            _harmless(stage)
        await until(stage, lambda: isinstance(stage.app.screen, MendPage))
        await stage.settle()
        _harmless(stage)
        _pictured(stage)


async def test_what_the_console_is_made_with_looks_at_this_machine(tmp_path: Path) -> None:
    """Loaded beside the screen, for which it would stand still."""
    desktop = desktop_in(tmp_path, "cursor")
    desktop.put({"new": {"command": "npx"}})
    late = LateClients(lambda: clients(desktop.at.where))
    assert late.seen() is None
    await late.look()
    (one,) = late.seen() or ()
    assert (one.kind, one.name, one.path) == ("bypass", "new", str(desktop.file))
    assert (await late.mend(Outlook(one))).done is False
