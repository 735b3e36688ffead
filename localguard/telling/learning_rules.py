"""The rules that a group of calls could become, each as it would be written, the narrowest first.

Every one is read back by the reader of profiles and tried on the calls themselves and on what a
person has denied, so that what is told of it is what it does. Pure.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal

from localguard.config.lines import Lines
from localguard.config.load import Document
from localguard.config.one_pattern import pattern_for
from localguard.config.patterns import read_pattern
from localguard.config.remembered import roots_of
from localguard.config.remembered_text import quoted
from localguard.config.rules import read_rule
from localguard.config.tables import Table, Unfit
from localguard.errors import ProfileFault
from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.decisions import word
from localguard.policy.docket import DESTRUCTIVE
from localguard.policy.profile import Profile
from localguard.policy.rules import Rule, Verb
from localguard.telling.backtest import with_paths
from localguard.telling.known import Known
from localguard.telling.learning_calls import Observation
from localguard.telling.learning_conditions import Common, common, folder_of
from localguard.telling.learning_groups import Group

Width = Literal["when", "one", "names", "wide"]
"""With all that the calls have in common, with one of it, by name alone, by mark or by folder."""

_MOST_NAMES: Final = 64
_SINGLES: Final = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule as its TOML `text`, and what it does.

    `key` is what a person types for it. It `fits` so many of the `of` calls that count, and allows
    so many of those that a person `denied`. It names `tools` known tools of the server, `unused` of
    which were not among the calls.
    """

    key: str
    verb: Verb
    width: Width
    text: str
    rule: Rule
    conditions: tuple[Common, ...]
    fits: int
    of: int
    denied: int
    tools: int
    unused: int


@dataclass(frozen=True, slots=True)
class Bench:
    """What proposals are tried against."""

    profile: Profile
    known: Sequence[Known]
    home: str


def proposals(group: Group, bench: Bench) -> tuple[Proposal, ...]:
    """What can be allowed (the narrowest first), then `k` to ask and `d` to deny.

    Nothing that would allow a call a person has denied, or a tool that is destructive.
    """
    names = _names(group)
    made = [*_allowing(group, bench, names), *_others(group, bench, names)]
    return tuple(one for one in made if one is not None)


def _allowing(group: Group, bench: Bench, names: Sequence[str]) -> Iterator[Proposal | None]:
    if not group.counted:
        return
    shared = common([one.call.arguments for one in group.counted], bench.home) if names else ()
    seen: list[Rule] = []
    for key, width, patterns, conditions in _wishes(group, names, shared):
        made = _proposal(key, Verb.ALLOW, width, (patterns, conditions), (group, bench))
        if made is not None and made.rule not in seen and _is_fit(made, group, bench):
            seen.append(made.rule)
            yield made


_Patterns = tuple[Sequence[str], Sequence[str]]
"""The patterns of a rule and those of its `except`, as they are written."""


def _wishes(
    group: Group, names: Sequence[str], shared: Sequence[Common]
) -> Iterator[tuple[str, Width, _Patterns, tuple[Common, ...]]]:
    named: _Patterns = (names, ())
    if shared:
        yield "w", "when", named, tuple(shared)
    if len(shared) > 1:
        for number, one in enumerate(shared[:_SINGLES], 1):
            yield f"w{number}", "one", named, (one,)
    if names:
        yield "n", "names", named, ()
    for wide in _wide(group):
        yield "a", "wide", wide, ()


def _others(group: Group, bench: Bench, names: Sequence[str]) -> Iterator[Proposal | None]:
    for key, verb in (("k", Verb.ASK), ("d", Verb.DENY)) if names else ():
        yield _proposal(key, verb, "names", ((names, ()), ()), (group, bench))


def _names(group: Group) -> tuple[str, ...]:
    """Each item by its own name, as far as a pattern names it alone; the most called ones."""
    found = (_name(group.server, item) for item in group.items)
    return tuple(sorted(islice((one for one in found if one is not None), _MOST_NAMES)))


def _name(server: str, item: str) -> str | None:
    try:
        text = pattern_for(server, item)
        glob = read_pattern(text).item
    except (Unfit, ValueError):
        return None
    return text if glob is not None and glob.literal else None


def _wide(group: Group) -> Iterator[_Patterns]:
    """What takes in more than was called."""
    if group.kind == "reads":
        yield [f"{group.server}/@read"], [] if group.open else [f"{group.server}/@open"]
    elif group.kind == "resources":
        folders = {folder_of(item.removeprefix("resource:")) for item in group.items}
        folder = min(folders, key=len)
        if folder and all(one.startswith(folder) for one in folders):
            yield [f"{group.server}/resource:{folder}*"], []


def _proposal(
    key: str,
    verb: Verb,
    width: Width,
    said: tuple[_Patterns, tuple[Common, ...]],
    around: tuple[Group, Bench],
) -> Proposal | None:
    ((patterns, excepts), conditions), (group, bench) = said, around
    text = _text(verb, patterns, excepts, conditions)
    rule = read_back(text, bench.profile.file)
    if rule is None:
        return None
    tools = [one for one in bench.known if _names_tool(rule, one)]
    used = {(group.server, item) for item in group.items}
    lets_more = verb is Verb.ALLOW
    return Proposal(
        key,
        verb,
        width,
        text,
        rule,
        conditions,
        fits=sum(applies(rule, one.call, bench.home, lets_more) for one in group.counted),
        of=len(group.counted),
        denied=sum(
            one.denied_by_person and applies(rule, one.call, bench.home, lets_more)
            for one in (*group.counted, *group.left)
        ),
        tools=len(tools),
        unused=sum((one.server, one.item) not in used for one in tools),
    )


def _text(
    verb: Verb, patterns: Sequence[str], excepts: Sequence[str], conditions: Sequence[Common]
) -> str:
    lines = ["[[rule]]", f"{verb} = {_written(patterns)}"]
    lines += [f"except = {_written(excepts)}"] if excepts else []
    lines += [one.written for one in conditions]
    return "".join(f"{line}\n" for line in lines)


def _written(texts: Sequence[str]) -> str:
    first, *others = map(quoted, texts)
    return f"[{', '.join((first, *others))}]" if others else first


def read_back(text: str, file: str) -> Rule | None:
    """The one rule that a text is, by the reader of profiles; None where it is none."""
    faults: list[ProfileFault] = []
    try:
        tables = tomllib.loads(text)
        document = Document(file, text.encode(), tables, Lines(text))
    except ValueError:
        return None
    found = [read_rule(one) for one in Table(tables, document, faults).tables("rule")]
    return found[0] if len(found) == 1 and not faults else None


def applies(rule: Rule, call: Call, home: str, lets_more: bool) -> bool:
    """Whether a rule speaks of a recorded call."""
    return rule.applies(with_paths(call, roots_of(rule), home), lets_more=lets_more)


def _names_tool(rule: Rule, known: Known) -> bool:
    return rule.settled_for(known.server, known.item, known.marks) is not False


def _is_fit(made: Proposal, group: Group, bench: Bench) -> bool:
    """Whether a rule allows what it should, and nothing that no rule may be learned for."""
    risky = any(
        DESTRUCTIVE in (one.marks or ()) and _names_tool(made.rule, one) for one in bench.known
    )
    return not (risky or made.denied) and _lifts(made.rule, group.counted, bench)


def _lifts(rule: Rule, counted: Sequence[Observation], bench: Bench) -> bool:
    """Whether some call would be allowed with the rule among the others."""
    return any(otherwise(rule, one, bench) == "allow" for one in counted)


def otherwise(rule: Rule, observation: Observation, bench: Bench) -> str:
    """What becomes of a call with the rule among the others: `allow`, `ask` or `deny`."""
    profile = replace(bench.profile, rules=(*bench.profile.rules, rule))
    return word(decide(Standing(profile), with_paths(observation.call, roots_of(rule), bench.home)))
