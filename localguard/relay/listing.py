"""Listings: what a page of tools, resources, templates or prompts shows, and what it hides.

An entry is hidden when no call to it could ever be allowed or asked; how one is shown that differs
from its pin is the pins' to say. Order is kept (2026-07-28 server/tools "deterministic order"), two
entries of one name are one too many, and a filtered list belongs to this person alone
(`cacheScope`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localguard.policy.calls import Kind, item_of
from localguard.policy.pins import Family
from localguard.relay.frames import Message
from localguard.relay.pins import Pins, Unpinned


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one listing keeps its entries: the member, the entry's name, and how it is judged.

    `family` is what its entries are pinned as.
    """

    member: str
    key: str
    kind: Kind
    family: Family | None = None

    @property
    def template(self) -> bool:
        """Whether its entries stand for many items."""
        return self.family is Family.TEMPLATE


SHELVES = {
    "tools/list": Shelf("tools", "name", Kind.TOOL, Family.TOOL),
    "resources/list": Shelf("resources", "uri", Kind.RESOURCE),
    "resources/templates/list": Shelf(
        "resourceTemplates", "uriTemplate", Kind.RESOURCE, Family.TEMPLATE
    ),
    "prompts/list": Shelf("prompts", "name", Kind.PROMPT, Family.PROMPT),
}


Walk = dict[str, object]
"""Which cursor led to each name, as one reader turns the pages of one listing."""


@dataclass(slots=True)
class Catalog:
    """The names a server has listed since its list last changed, and whether each was shown.

    `complete` holds the listing methods whose last page was seen, `unavailable` those that the
    server did not answer, and `changed` those that were said to have changed since the guard listed
    them.
    """

    names: dict[str, dict[str, bool]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    unavailable: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    def forget(self, kind: str) -> None:
        """The lists below `kind/` have changed."""
        for method in [m for m in SHELVES if m.startswith(f"{kind}/")]:
            self.names.pop(method, None)
            self.complete.discard(method)
            self.unavailable.discard(method)
            if SHELVES[method].family is not None:
                self.changed.add(method)

    def learn(self, method: str, listed: "Catalog") -> None:
        """Take over what the guard has listed by itself, to the end or as far as it got."""
        names = listed.names.get(method, {})
        if method in listed.complete:
            self.names[method] = names
            self.complete.add(method)
            self.unavailable.discard(method)
        else:
            self.names.setdefault(method, {}).update(names)
            if method not in self.complete:
                # Asking again for every call would make each of them wait.
                self.unavailable.add(method)

    def knows(self, method: str, name: str) -> bool:
        """True when the name stands in a list that was seen."""
        return name in self.names.get(method, {})

    def stale(self, visible: "Visible") -> set[str]:
        """The kinds (`tools`, `resources`, `prompts`) of which another part may be seen by now."""
        changed = set()
        for method, names in self.names.items():
            shelf = SHELVES[method]
            now = {name: visible(item_of(shelf.kind, name), shelf.template) for name in names}
            if now != names:
                self.names[method] = now
                changed.add(method.partition("/")[0])
        return changed


@dataclass(frozen=True, slots=True)
class Page:
    """A filtered page and what was done to it."""

    result: Message
    shown: int
    hidden: int
    duplicates: int


_UNPINNED = Unpinned()

Visible = Callable[[str, bool], bool]
"""Whether an item (and whether it is a URI template) may be shown."""


def filter_page(
    method: str,
    result: Message,
    catalog: Catalog,
    visible: Visible,
    *,
    cursor: object,
    walk: Walk,
    pins: Pins = _UNPINNED,
) -> Page:
    """One page as the client may see it; catalog and pins learn every entry, hidden ones too.

    `cursor` is the one that was asked with, None for the first page, which begins the walk anew.
    """
    shelf = SHELVES[method]
    entries = result.get(shelf.member)
    if not isinstance(entries, list):
        return Page(_private(result), 0, 0, 0)
    if cursor is None:
        walk.clear()
        catalog.names[method] = {}
        catalog.complete.discard(method)
    fresh = _fresh(entries, shelf, walk, cursor)
    told = {name: pins.shown(shelf.family, name, entry) for name, entry in fresh.items()}
    seen = {name: visible(item_of(shelf.kind, name), shelf.template) for name in fresh}
    catalog.names.setdefault(method, {}).update(seen)
    if result.get("nextCursor") is None:
        catalog.complete.add(method)
    shown = [entry for name, entry in told.items() if seen[name] and entry is not None]
    page = _private({**result, shelf.member: shown})
    return Page(page, len(shown), len(fresh) - len(shown), len(entries) - len(fresh))


def _fresh(entries: list[Any], shelf: Shelf, walk: Walk, cursor: object) -> dict[str, Any]:
    """The entries by name, without those that stood before on this page or on another."""
    fresh: dict[str, Any] = {}
    for entry in entries:
        name = entry.get(shelf.key) if isinstance(entry, dict) else None
        if isinstance(name, str) and name not in fresh and walk.get(name, cursor) == cursor:
            fresh[name] = entry
    walk.update(dict.fromkeys(fresh, cursor))
    return fresh


def _private(result: Message) -> Message:
    return {**result, "cacheScope": "private"} if "cacheScope" in result else result
