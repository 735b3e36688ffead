"""What "always" can mean for one approval request: the narrowest first, each as it is written.

A yes is an `[[answer]]`: to exactly these arguments, to any in which the chosen ones are fixed, or
to the tool. A no is a `[[rule]]` that denies. There is no yes to a whole server, and none to a
destructive tool whatever its arguments. Everything that is written here is read back by the reader
of profiles before anyone sees it. Knows no file; who may answer is for others to say.
"""

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from localguard.config.answers import FOREVER, read_answers
from localguard.config.fixed import Fixed, literals, unfit
from localguard.config.lines import Lines
from localguard.config.load import Document
from localguard.config.one_pattern import pattern_for
from localguard.config.remembered_text import (
    Value,
    comment,
    entry,
    key,
    short_id,
)
from localguard.config.rules import read_denials
from localguard.config.tables import Table, Unfit
from localguard.config.tests import texts_in
from localguard.errors import ProfileFault
from localguard.policy.calls import Arguments, Call, Facts, Kind, SignedIn, item_of
from localguard.policy.conditions import Argument
from localguard.policy.grants import Answer
from localguard.policy.matchers import path_roots
from localguard.policy.rules import Rule

Match = Literal["exact", "some", "tool"]
"""What an answer covers beside this call: these very arguments, any with the fixed ones as they
are, or all."""

MATCHES: Final[tuple[Match, ...]] = ("exact", "some", "tool")
"""The narrowest first."""

LASTING: Final = timedelta(days=30)
"""How long "always" holds, unless `forever` is chosen."""

_MOST_EXACT: Final = 8192
"""Characters of JSON that are worth remembering as they are."""
_RESOURCE: Final = item_of(Kind.RESOURCE, "")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of an approval request, as far as a rule can be made of it.

    `call` is its id, `rule` what an answer may be remembered for (`Ask.remembered_as`), `arguments`
    None where they are not known whole. `person` is who was signed in. `unreviewed` says that the
    tool is new or changed.
    """

    call: str
    profile: str
    server: str
    item: str
    rule: str | None
    identity: str | None
    pin: str | None
    client: str | None
    arguments: Arguments | None
    person: SignedIn | None = None
    destructive: bool = False
    unreviewed: bool = False

    @property
    def target(self) -> str:
        """The call's target, for example `github/create_issue`."""
        return f"{self.server}/{self.item}"


@dataclass(frozen=True, slots=True)
class Author:
    """When, and in words which process of the person's answers."""

    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants remembered. `fixed` is for the match "some", `because` for a no."""

    allow: bool
    match: Match
    fixed: tuple[Fixed, ...] = ()
    forever: bool = False
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A wish with the text that it is written as, and what that text means; or why it cannot be."""

    wish: Wish
    text: str = ""
    meaning: Answer | Rule | None = None
    refused: str | None = None


def candidates(
    asked: Asked,
    author: Author,
    *,
    allow: bool,
    fixed: Sequence[Fixed] | None = None,
    forever: bool = False,
    because: str | None = None,
) -> tuple[Candidate, ...]:
    """Every generalisation, the narrowest first; `fixed` (all there are: None) is for "some"."""
    chosen = literals(asked.arguments) if fixed is None else tuple(fixed)
    wishes = (Wish(allow, match, chosen, forever, because) for match in MATCHES)
    return tuple(candidate(asked, wish, author) for wish in wishes)


def candidate(asked: Asked, wish: Wish, author: Author) -> Candidate:
    """One generalisation. Never raises: what cannot be remembered says why."""
    refused = _refused(asked, wish)
    if refused is not None:
        return Candidate(wish, refused=refused)
    said = comment(author.at, asked.call, author.who)
    try:
        pairs = _yes(asked, wish, author.at) if wish.allow else _no(asked, wish)
        text = entry(said, "answer" if wish.allow else "rule", pairs)
        found = meaning(asked.profile, text)
    except (Unfit, ValueError) as unwritable:
        return Candidate(wish, refused=f"it cannot be written: {unwritable}")
    if not _holds_for(asked, found, author.at):
        return Candidate(wish, refused="it would not settle this very call")
    return Candidate(wish, text, found)


def meaning(profile: str, text: str) -> Answer | Rule:
    """The one answer or denial that a text of `candidate` stands for, by the reader of profiles.

    Raises ValueError when it is anything else.
    """
    tables = tomllib.loads(text)
    faults: list[ProfileFault] = []
    document = Document(f"{profile}.remembered.toml", text.encode(), tables, Lines(text))
    table = Table(tables, document, faults)
    found: list[Answer | Rule] = [*read_answers(table, profile), *read_denials(table)]
    if faults:
        raise ValueError(faults[0].what)
    if len(found) != 1 or not tables.keys() <= {"answer", "rule"}:
        raise ValueError("it is more than one answer")
    return found[0]


def roots_of(found: Answer | Rule) -> frozenset[str]:
    """The folders that an answer or a rule compares paths with, as they are written."""
    if isinstance(found, Rule):
        return found.roots
    looking = [one for one in found.when if isinstance(one, Argument)]
    return frozenset(root for one in looking for root in path_roots(one.matchers))


def _refused(asked: Asked, wish: Wish) -> str | None:
    """Why a wish is not granted, whatever its text would be."""
    if wish.match == "exact" and asked.arguments is None:
        return "its arguments are too large to be known whole"
    if wish.match == "some":
        if not wish.fixed:
            return "choose at least one argument that stays as it is"
        for one in wish.fixed:
            if (why := unfit(one)) is not None:
                return why
    return _refused_yes(asked, wish) if wish.allow else None


def _refused_yes(asked: Asked, wish: Wish) -> str | None:
    if asked.rule is None:
        return "what asks here asks each time"
    if asked.identity is None:
        return "it is not known which server this is"
    if asked.unreviewed:
        return f"its definition is new or changed: localguard server review {asked.server}"
    if asked.pin is None and not asked.item.startswith(_RESOURCE):
        return "its definition is not known"
    if asked.destructive and not _constrains(wish):
        return "a destructive call is allowed for good only with its arguments fixed"
    return None


def _constrains(wish: Wish) -> bool:
    """Whether a wish says more of the arguments than yes or no of one of them."""
    if wish.match == "some":
        return any(not isinstance(one.value, bool) for one in wish.fixed)
    return wish.match == "exact"


def _yes(asked: Asked, wish: Wish, at: datetime) -> list[tuple[str, Value]]:
    """The keys of an `[[answer]]`."""
    until: Value = FOREVER if wish.forever else at + LASTING
    named = {
        "rule": asked.rule,
        "target": asked.target,
        "identity": asked.identity,
        "pin": asked.pin,
        "client": asked.client,
        "person": None if asked.person is None else asked.person.id,
    }
    pairs: list[tuple[str, Value]] = [(k, one) for k, one in named.items() if one is not None]
    if wish.match == "exact":
        pairs.append(("exact", _exact(asked.arguments)))
    return [*pairs, *_when(wish), ("until", until)]


def _no(asked: Asked, wish: Wish) -> list[tuple[str, Value]]:
    """The keys of a `[[rule]]` that denies."""
    if wish.match == "exact":
        fixed = literals(asked.arguments)
        others = set(asked.arguments or ()) - {one.path[0] for one in fixed if len(one.path) == 1}
        if others or not fixed:
            raise Unfit("no rule can name all of these arguments", "fix some of them")
        wish = replace(wish, match="some", fixed=fixed)
    pairs: list[tuple[str, Value]] = [("deny", pattern_for(asked.server, asked.item))]
    pairs += _when(wish)
    if wish.because:
        pairs.append(("because", wish.because))
    told: dict[str, object] = {name: one for name, one in pairs if name != "because"}
    return [*pairs, ("id", f"no-{short_id(told)}")]


def _when(wish: Wish) -> list[tuple[str, Value]]:
    fixed = wish.fixed if wish.match == "some" else ()
    return [(f"when.args.{key('.'.join(one.path))}.{one.test}", one.value) for one in fixed]


def _exact(arguments: Arguments | None) -> str:
    text = json.dumps(arguments, separators=(",", ":"), allow_nan=False)
    # So that it is read without a backslash before each quotation mark.
    text = text.replace("'", "\\u0027").replace("\x7f", "\\u007f")
    if len(text) > _MOST_EXACT:
        raise Unfit(f"these arguments have {len(text)} characters", "fix some of them")
    return text


def _holds_for(asked: Asked, found: Answer | Rule, at: datetime) -> bool:
    """Whether what was read back settles the call that it was made from."""
    arguments = asked.arguments
    if arguments is None:
        return True
    # Paths are taken as they are written: where they lead is known to the guard alone.
    texts = [*roots_of(found), *texts_in(arguments)]
    facts = Facts(
        at=at,
        client=asked.client,
        identity=asked.identity,
        pin=asked.pin,
        person=asked.person,
        paths={text: text for text in texts},
    )
    call = Call(asked.server, asked.item, arguments, facts)
    if isinstance(found, Answer):
        return found.covers(asked.profile, call)
    return found.applies(call, lets_more=False)
