"""A profile: a named policy. Building one checks nothing that the types do not say; config does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from localguard.policy.calls import Arguments, Json
from localguard.policy.docket import Docket, Marks, docket_of
from localguard.policy.grants import Answer
from localguard.policy.people import SignIn
from localguard.policy.rules import Origin, Rule, Verb
from localguard.policy.server_auth import ServerAuth, TokenExchange

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
    """`[servers.NAME]`. Without `command` and `url` the command line says what to start.

    `headers` and `auth` are for servers with a `url`, `minted` (variable to exchange) for those
    that are started. A value "secret:NAME" stands for what the vault holds.
    """

    name: str
    origin: Origin
    command: tuple[str, ...] | None = None
    url: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    pass_env: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    auth: ServerAuth | None = None
    minted: Mapping[str, TokenExchange] = field(default_factory=dict)
    cwd: str | None = None
    default: Verb | None = None
    foreign_paths: bool = False


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

    `digest` is the SHA-256 over the files it was read from, in hex. `managed` names the files of
    the organisation among them; `managed_default` can only make the default stricter, and with
    `user_allow` false only managed rules allow. `pins_strict` denies what is new or changed, and
    `strict_arguments` what does not fit its pinned schema. `color` is the name of the colour that a
    person tells it by, and no rule. `sign_in` is what it asks of a sign-in, if anything.
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
    sign_in: SignIn | None = None
    digest: str = ""
    color: str = field(default="", compare=False)
    file: str = ""
    _memo: dict[tuple[str, str, Marks], Docket] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def docket(self, server: str, item: str, marks: Marks = None) -> Docket:
        """The rules that concern an item with these marks, sorted by what they do."""
        known = self._memo.get((server, item, marks))
        if known is None:
            known = docket_of(self.rules, server, item, marks, counts=self.counts)
            if len(self._memo) >= MEMO_SIZE:
                self._memo.clear()
            self._memo[server, item, marks] = known
        return known

    def concerning(self, server: str, item: str) -> tuple[Rule, ...]:
        """The rules whose patterns fit the names, trial rules included, in the order of places."""
        return self.docket(server, item).rules

    def counts(self, rule: Rule) -> bool:
        """Whether the organisation lets the rule take part: what a person allows may not count."""
        return self.user_allow or rule.managed or rule.verb is not Verb.ALLOW

    def default_for(self, server: str) -> Verb:
        """The default that holds on a server: its own, else the profile's; ask if not deny.

        That of the organisation takes its place where it is stricter.
        """
        return Verb.DENY if self._managed_denies(server) else self._own_default(server)

    def default_place(self, server: str) -> str:
        """Where that default stands, for a person."""
        if self._managed_denies(server):
            return "managed default"
        table = self.servers.get(server)
        return f"{self.file if table is None or table.default is None else table.origin} default"

    def _managed_denies(self, server: str) -> bool:
        return self.managed_default is Verb.DENY and self._own_default(server) is not Verb.DENY

    def _own_default(self, server: str) -> Verb:
        table = self.servers.get(server)
        return self.default if table is None or table.default is None else table.default
