"""Whether arguments fit the schema that a tool's pin holds, for `strict_arguments`.

JSON Schema by `jsonschema`, 2020-12 where the schema names no dialect (2025-11-25 basic "JSON
Schema Usage"). Schemas are written by servers and arguments by models, so both are bounded: nothing
is fetched, references are counted, patterns that could take long are not tried. What cannot be
judged does not fit. No text holds an argument's value.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Final

import orjson

from localguard.policy.calls import Arguments
from localguard.relay.schema_patterns import is_tame
from localguard.text import safe

MAX_SCHEMA: Final = 256 * 1024
"""Bytes of a schema as JSON."""
MAX_REFERENCES: Final = 5000
"""References followed for one call: a few lines of them can stand for a schema without end."""
MAX_UNIQUE: Final = 1000
"""Elements that are compared with one another."""
_SHOWN: Final = 160
_UNKNOWN: Final[Any] = None
"""In place of a validator, for a dialect that is not known."""
_AT_END: Final = re.compile(r"(?<!\\)(?:\\\\)*\$\Z")


Json = Any
"""Values as a JSON parser gives them, and errors of a library without types."""


class _Unjudgeable(Exception):
    """Ends a validation that would take too long, or that needs what is not at hand."""


def misfit(schema: object, arguments: Arguments) -> str | None:
    """Why the arguments do not fit the schema, in words for a person and a model; None if they do.

    A schema that is none, or that cannot be judged in bounded time, fits nothing.
    """
    try:
        text = orjson.dumps(schema)
    except (TypeError, ValueError):
        return "its schema is no JSON"
    if len(text) > MAX_SCHEMA:
        return f"its schema has more than {MAX_SCHEMA // 1024} KiB"
    try:
        return _judged(_fitting(text), arguments)
    except _Unjudgeable as end:
        return f"its schema cannot be checked: {end}"
    except (RecursionError, OverflowError):
        return "its schema cannot be checked: it is too deep, or has too large a number"
    except (TypeError, AttributeError, LookupError, ValueError):
        # A reference may lead to what is no schema, which the library takes for one.
        return "its schema cannot be checked: a part of it is no schema"


def _judged(fitting: "_Fitting", arguments: Arguments) -> str | None:
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 -- only where it is asked for

    fitting.references = 0
    try:
        error = next(fitting.validator.iter_errors(arguments), None)
    except Unresolvable as unknown:
        where = safe(str(unknown.ref), _SHOWN)
        raise _Unjudgeable(f"it refers to {where}, which is not in it") from unknown
    return None if error is None else _words(error)


@lru_cache(32)
def _fitting(text: bytes) -> "_Fitting":
    """The validator of a schema, given as JSON. Raises _Unjudgeable for one that is none."""
    from jsonschema import Draft202012Validator, SchemaError  # noqa: PLC0415 -- as above
    from jsonschema.validators import validator_for  # noqa: PLC0415

    schema = orjson.loads(text)
    if not isinstance(schema, dict):
        raise _Unjudgeable("it is no object")
    dialect = schema.get("$schema", Draft202012Validator.META_SCHEMA["$id"])
    kind = validator_for({"$schema": dialect}, _UNKNOWN) if isinstance(dialect, str) else _UNKNOWN
    if kind is _UNKNOWN:
        raise _Unjudgeable(f"its dialect {safe(str(dialect), _SHOWN)} is not known")
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise _Unjudgeable(f"{_place(error, 'schema')} is wrong ({error.validator})") from error
    return _Fitting(kind, schema)


class _Fitting:
    """A validator with bounds: what it does with references, patterns and lists is counted."""

    def __init__(self, kind: Json, schema: Json) -> None:
        from jsonschema.validators import extend  # noqa: PLC0415 -- as above
        from referencing.jsonschema import EMPTY_REGISTRY  # noqa: PLC0415

        self.references = 0
        known = kind.VALIDATORS
        bounded = {"pattern": _pattern, "uniqueItems": self._before(known["uniqueItems"], _few)}
        for word in ("$ref", "$dynamicRef", "$recursiveRef"):
            bounded[word] = self._before(known.get(word), self._count)
        for word in ("patternProperties", "additionalProperties", "unevaluatedProperties"):
            bounded[word] = self._before(known.get(word), _tame_names)
        bounded = {word: keyword for word, keyword in bounded.items() if keyword is not None}
        # A registry of its own: the library's would fetch what it does not know.
        bound = extend(kind, bounded)  # type: ignore[no-untyped-call]
        self.validator = bound(schema, registry=EMPTY_REGISTRY)

    def _count(self, _: Json, __: Json) -> None:
        self.references += 1
        if self.references > MAX_REFERENCES:
            raise _Unjudgeable(f"it has more than {MAX_REFERENCES} references to follow")

    def _before(self, keyword: Json, check: Callable[[Json, Json], None]) -> Json:
        """The keyword with a check of instance and schema before it; None where there is none."""
        if keyword is None:
            return None

        def checked(validator: Json, value: Json, instance: Json, schema: Json) -> Iterator[Json]:
            check(instance, schema)
            yield from keyword(validator, value, instance, schema) or ()

        return checked


def _pattern(_: Json, pattern: str, instance: Json, __: Json) -> Iterator[Json]:
    from jsonschema import ValidationError  # noqa: PLC0415 -- as above

    if isinstance(instance, str) and not _compiled(pattern, len(instance)).search(instance):
        yield ValidationError("does not match")


def _compiled(pattern: str, length: int) -> re.Pattern[str]:
    if not is_tame(pattern, length):
        shown = safe(pattern, _SHOWN)
        raise _Unjudgeable(f"its pattern {shown} could take too long on a text of this length")
    # In ECMA-262, which JSON Schema follows, `$` is the end, and not before a last line end.
    python = f"{pattern[:-1]}\\Z" if _AT_END.search(pattern) else pattern
    try:
        return re.compile(python)
    except (re.error, OverflowError) as error:
        shown = safe(pattern, _SHOWN)
        raise _Unjudgeable(f"its pattern {shown} cannot be read ({error})") from error


def _few(instance: Json, _: Json) -> None:
    if isinstance(instance, list) and len(instance) > MAX_UNIQUE:
        raise _Unjudgeable(f"uniqueItems on more than {MAX_UNIQUE} elements")


def _tame_names(instance: Json, schema: Json) -> None:
    patterns = schema.get("patternProperties", {}) if isinstance(instance, dict) else {}
    longest = max(map(len, instance), default=0) if patterns else 0
    for pattern in patterns:
        _compiled(pattern, longest)


def _words(error: Json) -> str:
    """What is wrong, by names and by what the schema says; never by the value that is wrong."""
    return f"{_place(error, 'arguments')} {_fault(error)}"


def _fault(error: Json) -> str:
    match error.validator:
        case "required":
            missing = [name for name in error.validator_value if name not in error.instance]
            return f"lacks {safe(', '.join(missing), _SHOWN)}"
        case "additionalProperties" | "unevaluatedProperties":
            known = error.schema.get("properties", {})
            others = [name for name in error.instance if name not in known]
            return f"has what the schema does not know: {safe(', '.join(others), _SHOWN)}"
        case None:
            return "is not allowed at all"
        case word:
            rule = orjson.dumps(error.validator_value, default=str).decode()
            return f"does not meet {safe(word, 40)} {safe(rule, _SHOWN)}"


def _place(error: Json, top: str) -> str:
    return safe(".".join([top, *map(str, error.absolute_path)]), _SHOWN)
