"""What is judged: a `Call` with the facts that were fixed when it came in.

The facts are made by relay/call and recorded with the decision, so that the same call can be judged
again later with the same answer.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
Arguments = Mapping[str, Json]

EXACT_INTEGER = 2**53 - 1
"""The largest integer that every JSON parser reads alike (RFC 8259 section 6)."""


_OTHER_KIND = re.compile(r"(?:tool:)*(?:resource|prompt):")
"""How the items of resources and prompts begin, and those of tools that are called so."""


class Kind(StrEnum):
    """What sort of thing a call reaches for."""

    TOOL = "tool"
    RESOURCE = "resource"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in. `issuer` and `subject` alone name the person; `name` is for people to read.

    `session` is new with each sign-in; a record has none of it.
    """

    issuer: str
    subject: str
    name: str
    session: str = ""

    @property
    def id(self) -> str:
        """One text for the person. No issuer has a `#` (OpenID Connect Core 1.0 section 2)."""
        return f"{self.issuer}#{self.subject}"

    @classmethod
    def of(cls, id: str) -> "SignedIn":  # noqa: A002
        """The person of an `id`, without a name."""
        issuer, _, subject = id.partition("#")
        return cls(issuer, subject, "")


@dataclass(frozen=True, slots=True)
class Facts:
    """What was known of the world when the call came in. None means unknown, which is doubt.

    `person` is who is signed in, `signed_in_at` when that person last gave proof (seconds since the
    epoch), and `unsigned` why nobody is who should be, with what to do about it.
    `marks` are those of the tool's definition, `new` and `changed` among them; `confirmed` says
    that a person has reviewed the server, so that its marks are more than its own claim. `identity`
    and `pin` are the digests of the server and of the definition. `paths` holds what each text that
    a path condition looks at resolves to, roots included; `folds` says that the volume ignores
    case; `own_folder` is the folder of localguard's own that an argument resolves into. `seen` says
    of each pattern of a `seen` condition whether this session has called what it names, and `spent`
    what each limited rule (by `Rule.name`) has counted in its window, this call included.
    `misfit` says why the arguments do not fit the pinned schema, where that is asked for.
    """

    at: datetime
    client: str | None = None
    user: str | None = None
    groups: tuple[str, ...] | None = None
    claims: Mapping[str, Json] | None = None
    signed_in_at: float | None = None
    person: SignedIn | None = None
    unsigned: str | None = None
    interactive: bool | None = None
    marks: frozenset[str] | None = None
    confirmed: bool = True
    identity: str | None = None
    pin: str | None = None
    paths: Mapping[str, str | None] = field(default_factory=dict)
    folds: bool = False
    own_folder: str | None = None
    seen: Mapping[str, bool | None] = field(default_factory=dict)
    spent: Mapping[str, float | None] = field(default_factory=dict)
    misfit: str | None = None


def fact_value(name: str, facts: Facts) -> Json:
    """The value of a named fact of the caller, or None where it is unknown."""
    if name.startswith("claim."):
        return None if facts.claims is None else facts.claims.get(name.removeprefix("claim."))
    known: dict[str, Json] = {
        "client": facts.client,
        "user": facts.user,
        "group": facts.groups,
        "interactive": facts.interactive,
    }
    return known[name]


@dataclass(frozen=True, slots=True)
class Call:
    """One request to judge. `item` is what `item_of` gives: a tool's name, `resource:<uri>` ..."""

    server: str
    item: str
    arguments: Arguments
    facts: Facts

    @property
    def target(self) -> str:
        """The name that patterns are compared with, for example `github/create_issue`."""
        return f"{self.server}/{self.item}"


def item_of(kind: Kind, name: str) -> str:
    """The item a tool name, resource URI or prompt name is judged as; no two share one.

    A server chooses its tools' names, and a tool must not pass for a resource or a prompt.
    """
    plain = kind is Kind.TOOL and _OTHER_KIND.match(name) is None
    return name if plain else f"{kind.value}:{name}"
