"""The JSON Schema of a profile (draft 2020-12), for editors that check TOML as it is typed.

It is made of the very tables that the reader goes by (`schema`), so that no key can be in one and
not in the other. An editor sees forms; what the reader finds beside (two rules with one id, a test
that fails, a folder that is a pattern) only the reader can tell. Dates are texts to a JSON Schema.
"""

import json
from typing import Final

from localguard.config import schema
from localguard.config.identity import CLIENT_ID_FORM, ISSUER_FORM, SECRET_FORM, WORD_FORM
from localguard.config.json_forms import (
    DATE,
    DURATION,
    MARK,
    TIME,
    Fragment,
    any_number,
    flag,
    list_of,
    one_or_more,
    table,
    text,
    words,
)
from localguard.config.json_rules import conditions, matchers, names, pattern, rule
from localguard.config.json_servers import server
from localguard.config.paths import PROFILE_NAME
from localguard.config.patterns import SERVER_NAME

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def profile_schema_text() -> str:
    """The schema as it is shipped, with a line feed at its end."""
    return json.dumps(profile_schema(), indent=2, ensure_ascii=False) + "\n"


def profile_schema() -> dict[str, object]:
    """The schema of `profiles/NAME.toml`."""
    return {
        "$schema": DIALECT,
        "title": "A profile of localguard",
        "description": "What a model may call: servers, rules and the tests of both.",
        **table(schema.PROFILE, _profile_keys(), required=("version",)),
        "$defs": {
            "pattern": pattern(),
            "patterns": one_or_more({"$ref": "#/$defs/pattern"}),
            "texts": one_or_more(text()),
            "conditions": conditions(),
            "argument": matchers(schema.ON_ARGUMENTS),
            "claim": matchers(schema.ON_CLAIMS),
            "name": names(),
            "server": server(),
            "rule": rule(),
            "test": _test(),
        },
    }


def _profile_keys() -> dict[str, Fragment]:
    towards = {key: words(schema.TOWARDS_CLIENT) for key in sorted(schema.FROM_SERVER)}
    return {
        "version": {"const": schema.VERSION, "description": "The version of this format."},
        "profile": text("The name of the profile; it must be that of its file.", PROFILE_NAME),
        "default": words(schema.DEFAULTS, "What no rule names. Left out, it is denied."),
        "color": words(schema.COLORS, "A colour to tell this profile by in the console."),
        "unknown_methods": words(schema.METHODS, "Requests that localguard does not know."),
        "pins": words(schema.PINS, "Deny a tool that is new or changed, until it is reviewed."),
        "strict_arguments": flag("Deny arguments that do not fit the tool's own schema."),
        "identity": {
            "description": "Who is signed in. Left out, this machine's user is enough.",
            **_identity(),
        },
        "from_server": {
            "description": "What servers may ask of the client.",
            **table(schema.FROM_SERVER, towards),
        },
        "servers": {
            "description": "The servers by the names that rules use.",
            "type": "object",
            "propertyNames": {"pattern": f"^(?:{SERVER_NAME.pattern})$"},
            "additionalProperties": {"$ref": "#/$defs/server"},
        },
        "rule": list_of("#/$defs/rule", "Any deny denies; else an allow allows unless one asks."),
        "test": list_of("#/$defs/test", "What the profile promises, tried whenever it is read."),
    }


def _identity() -> dict[str, object]:
    port = {"type": "integer", "minimum": 1, "maximum": 65535}
    keys: dict[str, Fragment] = {
        "issuer": text("What the provider calls itself.", ISSUER_FORM, ["https://login.corp.com"]),
        "client_id": text("What the provider calls localguard; it is no secret.", CLIENT_ID_FORM),
        "client_secret": text("Where the provider wants one: secret:NAME.", SECRET_FORM),
        "required": flag("Deny every call without a valid sign-in."),
        "scopes": one_or_more(text("", WORD_FORM), "What to ask for; openid must be among them."),
        "redirect_host": words(schema.REDIRECT_HOSTS, "The host of the redirect URI."),
        "redirect_ports": {
            "description": "Its ports, for a provider that compares them. Left out, any free one.",
            "type": "array",
            "minItems": 1,
            "items": port,
        },
        "max_session_age": text("How long after giving proof one signs in again.", DURATION),
        "claims_max_age": text("How long the provider's word holds. Left out, 1h.", DURATION),
        "offline_grace": text("How much longer while it cannot be reached.", DURATION),
        "assume_pkce": flag("Take a provider that does not say that it does PKCE (S256)."),
        "acr": one_or_more(text("", WORD_FORM), "What a step-up must prove, any of them."),
        "groups_claim": text("The claim that holds the groups. Left out, groups."),
    }
    return table(schema.IDENTITY, keys, required=("issuer", "client_id"))


def _test() -> dict[str, object]:
    target = r"[A-Za-z0-9._-]+/((resource:|prompt:)[^{}*?\s]*|[^@{}\[\]*?\s][^{}\[\]*?\s]*)"
    mark = text("", f"@?({MARK})")
    keys: dict[str, Fragment] = {
        "call": text("The call, as server/tool.", target, ["files/read_text_file"]),
        "expect": words(schema.EXPECTED, "What it must get."),
        "args": {"type": "object", "description": "Its arguments."},
        "user": text("Who is signed in."),
        "group": {"$ref": "#/$defs/texts", "description": "The groups of who is signed in."},
        "claim": {"type": "object", "description": "What the provider says of who is signed in."},
        "signed_in": text("How long ago that was. Left out, it is unknown.", DURATION, ["10m"]),
        "marks": any_number(mark, "The marks of the tool; left out, they are unknown."),
        "confirmed": flag("Whether a person has reviewed the server. Left out, one has."),
        "seen": any_number(text("", target), "What was called before in this session."),
        "at": text("When, without quotes. Left out, a Wednesday at noon.", f"{DATE}{TIME}"),
        "client": text("The name the client gives itself."),
        "interactive": flag("Whether a person can be asked."),
    }
    return table(schema.TEST, keys, required=("call", "expect"))
