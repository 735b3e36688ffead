"""The keys that each table of a profile may have, and the words that some of them take."""

from typing import Final

VERSION: Final = 1

PROFILE: Final = frozenset(
    {
        "version",
        "profile",
        "default",
        "identity",
        "from_server",
        "servers",
        "rule",
        "test",
        "unknown_methods",
        "pins",
        "strict_arguments",
        "color",
    }
)
MANAGED: Final = frozenset({"version", "default", "user_allow", "from_server", "rule", "test"})
"""A file of the organisation's."""

REMEMBERED: Final = frozenset({"version", "profile", "rule", "answer"})
TAKEN_OVER: Final = frozenset({"version", "servers"})
"""A file of servers that clients had started themselves."""

IDENTITY: Final = frozenset(
    {
        "issuer",
        "client_id",
        "client_secret",
        "required",
        "scopes",
        "redirect_host",
        "redirect_ports",
        "max_session_age",
        "claims_max_age",
        "offline_grace",
        "assume_pkce",
        "acr",
        "groups_claim",
    }
)
REDIRECT_HOSTS: Final = ("127.0.0.1", "localhost")
FROM_SERVER: Final = frozenset({"sampling", "elicitation", "roots"})
SERVER: Final = frozenset(
    {
        "command",
        "url",
        "headers",
        "auth",
        "oauth",
        "exchange",
        "minted",
        "default",
        "env",
        "pass_env",
        "cwd",
        "paths",
    }
)
ANSWER: Final = frozenset(
    {"rule", "target", "identity", "pin", "client", "person", "exact", "when", "until"}
)
TEST: Final = frozenset(
    {
        "call",
        "expect",
        "args",
        "user",
        "group",
        "claim",
        "signed_in",
        "marks",
        "confirmed",
        "seen",
        "at",
        "client",
        "interactive",
    }
)

VERBS: Final = ("allow", "ask", "deny", "tools")
CONDITIONS: Final = ("when", "unless")
RULE: Final = frozenset(
    {
        *VERBS,
        *CONDITIONS,
        "except",
        "because",
        "id",
        "limit",
        "over",
        "remember",
        "reauth",
        "timeout",
        "redact",
        "risk",
        "until",
        "trial",
    }
)
DUTIES: Final = ("limit", "redact", "risk", "reauth")
"""What a `tools` rule is there for."""

FACTS: Final = frozenset(
    {
        "args",
        "user",
        "group",
        "claim",
        "client",
        "hours",
        "signed_in_within",
        "seen",
        "interactive",
    }
)
ON_CLAIMS: Final = frozenset({"host", "domain", "min", "max", "len_max", "any_case"})
ON_ARGUMENTS: Final = ON_CLAIMS | {"is", "under", "absent", "sql"}
ON_NAMES: Final = frozenset({"domain", "any_case"})

DEFAULTS: Final = ("deny", "ask")
TOWARDS_CLIENT: Final = ("deny", "ask", "allow")
EXPECTED: Final = ("allow", "ask", "deny")
METHODS: Final = ("relay", "refuse")
PINS: Final = ("strict",)
PATHS: Final = ("local", "foreign")
RISKS: Final = ("destructive",)
OVER: Final = ("ask", "deny")
COLORS: Final = ("blue", "green", "orange", "pink", "red", "teal", "violet", "yellow")
"""What a profile can be told by in the console; each is shown beside its name, never alone."""
QUIET_COLORS: Final = ("blue", "pink", "teal", "violet")
"""Those that say nothing of a danger: a profile that names none has one of them."""
REDACTED: Final = frozenset({"email", "phone", "iban", "card", "secret"})
SQL_KINDS: Final = frozenset({"read", "write", "ddl"})
