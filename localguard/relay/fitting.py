"""Whether arguments fit the input schema of their tool (JSON Schema, 2020-12 unless it says other)."""

from localguard.policy.calls import Arguments, Json


def misfit(schema: Json, arguments: Arguments) -> str | None:
    """Why the arguments do not fit the schema; None where they do."""
    from jsonschema import ValidationError, validators  # noqa: PLC0415 -- heavy, and rarely needed

    try:
        validators.validator_for(schema)(schema).validate(arguments)
    except ValidationError as error:
        return f"its arguments do not fit the schema that was pinned: {error.message}"
    return None
