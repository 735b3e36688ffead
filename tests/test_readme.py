"""The README is true where a program can tell: blocks, commands, keys, links.

How a block is completed before it is read: TOML that has only tables of config.toml is that file.
Other TOML is a profile, called as it calls itself and else `work`, with `version = 1` before it
where that is left out. JSON is a client's file, or one entry of it. In shell and between single
backticks, what begins with `localguard` is a command.
"""

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import click
import pytest

from localguard.cli import run
from localguard.cli.commands import localguard
from localguard.clients.entry import Ours, read
from localguard.clients.table import client
from localguard.config import schema
from localguard.config.build import read_profile
from localguard.config.settings import read_settings
from localguard.errors import LocalguardError
from localguard.onboarding.templates import NAMES
from localguard.policy.rules import MARKS
from tests.config.makers import HOME, places_in, put, written

PROJECT: Final = Path(__file__).resolve().parents[1]
README: Final = (PROJECT / "README.md").read_text("utf-8")
LANGUAGES: Final = {"sh", "toml", "json", "text"}
PROMPT: Final = "$ "
OF_CONFIG: Final = {"version", "approvals", "audit", "oauth", "vault"}
OPERATORS: Final = {">", ">>", "|", "&&", "||", ";"}
TABLES: Final = {"identity", "from_server", "servers", "rule", "test"}
FENCED: Final = re.compile(r"^```(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
SECTION: Final = re.compile(r"\[+([a-z_]+)(?:\.NAME)?\]+")


class Block(NamedTuple):
    """A fenced block."""

    language: str
    text: str


def blocks(text: str, language: str = "") -> list[Block]:
    """The fenced blocks, or those of a language."""
    found = [Block(*one.groups()) for one in FENCED.finditer(text)]
    return [one for one in found if language in ("", one.language)]


def spans(text: str) -> list[str]:
    """What stands between single backticks, on one line each."""
    found = re.findall(r"`([^`]+)`", FENCED.sub("", text))
    return [" ".join(one.split()) for one in found]


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of the table whose first column is called so; none where there is no such."""
    found: list[list[str]] = []
    within = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        within = line.startswith("|") and (within or cells[0] == head)
        found += [cells] if within else []
    return found[2:]


# --- what is wrong with a text -------------------------------------------------------------------


def unknown_languages(text: str, folder: Path) -> Iterator[str]:
    """Blocks that nothing here would look at."""
    del folder
    for one in blocks(text):
        if one.language not in LANGUAGES:
            yield f"a block of {one.language or 'no language'}"


def broken_toml(text: str, folder: Path) -> Iterator[str]:
    """Profiles and config.toml that their own readers refuse, or whose tests fail."""
    for number, block in enumerate(blocks(text, "toml")):
        home = folder / str(number)
        home.mkdir()
        try:
            _read_toml(block.text, home)
        except LocalguardError as fault:
            yield fault.explain()
        except tomllib.TOMLDecodeError as error:
            yield str(error)


def _read_toml(text: str, home: Path) -> None:
    tables = tomllib.loads(text)
    if tables.keys() <= OF_CONFIG and tables.keys() != {"version"}:
        read_settings(written(home, text))
        return
    where, name = places_in(home), str(tables.get("profile", "work"))
    put(where, name, text if "version" in tables else f"version = 1\n{text}")
    read_profile(where, name)


def strange_entries(text: str, folder: Path) -> Iterator[str]:
    """Entries of a client that start no guard of a server, as `connect` and `clients` see it."""
    del folder
    desktop = client("claude-desktop")
    assert desktop is not None
    for block in blocks(text, "json"):
        found = json.loads(block.text)
        for entry in found.get("mcpServers", {"": found}).values():
            starts = read(desktop, entry, HOME)
            if not isinstance(starts, Ours):
                yield f"{entry} is no entry of ours: {starts}"


def unknown_commands(text: str, folder: Path) -> Iterator[str]:
    """Commands and options that do not exist, and scripts that are not there."""
    del folder
    lines = [
        line for one in blocks(text, "sh") for line in one.text.replace("\\\n", " ").splitlines()
    ]
    typed = [
        line.removeprefix(PROMPT)
        for one in blocks(text, "text")
        for line in one.text.splitlines()
        if line.startswith(PROMPT)
    ]
    for line in (*lines, *typed, *(one for one in spans(text) if one.startswith("localguard "))):
        words = _words(line)
        try:
            if words[:1] == ["localguard"]:
                _parse(words[1:])
            elif words and words[0].startswith("scripts/") and not (PROJECT / words[0]).is_file():
                yield f"{line}: there is no such script"
        except LocalguardError as fault:
            yield f"{line}: {fault.explain()}"
        except click.ClickException as error:
            yield f"{line}: {error.format_message()}"


def _words(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    end = next((at for at, word in enumerate(words) if word in OPERATORS), len(words))
    return words[:end]


def _parse(words: list[str]) -> None:
    """Read the words of a command as the program does, and do nothing. Raises what that raises."""
    if words[:1] == ["run"]:
        run.parse(words[1:])
        return
    command: click.Command = localguard
    context = click.Context(command, info_name="localguard")
    name: str | None = "localguard"
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, found, words = command.resolve_command(context, words)
        assert found is not None
        command, context = found, click.Context(found, parent=context, info_name=name)
    command.make_context(name, words, parent=context.parent)


def wrong_commands(text: str, folder: Path) -> Iterator[str]:
    """What the table of commands has too much or too little."""
    del folder
    told = {row[0].strip("`"): spans(row[1]) for row in rows(text, "command")}
    yield from (f"{name} is not in the table" for name in localguard.commands.keys() - told.keys())
    for name, parts in told.items():
        command = localguard.commands.get(name)
        if command is None:
            yield f"there is no command {name}"
        else:
            yield from _wrong_parts(command, parts)


def _wrong_parts(command: click.Command, parts: list[str]) -> Iterator[str]:
    below = command.commands if isinstance(command, click.Group) else {}
    first = {re.split(r"[ \[]", part)[0] for part in parts}
    if below:
        yield from (f"{command.name} {one} differs" for one in first ^ below.keys())
    elif not any(isinstance(one, click.Argument) for one in command.params):
        yield from (f"{command.name} takes no {one}" for one in first if one[:1] != "-")
    known = {
        word
        for one in (command, *below.values())
        for option in one.params
        for word in option.opts
        if isinstance(option, click.Option)
    }
    words = {word for part in parts for word in re.findall(r"(?<![\w-])--?[a-z][\w-]*", part)}
    yield from (f"{command.name} has no {one}" for one in words - known)


def wrong_keys(text: str, folder: Path) -> Iterator[str]:
    """Keys of a profile, marks and policies that the tables have too much or too little."""
    del folder
    expected = {
        "in a rule": schema.RULE,
        "in `when` and `unless`": schema.FACTS,
        "what they must be": schema.ON_ARGUMENTS,
    }
    for head, keys in expected.items():
        told = {key for row in rows(text, head) for key in _keys(row[0])}
        yield from (f"{head}: {key}" for key in told ^ keys)
    yield from (f"mark {one}" for one in _marks(text) ^ MARKS)
    policies = {name for row in rows(text, "policy") for name in spans(row[0])}
    yield from (f"policy {one}" for one in policies ^ set(NAMES))
    yield from _wrong_beside(text)


def _wrong_beside(text: str) -> Iterator[str]:
    told: dict[str, set[str]] = {}
    for row in rows(text, "beside the rules"):
        within = SECTION.match(row[0].strip("`"))
        told.setdefault(within[1] if within else "", set()).update(_keys(row[0]))
    expected = {
        "": schema.PROFILE - TABLES,
        "from_server": schema.FROM_SERVER,
        "servers": schema.SERVER,
        "identity": schema.IDENTITY,
        "test": schema.TEST,
    }
    for name in told.keys() | expected.keys():
        yield from (f"[{name}] {key}" for key in told.get(name, set()) ^ expected.get(name, set()))


def _keys(cell: str) -> set[str]:
    found = (re.fullmatch(r"([a-z_]+)(\.NAME)?", one) for one in spans(cell))
    return {one[1] for one in found if one is not None}


def _marks(text: str) -> set[str]:
    return {mark for row in rows(text, "a rule names") for mark in re.findall(r"@(\w+)", row[0])}


def unsaid(text: str, folder: Path) -> Iterator[str]:
    """Quotations of doctor that localguard does not say; capitals and … stand for other words."""
    del folder
    joined = re.compile(r'"\s*\n\s*f?"')
    sources = PROJECT.joinpath("localguard").rglob("*.py")
    said = "\n".join(joined.sub("", one.read_text("utf-8")) for one in sources)
    for quoted in (one for row in rows(text, "what you see") for one in spans(row[1])):
        for part in re.split(r"\b[A-Z_]{2,}\b|…", quoted):
            if part.strip() not in said:
                yield f"nobody says {part.strip()}"


def dead_links(text: str, folder: Path) -> Iterator[str]:
    """Files, pictures and headings that a link leads to and that are not there."""
    del folder
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", text), re.MULTILINE)
    for target in LINK.findall(FENCED.sub("", text)):
        path, _, anchor = target.partition("#")
        if not path and anchor not in map(_slug, headings):
            yield f"no heading is #{anchor}"
        elif path and ":" not in path and not (PROJECT / path).exists():
            yield f"there is no {path}"


def _slug(heading: str) -> str:
    """The anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


# --- the README, and texts that are wrong --------------------------------------------------------

Check = Callable[[str, Path], Iterator[str]]
CHECKS: Final = (
    unknown_languages,
    broken_toml,
    strange_entries,
    unknown_commands,
    wrong_commands,
    wrong_keys,
    unsaid,
    dead_links,
)


@pytest.mark.parametrize("check", CHECKS)
def test_the_readme_says_nothing_that_is_not_so(check: Check, tmp_path: Path) -> None:
    """Promise: what a newcomer copies from it works."""
    assert list(check(README, tmp_path)) == []


def test_there_is_something_of_everything() -> None:
    """A check of nothing passes always."""
    assert {one.language for one in blocks(README)} == LANGUAGES
    assert len(blocks(README, "toml")) >= 4
    assert any("[[test]]" in one.text for one in blocks(README, "toml"))
    assert sum(one.startswith("localguard ") for one in spans(README)) >= 8


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```\n"


def _sh(line: str) -> str:
    return _fenced("sh", line)


def _rule(rest: str) -> str:
    return _fenced("toml", f'[[rule]]\nallow = "files/read_*"\n{rest}')


def _row(head: str, cell: str, more: str = "") -> str:
    return f"| {head} | |\n|---|---|\n| {cell} | {more} |\n"


WRONG: Final[tuple[tuple[Check, str, str], ...]] = (
    (unknown_languages, _fenced("", "localguard explode"), "a block of no language"),
    (unknown_languages, _fenced("python", "print()"), "a block of python"),
    (broken_toml, _rule('alow = "*"'), 'unknown key "alow"'),
    (broken_toml, _rule('when.args.path.beneath = "~/work"'), 'unknown matcher "beneath"'),
    (broken_toml, _rule('[[test]]\ncall = "a/b"\nexpect = "allow"'), "this test expects allow"),
    (broken_toml, _fenced("toml", 'default = "allow"'), "default"),
    (broken_toml, _fenced("toml", "version = 2"), "version 2 is not known"),
    (broken_toml, _fenced("toml", '[approvals]\nhold = "soon"'), 'hold cannot be "soon"'),
    (broken_toml, _fenced("toml", '[vault]\nstore = "a drawer"'), "store"),
    (broken_toml, _fenced("toml", "allow = ["), "at end of document"),
    (strange_entries, _fenced("json", '{"command": "npx", "args": ["run", "a"]}'), "npx"),
    (strange_entries, _fenced("json", '{"command": "localguard", "args": ["status"]}'), "status"),
    (strange_entries, _fenced("json", '{"mcpServers": {"a": {"command": "x/localguard"}}}'), "x/"),
    (unknown_commands, _sh("localguard explode"), "No such command 'explode'"),
    (unknown_commands, _sh("localguard approvals forgive 7"), "No such command 'forgive'"),
    (unknown_commands, _sh("localguard status --loud  # louder"), "No such option '--loud'"),
    (unknown_commands, _sh("localguard \\\n  status --loud"), "No such option '--loud'"),
    (unknown_commands, _fenced("text", "$ localguard explode"), "No such command 'explode'"),
    (unknown_commands, _sh("localguard why"), "Missing argument"),
    (unknown_commands, _sh("localguard unused --days many"), "--days"),
    (unknown_commands, _sh("localguard run"), "run needs a server"),
    (unknown_commands, _sh("localguard run --server files"), "unknown option --server"),
    (unknown_commands, _sh("scripts/explode"), "no such script"),
    (unknown_commands, "as `localguard profile\nexplode` does", "No such command 'explode'"),
    (wrong_commands, "", "whoami is not in the table"),
    (wrong_commands, _row("command", "`whereami`"), "there is no command whereami"),
    (wrong_commands, _row("command", "`audit`", "`verify`, `burn`"), "audit burn differs"),
    (wrong_commands, _row("command", "`audit`", "`verify`"), "audit prune differs"),
    (wrong_commands, _row("command", "`unused`", "`--weeks N`"), "unused has no --weeks"),
    (wrong_commands, _row("command", "`profile`", "`test [--past N]`"), "profile has no --past"),
    (wrong_commands, _row("command", "`whoami`", "`NAME`"), "whoami takes no NAME"),
    (wrong_keys, "", "in a rule: allow"),
    (wrong_keys, _row("in a rule", "`allow`, `rsk`"), "in a rule: rsk"),
    (wrong_keys, _row("in `when` and `unless`", "`args.NAME`, `heard`"), "`unless`: heard"),
    (wrong_keys, _row("what they must be", "`is`, `below`"), "what they must be: below"),
    (wrong_keys, _row("policy", "`lax`"), "policy lax"),
    (wrong_keys, _row("a rule names", "`server/@altered`"), "mark altered"),
    (wrong_keys, _row("beside the rules", "`pins`, `needles`"), "[] needles"),
    (wrong_keys, _row("beside the rules", "`[servers.NAME]` `comand`"), "[servers] comand"),
    (wrong_keys, _row("beside the rules", "`[[test]]` `call`"), "[test] expect"),
    (wrong_keys, _row("beside the rules", "`[elsewhere]` `call`"), "[elsewhere] call"),
    (
        unsaid,
        _row("what you see", "", "`NAME is in love with NAME`"),
        "nobody says is in love with",
    ),
    (dead_links, "[the licence](LICENCE)", "there is no LICENCE"),
    (dead_links, "![a picture](scripts/pictures/nothing.svg)", "there is no scripts/pictures/no"),
    (dead_links, "# Here\n[there](#there)", "no heading is #there"),
)


@pytest.mark.parametrize(
    ("check", "text", "told"),
    WRONG,
    ids=[f"{check.__name__}-{at}" for at, (check, _, _) in enumerate(WRONG)],
)
def test_what_is_wrong_is_found(check: Check, text: str, told: str, tmp_path: Path) -> None:
    """Each check can fail, and says why."""
    assert any(told in one for one in check(text, tmp_path))
