"""Questions of `learn` in lines for a person, each safe for a terminal; in fields for a program."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from localguard.policy.rules import Verb
from localguard.telling.counts import count
from localguard.telling.entries import local_time
from localguard.telling.learning import Learning, Question
from localguard.telling.learning_calls import LEFT_OUT, Observation
from localguard.telling.learning_groups import Group
from localguard.telling.learning_rules import Proposal
from localguard.text import safe

MOST_CALLS: Final = 40
"""Calls that are shown of one question."""
_KEYS: Final = "[i] ignore   [?] show calls   [q] stop"
_NAMES: Final = 6
_LINE: Final = 200


def question_lines(question: Question, number: int, of: int) -> Iterator[str]:
    """One question: the calls, what they could become, and what can be typed."""
    group = question.group
    evidence = "" if not group.counted else f"{count(len(group.counted), 'call')}{_when(group)}"
    head = f"{number}/{of}"
    told = ", ".join(part for part in (evidence, _nature(group)) if part)
    yield f" {head}  {_items(group)}" + (f"   {told}" if told else "")
    yield from (f"      {line}" for line in _left(group))
    for one in question.proposals:
        if one.verb is Verb.ALLOW:
            yield from _proposal(one)
    if group.counted and not any(one.verb is Verb.ALLOW for one in question.proposals):
        yield f"      {_none(question)}"
    others = [f"[{one.key}] {one.verb}   " for one in question.proposals if one.key in ("k", "d")]
    yield f"      {''.join(others)}{_KEYS}"


def _none(question: Question) -> str:
    """Why nothing can be allowed."""
    if not question.proposals:
        return "no rule can name these alone"
    if any(one.denied for one in question.proposals):
        return "no rule is offered that would allow what you denied"
    return "no rule of yours can allow these"


def _items(group: Group) -> str:
    shown = [safe(item, 60) for item in group.items[:_NAMES]]
    more = len(group.items) - len(shown)
    return f"{safe(group.server, 40)}/{', '.join(shown)}" + (f" and {more} more" if more else "")


def _when(group: Group) -> str:
    days = group.days
    return f" on {days[0]}" if len(days) == 1 else f" on {len(days)} days"


def _nature(group: Group) -> str:
    if group.kind != "reads":
        return ""
    return "all reviewed as read-only" + (", and reaching out" if group.open else "")


def _left(group: Group) -> Iterator[str]:
    if group.left:
        why = ", ".join(f"{number} {reason}" for reason, number in group.reasons.most_common())
        verb = "does" if len(group.left) == 1 else "do"
        noun = "more call" if group.counted else "call"
        yield f"{count(len(group.left), noun)} {verb} not count: {why}"
        yield "? shows them, and lets you pick those that are yours"


def _proposal(one: Proposal) -> Iterator[str]:
    yield f"      [{one.key}] {_meaning(one)}   {_fit(one)}"


def _meaning(one: Proposal) -> str:
    if one.conditions:
        where = " and ".join(safe(c.told, _LINE) for c in one.conditions)
        return f"allow where {where}"
    if one.width == "names":
        return "allow by name, whatever the arguments"
    keys = [safe(line, _LINE) for line in one.text.splitlines()[1:]]
    return ", ".join(keys)


def _fit(one: Proposal) -> str:
    fits = f"{one.fits} of {count(one.of, 'call')}"
    if one.width == "wide" and one.tools:
        used = f", {one.unused} of them never used" if one.unused else ", all of them used"
        return f"covers {count(one.tools, 'tool')}{used}"
    if one.fits == one.of:
        return f"{fits} fit"
    rest = one.of - one.fits
    return f"{fits} fit; the other{'s' if rest > 1 else ''} would not be allowed by it"


def call_lines(group: Group) -> Iterator[str]:
    """The calls of a question, the last ones first; what does not count says why."""
    shown = shown_calls(group)
    for one in shown:
        why = f"   ({LEFT_OUT[one.left]})" if one.left else ""
        yield f"      {one.id}  {local_time(one.past.record)}  {safe(one.call.item, 60)}{why}"
        yield f"          {_arguments(one)}"
    more = len(group.counted) + len(group.left) - len(shown)
    if more:
        yield f"      and {more} more: see localguard logs"


def shown_calls(group: Group) -> Sequence[Observation]:
    """The calls that `call_lines` shows, first those that can be picked."""
    order = sorted(
        (*group.left, *group.counted),
        key=lambda one: (bool(one.left), str(one.past.record.get("t"))),
        reverse=True,
    )
    return order[:MOST_CALLS]


def _arguments(one: Observation) -> str:
    return safe(json.dumps(one.call.arguments, default=str, ensure_ascii=False), _LINE)


def rest_lines(found: Learning) -> Iterator[str]:
    """What was not asked about, and why."""
    material = found.material
    for (target, why), number in sorted(material.barred.items()):
        yield f"{safe(target, 100)}: {count(number, 'call')} left out, since {why}"
    for place, number in sorted(material.by_rule.items()):
        yield (
            f"{safe(place, 100)} asks, and you said yes {count(number, 'time')}:"
            " no rule beside it changes that; the console's s remembers an answer"
        )
    if material.unknown:
        yield f"{count(material.unknown, 'call')} not looked at: the record does not hold it all"
    if found.damaged:
        yield f"{count(found.damaged, 'line')} of the log could not be read"


def nothing_lines(found: Learning) -> Iterator[str]:
    """Why there is no question, and what to do so that there are some."""
    name = safe(found.bench.profile.name, 64)
    calls = count(found.material.calls, "call")
    yield f"{name}: nothing to learn from {calls}: each is settled by a rule, or teaches nothing"
    yield from rest_lines(found)
    yield f"Fix: observe it for a while: localguard profile observe 3d --profile {name}"


def fields(found: Learning) -> Mapping[str, object]:
    """Everything for a program."""
    material = found.material
    return {
        "profile": found.bench.profile.name,
        "digest": found.bench.profile.digest,
        "calls": material.calls,
        "unknown": material.unknown,
        "damaged": found.damaged,
        "questions": [_question_fields(one) for one in found.questions],
        "barred": [
            {"target": target, "why": why, "calls": number}
            for (target, why), number in sorted(material.barred.items())
        ],
        "asked_by_rules": dict(sorted(material.by_rule.items())),
    }


def _question_fields(question: Question) -> dict[str, object]:
    group = question.group
    return {
        "server": group.server,
        "items": list(group.items),
        "kind": group.kind,
        "calls": [one.id for one in group.counted],
        "left_out": [{"call": one.id, "why": LEFT_OUT[one.left]} for one in group.left],
        "proposals": [_proposal_fields(one) for one in question.proposals],
    }


def _proposal_fields(one: Proposal) -> dict[str, object]:
    return {
        "key": one.key,
        "verb": str(one.verb),
        "width": one.width,
        "text": one.text,
        "fits": one.fits,
        "of": one.of,
        "denied": one.denied,
        "tools": one.tools,
        "unused": one.unused,
    }
