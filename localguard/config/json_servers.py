"""The JSON Schema of `[servers.NAME]`, made of the tables that its readers go by."""

from localguard.config import schema, server_auth
from localguard.config.auth_values import SECRET_NAME
from localguard.config.headers import NAME_FORM
from localguard.config.json_forms import Fragment, one_or_more, table, text, words

_SECRET = rf"secret:(?:{SECRET_NAME.pattern})"
_AUTH = rf"{'|'.join(server_auth.WORDS)}|{_SECRET}"
_FOLDER = r"(~$|~[/\\]|/|[A-Za-z]:[/\\]|\\\\).*"


def server() -> dict[str, object]:
    """The schema of one server."""
    both = {"not": {"required": ["command", "url"]}}
    return table(schema.SERVER, _keys()) | both


def _keys() -> dict[str, Fragment]:
    return {
        "command": {
            "description": "The program and its arguments; one may be --flag=secret:NAME.",
            "examples": [["uvx", "mcp-server-git"]],
            "type": "array",
            "minItems": 1,
            "items": {"type": "string"},
            "prefixItems": [{"type": "string", "minLength": 1}],
        },
        "url": text("Where a server is reached over HTTP.", r"https?://[^\s]+"),
        "headers": {
            "description": "Headers for a server with a url; a value may be secret:NAME.",
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{NAME_FORM.pattern})$"},
            "additionalProperties": {"type": "string", "not": {"const": "secret:"}},
        },
        "auth": text("How a server with a url is given a token.", _AUTH, ["oauth"]),
        "oauth": {"description": 'The details of auth = "oauth".'} | _oauth(),
        "exchange": {"description": 'The details of auth = "token-exchange".'} | _exchange(),
        "minted": {
            "description": "Variables that hold a token for the person who is signed in.",
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{server_auth.VARIABLE.pattern})$"},
            "additionalProperties": _exchange(),
        },
        "default": words(schema.DEFAULTS, "What no rule names on this server."),
        "env": {
            "description": "Variables for the server; a value may be secret:NAME.",
            "type": "object",
            "propertyNames": {"pattern": "^[^=*]+$"},
            "additionalProperties": {"type": "string", "not": {"const": "secret:"}},
        },
        "pass_env": one_or_more(
            text("", r"[A-Za-z_][A-Za-z0-9_()]*\*?"),
            "Variables of the client's that the server gets, too.",
        ),
        "cwd": text("The folder it is started in.", _FOLDER),
        "paths": words(schema.PATHS, "Foreign: its files are on another machine."),
    }


def _oauth() -> dict[str, object]:
    port = {"type": "integer", "minimum": 0, "maximum": 65535}
    several = {"type": "array", "minItems": 1, "items": port}
    keys: dict[str, Fragment] = _client() | {
        "ports": {"description": "The ports of the redirect URI.", "anyOf": [port, several]}
    }
    return table(server_auth.OAUTH, keys)


def _exchange() -> dict[str, object]:
    keys: dict[str, Fragment] = _client() | {
        "kind": words(server_auth.KINDS, "How the sign-in is traded."),
        "audience": text("Whom the token is for, as the provider knows it."),
        "resource": text("The address that the token is for."),
    }
    return table(server_auth.EXCHANGE, keys)


def _client() -> dict[str, Fragment]:
    return {
        "issuer": text("The authorization server.", r"https?://[^\s]+"),
        "client_id": text("What it calls localguard, where that was registered before."),
        "client_secret": text("Where it wants one: secret:NAME.", _SECRET),
        "scopes": one_or_more(text("", r"[^\s\"\\]+"), "What to ask for."),
    }
