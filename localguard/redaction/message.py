"""A whole JSON-RPC message of a server, redacted, and still the message that the protocol needs.

Ids, tokens, cursors, task ids, names and URIs of listings stay (`plans` has the table), and so do
names of members that a plan or a schema gives. Links lose registered secrets only: a link with a
hole is none. In base64 of at most MAX_BINARY characters registered secrets are found, which take
the whole of it with them, since a piece of it would not decode; larger ones, and kinds of text
inside of base64, are not looked at.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from localguard.redaction import plans
from localguard.redaction.findings import Counts, mark
from localguard.redaction.plans import ANY, Plan, Way
from localguard.redaction.redactor import Redactor

MAX_BINARY: Final = 1 << 20
Message = dict[str, Any]


def redacted(
    message: Message, redactor: Redactor, method: str | None = None
) -> tuple[Message, Counts]:
    """The message without what the redactor finds, and how often what was found; itself if nothing.

    `method` is that of the request which the message answers, where it answers one.
    """
    counts: Counter[str] = Counter()
    if redactor.idle or redactor.is_clean(message):
        return message, counts
    walk = _Walk(redactor, counts)
    changed = {
        part: new
        for part, plan in _parts(message, method)
        if (new := walk.take(message[part], plan)) is not message[part]
    }
    return ({**message, **changed} if changed else message), counts


def _parts(message: Message, method: str | None) -> list[tuple[str, Plan]]:
    """The members of a message that carry texts, each with its plan."""
    parts: list[tuple[str, Plan]] = []
    if "result" in message:
        parts.append(("result", plans.RESULTS.get(method or "", plans.ANYTHING)))
    if "error" in message:
        parts.append(("error", plans.ERROR))
    if "params" in message:
        parts.append(("params", plans.PARAMS.get(str(message.get("method")), plans.METHOD)))
    return parts


class _Walk:
    """One walk over one message."""

    def __init__(self, redactor: Redactor, counts: Counter[str]) -> None:
        self._redactor = redactor
        self._links = Redactor(frozenset(), redactor.secrets)
        self._counts = counts
        self._ways: Mapping[Way, Callable[[Any], Any]] = {
            Way.KEPT: self._kept,
            Way.LINK: self._link,
            Way.BINARY: self._binary,
            Way.SCHEMA: self._schema,
            Way.REQUEST: self._request,
            Way.RESULT: lambda value: self.take(value, plans.RESULTS["tasks/result"]),
        }

    def take(self, value: Any, plan: Plan | None) -> Any:
        """The value as its plan has it; itself if nothing was found."""
        if isinstance(plan, Way):
            return self._ways[plan](value)
        return self._free(value) if plan is None else self._planned(value, plan)

    def _free(self, value: Any) -> Any:
        return self._redactor.walked(value, self._counts)

    def _kept(self, value: Any) -> Any:
        return self._free(value) if isinstance(value, dict | list) else value

    def _link(self, value: Any) -> Any:
        return self._links.walked(value, self._counts)

    def _planned(self, value: Any, plan: Mapping[str, Plan]) -> Any:
        if isinstance(value, list):
            items = [self._planned(item, plan) for item in value]
            return value if all(map(_is, items, value)) else items
        if not isinstance(value, dict):
            return self._free(value)
        free = {key: inner for key, inner in value.items() if key not in plan and ANY not in plan}
        members = self._free(free)
        if members is not free:
            # A name may have gone with what was found in it; the order of members says nothing.
            kept = {key: inner for key, inner in value.items() if key not in free}
            return {**self._each(kept, plan), **members}
        return self._each(value, plan, free)

    def _each(self, value: Message, plan: Mapping[str, Plan], free: Any = ()) -> Message:
        other = plan.get(ANY)
        changed = {
            key: new
            for key, inner in value.items()
            if key not in free and (new := self.take(inner, plan.get(key, other))) is not inner
        }
        return {**value, **changed} if changed else value

    def _binary(self, text: Any) -> Any:
        secrets = self._redactor.secrets
        if not isinstance(text, str):
            return self._free(text)
        found = None if len(text) > MAX_BINARY else next(secrets.find(text), None)
        if found is None:
            return text
        self._counts[found.label] += 1
        return b64encode(mark(found.label).encode()).decode("ascii")

    def _schema(self, value: Any) -> Any:
        if isinstance(value, list):
            items = [self._schema(item) for item in value]
            return value if all(map(_is, items, value)) else items
        if not isinstance(value, dict):
            return value
        changed = {
            key: new
            for key, inner in value.items()
            if (new := self._of_schema(key, inner)) is not inner
        }
        return {**value, **changed} if changed else value

    def _of_schema(self, key: str, value: Any) -> Any:
        # A property may be called `description`: then it is a schema, and no text.
        texts = key in plans.SCHEMA_TEXTS and not isinstance(value, dict)
        return self._free(value) if texts else self._schema(value)

    def _request(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return self._free(value)
        plan = plans.PARAMS.get(str(value.get("method")), plans.METHOD)
        return self._each(value, {"method": Way.KEPT, "params": plan})


def _is(one: Any, other: Any) -> bool:
    return one is other
