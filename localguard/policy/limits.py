"""The duties of all rules that apply to a call, joined, and whether a limit among them is reached.

Knows no counter: what was counted is a fact of the call, and a rule that nobody counted holds
nobody up.
"""

import math
from collections.abc import Iterable

from localguard.policy.calls import Call
from localguard.policy.conditions import Missing, reach
from localguard.policy.docket import Demands, Docket, demands_of
from localguard.policy.matchers import exact_number
from localguard.policy.rules import Rule, Verb


def demands(docket: Docket, call: Call) -> Demands:
    """What the applying rules with duties demand of a call with the marks of the docket."""
    return docket.fixed or demands_of(demanding(docket, call), call.facts.marks)


def demanding(docket: Docket, call: Call) -> list[Rule]:
    """The rules with duties that apply.

    An allow rule applies only surely; for all others doubt counts as yes, since their duties can
    only hold a call back (the algebra, line 3).
    """
    return [
        entry.rule
        for entry in docket.demanding
        if entry.applies(call, lets_more=entry.rule.verb is Verb.ALLOW)
    ]


def cost(rule: Rule, call: Call) -> float | None:
    """What the call counts for the rule's limit: 1, or the sum of the argument that it names.

    None where that is not a number of 0 or more, which is doubt: the limit counts as reached.
    """
    if rule.limit is None or not rule.limit.of:
        return 1
    total: float = 0
    leaves = list(reach(call.arguments, rule.limit.of))
    for leaf in leaves:
        number = None if isinstance(leaf, Missing) else exact_number(leaf)
        if number is None or not 0 <= number < math.inf:
            return None
        total += number
    return total if leaves else None


def reached(limited: Iterable[Rule], call: Call) -> Rule | None:
    """The first rule whose limit this call goes beyond; one that denies comes before others."""
    over = [rule for rule in limited if _is_over(rule, call)]
    return min(over, key=lambda rule: rule.over is not Verb.DENY, default=None)


def _is_over(rule: Rule, call: Call) -> bool:
    spent = call.facts.spent.get(rule.name, 0)
    return rule.limit is not None and (spent is None or spent > rule.limit.count)


def words(rule: Rule, call: Call) -> str:
    """Why the rule's limit holds the call up, for a person."""
    limit = f"limit {rule.limit} of {rule.origin}"
    if rule.limit and cost(rule, call) is None:
        what = ".".join(rule.limit.of)
        return f"{limit} counts as reached: {what} is not a number in this call"
    return f"{limit} is reached"
