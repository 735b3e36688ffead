"""What is written into a profile for a rule that was learned: a comment, the rule and its test.

The test is one of the person's own calls, the shortest that the rule speaks of, with the facts that
the rule looks at. Names and values are of servers and models: each stands in quotes, escaped. Pure.
"""

import json
from collections.abc import Iterator
from datetime import datetime

from localguard.policy.rules import Verb
from localguard.telling.counts import count
from localguard.telling.learning_calls import Observation
from localguard.telling.learning_groups import Group
from localguard.telling.learning_rules import Bench, Proposal, applies, otherwise
from localguard.telling.learning_tests import passes, written
from localguard.text import safe


def entries(group: Group, chosen: Proposal, bench: Bench, at: datetime) -> str:
    """The text for one rule, without a blank line before or after it."""
    said = f"# learned {at:%Y-%m-%d} from {_evidence(group, chosen)}\n"
    test = next(tests(group, chosen, bench), "")
    return said + chosen.text + (f"\n{test}" if test else "")


def _evidence(group: Group, chosen: Proposal) -> str:
    if not group.counted:
        return f"{count(len(group.left), 'call')} that did not pass"
    last = max(group.counted, key=lambda one: str(one.past.record.get("t")))
    told = count(chosen.fits, "call")
    if chosen.fits < chosen.of:
        told = f"{chosen.fits} of {count(chosen.of, 'call')}"
    return f"{told}, the last of them {safe(last.id, 60)}"


def tests(group: Group, chosen: Proposal, bench: Bench) -> Iterator[str]:
    """A `[[test]]` of each call that can be one, those with the shortest arguments first."""
    for one in sorted(group.counted or group.left, key=_size):
        applied = applies(chosen.rule, one.call, bench.home, chosen.verb is Verb.ALLOW)
        if applied and otherwise(chosen.rule, one, bench) == chosen.verb:
            yield from _tests(one, chosen, bench)


def _size(one: Observation) -> int:
    return len(json.dumps(one.call.arguments, default=str))


def _tests(one: Observation, chosen: Proposal, bench: Bench) -> Iterator[str]:
    """The test with as few facts as it needs to be passed."""
    marked = any(pattern.mark for pattern in (*chosen.rule.patterns, *chosen.rule.excepts))
    for whole in (False, True):
        text = written(one.call, str(chosen.verb), marked=marked, whole=whole)
        if text is not None and passes(text, chosen.rule, bench):
            yield text
            return
