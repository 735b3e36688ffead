"""A profile: a named policy. Building one checks nothing that the types do not say; config does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from localguard.policy.calls import Arguments, Json
from localguard.policy.grants import Answer
from localguard.policy.rules import Origin, Rule, Verb

MEMO_SIZE = 4096
"""Names remembered per profile; a server that lists more only costs time, never memory."""


@dataclass(frozen=True, slots=True)
class FromServer:
    """What servers may ask of the client: `deny`, `ask` or `allow` for each."""

    sampling: Verb = Verb.DENY
    elicitation: Verb = Verb.ALLOW
    roots: Verb = Verb.ALLOW


@dataclass(frozen=True, slots=True)
class ServerTable:
    """`[servers.NAME]`. Without `command` and `url` the command line says what to start."""

    name: str
    origin: Origin
    command: tuple[str, ...] | None = None
    url: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    cwd: str | None = None
    default: Verb | None = None
    foreign_paths: bool = False
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Test:
    """`[[test]]`: a call and the decision it must get, with the facts it is judged by."""

    call: str
    expect: str
    origin: Origin
    args: Arguments = field(default_factory=dict)
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Profile:
    """One rule set with its defaults. The order of `rules` never matters.

    `digest` is the SHA-256 over the files it was read from, in hex. `managed` names the files of the
    organisation among them; `managed_default` can only make the default stricter, and with
    `user_allow` false only managed rules allow. `pins_strict` denies what is new or changed, and
    `strict_arguments` what does not fit its pinned schema.
    """

    name: str
    rules: tuple[Rule, ...]
    default: Verb = Verb.DENY
    servers: Mapping[str, ServerTable] = field(default_factory=dict)
    from_server: FromServer = field(default_factory=FromServer)
    tests: tuple[Test, ...] = ()
    unknown_methods: bool = False
    answers: tuple[Answer, ...] = ()
    pins_strict: bool = False
    strict_arguments: bool = False
    managed: tuple[str, ...] = ()
    managed_default: Verb | None = None
    user_allow: bool = True
    lacking: tuple[str, ...] = ()
    digest: str = ""
    file: str = ""
    _memo: dict[tuple[str, str], tuple[Rule, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def concerning(self, server: str, item: str) -> tuple[Rule, ...]:
        """The rules whose patterns fit the names, in the order of their places."""
        known = self._memo.get((server, item))
        if known is None:
            fitting = (rule for rule in self.rules if rule.concerns(server, item))
            known = tuple(sorted(fitting, key=lambda rule: rule.origin))
            if len(self._memo) >= MEMO_SIZE:
                self._memo.clear()
            self._memo[server, item] = known
        return known

    def default_for(self, server: str) -> Verb:
        """The default that holds on a server: its own, else the profile's."""
        table = self.servers.get(server)
        return self.default if table is None or table.default is None else table.default
