"""What is allowed in a profile and yet seldom meant. A note is no fault: the profile is in force.

Looks at the rules alone, and at no call. Pure.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from localguard.config.faults import nearest
from localguard.config.lints_pairs import always_asked, covering, outlasting, spelled
from localguard.policy.conditions import Argument, Condition, SignedInWithin
from localguard.policy.globs import Glob
from localguard.policy.matchers import AnyOf, Domain, Host, Matcher, Sql, Text, Under
from localguard.policy.profile import Profile
from localguard.policy.rules import Pattern, Rule, Verb

_REACHING: Final = frozenset(
    {"browser", "database", "db", "fetch", "files", "filesystem", "fs", "git", "mail", "postgres"}
    | {"puppeteer", "shell", "sql", "sqlite", "terminal", "web"}
)
"""How servers are called whose tools take a path, an address, a query or a command."""
_CASELESS: Final = frozenset(
    {"owner", "org", "organization", "user", "login", "host", "domain", "email", "to", "cc", "bcc"}
)
_EXPRESSION: Final = re.compile(r"^\^|\$$|\||\\[dwsDWS.]|(?<![A-Za-z0-9])\.\*|\.\*(?=[^.*])")
_PLACE: Final = re.compile(r"/|~/|[A-Za-z]:[\\/]")


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth a second look: where it stands, what it is, and what to write instead."""

    where: str
    what: str
    fix: str

    def explain(self) -> str:
        """The note on one line."""
        return f"{self.where}: note: {self.what}. Better: {self.fix}."


def notes(profile: Profile) -> list[Note]:
    """The notes on a person's profile, in the order of their places."""
    found: list[Note] = []
    for rule in sorted(profile.rules, key=lambda rule: rule.origin):
        told = (
            *_strange_servers(rule, profile),
            *_roaming(rule, profile),
            *_texts_for_paths(rule),
            *_expressions(rule),
            *_cases(rule),
            *_strangers(rule, profile),
            *_never(rule, profile),
            *always_asked(rule, profile),
            *spelled(rule, profile),
            *outlasting(rule, profile),
        )
        found += [Note(str(rule.origin), what, fix) for what, fix in told]
    if profile.tests and not any(test.expect == "deny" for test in profile.tests):
        what = "no test says what must never be let through"
        found.append(Note(profile.file, what, 'add a [[test]] with expect = "deny"'))
    return found


Told = Iterator[tuple[str, str]]


def _strange_servers(rule: Rule, profile: Profile) -> Told:
    for pattern in (*rule.patterns, *rule.excepts):
        name = pattern.server.text
        if pattern.server.literal and name not in profile.servers:
            near = nearest(name, profile.servers)
            if near:
                yield f'"{name}" is none of the servers above', f'"{near}", if that is meant'


def _roaming(rule: Rule, profile: Profile) -> Told:
    """A mark says that a tool only reads, and nothing of where."""
    if rule.verb is not Verb.ALLOW or rule.when or rule.unless:
        return
    for pattern in (one for one in rule.patterns if one.mark):
        names = sorted(n for n in _reaching(profile) if _is_let_through(rule, pattern, n))
        if names:
            what = f'"{_written(pattern)}" lets tools of {_listed(names)} read wherever they can'
            more = ", ".join(f'"{name}/*"' for name in names)
            yield what, f"except = [{more}], and a rule with a condition for each"
        if pattern.mark == "read" and not pattern.server.literal and not _bars_open(rule):
            what = f'"{_written(pattern)}" allows reads that reach out and can carry data away'
            yield what, 'except = "*/@open"'


def _reaching(profile: Profile) -> set[str]:
    """The servers whose tools take paths, addresses or queries, by their names or their rules."""
    by_rule = {
        pattern.server.text
        for rule in profile.rules
        for pattern in rule.patterns
        if pattern.server.literal and any(map(_reaches, _arguments(rule)))
    }
    return by_rule | {name for name in profile.servers if name in _REACHING}


def _reaches(condition: Argument) -> bool:
    return any(isinstance(one, Under | Host | Domain | Sql) for one in _flat(condition.matchers))


def _is_let_through(rule: Rule, pattern: Pattern, server: str) -> bool:
    excepted = any(
        one.server.matches(server) and one.item is not None and one.item.text == "*"
        for one in rule.excepts
    )
    return pattern.server.matches(server) and not excepted


def _bars_open(rule: Rule) -> bool:
    return any(one.mark == "open" and one.server.text == "*" for one in rule.excepts)


def _texts_for_paths(rule: Rule) -> Told:
    for condition in _arguments(rule):
        for text in _texts(condition):
            if _PLACE.match(text) and "*" in text:
                what = f'{condition.name} = "{text}" compares letters, and ".." and links lead out'
                folder = text.split("*")[0].rstrip("/\\") or "/"
                yield what, f'{condition.name}.under = "{folder}"'


def _expressions(rule: Rule) -> Told:
    patterns = [one.item.text for one in (*rule.patterns, *rule.excepts) if one.item is not None]
    texts = [text for condition in (*rule.when, *rule.unless) for text in _texts(condition)]
    for text in (*patterns, *texts):
        if _EXPRESSION.search(text):
            yield f'"{text}" looks like a regular expression', 'only "*" and "?" are wild here'


def _cases(rule: Rule) -> Told:
    """Who writes a name in capitals passes by a deny or ask that has it in small letters."""
    if rule.verb not in (Verb.DENY, Verb.ASK):
        return
    for condition in rule.when:
        if isinstance(condition, Argument) and condition.path[-1].lower() in _CASELESS:
            for text in _texts(condition, folded=False):
                if text.lower() != text.upper():
                    what = f'{condition.name} = "{text}" is passed by in other capitals'
                    yield what, f'{condition.name}.any_case = "{text}"'


def _strangers(rule: Rule, profile: Profile) -> Told:
    if profile.sign_in is not None:
        return
    within = any(isinstance(one, SignedInWithin) for one in (*rule.when, *rule.unless))
    facts = sorted(rule.of_person) + ["signed_in_within"] * within
    if facts:
        what = f"{_listed(facts)} cannot be known: the profile does not say where a person signs in"
        yield what, "add [identity] with issuer and client_id"


def _never(rule: Rule, profile: Profile) -> Told:
    denials = [one for one in profile.rules if one.verb is Verb.DENY]
    if rule.verb is Verb.ALLOW and (found := covering(rule.patterns, denials)):
        by = ", ".join(str(one.origin) for one in found)
        yield f"it never allows anything: {by} denies all that it names", "remove one of them"


def _arguments(rule: Rule) -> list[Argument]:
    return [one for one in (*rule.when, *rule.unless) if isinstance(one, Argument)]


def _texts(condition: Condition, *, folded: bool = True) -> Iterator[str]:
    matchers = getattr(condition, "matchers", ())
    for matcher in _flat(matchers):
        if isinstance(matcher, Text) and (folded or not matcher.folded):
            yield matcher.glob.text


def _flat(matchers: Iterable[Matcher]) -> Iterator[Matcher]:
    for matcher in matchers:
        if isinstance(matcher, AnyOf):
            yield from _flat(matcher.matchers)
        else:
            yield matcher


def _written(pattern: Pattern) -> str:
    item = pattern.item or Glob(f"@{pattern.mark}")
    return f"{pattern.server.text}/{item.text}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
