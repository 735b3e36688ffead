"""The JSON schemas that the official conformance suite compares: defaults, enums, keywords."""

from typing import Any

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def form(**properties: Schema) -> Schema:
    """An object with these properties, all required."""
    return {"type": "object", "properties": properties, "required": [*properties]}


def words(*choices: str, **more: object) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": [*choices], **more}


def titled(**titles: str) -> list[Schema]:
    """Words, each with a title for people."""
    return [{"const": word, "title": title} for word, title in titles.items()]


PERSON = form(username={"type": "string"}, email={"type": "string"})

DEFAULTS = form(
    name={"type": "string", "default": "John Doe"},
    age={"type": "integer", "default": 30},
    score={"type": "number", "default": 95.5},
    status=words("active", "inactive", "pending", default="active"),
    verified={"type": "boolean", "default": True},
)

OPTIONS = titled(value1="First", value2="Second", value3="Third")

ENUMS = form(
    untitledSingle=words("option1", "option2", "option3"),
    titledSingle={"type": "string", "oneOf": OPTIONS},
    legacyEnum=words("opt1", "opt2", "opt3", enumNames=["One", "Two", "Three"]),
    untitledMulti={"type": "array", "items": words("option1", "option2", "option3")},
    titledMulti={"type": "array", "items": {"anyOf": OPTIONS}},
)

ROUND_TRIP: Schema = {
    "$schema": DIALECT,
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": words("phone", "email"),
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
"""A schema with keywords that a careless reader drops."""
