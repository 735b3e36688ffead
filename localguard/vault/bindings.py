"""Which server a secret may go to: the digest of all that says what would get it. Pure.

The name of a server says nothing, since whoever edits the profile gives it: a secret goes to a
program with its arguments, its folder and its variables, or to a URL.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from localguard.policy.profile import ServerTable
from localguard.policy.secret_words import secret_word
from localguard.policy.server_auth import StaticToken

REFERENCE: Final = "secret:"
"""What a value begins with that stands for a secret of the vault."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A server by its name, by the digest of what it is (hex), and as a person reads it."""

    server: str
    identity: str
    shown: str


def binding_of_command(
    server: str,
    words: Sequence[str],
    cwd: str | None,
    env: Mapping[str, str],
    passed: Sequence[str] = (),
) -> Binding:
    """A server that is started: `words` begins with the program as it was found on this machine.

    `env` has the variables that the profile gives it, with references in place of secrets. Of those
    that it inherits only the names that the profile adds count (`passed`: LD_PRELOAD runs a program
    in that program): the values are others in a terminal than in a client.
    """
    fields: dict[str, object] = {"words": list(words), "cwd": cwd, "env": dict(env)}
    shown = " ".join(words) if cwd is None else f"{' '.join(words)} (in {cwd})"
    if passed:
        fields["passed"] = sorted(set(passed))
        shown += f" (with the client's {', '.join(sorted(set(passed)))})"
    return Binding(server, _digest(fields), _with_names(shown, env))


def binding_of_url(server: str, resource: str) -> Binding:
    """A server at a URL, by its canonical resource identifier (RFC 8707)."""
    return Binding(server, _digest({"resource": resource}), resource)


def referenced(value: str) -> str | None:
    """The name of the secret that a value stands for, or None."""
    return value.removeprefix(REFERENCE) if value.startswith(REFERENCE) else None


def given(table: ServerTable) -> Iterator[str]:
    """The names of the secrets that a server gets, in its variables, headers, words or as token."""
    for value in (*table.env.values(), *table.headers.values()):
        if (name := referenced(value)) is not None:
            yield name
    for word in (table.command or ())[1:]:
        if (found := secret_word(word)) is not None:
            yield found.name
    if isinstance(table.auth, StaticToken):
        yield table.auth.secret


def _with_names(shown: str, env: Mapping[str, str]) -> str:
    plain = " ".join(f"{name}={value}" for name, value in env.items() if referenced(value) is None)
    return f"{plain} {shown}" if plain else shown


def _digest(fields: Mapping[str, object]) -> str:
    # Whatever a profile holds has one spelling here, lone surrogates included.
    text = json.dumps(fields, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(f"localguard/binding/1\0{text}".encode("ascii")).hexdigest()
