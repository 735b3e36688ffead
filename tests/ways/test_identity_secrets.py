"""No token and no secret of a run is found anywhere but where it belongs."""

import os
import re
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.providers.by_hand import signed_in
from tests.providers.idp import Idp
from tests.providers.mcp_http import HttpServer
from tests.ways.signing import Desktop, text_of
from tests.ways.wire import Wire

_EVERY = 0.02


class CommandLines:
    """The command lines of all processes of the machine, looked at again and again."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._over = threading.Event()

    @contextmanager
    def watched(self) -> Generator[None]:
        """Look as long as the block lasts."""
        looking = threading.Thread(target=self._look)
        looking.start()
        try:
            yield
        finally:
            self._over.set()
            looking.join()

    def _look(self) -> None:
        while not self._over.wait(_EVERY):
            for pid in filter(str.isdecimal, os.listdir("/proc")):
                with suppress(OSError):
                    self.seen.add(Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace"))


def test_no_secret_of_a_run_is_where_it_does_not_belong(
    desktop: Desktop, idp: Idp, http_servers: Callable[..., HttpServer]
) -> None:
    """Promise: none in files, the log, stderr, command lines or the client's frames, at DEBUG."""
    idp.change(discovery={"client_id_metadata_document_supported": None})
    web, fixed, traded = (http_servers(issuer=idp.issuer) for _ in range(3))
    static = signed_in(idp.issuer, scope="openid mcp:read", resource=fixed.url)["access_token"]
    more = (
        f'[servers.web]\nurl = "{web.url}"\nauth = "oauth"\n'
        f'[servers.fixed]\nurl = "{fixed.url}"\nauth = "secret:fixed"\n'
        f'[servers.traded]\nurl = "{traded.url}"\nauth = "token-exchange"\n'
        f'exchange = {{ resource = "{traded.url}", scopes = ["mcp:read"] }}\n'
    )
    desktop.profile(idp.issuer, more=more)
    idp.change(ttl={"access": 3})
    desktop.loud()
    lines = CommandLines()
    with lines.watched():
        desktop.login()
        desktop.login("web")
        _keep(desktop, "fixed", static)
        wires = [desktop.remote(name) for name in ("web", "fixed", "traded")]
        _use(wires)
        for command in (["whoami", "--json"], ["status"], ["logs"], ["secret", "list"]):
            assert desktop.type(*command).code == 0
        # Tokens have expired meanwhile; and a new one is refused, which is told with what was said.
        _use(wires)
        web.change(refuse=1)
        wires[0].call("caller")
        assert idp.refreshes() >= 1
        desktop.logout()
    desktop.close()
    _check(desktop, idp, lines, wires)


def _keep(desktop: Desktop, name: str, value: str) -> None:
    keeping = desktop.begin("secret", "set", name)
    keeping.until(re.compile("not shown"))
    keeping.answer(value)
    assert keeping.done().code == 0


def _use(wires: list[Wire]) -> None:
    """Call each server for what it is, and have it tell its token as a careless server does."""
    for wire in wires:
        assert text_of(wire.call("caller")) == "alice mcp:read"
        assert text_of(wire.call("confess")).startswith("called with ")
        # What an error repeats of a request is the server's word too.
        wire.call("echo", text=7)


def _check(desktop: Desktop, idp: Idp, lines: CommandLines, wires: list[Wire]) -> None:
    secrets = {value for value in idp.minted() if len(value) >= 16}
    assert len(secrets) > 10
    assert any("DEBUG:" in text for _, text in _places(desktop, lines, wires))
    # Signed by the provider, a token is known by its last part too.
    secrets |= {value.rpartition(".")[2] for value in secrets if value.count(".") == 2}
    found = [
        (secret[:12], place)
        for place, text in _places(desktop, lines, wires)
        for secret in secrets
        if secret in text
    ]
    assert found == []


def _places(desktop: Desktop, lines: CommandLines, wires: list[Wire]) -> Iterator[tuple[str, str]]:
    """What can be read of a run: where, and its text."""
    yield "command lines", "\n".join(lines.seen)
    for wire in wires:
        yield "frames", "\n".join(map(str, wire.heard))
    files = [path for path in desktop.folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".jsonl" for path in files)
    for path in files:
        # The provider's own scripts and packages are links to elsewhere.
        if "node_modules" not in path.parts:
            yield str(path), path.read_bytes().decode("utf-8", "replace")
