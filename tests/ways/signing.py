"""A person's desktop: a keyring, a browser, and commands of localguard that sign in by them."""

import http.client
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.approving.terminal import Terminal
from tests.providers import person
from tests.providers.person import Person
from tests.ways.stage import Stage
from tests.ways.typed import Command, Done, Typist
from tests.ways.wire import PATIENCE, Message, Wire

CLOCKED = Path(__file__).resolve().parent / "clocked.py"
LOUD = CLOCKED.with_name("loud.py")
SCOPES = ("openid", "profile", "email", "groups", "offline_access")
_PAUSE = 0.02


class Desktop(Stage):
    """A stage with a keyring, a browser that is a person, and a clock that can be moved.

    `ahead` is by how many seconds all commands and guards are ahead of the true time; a running
    guard follows.
    """

    def __init__(
        self, folder: Path, environment: Mapping[str, str], bus: str, terminal: Terminal
    ) -> None:
        super().__init__(folder, {**environment, "DBUS_SESSION_BUS_ADDRESS": bus})
        self._typist = Typist(terminal, folder)
        self._offset = folder / "offset"
        self._start = [str(CLOCKED), str(self._offset)]
        self.ahead(0)
        self.browser()

    def ahead(self, seconds: int) -> None:
        """Move the time of day."""
        fresh = self._offset.with_suffix(".fresh")
        fresh.write_text(str(seconds))
        fresh.replace(self._offset)

    def browser(self, user: str = "alice", says: str = "yes", prints: str = "") -> None:
        """Who sits at the browser that commands open from now on."""
        program = person.opener(
            self.folder / "bin", self.folder / "opened", user=user, says=says, prints=prints
        )
        self.home.environment["BROWSER"] = str(program)

    def profile(self, issuer: str, more: str = "", rules: str = "", **identity: Any) -> None:
        """The profile that asks for a sign-in and, unless there are `rules`, allows everything.

        `identity` are keys of [identity]; `more` are tables at the end.
        """
        keys = {"client_id": "localguard", "required": True, "scopes": SCOPES, **identity}
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        about = f'[identity]\nissuer = "{issuer}"\n{lines}'
        self.home.write("all", f"version = 1\n{about}{rules or ALLOW}{more}")

    def opened(self) -> list[str]:
        """The addresses that the browser was opened with."""
        return person.opened(self.folder / "opened")

    def until_opened(self, count: int = 1) -> str:
        """The address that the browser was opened with, once it was."""
        deadline = time.monotonic() + PATIENCE
        while len(found := self.opened()) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"the browser was opened {len(found)} times")
            time.sleep(_PAUSE)
        return found[count - 1]

    def argv(self, *arguments: str) -> list[str]:
        """The command line of a command, at the desktop's time."""
        return [sys.executable, *self._start, *arguments]

    def loud(self) -> None:
        """From now on every logger of commands and guards writes all it has to stderr."""
        self._start = [str(LOUD)]

    def begin(self, *arguments: str, terminal: Terminal | None = None) -> Command:
        """A command of localguard's, typed by the person; it goes on."""
        return self._typist.begin(self.argv(*arguments), self.home.environment, terminal)

    def type(self, *arguments: str) -> Done:
        """A command of localguard's, typed by the person, to its end."""
        return self.begin(*arguments).done()

    def login(self, *arguments: str) -> Done:
        """`localguard login`, which has to go well."""
        done = self.type("login", *arguments)
        assert done.code == 0, done
        return done

    def logout(self) -> Done:
        """`localguard logout`, which has to go well."""
        done = self.type("logout")
        assert done.code == 0, done
        return done

    def who(self) -> dict[str, Any]:
        """What `localguard whoami --json` says."""
        said: dict[str, Any] = json.loads(self.type("whoami", "--json").out)
        return said

    def guard(self, *traits: str, profile: str | None = None) -> Wire:
        """A guard in front of a scripted server named `fake`, at the desktop's time."""
        fixed = [] if profile is None else ["--profile", profile]
        given = ["run", *fixed, "--name", "fake", "--", *self.server(*traits)]
        return self.start(self.argv(*given))

    def remote(self, name: str = "web") -> Wire:
        """A guard in front of a server that the profile names, after the handshake."""
        wire = self.start(self.argv("run", name))
        greeting = wire.handshake()
        assert "result" in greeting, greeting
        return wire

    def trouble(self, name: str = "web") -> str:
        """Why a server that the profile names cannot be spoken to, as a client is told."""
        wire = self.start(self.argv("run", name))
        return str(wire.handshake()["error"]["message"])


ALLOW = '[[rule]]\nallow = "*"\n'


def text_of(answer: Message) -> str:
    """What an answer tells a person: the text of a result, or the message of an error."""
    if "error" in answer:
        return str(answer["error"]["message"])
    return "\n".join(str(part.get("text", "")) for part in answer["result"]["content"])


def is_refused(answer: Message) -> bool:
    """Whether a call came to nothing."""
    return "error" in answer or bool(answer["result"].get("isError"))


def redirect_of(url: str) -> tuple[str, str]:
    """The redirect URI and the state in the address that a browser was opened with."""
    query = parse_qs(urlsplit(url).query)
    return query["redirect_uri"][0], query["state"][0]


def status_of(redirect: str, query: str, *, method: str = "GET", host: str | None = None) -> int:
    """What the listener answers to one request, made by hand."""
    parts = urlsplit(redirect)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        headers = {"Host": host} if host else {}
        connection.request(method, f"{parts.path}?{query}", headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


class Kept(Exception):
    """Raised where a person keeps the address instead of going there."""


def address_at_end(url: str, user: str = "alice") -> str:
    """Where the person's browser is sent in the end, without going there."""

    def keep(target: str) -> str:
        raise Kept(target)

    try:
        Person(user, altered=keep).visit(url)
    except Kept as kept:
        return str(kept)
    raise AssertionError("the browser was sent nowhere")
