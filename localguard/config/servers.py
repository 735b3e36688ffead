"""`[servers.NAME]`: what a profile says about a wrapped server."""

import re
from typing import Final

from localguard.config import schema
from localguard.config.auth_values import is_misnamed
from localguard.config.headers import read_headers
from localguard.config.patterns import SERVER_NAME
from localguard.config.server_auth import read_authorized
from localguard.config.tables import Table, Unfit, type_word
from localguard.config.values import read_folder
from localguard.policy.hosts import host_of_url
from localguard.policy.profile import ServerTable
from localguard.policy.rules import Origin, Verb
from localguard.policy.secret_words import is_misnamed_word

_VARIABLE: Final = re.compile(r"[^=\x00*]+")
_URL: Final = re.compile(r"https?://[\x21\x24-\x5b\x5d\x5f\x61-\x7a\x7e]{1,4096}", re.IGNORECASE)
_LOOPBACK: Final = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]")
_PASSED: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_()]*\*?")


def read_servers(table: Table) -> dict[str, ServerTable]:
    """The servers by name; faults are noted on the way."""
    servers = table.table("servers")
    if servers is None:
        return {}
    return {name: _server(name, one) for name, one in servers.subtables() if _named(name, one)}


def _named(name: str, table: Table) -> bool:
    if SERVER_NAME.fullmatch(name):
        return True
    table.fault(f'"{name}" cannot be the name of a server', 'use letters, digits, "-", "_", "."')
    return False


def _server(name: str, table: Table) -> ServerTable:
    table.only({*schema.SERVER, "args"})
    if "args" in table:
        # Where clients write it; whoever copies their entry brings it along.
        table.fault('unknown key "args"', "write the arguments into command", "args")
    if "command" in table and "url" in table:
        what = f"server {name} has both command and url"
        table.fault(what, "keep the one that it is reached by", "url")
    default = table.choice("default", schema.DEFAULTS)
    authorized = read_authorized(table)
    return ServerTable(
        name,
        Origin(table.document.name, table.line),
        command=_command(table),
        url=table.parsed("url", _url),
        env=_environment(table),
        pass_env=table.each("pass_env", _passed),
        headers=read_headers(table),
        auth=authorized.auth,
        minted=authorized.minted,
        cwd=table.parsed("cwd", read_folder),
        default=None if default is None else Verb(default),
        foreign_paths=table.choice("paths", schema.PATHS) == "foreign",
    )


def _command(table: Table) -> tuple[str, ...] | None:
    value = table.values.get("command")
    if value is None:
        return None
    if isinstance(value, str):
        words = ", ".join(f'"{word}"' for word in value.split())
        fix = f"write command = [{words}]"
        table.fault("command must be a list of texts, not one text", fix, "command")
        return None
    if not isinstance(value, list) or not value:
        what = f"command must be a list of texts, not {type_word(value)}"
        what = "command is an empty list" if value == [] else what
        table.fault(what, 'write command = ["PROGRAM", "ARGUMENT"]', "command")
        return None
    return _words(table, value)


def _words(table: Table, value: list[object]) -> tuple[str, ...]:
    words: list[str] = []
    for index, word in enumerate(value):
        if not isinstance(word, str):
            what = f"command must hold texts, not {type_word(word)}"
            table.fault(what, "put it into quotes", "command", index)
        elif "\0" in word or not (word or index):
            table.fault("command holds no usable text here", "correct it", "command", index)
        elif is_misnamed_word(word) if index else word.startswith("secret:"):
            what = "no secret can be called that" if index else "a secret is no program"
            table.fault(what, 'write such as "--token=secret:NAME"', "command", index)
        else:
            words.append(word)
    return tuple(words)


def _environment(table: Table) -> dict[str, str]:
    env = table.table("env")
    found: dict[str, str] = {}
    for name, value in env.values.items() if env else ():
        if not isinstance(value, str):
            what = f"env.{name} must be a text, not {type_word(value)}"
            table.fault(what, "put it into quotes", "env", name)
        elif _VARIABLE.fullmatch(name) is None or "\0" in value or is_misnamed(value):
            what = f"env.{name} cannot be a variable"
            table.fault(what, 'write NAME = "value" or NAME = "secret:NAME"', "env", name)
        else:
            found[name] = value
    return found


def _passed(text: str) -> str:
    if _PASSED.fullmatch(text) is None:
        fix = 'write a name such as "AWS_PROFILE", or the beginning of names such as "AWS_*"'
        raise Unfit(f'pass_env cannot be "{text}"', fix)
    return text


def _url(text: str) -> str:
    host = host_of_url(text) if _URL.fullmatch(text) else None
    if host is None:
        raise Unfit(f'url cannot be "{text}"', 'write such as "https://api.example.com/mcp"')
    if text.lower().startswith("http:") and not _LOOPBACK.fullmatch(host):
        raise Unfit("plain http is for this machine alone", 'write "https://…"')
    return text
