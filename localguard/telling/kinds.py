"""What there is to say of a record that is neither a decision nor an outcome, kind by kind.

Every text here is safe. Knows the field names of `audit.records`.
"""

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Final

from localguard.telling.people import provider
from localguard.telling.values import MOST_MEMBERS, Record, local_time, value
from localguard.text import safe

_SCOPES: Final[Mapping[str, str]] = {
    "once": "once",
    "minutes": "for 15 minutes",
    "session": "while the client runs",
    "switch": "until the profile is switched",
    "always": "for good",
}
_ENDS: Final[Mapping[str, str]] = {
    "allowed": "the person allowed it",
    "granted": "the person allowed the next identical call",
    "denied": "the person denied it",
    "stopped": "the person stopped it in time",
    "cancelled": "the client took it back",
    "ended": "the client is gone",
    "switched": "the profile was switched",
    "changed": "the policy settles it now",
    "lapsed": "nobody answered in time",
    "held": "the client no longer waits, a yes lets the next identical call pass",
}
_CHOICES: Final[Mapping[str, str]] = {
    "accepted": "accepted",
    "connected": "connected",
    "disconnected": "disconnected",
    "learned": "learned",
    "lockdown": "lockdown",
    "observing": "observing",
    "profile": "profile",
    "remembered": "remembered",
    "silent": "silent mode",
    "storm": "denied for the session",
    "undone": "taken back",
}


_PERSON_CHANGES: Final[Mapping[str, str]] = {
    "present": "is signed in",
    "signed_in": "has signed in",
    "signed_out": "is signed out",
    "expired": "has to sign in again",
    "claims": "is told of otherwise by the provider",
}


_PAGES: Final[Mapping[str, str]] = {
    "asked": "the client was told of a page to sign in again",
    "signed_in": "the sign-in that a page asked for is there",
    "refused": "a sign-in by the page came to nothing",
    "expired": "nobody signed in at the page",
}


_WAYS: Final[Mapping[str, str]] = {
    "browser": " in a browser here",
    "pasted": " by an address that is pasted",
    "device": " by a code on another device",
}


def person(record: Record) -> str:
    """Who was signed in, by name and by what alone names them; empty where nobody was."""
    named = record.get("person")
    if not isinstance(named, Mapping):
        return ""
    name, subject = value(named, "name"), value(named, "subject")
    return f"{name or subject} ({subject} at {value(named, 'issuer')})"


def name_of(record: Record) -> str:
    """The name alone, or what else there is; empty where nobody was signed in."""
    named = record.get("person")
    if not isinstance(named, Mapping):
        return ""
    return value(named, "name") or value(named, "subject")


def anything(record: Record) -> str:
    """The first members of a record of any kind, by name."""
    apart = {"v", "seq", "prev", "t", "m", "kind", "sum", "segment", "after", "prior"}
    names = (name for name in record if name not in apart and record[name] is not None)
    some = islice(names, MOST_MEMBERS)
    return ", ".join(f"{safe(name, 40)} {value(record, name)}" for name in some)


def _start(record: Record) -> str:
    profile = value(record, "profile") or "none"
    guard = f"localguard {value(record, 'version')}, profile {profile}"
    pids = f"pid {value(record, 'pid')}, client {value(record, 'client_pid')}"
    signed_in = f", {person(record)} is signed in" if person(record) else ""
    return f"{value(record, 'server')}  {guard}, {pids}{signed_in}"


def _person(record: Record) -> str:
    change, reason = value(record, "change"), value(record, "reason")
    what = f"{person(record)} {_PERSON_CHANGES.get(change, change)}, profile"
    return f"{what} {value(record, 'profile')}" + (f": {reason}" if reason else "")


def _page(record: Record) -> str:
    event, reason = value(record, "event"), value(record, "reason")
    who = f"{value(record, 'subject')} at {value(record, 'issuer')}"
    what = f"{_PAGES.get(event, event)}, for {who}, profile {value(record, 'profile')}"
    return what + (f": {reason}" if reason else "")


def sign_in(record: Record) -> str:
    """What a person did to sign in or out, how and from where, and what came of it."""
    event, reason = value(record, "event"), value(record, "reason")
    who, host = person(record), provider(value(record, "issuer"))
    what = {
        "begun": f"a sign-in at {host} was begun",
        "signed_in": f"{who or 'somebody'} has signed in",
        "refused": f"{host} refused a sign-in",
        "failed": f"a sign-in at {host} came to nothing",
        "signed_out": f"{who or f'whoever was signed in at {host}'} has signed out",
    }.get(event, event)
    server, proof = value(record, "server"), value(record, "request")
    aim = f" to the server {server}" if server else f" for the request {proof}" if proof else ""
    by = f", profile {value(record, 'profile')}, by {value(record, 'who')}"
    how = _WAYS.get(value(record, "how"), "")
    return f"{what}{aim}{how}{by}" + (f": {reason}" if reason else "")


def _profile(record: Record) -> str:
    words = (value(record, "name"), value(record, "change"), value(record, "fault"))
    return " ".join(word for word in words if word)


def _server(record: Record) -> str:
    pid, code = value(record, "pid"), value(record, "exit_code")
    process = (f"pid {pid}" if pid else "", f"exit code {code}" if code else "")
    parts = (value(record, "event"), *process, value(record, "detail"))
    return ", ".join(part for part in parts if part)


def _listing(record: Record) -> str:
    twice = value(record, "duplicates")
    more = f", {twice} listed twice" if twice not in ("", "0") else ""
    counts = f"{value(record, 'shown')} shown, {value(record, 'hidden')} hidden"
    return f"{value(record, 'method')}, {counts}{more}"


def _stop(record: Record) -> str:
    code = value(record, "exit_code")
    return value(record, "reason") + (f", exit code {code}" if code else "")


def _frame(record: Record) -> str:
    times = value(record, "count")
    what = f"{value(record, 'reason')} from the {value(record, 'direction')}"
    more = f" ({times} of them)" if times not in ("", "1") else ""
    return f"{what}{more}: {value(record, 'detail')}"


def _noise(record: Record) -> str:
    return f"{value(record, 'count')} lines that are not MCP: {value(record, 'sample')}"


def _gap(record: Record) -> str:
    since = local_time({"t": record.get("since")})
    return f"{value(record, 'lost')} records lost since {since}, {value(record, 'cause')}"


def _checkpoint(record: Record) -> str:
    key = f"key {value(record, 'key')}, {value(record, 'protection')}"
    return f"signed up to record {value(record, 'upto')} ({key})"


def _retention(record: Record) -> str:
    span = f"{value(record, 'first')} to {value(record, 'last')}"
    return (
        f"{value(record, 'segments')} segments removed: {span}, {value(record, 'records')} records"
    )


def _pin(record: Record) -> str:
    item, differs = value(record, "item"), record.get("differs")
    what = f"{value(record, 'server')}/{item}" if item else value(record, "server")
    listed = differs[:MOST_MEMBERS] if isinstance(differs, list) else []
    names = [safe(str(name), 80) for name in listed]
    return f"{what}  {value(record, 'event')}" + (f": {', '.join(names)}" if names else "")


def _witness(record: Record) -> str:
    words = (value(record, "event"), value(record, "detail"))
    return ": ".join(word for word in words if word)


def answered(record: Record) -> str:
    """What a person answered, for how long, from where, and what the model was told."""
    scope, reason = value(record, "scope"), value(record, "reason")
    parts = (
        value(record, "decision"),
        _SCOPES.get(scope, scope),
        f"by {value(record, 'who')}",
        f"as {name_of(record)}" if name_of(record) else "",
        "with a sign-in for this call" if record.get("receipt") else "",
        "with other arguments" if record.get("edited") is True else "",
        f"telling the model: {reason}" if reason else "",
    )
    return ", ".join(part for part in parts if part)


def closed(record: Record) -> str:
    """How a request ended that nobody answered."""
    how = value(record, "how")
    return f"{how}: {_ENDS[how]}" if how in _ENDS else how


def leave(record: Record) -> str:
    """What a person allowed after the client had stopped waiting, and until when."""
    until = local_time({"t": record.get("until")})
    return "one identical call may pass" + (f" until {until}" if until else "")


def refused_approver(record: Record) -> str:
    """Who tried to answer and may not, and why."""
    return f"refused {value(record, 'who')}: {value(record, 'why')}"


def trouble(record: Record) -> str:
    """What could not be done for a person, and the way out."""
    return value(record, "why")


def _choice(record: Record) -> str:
    what = value(record, "what")
    return f"{_CHOICES.get(what, what)} {value(record, 'value')}, by {value(record, 'who')}"


OF_REQUESTS: Final[Mapping[str, Callable[[Record], str]]] = {
    "answer": answered,
    "request": closed,
    "grant": leave,
    "approver": refused_approver,
    "trouble": trouble,
}

DESCRIPTIONS: Final[Mapping[str, Callable[[Record], str]]] = {
    "start": _start,
    "person": _person,
    "sign_in": sign_in,
    "sign_in_page": _page,
    "profile": _profile,
    "server": _server,
    "listing": _listing,
    "stop": _stop,
    "frame": _frame,
    "noise": _noise,
    "gap": _gap,
    "checkpoint": _checkpoint,
    "retention": _retention,
    "pin": _pin,
    "witness": _witness,
    "choice": _choice,
}
