"""What the queue's filter asks for: `server:pg risk:destructive -client:cursor word`.

The grammar is that of the log's filter; the fields are those of a request. Pure.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Final

from localguard.audit.terms import Term, terms
from localguard.control.messages import RequestView
from localguard.errors import UsageFault

Test = Callable[[RequestView], bool]

_FIELDS: Final[Mapping[str, Callable[[RequestView], str | None]]] = {
    "call": lambda view: view.id,
    "client": lambda view: view.client,
    "profile": lambda view: view.profile,
    "risk": lambda view: view.risk,
    "rule": lambda view: view.rule,
    "server": lambda view: view.server,
    "state": lambda view: view.state,
    "tool": lambda view: view.item,
}


def understood(text: str) -> Test:
    """A test of a request; an empty text lets all pass. Raises UsageFault with place and fix."""
    tests = [_test(term) for term in terms(text)]
    return lambda view: all(test(view) for test in tests)


def _test(term: Term) -> Test:
    values = [value.casefold() for value in term.values]
    if term.field is None:
        return lambda view: _anywhere(view, values) is not term.negated
    read = _FIELDS.get(term.field)
    if read is None:
        known = ", ".join(_FIELDS)
        raise UsageFault(f'no field "{term.field}"', where=term.place, fix=f"use one of {known}")
    return lambda view: _is_one_of(read(view), values) is not term.negated


def _anywhere(view: RequestView, values: list[str]) -> bool:
    whole = (view.server, view.item, view.client, view.id, view.rule, view.reason, view.arguments)
    text = "\n".join(filter(None, whole)).casefold()
    return any(value in text for value in values)


def _is_one_of(found: str | None, values: list[str]) -> bool:
    text = (found or "").casefold()
    return any(fnmatchcase(text, value.replace("[", "[[]").replace("?", "[?]")) for value in values)
