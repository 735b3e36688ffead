"""Live rules in lines for a person and in fields for a program."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from localguard.telling.counts import count
from localguard.telling.fatigue import MANY, Fatigue, Suggestion
from localguard.telling.live_rules import Live, LiveAnswer, LiveRule, Passing
from localguard.telling.tallies import Tally
from localguard.text import safe

_TEXT: Final = 300
_NAME: Final = 160


def live_lines(live: Live) -> Iterator[str]:
    """Everything, section by section, each line safe for a terminal."""
    yield _head(live)
    for rule in live.rules:
        yield from _rule(rule, figures=live.calls > 0)
    if live.answers:
        yield from ("", "answers:")
    for answer in live.answers:
        yield from _answer(answer, figures=live.calls > 0)
    if live.passing:
        yield from ("", "for a while:")
    yield from map(_passing, live.passing)
    yield from _fatigue(live.fatigue)


def _head(live: Live) -> str:
    counted = f"{count(len(live.rules), 'rule')}, {count(len(live.answers), 'answer')}"
    if not live.calls:
        return f"{safe(live.profile)}: {counted}; no call under it is in the audit log"
    parts = [f"figures from the last {count(live.calls, 'call')}"]
    if live.since:
        parts.append(f"since {_time(live.since)}")
    told = " ".join(parts)
    if live.unknown:
        told += f", {live.unknown} of which are not known whole"
    if live.damaged:
        told += f"; {count(live.damaged, 'line')} of the log could not be read"
    return f"{safe(live.profile)}: {counted}; {told}"


def _rule(rule: LiveRule, *, figures: bool) -> Iterator[str]:
    name = f"  {safe(rule.id, _NAME)}" if rule.id else ""
    told = f"  {_tally(rule.tally)}" if figures else ""
    yield f"  {rule.verb:<5}  {safe(rule.place, _NAME)}{name}{told}{_over(rule.expired)}"
    yield f"           {safe(rule.text, _TEXT)}"
    if rule.said:
        yield f"           remembered {safe(rule.said, _TEXT)}"


def _answer(answer: LiveAnswer, *, figures: bool) -> Iterator[str]:
    client = safe(answer.client or "an unnamed client", _NAME)
    until = "for good" if answer.until is None else f"until {_local(answer.until)}"
    target = safe(answer.target, _NAME)
    yield f"  {answer.id}  {target} for {client}, {until}{_over(answer.expired)}"
    yield f"           {safe(answer.text, _TEXT) or 'whatever its arguments'}"
    told = f"; {_matched(answer.tally)}" if figures else ""
    yield f"           asked by {safe(answer.rule, _NAME)}{told}"
    if answer.said:
        yield f"           remembered {safe(answer.said, _TEXT)}"


def _passing(one: Passing) -> str:
    until = "" if one.until is None else f", until {_local(one.until)}"
    return f"  {'yes' if one.allows else 'no '}  {safe(one.text, _TEXT)}{until}"


def _fatigue(found: Fatigue) -> Iterator[str]:
    if found.last_hour:
        yield from ("", f"asked {count(found.last_hour, 'time')} within the last hour")
    for name in found.pausing:
        client = safe(name or "an unnamed client", _NAME)
        yield f"  {client} has asked more than {MANY} times: it should rather be paused"
    for one in found.suggestions:
        yield f"  {_suggested(one)}"


def _suggested(one: Suggestion) -> str:
    fixed = " and ".join(f"{safe(f.name, 80)}.{f.test} = {_value(f.value)}" for f in one.fixed)
    item = safe(f"{one.server}/{one.item}", _NAME)
    return f"{item}: {one.count} approvals without a no, all with {fixed}; a rule could say so"


def _value(value: object) -> str:
    return f'"{safe(value, 80)}"' if isinstance(value, str) else str(value).lower()


def _tally(tally: Tally) -> str:
    parts = [_matched(tally)]
    if tally.prompts:
        parts.append(f"asked {count(tally.prompts, 'time')}")
    if (rate := tally.approve_rate) is not None:
        parts.append(f"{round(100 * rate)} % of {tally.allowed + tally.denied} answers yes")
    return ", ".join(parts)


def _matched(tally: Tally) -> str:
    if not tally.hits:
        return "never matched"
    return f"{tally.hits} matched, last {_time(tally.last or '')}"


def _over(expired: bool) -> str:
    return "  EXPIRED" if expired else ""


def _time(text: str) -> str:
    try:
        return _local(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        return safe(text, 40)


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def live_fields(live: Live) -> Mapping[str, object]:
    """The same for a program."""
    return {
        "profile": live.profile,
        "calls": live.calls,
        "since": live.since,
        "unknown": live.unknown,
        "damaged": live.damaged,
        "rules": [_rule_fields(rule) for rule in live.rules],
        "answers": [_answer_fields(answer) for answer in live.answers],
        "passing": [
            {"text": one.text, "until": _iso(one.until), "allows": one.allows}
            for one in live.passing
        ],
        "prompts": {
            "last_hour": live.fatigue.last_hour,
            "by_client": live.fatigue.by_client,
            "pausing": live.fatigue.pausing,
        },
        "suggestions": [
            {
                "server": one.server,
                "item": one.item,
                "by": one.by,
                "count": one.count,
                "fixed": [{"name": f.name, "test": f.test, "value": f.value} for f in one.fixed],
                "call": one.call,
            }
            for one in live.fatigue.suggestions
        ],
    }


def _rule_fields(rule: LiveRule) -> dict[str, object]:
    return {
        "place": rule.place,
        "id": rule.id,
        "verb": rule.verb,
        "text": rule.text,
        "source": rule.source,
        "said": rule.said or None,
        "until": _iso(rule.until),
        "expired": rule.expired,
        "never_matched": rule.never_matched,
        **_tally_fields(rule.tally),
    }


def _answer_fields(answer: LiveAnswer) -> dict[str, object]:
    return {
        "place": answer.place,
        "id": answer.id,
        "target": answer.target,
        "client": answer.client,
        "rule": answer.rule,
        "text": answer.text,
        "said": answer.said or None,
        "until": _iso(answer.until),
        "expired": answer.expired,
        "hits": answer.tally.hits,
        "last": answer.tally.last,
    }


def _tally_fields(tally: Tally) -> dict[str, object]:
    return {
        "hits": tally.hits,
        "last": tally.last,
        "prompts": tally.prompts,
        "allowed": tally.allowed,
        "denied": tally.denied,
        "approve_rate": tally.approve_rate,
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
