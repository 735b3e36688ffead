"""`localguard init`: every server that the clients have is behind a guard, once a person agrees.

First what was found and all that would change is shown, and no secret ever. What was begun and not
finished is gone on with; where the self-test is not denied, all of it is taken back.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TextIO

from localguard.cli.choosing import Act, print_refusal
from localguard.cli.connect import show, stale_lines
from localguard.cli.exits import Exit
from localguard.cli.folding import columns_of
from localguard.cli.init_asking import Progress
from localguard.cli.init_desk import Desk, How
from localguard.cli.init_fields import Fields, done_fields, found_fields, plan_fields
from localguard.cli.init_files import files_of
from localguard.cli.init_marks import Marks
from localguard.cli.init_told import (
    done_lines,
    found_lines,
    next_lines,
    nothing_lines,
    passed_lines,
    plan_lines,
    question,
)
from localguard.cli.output import print_json, print_lines
from localguard.cli.secret_binding import known_binding
from localguard.clients.definitions import profile_with
from localguard.clients.edit import backups
from localguard.clients.planning import Wanted, planned
from localguard.clients.registry import clients_folder, read_registry
from localguard.clients.table import Client, client
from localguard.config.choice import is_first
from localguard.config.faults import shell_word
from localguard.errors import UsageFault
from localguard.onboarding.carrying_out import Means, Work, carry_out
from localguard.onboarding.choosing_profile import Wish, carried_over, chosen
from localguard.onboarding.journal import end_journal, only_one, read_journal
from localguard.onboarding.moving import Staying, standing
from localguard.onboarding.self_test import NOBODY
from localguard.onboarding.taking_back import take_back
from localguard.onboarding.trying import Tried, Trying
from localguard.pinning.store import PinStore
from localguard.telling.connections import first_lines


def init(desk: Desk, how: How, *, out: TextIO, err: TextIO) -> Exit:
    """Show, ask, do it and try it. Raises UsageFault, ProfileFault, VaultFault and AuditFault."""
    if not (how.yes or how.dry_run or (desk.attended and not how.as_json)):
        what = "init changes files, and nobody can be asked here"
        raise UsageFault(
            what, fix="localguard init --yes, or look first: localguard init --dry-run"
        )
    return _Init(desk, how, out, err).run()


class _Init:
    """One run of it."""

    def __init__(self, desk: Desk, how: How, out: TextIO, err: TextIO) -> None:
        self._desk, self._how, self._out, self._err = desk, how, out, err
        self._places, self._key = desk.places, desk.person.key
        self._fields: Fields = {}
        self._progress = Progress(err)
        self._width = columns_of(out) or 0
        # Asked before anything is made: whatever is there afterwards is of this run.
        self._first = is_first(desk.places)
        self._files = files_of(desk.machine, how.clients, how.scope)
        self._unfinished = read_journal(self._places)
        self._asks_marks = desk.attended and not (how.yes or how.as_json)
        self._refused: str | None = None

    def run(self) -> Exit:
        """From what was found to what is next."""
        self._say(found_lines(self._files.meant, self._places.home, self._width))
        self._fields |= found_fields(self._files.meant)
        work = self._work()
        broken = Exit.INVALID if work.connection.broken else Exit.OK
        if work.is_nothing and self._unfinished is None:
            return self._end(nothing_lines(self._files.meant, work), broken)
        self._say(plan_lines(work, self._files.project, self._places.home, self._width))
        self._fields |= plan_fields(work)
        if self._how.dry_run:
            self._say([""])
            shown = self._err if self._how.as_json else self._out
            show(shown, work.connection.plans, work.hidden)
            return self._end(["", "Nothing was changed."], broken)
        return self._ask(work, broken)

    def _ask(self, work: Work, broken: Exit) -> Exit:
        person = self._desk.person
        self._say(first_lines(work.connection, self._desk.running()))
        if (why := None if self._first else person.refused()) is not None:
            json = self._how.as_json
            told = "nothing is changed"
            return print_refusal(told, why, as_json=json, out=self._out, err=self._err)
        # What was begun can be taken back, which nobody has agreed to in this run.
        if not (self._how.yes or person.ask(self._question(work))):
            return self._end(["Nothing was changed."], Exit.DENIED)
        with only_one(self._places):
            if read_journal(self._places) != self._unfinished:
                what = "another init has run since this one looked"
                raise UsageFault(what, fix="localguard init")
            return self._do(work, broken)

    def _question(self, work: Work) -> str:
        if self._unfinished is None:
            return question(work)
        also = "" if work.is_nothing else f"{question(work)} And "
        return f"{also}finish the init that was begun, or take it back if its test fails?"

    def _do(self, work: Work, broken: Exit) -> Exit:
        self._progress("writing")
        self._desk.wallet.open()
        self._refused = self._desk.person.refused() if self._asks_marks else None
        means, now = self._means(work), datetime.now().astimezone()
        stale = carry_out(self._places, work, means, now)
        tried = self._try(work)
        if any(one.passed for one in tried) or not any(one.denied for one in tried):
            return self._undo(means, tried)
        self._fields["changed"] = True
        clients = self._clients()
        if not stale:
            # All is done: who leaves at a question about marks has nothing to go on with.
            end_journal(self._places)
        self._tell(work, tried, clients)
        self._say(stale_lines(stale))
        return self._end((), Exit.FAILURE if stale else broken)

    def _try(self, work: Work) -> tuple[Tried, ...]:
        desk, registry = self._desk, read_registry(self._places, self._key)
        trying = Trying(self._places, desk.machine, desk.program, self._progress)
        tried = trying.all_of(registry, work.chosen.name)
        self._progress.end()
        return tried

    def _tell(self, work: Work, tried: Sequence[Tried], clients: Sequence[Client]) -> None:
        denied = next(one.denied for one in tried if one.denied is not None)
        prints = self._desk.wallet.fingerprints(work)
        # A guard without a server is no server to tell of.
        servers = [one for one in tried if one.server != NOBODY]
        self._say(done_lines(work, prints, servers, denied, self._width))
        unreviewed = self._unreviewed([one.server for one in servers if one.tools])
        self._say(self._kept_lines(work))
        self._say(next_lines(clients, unreviewed, work.chosen.name, self._width))
        self._fields |= done_fields(prints, servers, denied, clients)

    def _kept_lines(self, work: Work) -> Iterable[str]:
        """That secrets still stand in what an earlier connect has kept of the clients' files."""
        folder = clients_folder(self._places)
        paths = dict.fromkeys(one.path for one in work.connection.plans)
        if work.moves is not None and any(backups(path, folder) for path in paths):
            yield f"Older copies of your clients' files may hold secrets: {folder}"
            yield f"Fix: look at them, then rm {shell_word(folder)}/*.bak"

    def _unreviewed(self, servers: Sequence[str]) -> Sequence[str]:
        """Which of them nobody has reviewed, once a person who can be asked was asked."""
        desk, store = self._desk, PinStore(self._places.pins)
        asked = (desk.person, self._refused, desk.line)
        marks = Marks(store, *asked, self._say, _this_moment, self._width)
        if self._asks_marks:
            marks.ask(servers)
        return tuple(marks.unreviewed(servers))

    def _undo(self, means: Means, tried: Sequence[Tried]) -> Exit:
        journal = read_journal(self._places)
        now = datetime.now().astimezone()
        stale = () if journal is None else take_back(self._places, journal, means, now)
        self._fields["self_test"] = {"denied": False}
        self._fields["changed"] = bool(stale)
        return self._end([*passed_lines(tried), *stale_lines(stale)], Exit.FAILURE)

    def _clients(self) -> list[Client]:
        """Those that have to read their files again, also of a run that this one goes on with."""
        journal = read_journal(self._places)
        paths = () if journal is None else {path for path, _, _ in journal.entries}
        rows = read_registry(self._places, self._key).entries
        names = dict.fromkeys(one.client for one in rows if one.path in paths)
        return [one for name in names if (one := client(name)) is not None]

    def _work(self) -> Work:
        desk = self._desk
        choice = chosen(self._places, self._key, self._wish())
        moves = desk.wallet.moves(keep=self._how.keep_secrets)
        staying = Staying(f"{choice.name}.servers.toml")
        moving = staying if moves is None else moves
        registry = read_registry(self._places, self._key)
        wanted = Wanted(choice.name, desk.program, desk.search(), moving=moving, registry=registry)
        also = carried_over(self._places, registry, choice)
        wanted = replace(wanted, draft=choice.draft, also=also)
        connection = planned(self._places, wanted, self._files.meant)
        there = profile_with(self._places, choice.name, choice.draft)
        stays = (*standing(there), *staying.lines)
        return Work(choice, connection, desk.wallet.settled(moves), tuple(also), stays)

    def _wish(self) -> Wish:
        """What was asked for; else to go on with the profile of an `init` that has not finished."""
        wish, before = self._how.wish, self._unfinished
        if before is None or wish.profile or wish.template:
            return wish
        there = os.path.lexists(self._places.profile_file(before.profile))
        return replace(wish, profile=before.profile) if there else wish

    def _means(self, work: Work) -> Means:
        desk = self._desk
        return Means(
            self._key,
            desk.wallet.secrets,
            desk.wallet.originals(),
            lambda server: known_binding(self._places, server, work.chosen.name),
            lambda what, value: Act(desk.person, what, value).must(),
            first=self._first and desk.person.refusal() is not None,
        )

    def _say(self, lines: Iterable[str]) -> None:
        if not self._how.as_json:
            print_lines(self._out, lines)

    def _end(self, lines: Iterable[str], code: Exit) -> Exit:
        self._say(lines)
        if self._how.as_json:
            print_json(self._out, {"changed": False, **self._fields})
        return code


def _this_moment() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
