"""The composition root of a running guard: makes every object, bottom floor first; decides nothing.

Loaded when the server is already starting. `ground` is what everything else stands on, `gate` what
judges calls and holds them.
"""

import gc
import os
import time
from collections.abc import Callable, Coroutine
from typing import Any

import anyio

from localguard import seals
from localguard.assembly.eliciting import Eliciting
from localguard.assembly.gate import Gatehouse, assemble
from localguard.assembly.ground import Beginning, Ground, prepare
from localguard.assembly.person import Around, ReceiptsOnCall, SignedIn
from localguard.config.watch import changes
from localguard.relay.attending import Attended, Attending, Modes
from localguard.relay.connect import Connector, Parts
from localguard.relay.counting import Counting
from localguard.relay.launch import Launch
from localguard.relay.made_server import MadeServer
from localguard.relay.orphans import collect_orphans
from localguard.relay.receipts import Checking
from localguard.relay.redacting import Redacting
from localguard.relay.remote_link import Reachable
from localguard.relay.replacement import Replacement
from localguard.relay.serve import Surroundings, serve
from localguard.relay.tidying import tidy

__all__ = ["Beginning", "serve_client"]


def serve_client(begun: Beginning) -> int:
    """Guard the started server until the client is done with it; the exit code."""
    ground = prepare(begun)
    counting = Counting(ground.ledger)
    made = MadeServer(
        begun.where,
        begun.wanted,
        begun.launch,
        given=begun.given,
        secrets=ground.secrets,
        recorder=ground.log.recorder,
        notice=ground.notices.tell,
        counting=counting,
        instance=ground.instance,
        reach=lambda launch: _reach(ground, launch),
    )
    served = made.serve(begun.started)
    attending = Attending(notify=ground.approvals.notify)
    beside = _beside(ground)
    signed_in = SignedIn(beside)
    gatehouse = assemble(ground, served, counting, opened=attending.asked, people=signed_in.person)
    eliciting = Eliciting(beside, signed_in, ground.log.recorder, begun.launch.server)
    replacement = Replacement(made)
    parts = Parts(
        begun.client.stdin,
        begun.client.stdout,
        served,
        gatehouse.gate,
        gatehouse.policy,
        ground.log.recorder,
        ground.notices.tell,
        Redacting(begun.launch.server, ground.secrets),
        ground.log.journal.sync_with,
        replacement,
        attending.stirred,
        eliciting,
    )
    attended = _attended(ground, made, gatehouse, ReceiptsOnCall(beside))
    chores = (lambda: attending.serve(attended), signed_in.keep, eliciting.keep)
    around = _around(ground, made, replacement, *chores)
    # What was loaded stays until the end, so nobody need look through it for garbage.
    gc.freeze()
    return _run(ground, made, Connector(parts), around)


def _reach(ground: Ground, launch: Launch) -> Reachable:
    # For a server with a URL alone: what speaks HTTP takes its time to load.
    from localguard.assembly.remote_parts import reach  # noqa: PLC0415
    from localguard.assembly.sources import sources_of  # noqa: PLC0415

    begun = ground.begun
    vault, active = begun.given.vault, begun.active
    sources = sources_of(begun.where, vault, _seal(ground), lambda: active.seen)
    return reach(launch, ground.secrets, sources)


def _beside(ground: Ground) -> Around:
    begun = ground.begun
    return Around(begun.where, _seal(ground), ground.notices.tell, begun.given.vault)


def _seal(ground: Ground) -> Callable[[], bytes]:
    return lambda: ground.keys.key(seals.PEOPLE).secret


def _run(ground: Ground, made: MadeServer, connector: Connector, around: Surroundings) -> int:
    """Guard until something ends it; the exit code."""
    log, notices = ground.log, ground.notices
    end = anyio.run(serve, connector, around, log.recorder)
    log.journal.close()
    made.finish()
    if end.by_server:
        notices.tell(f"localguard: the server {ground.begun.launch.server} {end.reason}")
    notices.finish()
    return end.code


def _around(
    ground: Ground,
    made: MadeServer,
    replacement: Replacement,
    *chores: Callable[[], Coroutine[Any, Any, None]],
) -> Surroundings:
    """What goes on beside the relay."""
    begun, log = ground.begun, ground.log
    return Surroundings(
        lambda: changes(begun.where),
        begun.client.pid,
        os.isatty(begun.client.stdin),
        replacement,
        (
            lambda: tidy(log.journal, begun.where.audit, log.settings, log.signer),
            lambda: collect_orphans(made.children),
            *chores,
        ),
    )


def _attended(
    ground: Ground, made: MadeServer, gatehouse: Gatehouse, checking: Checking
) -> Attended:
    """What consoles see and reach."""
    begun, active = ground.begun, ground.begun.active

    def modes() -> Modes:
        choice = active.choice
        return Modes(active.fixed, choice.lockdown, choice.silent, begun.wanted.observe)

    return Attended(
        begun.where,
        ground.instance,
        begun.client.pid,
        time.time(),
        gatehouse.gate,
        gatehouse.policy,
        made,
        gatehouse.desk,
        gatehouse.news,
        gatehouse.leaves,
        ground.log.recorder,
        modes,
        ground.notices.tell,
        checking,
    )
