"""What all subjects of a run share: a folder, an environment, a profile, and the server."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.benchmark.goals import GUARD
from scripts.benchmark.peers import NotInstalled, installed
from scripts.benchmark.subjects import PROGRAMS, PROJECT, SUBJECTS, Subject
from scripts.benchmark.wire import Wire

CLIENTS_GIVE = ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")
RULES = 50
HEAD = """version = 1
profile = "bench"

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
class Setting:
    """The subjects that are there, and what they are started with.

    `everything` is a server that people use. The figures of an effort below FULL are not to keep.
    """

    subjects: Mapping[str, Command]
    left_out: Mapping[str, str]
    server: Command
    everything: Command | None
    env: Mapping[str, str]
    effort: int

    def start(self, subject: str, server: Command | None = None) -> Wire:
        """Start a subject before the server, or before another one."""
        if subject == GUARD:
            # The server has other tools in other scenarios, and to a guard that is a change.
            pins = Path(self.env["LOCALGUARD_HOME"], "state/pins")
            shutil.rmtree(pins, ignore_errors=True)
        return Wire((*self.subjects[subject], *(server or self.server)), self.env)

    def rounds(self, many: int, few: int) -> int:
        """How many there are."""
        return (1, few, many)[self.effort]


@contextmanager
def setting(names: set[str], *, peers: bool, effort: int) -> Iterator[Setting]:
    """A run of the subjects with these names, in a folder that is removed at its end."""
    with TemporaryDirectory(prefix="localguard-bench-") as name:
        folder = Path(name)
        _write_profile(folder / "home/profiles")
        subjects, left_out = _present(names, folder, peers=peers)
        given = {name: os.environ[name] for name in CLIENTS_GIVE if name in os.environ}
        env = given | {"HOME": name, "LOCALGUARD_HOME": str(folder / "home")}
        yield Setting(subjects, left_out, trivial_server(), _everything(), env, effort)


def _write_profile(folder: Path) -> None:
    """One rule for all calls, one that looks into an argument; a third of the others is near."""
    folder.mkdir(mode=0o700, parents=True)
    verbs, servers = ("allow", "ask", "deny"), ("bench", "files", "web")
    rules = [
        RULE.format(verb=verbs[n % 3], server=servers[n // 3 % 3], number=n)
        for n in range(RULES - HEAD.count("[[rule]]"))
    ]
    (folder / "bench.toml").write_text(HEAD + "".join(rules), "utf-8")


def _present(
    names: set[str], folder: Path, *, peers: bool
) -> tuple[dict[str, Command], dict[str, str]]:
    present: dict[str, Command] = {}
    left_out = {}
    for subject in SUBJECTS:
        if subject.name not in names:
            continue
        try:
            present[subject.name] = _command(subject, folder, peers=peers)
        except NotInstalled as why:
            left_out[subject.name] = str(why)
    return present, left_out


def _command(subject: Subject, folder: Path, *, peers: bool) -> Command:
    if subject.peer is None:
        return subject.words
    if not peers:
        raise NotInstalled("a peer, only with --peers")
    places = {"peer": str(installed(subject.peer)), "folder": str(folder)}
    return tuple(word.format(**places) for word in subject.words)


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
    node, package = shutil.which("node"), PROJECT / ".tools/npm" / EVERYTHING
    if node is None or not package.is_dir():
        return None
    programs = json.loads((package / "package.json").read_text("utf-8"))["bin"]
    return (node, str(package / next(iter(programs.values()))))


def guard_command(run: Setting) -> str:
    """How the guard is started, for a person."""
    words = [word.removeprefix(f"{PROJECT}/") for word in run.subjects[GUARD]]
    return " ".join([*words, "SERVER"])
