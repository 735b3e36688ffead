"""What all subjects of a run share: a folder, an environment, a profile, and the server."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.benchmark.goals import GUARD
from scripts.benchmark.peers import NotInstalled, installed, node
from scripts.benchmark.subjects import PROGRAMS, PROJECT, SUBJECTS, Subject
from scripts.benchmark.wire import Wire

CLIENTS_GIVE = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")
RULES = 50
HEAD = """version = 1
profile = "{name}"

[[rule]]
allow = "bench/*"

[[rule]]
deny = "*/echo"
when.args.text = "*drop table*"
"""
RULE = """
[[rule]]
{verb} = "{server}/*_{number}"
when.args.path.under = "~/work{number}"
"""
EVERYTHING = "node_modules/@modelcontextprotocol/server-everything"

ONCE, QUICK, FULL = range(3)
"""Efforts: one round of each, a few, as many as it takes."""

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """The subjects that are there, and what they are started with.

    The figures of an effort below FULL are not to keep.
    """

    subjects: Mapping[str, Command]
    left_out: Mapping[str, str]
    env: Mapping[str, str]
    effort: int

    def rounds(self, many: int, few: int) -> int:
        """How many there are."""
        return (1, few, many)[self.effort]

    def facts(self) -> dict[str, object]:
        """What has to be known of what the subjects stand before."""
        return {}

    def forget_pins(self) -> None:
        """Let a guard meet a server that has other tools in other scenarios for the first time."""
        shutil.rmtree(Path(self.env["LOCALGUARD_HOME"], "state/pins"), ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Setting(Run):
    """Subjects before a process. `everything` is a server that people use."""

    server: Command
    everything: Command | None

    def start(self, subject: str, server: Command | None = None) -> Wire:
        """Start a subject before the server, or before another one."""
        if subject == GUARD:
            self.forget_pins()
        return Wire((*self.subjects[subject], *(server or self.server)), self.env)

    def facts(self) -> dict[str, object]:
        """What has to be known of the servers."""
        return {
            "server": Path(self.server[-1]).name
            + (" in C" if len(self.server) == 1 else " in Python, since no C compiler was found"),
            "node server": "server-everything" if self.everything else "left out: not installed",
        }


@contextmanager
def setting(names: set[str], *, peers: bool, effort: int) -> Iterator[Setting]:
    """A run of the subjects with these names, in a folder that is removed at its end."""
    with place() as (folder, env):
        subjects, left_out = present(SUBJECTS, names, folder, peers=peers)
        yield Setting(subjects, left_out, env, effort, trivial_server(), _everything())


@contextmanager
def place() -> Iterator[tuple[Path, Mapping[str, str]]]:
    """A folder that is removed at the end, and the environment of clients whose home it is."""
    with TemporaryDirectory(prefix="localguard-bench-") as name:
        folder = Path(name)
        write_profile(folder / "home/profiles/bench.toml")
        given = {name: os.environ[name] for name in CLIENTS_GIVE if name in os.environ}
        yield folder, given | {"HOME": name, "LOCALGUARD_HOME": str(folder / "home")}


def write_profile(file: Path, more: str = "") -> None:
    """One rule for all calls, one that looks into an argument; a third of the others is near.

    `more` are tables beside the rules.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    verbs, servers = ("allow", "ask", "deny"), ("bench", "files", "web")
    rules = [
        RULE.format(verb=verbs[n % 3], server=servers[n // 3 % 3], number=n)
        for n in range(RULES - HEAD.count("[[rule]]"))
    ]
    file.write_text("".join([HEAD.format(name=file.stem), *rules, more]), "utf-8")


def present(
    known: Sequence[Subject], names: set[str], folder: Path, *, peers: bool
) -> tuple[dict[str, Command], dict[str, str]]:
    """The commands of those of the known subjects that are named, and why some have none."""
    found: dict[str, Command] = {}
    left_out = {}
    for subject in known:
        if subject.name not in names:
            continue
        try:
            found[subject.name] = _command(subject, folder, peers=peers)
        except NotInstalled as why:
            left_out[subject.name] = str(why)
    return found, left_out


def _command(subject: Subject, folder: Path, *, peers: bool) -> Command:
    if subject.peer is None:
        return subject.words
    if not peers:
        raise NotInstalled("a peer, only with --peers")
    places = {"{peer}": str(installed(subject.peer)), "{folder}": str(folder)}
    if "{node}" in subject.words:
        places["{node}"] = node()
    return filled(subject.words, places)


def filled(words: Command, places: Mapping[str, str]) -> Command:
    """A command with what its placeholders stand for."""
    for place, value in places.items():
        words = tuple(word.replace(place, value) for word in words)
    return words


def trivial_server() -> Command:
    """The server that does nothing: in C, built on demand, or in Python without a compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return (sys.executable, "-I", str(PROGRAMS / "upstream.py"))
    source, program = PROGRAMS / "upstream.c", PROJECT / ".tools/bench/upstream"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        program.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-O2", "-o", program, source], check=True)
    return (str(program),)


def _everything() -> Command | None:
    """server-everything, where `scripts/test` has installed it."""
    program, package = shutil.which("node"), PROJECT / ".tools/npm" / EVERYTHING
    if program is None or not package.is_dir():
        return None
    programs = json.loads((package / "package.json").read_text("utf-8"))["bin"]
    return (program, str(package / next(iter(programs.values()))))


def guard_command(run: Run) -> str:
    """How the guard is started, for a person."""
    words = [word.removeprefix(f"{PROJECT}/") for word in run.subjects[GUARD]]
    return " ".join(words)
