"""Listings: what a page of tools, resources, templates or prompts shows, and what it hides.

An entry is hidden when no call to it could ever be allowed or asked. Order is kept (2026-07-28
server/tools "deterministic order"), two entries of one name are one too many, and a filtered list
belongs to this person alone (`cacheScope`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from localguard.policy.calls import Kind, item_of
from localguard.relay.frames import Message


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where one listing keeps its entries: the member, the entry's name, and how it is judged."""

    member: str
    key: str
    kind: Kind
    template: bool = False


SHELVES = {
    "tools/list": Shelf("tools", "name", Kind.TOOL),
    "resources/list": Shelf("resources", "uri", Kind.RESOURCE),
    "resources/templates/list": Shelf("resourceTemplates", "uriTemplate", Kind.RESOURCE, True),
    "prompts/list": Shelf("prompts", "name", Kind.PROMPT),
}


@dataclass(slots=True)
class Catalog:
    """The names a server has listed since its list last changed, and whether each was shown.

    `complete` holds the listing methods whose last page was seen.
    """

    names: dict[str, dict[str, bool]] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)

    def forget(self, kind: str) -> None:
        """The lists below `kind/` have changed."""
        for method in [m for m in self.names if m.startswith(f"{kind}/")]:
            del self.names[method]
        self.complete = {m for m in self.complete if not m.startswith(f"{kind}/")}

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


Visible = Callable[[str, bool], bool]
"""Whether an item (and whether it is a URI template) may be shown."""


def filter_page(
    method: str, result: Message, catalog: Catalog, visible: Visible, *, first: bool
) -> Page:
    """One page as the client may see it; the catalog learns every name, hidden ones too."""
    shelf = SHELVES[method]
    entries = result.get(shelf.member)
    if not isinstance(entries, list):
        return Page(result, 0, 0, 0)
    known = {} if first else catalog.names.get(method, {})
    catalog.names[method] = known
    shown, duplicates = [], 0
    for entry in entries:
        name = entry.get(shelf.key) if isinstance(entry, dict) else None
        if not isinstance(name, str) or name in known:
            duplicates += 1
            continue
        known[name] = visible(item_of(shelf.kind, name), shelf.template)
        if known[name]:
            shown.append(entry)
    if "nextCursor" not in result:
        catalog.complete.add(method)
    page = _private({**result, shelf.member: shown})
    return Page(page, len(shown), len(entries) - len(shown) - duplicates, duplicates)


def _private(result: Message) -> Message:
    if "cacheScope" in result:
        result["cacheScope"] = "private"
    return result
