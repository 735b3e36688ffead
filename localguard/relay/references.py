"""What `secret:NAME` stands for in the variables of a server that is about to be started.

Nothing of the vault is loaded for a server that needs no secret. A value goes from the vault into
the environment of the one process, and to what takes secrets out of its words; a launch, its note
and the log know the reference alone.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from localguard.errors import LocalguardError, SignInFault, VaultFault
from localguard.policy.accepted import is_accepted_program
from localguard.policy.decide import Standing
from localguard.policy.profile import ServerTable
from localguard.policy.secret_words import has_secrets, secret_word
from localguard.redaction.registered import Secrets
from localguard.relay.launch_environment import environment
from localguard.relay.spawn import ServerCommand
from localguard.vault.late import LateVault

REFERENCE = "secret:"


class Mint(Protocol):
    """Mints the variables of servers."""

    def __call__(self, wanted: ServerTable) -> Mapping[str, str]:
        """A token for each variable. Blocks. Raises SignInFault and VaultFault."""
        ...

    def end(self) -> SignInFault | None:
        """What to say once a token of the running server has ended; None until then."""
        ...


class LateMint:
    """A mint that is made when something is minted, as it loads what speaks with providers."""

    def __init__(self, made: Callable[[], Mint]) -> None:
        self._made = made
        self._mint: Mint | None = None

    def __call__(self, wanted: ServerTable) -> Mapping[str, str]:
        """A token for each variable. Blocks. Raises SignInFault and VaultFault."""
        if self._mint is None:
            self._mint = self._made()
        return self._mint(wanted)

    def end(self) -> SignInFault | None:
        """What to say once a token of the running server has ended; None until then."""
        return None if self._mint is None else self._mint.end()


class References:
    """Fills in what the servers of one guard are given. All of it blocks."""

    def __init__(
        self,
        vault: LateVault,
        mint: Mint | None = None,
        standing: Callable[[], Standing] = lambda: Standing(None),
    ) -> None:
        """`standing` is the policy in force: a secret that no server has had yet goes to none
        that a person has not accepted.
        """
        self.vault = vault
        self._standing = standing
        self._mint = mint or _NoMint()
        self._revealed: dict[str, str] = {}
        self._missed: object = None
        self._prepared: tuple[object, ServerCommand | LocalguardError] | None = None

    @staticmethod
    def waits(table: ServerTable | None) -> bool:
        """Whether a server is given something that has to be had from elsewhere."""
        if table is None:
            return False
        named = any(map(_is_reference, table.env.values())) or has_secrets(table.command)
        return bool(table.minted) or named

    def prepare(
        self, server: str, words: Sequence[str], command: ServerCommand, table: ServerTable | None
    ) -> None:
        """Wait for all that `filled` needs: the next one for the same does not block.

        Also where this fails: a provider or a keyring that has not answered here would not answer
        the event loop either, which waits for nobody.
        """
        asked = (server, tuple(words), command, table)
        try:
            outcome: ServerCommand | LocalguardError = self.filled(server, words, command, table)
        except (SignInFault, VaultFault) as fault:
            outcome = fault
        self._prepared = (asked, outcome)

    def filled(
        self, server: str, words: Sequence[str], command: ServerCommand, table: ServerTable | None
    ) -> ServerCommand:
        """The command with secrets in place of their references.

        `words` are those of the server's identity, which a secret is bound to. Raises VaultFault,
        and SignInFault for what is minted: then the server is not to be started.
        """
        if table is None:
            return command
        prepared, self._prepared = self._prepared, None
        if prepared is not None and prepared[0] == (server, tuple(words), command, table):
            return _outcome(prepared[1])
        try:
            argv, given = self._secrets(server, words, command, table)
            if table.minted:
                minted = self._mint(table)
                self._revealed |= {f"{server}-{name}": one for name, one in minted.items()}
                given |= minted
        except (SignInFault, VaultFault):
            self._missed = self._look()
            raise
        self._missed = None
        # In the spelling that the names of variables have on this system.
        env = {**command.env, **environment({}, (), given)}
        return command._replace(argv=argv, env=env)

    def register(self, secrets: Secrets) -> None:
        """Have every value found that was filled in so far."""
        for name, value in self._revealed.items():
            secrets.register(name, value)

    def ended(self) -> str | None:
        """Why no call may reach a server any more that was started with what has ended since."""
        fault = self._mint.end()
        return None if fault is None else f"{fault.what}; {fault.fix}"

    def missed(self) -> bool:
        """Whether a server could not be started for want of something."""
        return self._missed is not None

    def changed(self) -> bool:
        """Whether the vault is another one since then, or a person has accepted the profile.

        Another start may go well.
        """
        return self._missed is not None and self._look() != self._missed

    def _look(self) -> object:
        names = ("vault.json", "entries")
        files = [_changed(os.path.join(self.vault.folder, name)) for name in names]
        return (self._standing().confirmed, *files)

    def _secrets(
        self, server: str, words: Sequence[str], command: ServerCommand, table: ServerTable
    ) -> tuple[tuple[str, ...], dict[str, str]]:
        """The words of the command and the variables, with secrets in place of references."""
        named = {key: value for key, value in table.env.items() if _is_reference(value)}
        if not (named or has_secrets(table.command)):
            return command.argv, {}
        from localguard.vault.bindings import binding_of_command  # noqa: PLC0415 -- where needed
        from localguard.vault.named import NamedSecrets  # noqa: PLC0415

        secrets = NamedSecrets(self.vault())
        binding = binding_of_command(server, words, command.cwd, table.env, table.pass_env)
        first = is_accepted_program(self._standing(), table)

        def had(name: str) -> str:
            self._revealed[name] = secrets.reveal(name, binding, first=first)
            return self._revealed[name]

        found = {variable: had(value.removeprefix(REFERENCE)) for variable, value in named.items()}
        # Only where the profile has the command: what a client's file says, nobody has accepted.
        return (_filled(command.argv, had) if table.command else command.argv), found


def _filled(argv: tuple[str, ...], had: Callable[[str], str]) -> tuple[str, ...]:
    """The words of a command, each secret in its place."""
    program, *arguments = argv
    told = [(word, secret_word(word)) for word in arguments]
    return (program, *(w if one is None else one.before + had(one.name) for w, one in told))


def plain(env: Mapping[str, str]) -> dict[str, str]:
    """The variables whose values stand in the profile itself."""
    return {name: value for name, value in env.items() if not _is_reference(value)}


def _is_reference(value: str) -> bool:
    return value.startswith(REFERENCE)


def _outcome(prepared: ServerCommand | LocalguardError) -> ServerCommand:
    if isinstance(prepared, LocalguardError):
        raise prepared
    return prepared


class _NoMint:
    """Where nobody can be asked for a token."""

    def __call__(self, wanted: ServerTable) -> Mapping[str, str]:
        what = f"nothing here can mint {', '.join(wanted.minted)} for {wanted.name}"
        raise SignInFault(what, where=wanted.name, fix="reconnect this server in the client")

    def end(self) -> SignInFault | None:
        return None


def _changed(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None
