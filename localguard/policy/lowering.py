"""A profile that nobody has accepted as it is, held against the version that a person did accept.

Nothing may pass that the accepted version did not let pass. `floor` is that version, made fit to
judge calls whose facts were gathered for the other one; `tempered` is the other one without what it
lets through besides calls, and with the duties of both. Pure.
"""

from collections.abc import Iterator
from dataclasses import replace

from localguard.policy.duties import Limit
from localguard.policy.globs import Glob
from localguard.policy.profile import FromServer, Profile, ServerTable
from localguard.policy.rules import Origin, Pattern, Rule, Verb

_HERE = Origin("accepted", 0)
_ALWAYS_REACHED = -1.0


def floor(accepted: Profile, current: Profile) -> Profile:
    """The accepted version as calls are judged by it.

    A server that is defined otherwise now is not the one whose calls were allowed, so they are
    asked. A limit that is not counted any more counts as reached.
    """
    names = accepted.servers.keys() | current.servers.keys()
    changed = [
        name for name in sorted(names) if _reached(accepted, name) != _reached(current, name)
    ]
    counted = [_placeless(rule) for rule in current.rules if rule.limit]
    rules = [
        rule if rule.limit is None or _placeless(rule) in counted else _uncounted(rule, rule.limit)
        for rule in accepted.rules
    ]
    asked = [_asking(name) for name in changed]
    return replace(accepted, rules=(*rules, *asked))


def tempered(current: Profile, accepted: Profile) -> Profile:
    """The current version, which lets servers ask for no more than the accepted one did."""
    return replace(
        current,
        rules=(*current.rules, *_duties(accepted, current)),
        from_server=_lower(current.from_server, accepted.from_server),
        unknown_methods=current.unknown_methods and accepted.unknown_methods,
        strict_arguments=current.strict_arguments or accepted.strict_arguments,
    )


def _reached(profile: Profile, name: str) -> ServerTable:
    """What a call to a server reaches; its default is judged with the rules."""
    table = profile.servers.get(name) or ServerTable(name, _HERE)
    return replace(table, origin=_HERE, default=None)


def _placeless(rule: Rule) -> Rule:
    return replace(rule, origin=_HERE)


def _uncounted(rule: Rule, limit: Limit) -> Rule:
    return replace(rule, limit=replace(limit, count=_ALWAYS_REACHED))


def _asking(server: str) -> Rule:
    return Rule(Verb.ASK, (Pattern(Glob(server), Glob("*")),), _HERE)


def _lower(current: FromServer, accepted: FromServer) -> FromServer:
    def lower(now: Verb, then: Verb) -> Verb:
        return Verb.ASK if now is Verb.ALLOW and then is not Verb.ALLOW else now

    return FromServer(
        sampling=lower(current.sampling, accepted.sampling),
        elicitation=lower(current.elicitation, accepted.elicitation),
        roots=lower(current.roots, accepted.roots),
    )


def _duties(accepted: Profile, current: Profile) -> Iterator[Rule]:
    """What accepted rules take out of answers, call destructive, and want a new sign-in for."""
    kept = [_placeless(rule) for rule in current.rules]
    for rule in accepted.rules:
        bound = rule.redact or rule.risk or rule.reauth is not None
        counts = rule.verb is not Verb.DENY and not rule.trial
        if bound and counts and _placeless(rule) not in kept:
            yield replace(rule, verb=Verb.TOOLS, limit=None)
