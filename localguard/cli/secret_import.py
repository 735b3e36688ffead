"""`secret import`: plain secrets go from files into the vault; what to write instead is printed."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TextIO

from localguard.cli.exits import Exit
from localguard.cli.output import print_lines
from localguard.cli.secret_sources import Source, read_sources
from localguard.clients.plaintext import bearer, is_plain, looks_secret, word_of
from localguard.redaction.environment import secret_names
from localguard.text import safe
from localguard.vault.bindings import REFERENCE
from localguard.vault.named import NamedSecrets

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LINE: Final = 20_000
"""Characters: these lines are to be copied, and one that was cut would be another."""


class Import:
    """Keeps what looks like a secret, each under a name that is free or has that value already."""

    def __init__(self, secrets: NamedSecrets, *, dry_run: bool) -> None:
        self.moved = 0
        self._secrets = secrets
        self._dry_run = dry_run
        self._taken: dict[str, str] = {}

    def source(self, source: Source) -> Iterator[str]:
        """Keep the secrets of one source; the table to write into the profile instead."""
        if source.url:
            yield from self._remote(source)
            return
        named = secret_names(source.env)
        looks = [n for n, v in source.env.items() if n in named or looks_secret(v)]
        kept = {
            n: self._keep(source.server, n, source.env[n]) for n in looks if is_plain(source.env[n])
        }
        if not kept:
            return
        if source.server:
            yield f"[servers.{_key(source.server)}]"
        if any(map(looks_secret, source.command)):
            yield "# its command has what looks like a secret: revoke it, and give a new one by env"
        elif source.command:
            yield f"command = [{', '.join(map(_text, source.command))}]"
        yield f"[servers.{_key(source.server)}.env]" if source.server else "[servers.NAME.env]"
        yield from _pairs(source, kept)
        yield ""

    def _remote(self, source: Source) -> Iterator[str]:
        """The same for a server with a URL: what stands after Bearer is its `auth`."""
        headers, before, auth = dict(source.headers), self.moved, ""
        credential = next((name for name in headers if name.lower() == "authorization"), "")
        named = {*secret_names(headers), credential}
        if (token := bearer(headers.get(credential, ""))) is not None:
            named.discard(credential)
            if is_plain(token):
                del headers[credential]
                auth = self._keep(source.server, f"{source.server}-token", token)
        for name, value in tuple(headers.items()):
            if is_plain(value) and (name in named or looks_secret(value)):
                headers[name] = REFERENCE + self._keep(source.server, name, value)
        if self.moved > before:
            yield from _remote_table(source, self._url(source.url), auth, headers)

    def _url(self, url: str) -> str:
        if looks_secret(url):
            return "# its url has what looks like a secret: revoke it, and give a new one by auth"
        return f"url = {_text(url)}"

    def _keep(self, server: str, variable: str, value: str) -> str:
        name = next(one for one in _names(server, variable) if self._fits(one, value))
        self._taken[name] = value
        self.moved += 1
        if not (self._dry_run or self._secrets.has(name)):
            self._secrets.set(name, value)
        return name

    def _fits(self, name: str, value: str) -> bool:
        if name in self._taken:
            return self._taken[name] == value
        return not self._secrets.has(name) or self._secrets.holds(name, value)


def import_files(
    secrets: NamedSecrets, files: Sequence[str], *, dry_run: bool, out: TextIO
) -> Exit:
    """Keep what looks like a secret in some files. Raises UsageFault and VaultFault."""
    importing = Import(secrets, dry_run=dry_run)
    # All are read before anything is kept.
    for source in [source for file in files for source in read_sources(file)]:
        for line in importing.source(source):
            print(safe(line, _LINE), file=out)
    print_lines(out, _end(importing.moved, files, dry_run=dry_run))
    return Exit.OK


def _names(server: str, variable: str) -> Iterator[str]:
    plain, owner = word_of(variable), word_of(server)
    yield plain
    longer = f"{owner}-{plain}"[:90] if server else plain
    yield from (longer, *(f"{longer}-{number}" for number in range(2, 1000)))


def _remote_table(source: Source, url: str, auth: str, headers: Mapping[str, str]) -> Iterator[str]:
    yield f"[servers.{_key(source.server)}]"
    yield url
    if auth:
        yield f"auth = {_text(REFERENCE + auth)}"
    if headers:
        yield f"[servers.{_key(source.server)}.headers]"
        yield from (f"{_key(name)} = {_text(value)}" for name, value in headers.items())
    yield ""


def _pairs(source: Source, kept: Mapping[str, str]) -> Iterator[str]:
    """A .env file has variables of all kinds; a server's are all its own."""
    for name, value in source.env.items():
        if name in kept or source.server:
            yield f"{_key(name)} = {_text(REFERENCE + kept[name] if name in kept else value)}"


def _end(moved: int, files: Sequence[str], *, dry_run: bool) -> Iterator[str]:
    if not moved:
        yield "nothing there is named like a secret; localguard secret set NAME keeps any value"
        return
    count = "1 secret" if moved == 1 else f"{moved} secrets"
    if dry_run:
        yield f"{count} would be kept; nothing was changed"
        return
    yield f"{count} kept in the vault; write the lines above into the profile"
    yield f"then remove the values from {', '.join(files)}: they still stand there in plain text"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    """A basic string of TOML: JSON writes the same, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
