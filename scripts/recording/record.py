"""Records a newcomer's first day: what was typed, what was seen, and how much typing it took.

Everything is real: the program installed from this folder, a keyring, three published servers, the
official SDK as the client, tmux as the terminal. Only the person is played.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from scripts.recording.newcomer import SIZE, Newcomer
from scripts.recording.scene import PROJECT, TOKEN, furnish, new_home
from tests.providers.secret_service import PASSWORD, running

PICTURES: Final = PROJECT / "scripts/pictures"
BEGIN: Final = "<!-- recorded by scripts/record -->\n"
END: Final = "<!-- end of the recording -->\n"
DESKTOP: Final = Path(__file__).with_name("desktop.py")


class Desktop:
    """A client that runs: calls go in, results come out."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        file = home / ".cursor/mcp.json"
        self._child = subprocess.Popen(
            [sys.executable, str(DESKTOP), "cursor-vscode", str(file)],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.heard()

    def call(self, server: str, tool: str, **arguments: Any) -> None:
        """Call a tool, and wait for nothing."""
        assert self._child.stdin is not None
        line = json.dumps({"server": server, "tool": tool, "arguments": arguments})
        print(line, file=self._child.stdin, flush=True)

    def heard(self) -> dict[str, Any]:
        """The next thing it has to say."""
        assert self._child.stdout is not None
        said: dict[str, Any] = json.loads(self._child.stdout.readline())
        return said

    def close(self) -> None:
        """End it, as its window is closed."""
        self._child.communicate()


@contextmanager
def desktop(home: Path, environment: Mapping[str, str]) -> Iterator[Desktop]:
    """A client that runs for a while."""
    client = Desktop(home, environment)
    try:
        yield client
    finally:
        client.close()


class Recording:
    """The day as it goes, and what is kept of it."""

    def __init__(self, home: Path, environment: Mapping[str, str], person: Newcomer) -> None:
        self._home = home
        self._environment = environment
        self._person = person
        self._told: list[str] = []
        self._texts: list[str] = []
        self._before = self._files()

    def run(self) -> str:
        """Everything from the installation to the way back; what the README says of it."""
        self._install()
        with desktop(self._home, self._environment) as client:
            self._first_calls(client)
            self._other_profile(client)
            self._learn(client)
        self._way_back()
        steps = [f"{number}. {text}" for number, text in enumerate(self._told, 1)]
        return "\n".join([self._summary(), "", *steps, "", *self._in_words()])

    def _summary(self) -> str:
        person = self._person
        return (
            "An empty home, two clients with three servers, a token in one of their files. From "
            f"there to a guarded machine, and back, it took {person.commands} commands and "
            f"{person.keys} keys, every letter counted. `scripts/record` plays it with published "
            "servers and the official SDK as the client, and fails where this is not true."
        )

    def _install(self) -> None:
        person = self._person
        person.resize(SIZE[0], 64)
        person.type("uv tool install -q ./localguard")
        person.until_good(lambda screen: screen.rstrip().endswith("\n$"), ["the next line"])
        person.type("localguard init")
        person.until("Which policy?")
        person.say("")
        person.until("[y/N]")
        person.say("y")
        person.until("Let these marks count?")
        person.say("y")
        person.until("way back")
        assert not self._has_token(), "the token still lies in a file"
        self._tell(
            "Installed, and three answers. The token is out of the file and lies nowhere in the "
            "home in plain; each server is behind a guard; a call that must be denied was denied.",
            "init",
        )
        person.clear()
        person.resize(*SIZE)

    def _first_calls(self, client: Desktop) -> None:
        person, work = self._person, self._home / "work"
        client.call("files", "read_text_file", path=str(work / "plan.md"))
        assert not client.heard()["failed"], "a read is not free"
        client.call("files", "create_directory", path=str(work / "notes"))
        person.open("files/create_directory")
        person.press("Down")
        person.look("files/create_directory")
        self._tell(
            "The client is restarted. A read goes through by itself; a change waits for one key.",
            "first-call",
        )
        person.decide("a", "pending 0")
        assert not client.heard()["failed"], "the call that was allowed did not go"
        for name in ("letters", "drafts"):
            client.call("files", "create_directory", path=str(work / name))
            person.until("pending 1")
            person.press("Down")
            person.look(name)
            person.decide("a", "pending 0")
            client.heard()
        person.press("q")
        person.until_gone("1 queue")

    def _other_profile(self, client: Desktop) -> None:
        person, work = self._person, self._home / "work"
        person.clear()
        person.type("localguard profile create readonly --use")
        person.until("[y/N]")
        person.say("y")
        person.until("readonly is now the active profile")
        client.call("files", "create_directory", path=str(work / "more"))
        assert client.heard()["failed"], "readonly let a change through"
        self._tell(
            "Another profile reaches the client that runs at once: the next change is denied."
        )
        self._texts.append(person.screen())
        person.clear()
        person.type("localguard profile use balanced")
        person.until("[y/N]")
        person.say("y")
        person.until("balanced is now the active profile")

    def _learn(self, client: Desktop) -> None:
        person, work = self._person, self._home / "work"
        person.clear()
        person.resize(SIZE[0], 46)
        person.type("localguard learn")
        person.until("files/create_directory")
        person.say("w")
        person.until("Save 1 rule")
        self._tell("What was allowed three times becomes a rule with a test.", "learn")
        person.say("y")
        person.until("is saved and accepted")
        client.call("files", "create_directory", path=str(work / "letters/2026"))
        assert not client.heard()["failed"], "what was learned is asked again"

    def _way_back(self) -> None:
        person = self._person
        person.clear()
        person.type("localguard disconnect --all")
        person.until("[y/N]")
        person.say("y")
        person.until("Codex:")
        assert self._files() == self._before, "a client's file is not as it was"
        self._tell("`localguard disconnect --all`: both files are as they were, to the byte.")

    def _tell(self, text: str, picture: str = "") -> None:
        """Keep a sentence, and what stands on the screen as a picture and as text."""
        self._told.append(text)
        if picture:
            (PICTURES / f"{picture}.svg").write_text(self._person.drawn("localguard"))
            self._told[-1] += f"\n\n   ![{picture}](scripts/pictures/{picture}.svg)\n"
            self._texts.append(self._person.screen())

    def _in_words(self) -> Iterator[str]:
        """The screens as text, for whoever sees no pictures."""
        yield "<details>\n<summary>The screens as text</summary>\n"
        for text in self._texts:
            yield f"```text\n{_whole(text)}\n```\n"
        yield "</details>"

    def _files(self) -> list[bytes]:
        return [
            (self._home / one).read_bytes() for one in (".cursor/mcp.json", ".codex/config.toml")
        ]

    def _has_token(self) -> bool:
        found = (one for one in self._home.rglob("*") if one.is_file() and not one.is_symlink())
        return any(TOKEN.encode() in one.read_bytes() for one in found)


def main() -> None:
    """Play the day, and write it into the README."""
    home = new_home()
    try:
        environment = furnish(home)
        with running(home / ".desktop", PASSWORD) as service:
            environment["DBUS_SESSION_BUS_ADDRESS"] = service.address
            with Newcomer(home, environment) as person:
                text = Recording(home, environment, person).run()
    finally:
        shutil.rmtree(home, ignore_errors=True)
    readme = PROJECT / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    readme.write_text(f"{before}{BEGIN}{text}\n{END}{rest.partition(END)[2]}")
    print(text)


def _whole(screen: str) -> str:
    """A screen without the empty lines that follow one another."""
    lines = [line.rstrip(" │") for line in screen.rstrip().split("\n")]
    return "\n".join(line for at, line in enumerate(lines) if line or (at and lines[at - 1]))


if __name__ == "__main__":
    main()
