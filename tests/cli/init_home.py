"""A home with two clients and three servers, one with a token in plain text, and a newcomer."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localguard.cli.connect import How as Back
from localguard.cli.disconnect import disconnect
from localguard.cli.init import init
from localguard.cli.init_desk import Desk, How
from localguard.cli.init_vault import Wallet, usable
from localguard.clients.entry import Program
from localguard.clients.originals import VaultOriginals
from localguard.clients.registry import clients_folder
from localguard.clients.table import Machine
from localguard.config.paths import Places
from localguard.vault.late import LateVault
from localguard.vault.named import NamedSecrets
from localguard.vault.store import Store
from tests.cli.persons import Visitor
from tests.cli.ran import Ran, ran
from tests.config.makers import places_in

SERVERS = Path(__file__).resolve().parents[1] / "servers"
TELLER = [sys.executable, str(SERVERS / "env_teller.py")]
SHOP = [sys.executable, str(SERVERS / "sdk_modern.py")]
LOCALGUARD = Path(sys.executable).with_name("localguard")
TOKEN = "tok-of-ana-7d3f0a"
ARGUMENT = "key-of-ana-91bc22"
CURSOR = f"""\
{{
\t// my servers
\t"mcpServers": {{
\t\t"tell": {{"command": "{TELLER[0]}", "args": ["{TELLER[1]}", "--api-key={ARGUMENT}"],
\t\t         "env": {{"TELL_TOKEN": "{TOKEN}", "MODE": "ro"}}}},
\t\t"here": {{"command": "tool", "args": ["${{workspaceFolder}}"]}},
\t\t"shop": {{"command": "{SHOP[0]}", "args": ["{SHOP[1]}"]}},
\t}},
}}
"""
CODEX = f"""\
# mine
model = "o3"

[mcp_servers.again]  # the same server
command = '{TELLER[0]}'
args = ['{TELLER[1]}']
"""


@dataclass
class House:
    """The home, and who is in it."""

    folder: Path
    where: Places
    visitor: Visitor
    program: Program
    store: Store = "keyring"
    attended: bool = True
    project: str | None = None
    files: dict[Path, bytes] = field(default_factory=dict)

    @property
    def machine(self) -> Machine:
        """What is looked at, with the variables of this process."""
        environ = {**os.environ, "HOME": str(self.folder)}
        return Machine(str(self.folder), environ, project=self.project)

    @property
    def vault(self) -> LateVault:
        """As a command opens it."""
        return LateVault(self.where.vault, lambda: self.store)

    @property
    def secrets(self) -> NamedSecrets:
        """What is in it."""
        return NamedSecrets(self.vault())

    def init(self, how: How | None = None) -> Ran:
        """Run it."""
        vault = self.vault
        desk = Desk(
            self.where,
            self.machine,
            self.visitor.person,
            Wallet(self.where, vault, lambda: usable(self.where, vault)),
            self.program,
            lambda: os.environ["PATH"],
            frozenset,
            self.attended,
            self.visitor.typed,
        )
        return ran(lambda out, err: init(desk, how or How(yes=True), out=out, err=err))

    def disconnect(self) -> Ran:
        """Take all of it back."""
        originals = VaultOriginals(self.vault, clients_folder(self.where))
        how = Back((), "user", "", yes=True)
        person = self.visitor.person
        return ran(
            lambda out, err: disconnect(
                self.where, self.machine, person, (), how, originals=originals, out=out, err=err
            )
        )

    def as_before(self) -> bool:
        """Whether the clients' files are what they were, to the byte."""
        return all(path.read_bytes() == raw for path, raw in self.files.items())

    def tree(self) -> Mapping[str, bytes]:
        """Every file below the home."""
        return {
            str(path): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.is_relative_to(self.folder / "desktop")
        }

    def holding(self, text: str) -> list[str]:
        """The files in which a text stands."""
        return [path for path, raw in self.tree().items() if text.encode() in raw]


def house(folder: Path, texts: Mapping[str, str] | None = None) -> House:
    """A home; nobody has chosen anything in it yet."""
    told = {".cursor/mcp.json": CURSOR, ".codex/config.toml": CODEX} if texts is None else texts
    files: dict[Path, bytes] = {}
    for name, text in told.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        files[path] = path.read_bytes()
    base = folder / "localguard"
    where = places_in(base)._replace(home=str(folder))
    program = Program((str(LOCALGUARD),), {"LOCALGUARD_HOME": str(base)})
    return House(folder, where, Visitor(where), program, files=files)


def cursor(**servers: object) -> dict[str, str]:
    """The file of a Cursor with some servers."""
    return {".cursor/mcp.json": json.dumps({"mcpServers": servers}, indent=2)}
