"""The JSON Schema of a rule: its verbs, its duties and its conditions."""

from collections.abc import Collection
from typing import Final

from localguard.config import schema
from localguard.config.json_forms import (
    DATE,
    DURATION,
    MARK,
    TIME,
    Fragment,
    flag,
    one_or_more,
    table,
    text,
    words,
)
from localguard.config.values import DAYS

_ITEM: Final = r"(@({marks})|(resource:|prompt:)[^{{}}\s]*|[^@{{}}\[\]\s][^{{}}\[\]\s]*)"
_DAY: Final = "|".join("".join(f"[{char.upper()}{char}]" for char in day) for day in DAYS)
_SPAN: Final = "([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]|24):[0-5][0-9]"
_DAYS: Final = f"({_DAY})(-({_DAY}))?"
_HOURS: Final = rf"\s*({_SPAN}|{_DAYS}(,{_DAYS})*|{_DAYS}(\s*,\s*{_DAYS})*\s* {_SPAN})\s*"


def rule() -> dict[str, object]:
    """One `[[rule]]`."""
    said = {
        "allow": "Calls that may pass, unless another rule asks or denies.",
        "ask": "Calls that a person is asked about.",
        "deny": "Calls that never pass, whatever else is said.",
        "tools": "Calls that this rule adds duties to; it decides nothing.",
    }
    keys: dict[str, Fragment] = {
        **{verb: {"$ref": "#/$defs/patterns", "description": said[verb]} for verb in schema.VERBS},
        "except": {"$ref": "#/$defs/patterns", "description": "Names and marks it leaves out."},
        "when": {"$ref": "#/$defs/conditions", "description": "All of these must hold."},
        "unless": {"$ref": "#/$defs/conditions", "description": "Not all of these may hold."},
        "because": text("Said to who is refused, in your words."),
        "id": text("A name for this rule.", "[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"),
        "limit": text(
            "How many calls, or how much of an argument.",
            r"[1-9][0-9]{0,14}/(second|minute|hour|day)( of [A-Za-z_][\w-]*([.][\w-]+)*)?",
            ["10/minute", "1000/day of amount"],
        ),
        "over": words(schema.OVER, "What a call beyond the limit gets. Left out, it is denied."),
        "remember": text(
            "How long an answer may hold.",
            f"never|session|{DURATION}",
            ["never", "session", "15m"],
        ),
        "reauth": {
            "description": "A new sign-in for each call (true), or one of the last such as 15m.",
            "anyOf": [{"type": "boolean"}, text("", DURATION, ["15m"])],
        },
        "timeout": text("How long a person is waited for.", DURATION, ["60s"]),
        "redact": one_or_more(
            words(sorted(schema.REDACTED)), "What is taken out of the server's answers."
        ),
        "risk": words(schema.RISKS, "What cannot be undone."),
        "until": text("The last day of the rule, without quotes.", f"{DATE}({TIME})?"),
        "trial": flag("Decide nothing; only note what it would have decided."),
    }
    duties = [{"required": [duty]} for duty in schema.DUTIES]
    return table(schema.RULE, keys) | {
        "oneOf": [{"required": [verb]} for verb in schema.VERBS],
        "if": {"required": ["tools"]},
        "then": {"anyOf": duties},
    }


def conditions() -> dict[str, object]:
    """`when` or `unless`."""
    keys: dict[str, Fragment] = {
        "args": {
            "description": "The arguments of the call; \"a.b\" looks inside of a.",
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[^.]+([.][^.]+)*$"},
            "additionalProperties": {"$ref": "#/$defs/argument"},
        },
        "claim": {
            "description": "What the provider says of who is signed in.",
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"$ref": "#/$defs/claim"},
        },
        "user": {"$ref": "#/$defs/name", "description": "Who is signed in."},
        "group": {"$ref": "#/$defs/name", "description": "A group of who is signed in."},
        "client": {"$ref": "#/$defs/name", "description": "The name the client gives itself."},
        "hours": one_or_more(text("", _HOURS), "Days and hours, as mon-fri 08:00-19:00."),
        "signed_in_within": text("How fresh the sign-in must be.", DURATION, ["1h"]),
        "seen": {
            "$ref": "#/$defs/patterns",
            "description": "What was called before in this session.",
        },
        "interactive": flag("Whether a person can be asked."),
    }  # fmt: skip
    return table(schema.FACTS, keys) | {"minProperties": 1}


def matchers(allowed: Collection[str]) -> dict[str, object]:
    """A value, some of which one must be equal, or a table of tests that all must pass."""
    keys: dict[str, Fragment] = {
        "is": {
            "description": "The value itself: nothing in it is wild.",
            "type": ["string", "number", "boolean"],
        },
        "under": one_or_more(
            text("", r"(/|~$|~[/\\]|[A-Za-z]:[\\/]|\\\\)[^*?]*"), "A folder that holds the path."
        ),
        "host": one_or_more(text("", r"[^/@\s]+"), "The host of a URL."),
        "domain": one_or_more(text("", r"[^/@\s*?]+"), "A domain, and all below it."),
        "any_case": {"$ref": "#/$defs/texts", "description": "A text in whatever case."},
        "sql": one_or_more(words(sorted(schema.SQL_KINDS)), "What the SQL statements do."),
        "min": {"type": "number", "description": "The smallest number."},
        "max": {"type": "number", "description": "The largest number."},
        "len_max": {"type": "integer", "minimum": 0, "description": "The most characters."},
        "absent": flag("Whether the argument may be missing."),
    }
    chosen = {key: fragment for key, fragment in keys.items() if key in allowed}
    literal: Fragment = {"type": ["string", "number", "boolean"]}
    tests = table(allowed, chosen) | {"minProperties": 1}
    return {"anyOf": [literal, {"type": "array", "minItems": 1, "items": literal}, tests]}


def names() -> dict[str, object]:
    """What a user, a group or a client must be."""
    keys: dict[str, Fragment] = {
        "domain": one_or_more(text("", r"[^/@\s*?]+"), "The domain of an address."),
        "any_case": {"$ref": "#/$defs/texts", "description": "A text in whatever case."},
    }
    tests = table(schema.ON_NAMES, keys) | {"minProperties": 1}
    return {"anyOf": [{"$ref": "#/$defs/texts"}, tests]}


def pattern() -> dict[str, object]:
    """What a rule names."""
    form = rf"\*|[A-Za-z0-9._*?-]+/{_ITEM.format(marks=MARK)}"
    told = "server/tool with * and ?, server/@mark, server/resource:URI or server/prompt:NAME."
    return dict(text(told, form, ["files/read_*", "*/@read", "*"]))
