"""What judges the calls of a guard, and what holds those that a person is asked about."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from localguard import seals
from localguard.approvals.budgets import LIMIT, budget_of, limit_of
from localguard.approvals.desk import Desk
from localguard.approvals.leaves import Leaves, serial_of
from localguard.approvals.requests import Judge
from localguard.assembly.ground import Ground
from localguard.processes.table import look
from localguard.relay import pipes
from localguard.relay.call import Gate
from localguard.relay.counting import Counting
from localguard.relay.desk_news import DeskNews
from localguard.relay.held_call import Holding
from localguard.relay.judging import Judging
from localguard.relay.people import People, nobody
from localguard.relay.recorded_policy import RecordedPolicy
from localguard.relay.spent_leave import is_spent
from localguard.relay.upstream import Served
from localguard.relay.verdicts import Verdicts


@dataclass(frozen=True, slots=True)
class Gatehouse:
    """The gate that every call has to pass, with the desk at which some wait."""

    policy: RecordedPolicy
    gate: Gate
    desk: Desk
    leaves: Leaves
    news: DeskNews


def assemble(
    ground: Ground,
    served: Served,
    counting: Counting,
    *,
    opened: Callable[[], None],
    people: People = nobody,
) -> Gatehouse:
    """Make the gate; `opened` is told when a person is asked, `people` tells who is signed in."""
    log, server = ground.log, ground.begun.launch.server
    policy = RecordedPolicy(ground.begun.active, log.recorder, log.hash_key.fault, people)
    leaves, news = _leaves(ground, policy), DeskNews(log.recorder, opened)
    judging = Judging(server, served.facts, served.objection)
    verdicts = Verdicts(log.recorder, counting, log.teller)
    holding = Holding(
        judging,
        verdicts,
        policy=policy,
        desk=lambda judge: _desk(ground, judge, leaves, news),
        leaves=leaves,
        budget=_budget(ground),
        used=news.used,
    )
    gate = Gate(
        server,
        policy,
        log.recorder,
        log.teller,
        judging=judging,
        verdicts=verdicts,
        holding=holding,
    )
    return Gatehouse(policy, gate, holding.desk, leaves, news)


def _leaves(ground: Ground, policy: RecordedPolicy) -> Leaves:
    active, session = ground.begun.active, ground.session
    return Leaves(
        os.path.join(ground.begun.where.state, "leaves"),
        key=lambda: ground.keys.key(seals.NAME).secret,
        now=time.time,
        serial=lambda: serial_of(active.name, active.choice.switched, policy.standing().person),
        session=None if session is None else session.id,
        notice=ground.notices.tell,
        spent=lambda leave: is_spent(ground.begun.where.audit, leave),
    )


def _desk(ground: Ground, judge: Judge, leaves: Leaves, news: DeskNews) -> Desk:
    active = ground.begun.active
    return Desk(
        now=time.time,
        monotonic=time.monotonic,
        later=pipes.later,
        judge=judge,
        leaves=leaves,
        tell=news.happened,
        silent=lambda: active.choice.silent,
    )


def _budget(ground: Ground) -> Callable[[str | None, int | None], float]:
    """The seconds that a client waits, by its name and its program, or as it was configured."""
    parent, hold = look(ground.begun.client.pid), ground.approvals.hold
    limit = limit_of(os.environ.get(LIMIT))

    def budget(client: str | None, timeout: int | None) -> float:
        name = None if parent is None else parent.name
        return budget_of(client, name, hold if timeout is None else timeout, limit)

    return budget
