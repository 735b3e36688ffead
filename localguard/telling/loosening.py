"""Why another policy may let more through than one, as far as that cannot be ruled out.

A switch or an acceptance that only tightens is another thing than one that loosens, and only the
former may be told from the profiles by themselves: whatever is not the same counts against it.
Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from localguard.policy.people import SignIn, vouches_alike
from localguard.policy.profile import FromServer, Profile, ServerTable
from localguard.policy.rules import Origin, Rule, Verb
from localguard.telling.changes import Changed
from localguard.telling.counts import count

_HERE: Final = Origin("", 0)
_STRICTNESS: Final = (Verb.ALLOW, Verb.ASK, Verb.DENY)


def loosening(one: Profile, other: Profile, changes: Sequence[Changed]) -> tuple[str, ...]:
    """Each reason for a person; none where the other can let nothing more through.

    `changes` are those of the known tools, from `telling.changes`.
    """
    return tuple(_reasons(one, other, changes))


def _reasons(one: Profile, other: Profile, changes: Sequence[Changed]) -> Iterator[str]:
    more = sum(change.loosens for change in changes)
    if more:
        yield f"{count(more, 'known tool')} can do more"
    if _looser(one.default, other.default):
        yield f"what no rule names: {one.default} becomes {other.default}"
    yield from _servers(one, other)
    yield from _from_servers(one.from_server, other.from_server)
    come = _only(other, one, (Verb.ALLOW, Verb.ASK))
    gone = _only(one, other, (Verb.DENY, Verb.ASK, Verb.TOOLS))
    if come:
        yield f"new rules that allow or ask: {len(come)}"
    if gone:
        yield f"rules that deny, ask or limit and are gone: {len(gone)}"
    yield from _switches(one, other)


def _servers(one: Profile, other: Profile) -> Iterator[str]:
    for name in sorted({*one.servers, *other.servers}):
        if _looser(one.default_for(name), other.default_for(name)):
            yield f"what no rule names on {name}: {other.default_for(name)}"
    for name, table in other.servers.items():
        old = one.servers.get(name)
        if old is None:
            yield f"server {name} is defined"
        elif _reached(old) != _reached(table):
            yield f"server {name} is another one"


def _from_servers(one: FromServer, other: FromServer) -> Iterator[str]:
    for what in ("sampling", "elicitation", "roots"):
        if _looser(getattr(one, what), getattr(other, what)):
            yield f"servers may ask for {what}: {getattr(other, what)}"


def _switches(one: Profile, other: Profile) -> Iterator[str]:
    if other.unknown_methods and not one.unknown_methods:
        yield "unknown methods are relayed"
    if one.pins_strict and not other.pins_strict:
        yield "new and changed tools are asked, not denied"
    if one.strict_arguments and not other.strict_arguments:
        yield "arguments need not fit the tool's own schema"
    yield from _sign_ins(one.sign_in, other.sign_in)
    if any(answer not in one.answers for answer in other.answers):
        yield "there are other remembered answers"


def _sign_ins(one: SignIn | None, other: SignIn | None) -> Iterator[str]:
    required = other is not None and other.required
    if one is not None and one.required and not required:
        yield "no sign-in is required"
    if other is not None and not vouches_alike(one, other):
        yield "who is signed in is told by another provider, or believed otherwise"


def _only(one: Profile, other: Profile, verbs: Sequence[Verb]) -> list[Rule]:
    """The rules of some verbs that only the one has. Compared whole: a digest could be met."""
    known = [_placeless(rule) for rule in other.rules]
    return [rule for rule in one.rules if rule.verb in verbs and _placeless(rule) not in known]


def _placeless(rule: Rule) -> Rule:
    return replace(rule, origin=_HERE)


def _reached(table: ServerTable) -> ServerTable:
    """What a call to a server reaches; its default is told apart."""
    return replace(table, origin=_HERE, default=None)


def _looser(old: Verb, new: Verb) -> bool:
    return _STRICTNESS.index(new) < _STRICTNESS.index(old)
