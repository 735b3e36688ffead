"""`when` and `unless`: from a table to the conditions that policy judges."""

import math
from collections.abc import Callable, Collection, Iterator
from typing import Final

from localguard.config import schema, values
from localguard.config.faults import nearest
from localguard.config.patterns import read_pattern
from localguard.config.references import read_reference, read_text
from localguard.config.tables import Table, Unfit, type_word
from localguard.policy.calls import EXACT_INTEGER
from localguard.policy.conditions import (
    Argument,
    Condition,
    Fact,
    Seen,
    SignedInWithin,
    WithinHours,
)
from localguard.policy.globs import Glob
from localguard.policy.matchers import (
    AnyOf,
    Bounds,
    Domain,
    Flag,
    Host,
    LengthMax,
    Literal,
    Matcher,
    Number,
    Sql,
    Text,
    Under,
)


def read_conditions(rule: Table, key: str) -> tuple[Condition, ...]:
    """The conditions of `when` or `unless`; their faults are noted on the way."""
    table = rule.table(key)
    if table is None:
        return ()
    if not table.values:
        rule.fault(f"{key} is empty, so it would hold for every call", f"remove {key}", key)
    for fact in table.values:
        if fact not in schema.FACTS:
            _unknown_fact(table, key, fact)
    return (*_arguments(table), *_facts(table), *_times(table), *_session(table))


def _unknown_fact(table: Table, key: str, fact: str) -> None:
    near = nearest(fact, schema.FACTS)
    fix = f'did you mean "{near}"?' if near else f"write {key}.args.{fact} for an argument"
    table.fault(f'unknown fact "{fact}" in {key}', fix, fact)


def _arguments(table: Table) -> Iterator[Condition]:
    for arguments, name in _named_facts(table, "args"):
        path = tuple(name.split("."))
        if not all(path):
            arguments.fault(f'"{name}" is not the name of an argument', 'write such as "a.b"', name)
            continue
        matchers = _matchers(arguments, name, f'argument "{name}"', schema.ON_ARGUMENTS)
        below = arguments.values[name]
        tests = below if isinstance(below, dict) else {}
        absent = tests.get("absent")
        if matchers or isinstance(absent, bool):
            missing = absent if isinstance(absent, bool) else None
            yield Argument(path, matchers, missing, single="is" in tests)


def _named_facts(table: Table, key: str) -> Iterator[tuple[Table, str]]:
    """Each name in the table below `args` or `claim`."""
    below = table.table(key)
    if below is None:
        return
    if not below.values:
        table.fault(f"{key} is empty, so it would hold for every call", f"remove {key}", key)
    for name in below.values:
        yield below, name


def _facts(table: Table) -> Iterator[Condition]:
    for name in ("client", "user", "group"):
        if isinstance(table.values.get(name), dict):
            yield Fact(name, _matchers(table, name, name, schema.ON_NAMES))
        elif texts := table.each(name, lambda text: Text(Glob(text))):
            yield Fact(name, (_any_of(texts),))
    for claims, name in _named_facts(table, "claim"):
        matchers = _matchers(claims, name, f'claim "{name}"', schema.ON_CLAIMS)
        yield Fact(f"claim.{name}", matchers)
    interactive = table.flag("interactive")
    if interactive is not None:
        yield Fact("interactive", (Flag(interactive),))


def _times(table: Table) -> Iterator[Condition]:
    spans = table.each("hours", values.read_hours)
    if spans:
        yield WithinHours(spans)
    within = table.parsed("signed_in_within", values.read_duration)
    if within is not None:
        yield SignedInWithin(within)


def _session(table: Table) -> Iterator[Condition]:
    if seen := table.each("seen", _seen):
        yield Seen(seen)


def _seen(text: str) -> str:
    read_pattern(text)
    return text


def _matchers(
    table: Table, key: str, subject: str, allowed: Collection[str]
) -> tuple[Matcher, ...]:
    value = table.values[key]
    if isinstance(value, dict):
        below = table.table(key)
        return () if below is None else tuple(_named(below, subject, allowed))
    read = read_reference if allowed is schema.ON_ARGUMENTS else read_text
    literal = _literal(table, value, key, read=read)
    return () if literal is None else (literal,)


def _named(table: Table, subject: str, allowed: Collection[str]) -> Iterator[Matcher]:
    if not table.values:
        table.fault(f"the condition on {subject} is empty", "say what it must be, or remove it")
    table.only(allowed, "matcher", f" for {subject}")
    for key, read in _TEXT_MATCHERS.items():
        if key in allowed and (found := table.each(key, read)):
            yield _any_of(found)
    table.flag("absent")
    if "is" in allowed and (same := _same(table, table.values.get("is"))):
        yield same
    yield from _bounds(table)
    yield from _length(table)


def _same(table: Table, value: object) -> Matcher | None:
    """What is equal to a value as it stands, without wildcards."""
    match value:
        case None:
            return None
        case str():
            return Literal(value)
        case bool() | int() | float():
            return _literal(table, value, "is")
        case _:
            what = f"is cannot be {type_word(value)}"
            table.fault(what, "write a text, a number, true or false", "is")
            return None


def _bounds(table: Table) -> Iterator[Matcher]:
    low, high = (_number(table, table.values.get(key), key) for key in ("min", "max"))
    if low is not None and high is not None and low > high:
        table.fault(f"min {low} is larger than max {high}", "swap them", "min")
    if low is not None or high is not None:
        yield Bounds(low, high)


def _length(table: Table) -> Iterator[Matcher]:
    length = _number(table, table.values.get("len_max"), "len_max")
    if isinstance(length, int) and length >= 0:
        yield LengthMax(length)
    elif length is not None:
        table.fault(f"len_max cannot be {length}", "write a whole number of characters", "len_max")


def _number(table: Table, value: object, *at: str | int) -> int | float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        what = f"{at[-1]} must be a number, not {type_word(value)}"
        table.fault(what, "write it without quotes", *at)
        return None
    if not math.isfinite(value) or (isinstance(value, int) and abs(value) > EXACT_INTEGER):
        what = "this number is read differently by different programs"
        table.fault(what, f"use one between -{EXACT_INTEGER} and {EXACT_INTEGER}", *at)
        return None
    return value


def _literal(
    table: Table, value: object, *at: str | int, read: Callable[[str], Matcher] = read_text
) -> Matcher | None:
    match value:
        case str():
            return _read(table, value, read, *at)
        case bool():
            return Flag(value)
        case int() | float():
            number = _number(table, value, *at)
            return None if number is None else Number(number)
        case list() if len(at) == 1:
            return _list(table, value, *at, read=read)
    what = f"{at[0]} cannot be {type_word(value)}"
    table.fault(what, "write a text, a number, true, false or a list of these", *at)
    return None


def _read(
    table: Table, text: str, read: Callable[[str], Matcher], *at: str | int
) -> Matcher | None:
    try:
        return read(text)
    except Unfit as unfit:
        table.fault(unfit.what, unfit.fix, *at)
        return None


def _list(
    table: Table, value: list[object], *at: str | int, read: Callable[[str], Matcher]
) -> Matcher | None:
    if not value:
        table.fault(f"{at[0]} is an empty list", "name at least one, or remove it", *at)
    elements = [_literal(table, one, *at, index, read=read) for index, one in enumerate(value)]
    return _any_of([one for one in elements if one is not None])


def _any_of(matchers: Collection[Matcher]) -> Matcher:
    return next(iter(matchers)) if len(matchers) == 1 else AnyOf(tuple(matchers))


def _sql(text: str) -> Matcher:
    if text not in schema.SQL_KINDS:
        raise Unfit(f'sql cannot be "{text}"', f"use {', '.join(sorted(schema.SQL_KINDS))}")
    import importlib.util  # noqa: PLC0415 -- most profiles never need it

    # The name alone is looked for: loading it takes long.
    if importlib.util.find_spec("sqlglot") is None:
        raise Unfit("sql needs a parser that is not installed", "pip install 'localguard[sql]'")
    return Sql(frozenset({text}))


_TEXT_MATCHERS: Final[dict[str, Callable[[str], Matcher]]] = {
    "under": lambda text: Under(values.read_root(text)),
    "host": lambda text: Host(Glob(values.read_host(text))),
    "domain": lambda text: Domain(values.read_domain(text)),
    "any_case": lambda text: Text(Glob(text.casefold()), folded=True),
    "sql": _sql,
}
