"""`localguard run`: what a desktop client starts. Read by hand, since a parser's import is felt.

localguard run NAME [--profile P]
localguard run [--profile P] [--name N] -- COMMAND ARGUMENT...
localguard run [--profile P] [--name N] --url URL
localguard run ... --observe 3d
"""

import os
import sys

from localguard.cli.exits import Exit
from localguard.errors import LocalguardError, UsageFault
from localguard.relay.wanted import Wanted

OPTIONS = ("--profile", "--name", "--url", "--observe")


def main(arguments: list[str]) -> int:
    """Guard one server; the exit code."""
    try:
        wanted = parse(arguments)
    except UsageFault as fault:
        print(f"localguard run: {fault.explain()}", file=sys.stderr)
        return Exit.USAGE
    from localguard.guard import run

    if os.isatty(0):
        print("localguard run: waits for an MCP client on standard input", file=sys.stderr)
    try:
        return run(wanted)
    except LocalguardError as fault:
        print(f"localguard run: {fault.explain()}", file=sys.stderr)
        return Exit.INVALID


def parse(arguments: list[str]) -> Wanted:
    """What is wanted. Raises UsageFault."""
    head, argv = _split(arguments)
    options: dict[str, str] = {}
    names: list[str] = []
    rest = iter(head)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in OPTIONS:
            options[option[2:]] = value if equals else next(rest, "")
        elif word.startswith("-"):
            raise UsageFault(f"unknown option {word}", fix=_usage())
        else:
            names.append(word)
    return _checked(names, argv, options)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _checked(names: list[str], argv: list[str], options: dict[str, str]) -> Wanted:
    if empty := [f"--{option}" for option, value in options.items() if not value]:
        raise UsageFault(f"{empty[0]} needs a value", fix=_usage())
    named = [*names, *([options["name"]] if "name" in options else [])]
    if len(named) > 1:
        raise UsageFault(f"more than one server name: {' '.join(named)}", fix=_usage())
    if argv and "url" in options:
        raise UsageFault("a server has a command or a URL, not both", fix=_usage())
    if not (named or argv or "url" in options):
        raise UsageFault("run needs a server", fix=_usage())
    name = named[0] if named else None
    observe = _seconds(options["observe"]) if "observe" in options else None
    return Wanted(name, tuple(argv), options.get("url"), options.get("profile"), observe)


def _seconds(text: str) -> int:
    from localguard.config.tables import Unfit
    from localguard.config.values import read_duration

    try:
        return read_duration(text)
    except Unfit as unfit:
        raise UsageFault(f"--observe: {unfit.what}", fix=unfit.fix) from unfit


def _usage() -> str:
    return (
        "use localguard run NAME, localguard run [--profile P] [--name N] -- COMMAND ARGUMENT... "
        "or localguard run [--profile P] [--name N] --url URL"
    )
