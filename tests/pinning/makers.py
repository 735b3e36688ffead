"""Makes definitions, accounts and pins."""

from typing import Any

from localguard.policy.pins import Account, Definition, Family, Greeting, Identity, Pin

MONDAY = "2026-11-23T12:00:00+00:00"
TUESDAY = "2026-11-24T12:00:00+00:00"
DB = Identity(("/bin/db", "--ro"))
OTHER = Identity(("/bin/other",))


def tool(name: str = "read", **members: Any) -> Definition:
    """A tool with these members."""
    return Definition(Family.TOOL, name, {"name": name, **members})


def prompt(name: str = "ask", **members: Any) -> Definition:
    """A prompt with these members."""
    return Definition(Family.PROMPT, name, {"name": name, **members})


def account(
    *definitions: Definition,
    identity: Identity = DB,
    said: str | None = "use it",
    listed: tuple[Family, ...] = (Family.TOOL,),
) -> Account:
    """What a server says of itself."""
    greeting = Greeting({"name": "db", "version": "1"}, said)
    return Account(identity, greeting, {one.item: one for one in definitions}, frozenset(listed))


def pin(*definitions: Definition, confirmed: str | None = None, **more: Any) -> Pin:
    """A pin of Monday."""
    return Pin(account(*definitions, **more), MONDAY, confirmed)
