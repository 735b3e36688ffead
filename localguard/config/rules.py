"""`[[rule]]`: from a table to a rule."""

from collections.abc import Iterable
from datetime import datetime

from localguard.config import schema, values
from localguard.config.conditions import read_conditions
from localguard.config.faults import nearest
from localguard.config.patterns import read_pattern
from localguard.config.tables import Table, Unfit, type_word
from localguard.policy.calls import Json
from localguard.policy.canonical import digest_of
from localguard.policy.reauth import EACH_CALL
from localguard.policy.rules import Origin, Pattern, Rule, Verb

_FINGERPRINT = 16
"""Hex digits of a rule's fingerprint: it tells a few rules apart, and is seen by people."""


def read_rules(table: Table) -> tuple[Rule, ...]:
    """The rules of a profile; faults are noted on the way, and a rule with one may be left out."""
    found = (read_rule(one) for one in table.tables("rule"))
    return tuple(rule for rule in found if rule is not None)


def read_denials(table: Table) -> tuple[Rule, ...]:
    """The rules of a remembered file, where nothing but deny may stand."""
    rules = read_rules(table)
    for rule in rules:
        if rule.verb is not Verb.DENY:
            where = f"{rule.verb} in {rule.origin.file}"
            fix = "move the rule to the profile; a remembered rule can only deny"
            table.fault(f"{where} is not allowed", fix, *_path_of(table, rule))
    return rules


def note_duplicates(tables: tuple[Table, ...]) -> None:
    """Note each id that a second rule has."""
    seen: dict[str, str] = {}
    for table in tables:
        for rule in table.tables("rule"):
            name = rule.values.get("id")
            if not isinstance(name, str):
                continue
            if name in seen:
                rule.fault(f'the id "{name}" is taken by {seen[name]}', "choose another", "id")
            seen.setdefault(name, str(_origin(rule)))


def note_unanswerable(table: Table, rules: Iterable[Rule]) -> None:
    """Note each rule of a profile that takes a sign-in, where the profile says nothing of one."""
    taking = {rule.origin for rule in rules if rule.reauth is not None}
    for rule in table.tables("rule") if "identity" not in table else ():
        if _origin(rule) in taking:
            what = "reauth takes a sign-in, and the profile does not say where"
            rule.fault(what, "add [identity] with issuer and client_id, or remove it", "reauth")


def read_rule(table: Table) -> Rule | None:
    """One rule, or None when it has not exactly one verb; its faults are noted on the way."""
    table.only(schema.RULE)
    verb = _verb(table)
    if verb is None:
        return None
    when, unless = (read_conditions(table, key) for key in schema.CONDITIONS)
    over = table.choice("over", schema.OVER)
    return Rule(
        verb,
        table.each(verb.value, read_pattern),
        _origin(table),
        excepts=_excepts(table),
        when=when,
        unless=unless,
        because=table.text("because"),
        id=table.parsed("id", values.read_id),
        until=_until(table),
        remember=table.parsed("remember", values.read_remember),
        risk=table.choice("risk", schema.RISKS),
        limit=table.parsed("limit", values.read_limit),
        over=Verb.DENY if over is None else Verb(over),
        redact=frozenset(table.each("redact", _kind)),
        trial=table.flag("trial") or False,
        timeout=table.parsed("timeout", values.read_duration),
        reauth=_reauth(table),
        fingerprint=digest_of(_written(table.values))[:_FINGERPRINT],
    )


def _verb(table: Table) -> Verb | None:
    found = [verb for verb in Verb if verb.value in table]
    if len(found) == 1:
        _note_idle(table, found[0])
        return found[0]
    misspelt = any(nearest(key, schema.VERBS) for key in table.values if key not in schema.RULE)
    if found or not misspelt:
        fix = "make two rules of it" if found else 'add what it does, as allow = "files/read_*"'
        has = " and ".join(found) or "none"
        what = f"a rule has exactly one of {', '.join(schema.VERBS)}; this one has {has}"
        table.fault(what, fix)
    return None


def _note_idle(table: Table, verb: Verb) -> None:
    if verb is Verb.TOOLS and not any(key in table for key in schema.DUTIES):
        fix = f"add {', '.join(schema.DUTIES[:-1])} or {schema.DUTIES[-1]}, or make it allow or ask"
        table.fault("a rule with tools decides nothing, and this one adds nothing", fix)


def _excepts(table: Table) -> tuple[Pattern, ...]:
    given = table.values.get("except")
    listed = given if isinstance(given, list) else [given]
    if any(isinstance(one, dict) for one in listed):
        what = "except takes names and marks, not conditions"
        table.fault(what, "put the condition into unless", "except")
        return ()
    return table.each("except", read_pattern)


def _until(table: Table) -> datetime | None:
    value = table.values.get("until")
    if value is None:
        return None
    until = values.read_until(value)
    if until is None:
        table.fault("until must be a date", "write until = 2030-12-31, without quotes", "until")
    return until


def _reauth(table: Table) -> int | None:
    """How old a sign-in may be, in seconds; 0 where each call takes a new one."""
    value = table.values.get("reauth")
    if isinstance(value, str):
        return table.parsed("reauth", values.read_duration)
    if value is None or isinstance(value, bool):
        return EACH_CALL if value else None
    what = f"reauth must be true, false or a duration, not {type_word(value)}"
    table.fault(what, 'write reauth = true, or such as reauth = "15m"', "reauth")
    return None


def _kind(text: str) -> str:
    if text not in schema.REDACTED:
        known = ", ".join(sorted(schema.REDACTED))
        raise Unfit(f'redact knows no "{text}"', f"use one of {known}")
    return text


def _origin(table: Table) -> Origin:
    return Origin(table.document.name, table.line)


def _path_of(table: Table, rule: Rule) -> tuple[str | int, ...]:
    lines = (one.line for one in table.tables("rule"))
    return "rule", list(lines).index(rule.origin.line)


def _written(value: object) -> Json:
    """A value of the file as JSON has it; dates become texts."""
    match value:
        case dict():
            return {key: _written(one) for key, one in value.items()}
        case list():
            return [_written(one) for one in value]
        case str() | bool() | int() | float():
            return value
        case _:
            return [str(value)]
