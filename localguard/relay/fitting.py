"""Whether arguments fit the schema that a tool's pin holds, for `strict_arguments`.

JSON Schema by `jsonschema`, 2020-12 where the schema names no dialect (2025-11-25 basic "JSON
Schema Usage"). Schemas are written by servers and arguments by models, so both are bounded: nothing
is fetched, references are counted, patterns that could take long are not tried. What cannot be
judged does not fit. No text holds an argument's value.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from localguard.policy.calls import Arguments
from localguard.relay.schema_patterns import is_tame
from localguard.text import safe

MAX_SCHEMA: Final = 256 * 1024
"""Bytes of a schema as JSON."""
MAX_DEPTH: Final = 40
"""Levels of a schema as JSON."""
MAX_STEPS: Final = 100_000
"""Rules tried for one call: a few lines of references can stand for a schema without end."""
MAX_NESTED: Final = 100
"""Rules within rules. Far from where Python ends a recursion, which the library does not survive in
all places: there it breaks off with what no handler of faults catches.
"""
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
    except Exception:  # noqa: BLE001 -- whatever a hostile schema makes the library stumble over
        # A reference may lead to what is no schema, which the library takes for one.
        return "its schema cannot be checked: a part of it is no schema"


def _judged(fitting: "_Fitting", arguments: Arguments) -> str | None:
    from referencing.exceptions import Unresolvable  # noqa: PLC0415 -- only where it is asked for

    try:
        error = fitting.first_error(arguments)
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
    if _is_deep(schema):
        raise _Unjudgeable(f"it is more than {MAX_DEPTH} levels deep")
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
    """A validator with bounds: what it tries is counted, and so is how deep."""

    def __init__(self, kind: Json, schema: Json) -> None:
        from jsonschema.validators import extend  # noqa: PLC0415 -- as above
        from referencing.jsonschema import EMPTY_REGISTRY  # noqa: PLC0415

        self._steps = 0
        self._nested = 0
        rules = {**kind.VALIDATORS, "pattern": _pattern}
        bound = extend(kind, {word: self._bounded(word, rules[word]) for word in rules})  # type: ignore[no-untyped-call]
        # A registry of its own: the library's would fetch what it does not know.
        self._validator = bound(schema, registry=EMPTY_REGISTRY)

    def first_error(self, arguments: Arguments) -> Json:
        """What is wrong first, or None. Raises _Unjudgeable."""
        self._steps = self._nested = 0
        errors = self._validator.iter_errors(arguments)
        try:
            return next(errors, None)
        finally:
            errors.close()

    def _bounded(self, word: str, rule: Json) -> Json:
        """A rule of the schema with what has to be looked at before it."""
        check = _CHECKS.get(word, _nothing)

        def bounded(validator: Json, value: Json, instance: Json, schema: Json) -> Iterator[Json]:
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise _Unjudgeable(f"it asks for more than {MAX_STEPS} steps")
            if self._nested > MAX_NESTED:
                raise _Unjudgeable("it leads too deep")
            check(instance, schema)
            self._nested += 1
            try:
                yield from rule(validator, value, instance, schema) or ()
            finally:
                self._nested -= 1

        return bounded


def _is_deep(schema: Json) -> bool:
    level = [schema]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _members(outer)]
    return bool(level)


def _members(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _nothing(_: Json, __: Json) -> None:
    """What most rules need to have looked at before them."""


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
    return re.compile(python)


def _few(instance: Json, _: Json) -> None:
    if isinstance(instance, list) and len(instance) > MAX_UNIQUE:
        raise _Unjudgeable(f"uniqueItems on more than {MAX_UNIQUE} elements")


def _tame_names(instance: Json, schema: Json) -> None:
    patterns = schema.get("patternProperties", {}) if isinstance(instance, dict) else {}
    longest = max(map(len, instance), default=0) if patterns else 0
    for pattern in patterns:
        _compiled(pattern, longest)


_CHECKS: Final[Mapping[str, Callable[[Json, Json], None]]] = {
    "uniqueItems": _few,
    "patternProperties": _tame_names,
    "additionalProperties": _tame_names,
    "unevaluatedProperties": _tame_names,
}


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
