"""A desktop to sign in at: a real provider and keyring, a terminal, a person at a browser."""

import json
import os
import select
import shlex
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmark.figures import DIRECT
from scripts.benchmark.pane import PATIENCE, Pane
from scripts.benchmark.peers import NotInstalled, newest_node
from scripts.benchmark.setting import Command, Run, place, present, trivial_server, write_profile
from scripts.benchmark.subjects import LOCALGUARD, PROJECT, SIGN_IN_SUBJECTS
from scripts.benchmark.wire import Broken, Wire
from tests.providers import secret_service
from tests.providers.idp import SCOPES, Idp, started

PROGRAMS = ("tmux", "dbus-daemon", "gnome-keyring-daemon")
PACKAGES = PROJECT / ".tools/npm/node_modules"
SERVER = "\n[servers.bench]\ncommand = {command}\n"
IDENTITY = """
[identity]
issuer = "{issuer}"
client_id = "localguard"
required = true
scopes = {scopes}
"""
SECRET_ENV = 'env = { BENCH_TOKEN = "secret:bench-token" }\n'
TYPED = "printf '<%s>' begun; {command} && printf '<%s>' good || printf '<%s>' bad"
HOUR = 3600


class Browser:
    """Where the browser is: who sits there is told what is to be opened, and when that was."""

    def __init__(self, folder: Path) -> None:
        fifo = folder / "opened"
        os.mkfifo(fifo)
        self._opened = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        self.program = folder / "browser"
        self.program.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$1\" >{shlex.quote(str(fifo))}\n")
        self.program.chmod(0o755)

    def opened(self) -> tuple[str, float]:
        """The next address, and when it was opened. Raises Broken."""
        if not select.select([self._opened], [], [], PATIENCE)[0]:
            raise Broken("no browser was opened")
        when = time.perf_counter()
        return os.read(self._opened, 1 << 16).decode().strip(), when


@dataclass(frozen=True, slots=True)
class SignInSetting(Run):
    """Guards of one person, before a server that does nothing."""

    server: Command
    idp: Idp
    pane: Pane
    browser: Browser

    def start(self, subject: str) -> Wire:
        """Start a subject."""
        return Wire(self.server if subject == DIRECT else self.subjects[subject], self.env)

    def begin(self, *words: str) -> float:
        """Type a command of localguard's; when it began."""
        self.pane.forget()
        self.pane.press(TYPED.format(command=shlex.join([str(LOCALGUARD), *words])), "Enter")
        return self.pane.until("<begun>")

    def end(self) -> float:
        """When the command that was typed has ended. Raises Broken."""
        when = self.pane.until("<good>", "<bad>")
        if self.pane.has("<bad>"):
            raise Broken(f"it failed:\n{self.pane.screen()}")
        return when

    def facts(self) -> dict[str, object]:
        """What has to be known of the desktop."""
        return {
            "server": Path(self.server[-1]).name,
            "provider": "npm oidc-provider on this machine",
            "keyring": "gnome-keyring-daemon on a bus of its own",
        }


@contextmanager
def sign_in_setting(names: set[str], *, peers: bool, effort: int) -> Iterator[SignInSetting]:
    """A run of the subjects with these names, at a desktop that is removed at its end."""
    _need_tools()
    with (
        place() as (folder, client),
        started(newest_node(), PACKAGES, folder / "idp") as idp,
        secret_service.running(folder / "desktop") as service,
    ):
        # A person who signs in once is not asked again while figures are taken.
        idp.change(ttl={"access": HOUR, "id": HOUR})
        browser = Browser(folder)
        bus = {"DBUS_SESSION_BUS_ADDRESS": service.address}
        env = {**client, **bus, "BROWSER": str(browser.program)}
        server = trivial_server()
        _write_profiles(folder / "home/profiles", idp, server)
        subjects, left_out = present(SIGN_IN_SUBJECTS, names, folder, peers=peers)
        pane = Pane(folder, env, (200, 50))
        try:
            run = SignInSetting(subjects, left_out, env, effort, server, idp, pane, browser)
            _settle(run)
            yield run
        finally:
            pane.close()


def _need_tools() -> None:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    try:
        newest_node()
    except NotInstalled:
        missing.append("node")
    if not (PACKAGES / "oidc-provider").is_dir():
        missing.append("oidc-provider")
    if missing:
        raise SystemExit(f"scripts/bench --sign-in needs {', '.join(missing)}: run scripts/test")


def _write_profiles(folder: Path, idp: Idp, server: Command) -> None:
    scopes = json.dumps(SCOPES)
    identity = IDENTITY.format(issuer=idp.issuer, scopes=scopes)
    table = SERVER.format(command=json.dumps(server))
    write_profile(folder / "bench.toml", table)
    write_profile(folder / "signed.toml", identity + table)
    write_profile(folder / "secret.toml", table + SECRET_ENV)


def _settle(run: SignInSetting) -> None:
    """What a person has done before: chosen a profile, and given a server its secret."""
    run.begin("profile", "use", "bench")
    run.end()
    run.begin("secret", "set", "bench-token", "--for", "bench", "--profile", "secret")
    run.pane.until("not shown", "<bad>")
    run.pane.press("s3cret", "Enter")
    run.end()
