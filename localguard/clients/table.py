"""What is known of each desktop client, as `clients.toml` says it: the one table of it there is.

The system is a parameter, so that the tests read every row for each. Nothing here looks at a file
of a client's; where the paths lead is only worked out. A variable that only the person's shell has
(XDG_CONFIG_HOME) counts for the clients it started, which read it too.
"""

import glob
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from localguard.clients.editors import Format

SYSTEMS: Final = ("darwin", "linux", "win32")
_VARIABLE: Final = re.compile(r"\$\{([A-Z_]+):-([^}]*)\}")
_NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Machine:
    """Whose files are looked at: the home folder, the variables, the system, the project."""

    home: str
    environ: Mapping[str, str]
    platform: str = sys.platform
    project: str | None = None

    def paths(self, pattern: str) -> tuple[str, ...]:
        """Where a path of the table leads; more than one, or none, where it has a `*`."""
        path = os.path.normpath(self._filled(pattern))
        if "*" not in pattern:
            return (path,)
        escaped = "*".join(glob.escape(part) for part in path.split("*"))
        return tuple(sorted(glob.glob(escaped)))

    def _filled(self, pattern: str) -> str:
        found = _VARIABLE.match(pattern)
        if found is not None:
            chosen = self.environ.get(found[1], "")
            base = chosen if os.path.isabs(chosen) else self._filled(found[2])
            return base + pattern[found.end() :]
        return self.home + pattern[1:] if pattern == "~" or pattern.startswith("~/") else pattern


@dataclass(frozen=True, slots=True)
class Words:
    """What a client calls the parts of an entry; `stdio` is the `type` it wants written, if any.

    `waits` is that of the `limits` which says for how many seconds a call is waited for.
    """

    command: str = "command"
    args: str = "args"
    env: str = "env"
    cwd: str = "cwd"
    headers: str = "headers"
    type: str | None = None
    stdio: str | None = None
    remote: bool = True
    urls: tuple[str, ...] = ()
    url_by_type: str | None = None
    remote_types: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    expands: str | None = None
    passes: str | None = None
    own_passes: bool = False
    named: bool = False
    refuse: tuple[str, ...] = ()
    fixed: Mapping[str, object] = field(default_factory=dict)
    limits: Mapping[str, object] = field(default_factory=dict)
    waits: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """One client. `files` and `signs` are by system; `keys` are paths that `*` may stand in."""

    name: str
    title: str
    format: Format
    keys: tuple[tuple[str, ...], ...]
    files: Mapping[str, tuple[str, ...]]
    signs: Mapping[str, tuple[str, ...]]
    words: Words
    restart: str
    source: tuple[str, ...]
    names: re.Pattern[str] | None = None
    project: str | None = None
    cli: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    keeps_bom: bool = True
    rewrites: bool = False

    def user_files(self, machine: Machine) -> tuple[str, ...]:
        """The person's files of it, whether they are there or not; the one to make comes first."""
        patterns = self.files.get(machine.platform, ())
        return tuple(dict.fromkeys(path for one in patterns for path in machine.paths(one)))

    def project_file(self, machine: Machine) -> str | None:
        """The file of it in the project, if it has such and there is a project."""
        if self.project is None or machine.project is None:
            return None
        return os.path.join(machine.project, *self.project.split("/"))

    def is_installed(self, machine: Machine) -> bool:
        """Whether anything of it is there: one of its files, the folder of one, or a sign."""
        signs = self.signs.get(machine.platform, ())
        found = [path for one in signs for path in machine.paths(one)]
        for path in self.user_files(machine):
            folder = os.path.dirname(path)
            # The home folder is there without it.
            found += [path] if folder == machine.home else [path, folder]
        return any(map(os.path.exists, found))


@cache
def table() -> tuple[Client, ...]:
    """Every client, in the order of the table."""
    text = files("localguard.clients").joinpath("clients.toml").read_text("utf-8")
    return tuple(_client(row) for row in tomllib.loads(text)["client"])


def client(name: str) -> Client | None:
    """The client of a name."""
    return next((one for one in table() if one.name == name), None)


def _client(row: Mapping[str, object]) -> Client:
    names, form = row.get("names"), row["format"]
    if form not in ("json", "jsonc", "toml", "yaml"):
        raise ValueError(f"clients.toml: no format {form!r}")
    return Client(
        name=str(row["name"]),
        title=str(row["title"]),
        format=form,
        keys=tuple(_texts(path) for path in _list(row["key"])),
        files=_by_system(_table(row["files"])),
        signs=_by_system(_table(row.get("signs", _NOTHING))),
        words=_words(_table(row["entry"])),
        restart=str(row["restart"]),
        source=_texts(row["source"]),
        names=None if names is None else re.compile(str(names)),
        project=str(row["project"]) if "project" in row else None,
        cli=_texts(row.get("cli", [])),
        programs=_texts(row.get("programs", [])),
        keeps_bom=row.get("bom") != "never",
        rewrites=bool(row.get("rewrites", False)),
    )


def _words(row: Mapping[str, object]) -> Words:
    # The keys are those of `Words`; another one is a fault of ours that every test sees.
    return Words(**{key: _frozen(value) for key, value in row.items()})  # type: ignore[arg-type]


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _by_system(row: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    return {one: (*_texts(row.get("all", [])), *_texts(row.get(one, []))) for one in SYSTEMS}


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else _NOTHING


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _texts(value: object) -> tuple[str, ...]:
    return tuple(_each_text(value))


def _each_text(value: object) -> Iterator[str]:
    for one in _list(value):
        yield str(one)
