"""The faults localguard raises, split by whose they are.

    LocalguardError
    +-- UsageFault      the command line is off
    +-- ProfileFault    a file of the person's is missing, broken or readable by the wrong people
    +-- ClientFault     the desktop client sent something that is not MCP
    +-- ServerFault     the wrapped server cannot be started, broke off, or broke the protocol
    +-- AuditFault      the audit log cannot be written or read
    +-- VaultFault      a secret or a token cannot be kept, or cannot be had back
    +-- SignInFault     a provider of identities or tokens is out of reach, refuses, or is not sound

A refusal is not here: it is a value (`policy.decisions.Deny`). Every fault says what happened,
where, and what to do next, and `explain()` puts the three together for a person.
"""


class LocalguardError(Exception):
    """A fault with its place and its remedy.

    `what` is one sentence without a full stop; `where` is `file:line` or another place a person can
    go to; `fix` is the next thing to do, as an imperative sentence without a full stop.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def explain(self) -> str:
        """What happened, where and what to do, on one line."""
        place = f"{self.where}: " if self.where else ""
        remedy = f". Fix: {self.fix}" if self.fix else ""
        text = f"{place}{self.what}{remedy}"
        return text if text.endswith((".", "?")) else f"{text}."


class UsageFault(LocalguardError):
    """Raised when a command line cannot be understood."""


class ProfileFault(LocalguardError):
    """Raised when a configuration or profile file cannot be used."""


class ClientFault(LocalguardError):
    """Raised when a client's message is not valid MCP."""


class ServerFault(LocalguardError):
    """Raised when the wrapped server cannot be started or breaks the protocol."""


class AuditFault(LocalguardError):
    """Raised when the audit log cannot be written or read."""


class VaultFault(LocalguardError):
    """Raised when the vault cannot keep something, or cannot give it back."""


class SignInFault(LocalguardError):
    """Raised when a provider cannot be reached, refuses, or answers what must not be trusted."""
