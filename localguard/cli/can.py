"""`can CALL [KEY=VALUE...]`: what would become of a call, by which rule, and what nearly applied.

Nothing is sent and nothing recorded. Judged is what the guard would judge, with paths resolved as
of now and the marks that a tool is known by. It is judged for who is signed in, or for whom the
command line states: then what was not stated of them, and in any case what was called before in
the session, counts as doubt.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TextIO

from localguard.cli.choosing import key_of
from localguard.cli.exits import Exit
from localguard.cli.output import finding_fields, print_json, print_lines
from localguard.cli.stated_person import NOBODY, Stated, assumed_of, by_person
from localguard.config.active import ActiveProfile
from localguard.config.paths import Places
from localguard.config.patterns import read_target
from localguard.config.tables import Unfit
from localguard.config.tests import lexical_path
from localguard.errors import UsageFault
from localguard.policy.calls import Call, Json
from localguard.policy.decide import BUILT_IN, Standing, decide
from localguard.policy.decisions import Decision, Deny, word
from localguard.policy.examine import Finding, examine
from localguard.policy.people import Person
from localguard.policy.profile import Profile
from localguard.relay.world import world_of
from localguard.telling.known import Source, marked
from localguard.telling.why import near
from localguard.text import safe

_EXITS: Final = {"allow": Exit.OK, "ask": Exit.HELD, "deny": Exit.DENIED}


def can(
    places: Places,
    call_text: str,
    pairs: Sequence[str],
    source: Source,
    *,
    profile: str | None,
    as_json: bool,
    out: TextIO,
    stated: Stated = NOBODY,
) -> Exit:
    """Print the decision on a call such as `github/get_issue owner=acme`.

    A value is JSON where it parses as such, else a text. `stated` is who is taken to be signed in
    in place of who is. Raises UsageFault for what is no call.
    """
    arguments = dict(_argument(pair) for pair in pairs)
    standing = ActiveProfile(places, profile, key=key_of(places)).standing()
    anybody = any(value is not None for value in stated.values())
    person = None if anybody else _signed_in(places, standing.profile)
    call = _call(places, _target(call_text), arguments, standing.profile, person)
    call = marked(call, source(places))
    call = by_person(call, stated) if anybody else call
    decision = decide(standing, call)
    findings = examine(standing.profile, call) if standing.profile else []
    if as_json:
        told = _fields(call, decision, findings, standing)
        print_json(out, {**told, "assumed": assumed_of(stated)})
    else:
        print_lines(out, _lines(call, decision, findings, assumed_of(stated)))
    return Exit.INVALID if standing.fault else _EXITS[word(decision)]


def _target(text: str) -> tuple[str, str]:
    try:
        server, _, item = read_target(text).partition("/")
    except Unfit as unfit:
        raise UsageFault(unfit.what, fix=unfit.fix) from unfit
    return server, item


def _argument(pair: str) -> tuple[str, Json]:
    key, equals, text = pair.partition("=")
    if not (key and equals):
        raise UsageFault(f'"{pair}" is not an argument', fix='write NAME=VALUE, as owner="acme"')
    try:
        value: Json = json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError):
        return key, text
    return key, value


def _not_json(word: str) -> Json:
    raise ValueError(word)


def _signed_in(places: Places, profile: Profile | None) -> Person | None:
    if profile is None or profile.sign_in is None:
        return None
    from localguard.cli.signed_in import followed

    return followed(places).person(profile.sign_in)


def _call(
    places: Places,
    target: tuple[str, str],
    arguments: dict[str, Json],
    profile: Profile | None,
    person: Person | None,
) -> Call:
    table = profile.servers.get(target[0]) if profile else None
    cwd = None if table is None or table.cwd is None else lexical_path(table.cwd, places.home)
    world = world_of(places, table, cwd, places.home)
    return world.call(profile, target, arguments, at=datetime.now().astimezone(), person=person)


def _lines(
    call: Call, decision: Decision, findings: list[Finding], assumed: str | None
) -> list[str]:
    misses = [one for one in findings if not one.applied]
    # The reason ends in the nearest one where nothing applied; here each has a line of its own.
    by_default = bool(misses) and decision.rule is None
    reason = decision.reason.partition("; ")[0] if by_default else decision.reason
    whom = "" if call.facts.user is None else f", for {safe(call.facts.user, 120)}"
    by = "" if decision.by == BUILT_IN else f"by {decision.by}: "
    lines = [f"{call.target}: {word(decision)}{whom}", f"  {by}{reason}"]
    if assumed:
        lines.append(f"  assumed: {assumed}")
    if isinstance(decision, Deny) and decision.because:
        lines.append(f"  because: {decision.because}")
    lines += [f"  near miss {near(one)}" for one in misses]
    return lines


def _fields(
    call: Call, decision: Decision, findings: list[Finding], standing: Standing
) -> dict[str, object]:
    return {
        "call": call.target,
        "user": call.facts.user,
        "decision": word(decision),
        "by": decision.by,
        "reason": decision.reason,
        "because": decision.because if isinstance(decision, Deny) else None,
        "profile": standing.profile.name if standing.profile else None,
        "fault": standing.fault,
        "rules": [finding_fields(one) for one in findings],
    }
