"""What all subjects before a server at a URL share, and the server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from scripts.benchmark.eras import LEGACY, Era
from scripts.benchmark.figures import DIRECT
from scripts.benchmark.goals import GUARD
from scripts.benchmark.http_wire import HttpWire
from scripts.benchmark.peers import NotInstalled, node
from scripts.benchmark.setting import Run, filled, place, present
from scripts.benchmark.subjects import HTTP_SUBJECTS, PROGRAMS
from scripts.benchmark.turns import Client
from scripts.benchmark.wire import Wire


@dataclass(frozen=True, slots=True)
class HttpSetting(Run):
    """Subjects before a server at a URL."""

    def start(self, subject: str, url: str, era: Era = LEGACY) -> Client:
        """Start a subject before the server at a URL, for a client of an era."""
        if subject == DIRECT:
            return HttpWire(url, era)
        return self.bridge(subject, url, era)

    def bridge(self, subject: str, url: str, era: Era = LEGACY) -> Wire:
        """The same for one that is a process."""
        if subject == GUARD:
            self.forget_pins()
        mode = "legacy" if era is LEGACY else era.version
        words = filled(self.subjects[subject], {"{url}": url, "{mode}": mode})
        return Wire(words, self.env, era=era)

    def facts(self) -> dict[str, object]:
        """What has to be known of the server."""
        return {"server": "at a URL on this machine, plain HTTP, in Python", "node": _version()}


@contextmanager
def http_setting(names: set[str], *, peers: bool, effort: int) -> Iterator[HttpSetting]:
    """A run of the subjects with these names, in a folder that is removed at its end."""
    with place() as (folder, env):
        subjects, left_out = present(HTTP_SUBJECTS, names, folder, peers=peers)
        yield HttpSetting(subjects, left_out, env, effort)


@contextmanager
def served(answers: str) -> Iterator[str]:
    """The URL of a server whose answers are "json" or "sse", as long as the block lasts."""
    command = [sys.executable, "-I", str(PROGRAMS / "http_upstream.py"), answers]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as server:
        assert server.stdout is not None
        try:
            yield str(json.loads(server.stdout.readline())["url"])
        finally:
            server.kill()


def _version() -> str:
    try:
        command = [node(), "--version"]
    except NotInstalled as why:
        return str(why)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
