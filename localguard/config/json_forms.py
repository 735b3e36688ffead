"""The pieces that a JSON Schema of ours is put together from. Knows no key and no word."""

from collections.abc import Collection, Mapping
from typing import Final

from localguard.policy.rules import MARKS

Fragment = Mapping[str, object]

MARK: Final = "|".join(sorted(MARKS))
DURATION: Final = "[1-9][0-9]{0,6}[smhd]"
DATE: Final = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIME: Final = "[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?"
"""Forms of texts, as regular expressions without anchors (ECMA-262)."""


def table(
    known: Collection[str], keys: Mapping[str, Fragment], required: Collection[str] = ()
) -> dict[str, object]:
    """A table with these keys and no others. Raises LookupError where one of them is not said."""
    if set(known) != set(keys):
        raise LookupError(f"said and known keys differ: {sorted(set(known) ^ set(keys))}")
    made: dict[str, object] = {"type": "object", "additionalProperties": False}
    return made | ({"required": list(required)} if required else {}) | {"properties": dict(keys)}


def text(told: str = "", form: object = None, examples: Collection[str] = ()) -> dict[str, object]:
    """A text that is not empty, all of which has a form."""
    expression = getattr(form, "pattern", form)
    said = {"description": told} if told else {}
    shown = {"examples": list(examples)} if examples else {}
    fits = {} if expression is None else {"pattern": f"^(?:{expression})$"}
    return {**said, "type": "string", "minLength": 1, **fits, **shown}


def flag(told: str) -> dict[str, object]:
    """True or false."""
    return {"description": told, "type": "boolean"}


def words(known: Collection[str], told: str = "") -> dict[str, object]:
    """One of some words."""
    return ({"description": told} if told else {}) | {"enum": list(known)}


def one_or_more(one: Fragment, told: str = "") -> dict[str, object]:
    """One, or a list of at least one."""
    several = {"type": "array", "minItems": 1, "items": one}
    return ({"description": told} if told else {}) | {"anyOf": [one, several]}


def any_number(one: Fragment, told: str) -> dict[str, object]:
    """One, or a list that may be empty."""
    return {"description": told, "anyOf": [one, {"type": "array", "items": one}]}


def list_of(reference: str, told: str) -> dict[str, object]:
    """A list of tables."""
    return {"description": told, "type": "array", "items": {"$ref": reference}}
