"""The beginning of `run`: the server is started, and everything else is loaded meanwhile.

What was started before, by files that have not changed, is started first of all. Otherwise the
profile is read, which says what to start. Decides nothing.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from localguard.config.paths import Places, places
from localguard.errors import ProfileFault
from localguard.relay.client_wire import take_wire
from localguard.relay.last_launch import Note, note_path, note_text, recall
from localguard.relay.spawn import Started, start_up
from localguard.relay.subreaper import become_subreaper
from localguard.relay.wanted import Wanted
from localguard.vault.store import Store


def run(wanted: Wanted) -> int:
    """Guard one server until the client is done with it; the exit code.

    Raises UsageFault, and ProfileFault when not even the places of the files are known.
    """
    client = take_wire()
    where = places()
    become_subreaper()
    recalled = recall(where.state, wanted, os.environ)
    started = Started(None) if recalled is None else start_up(recalled)
    try:
        from localguard.config.active import ActiveProfile
        from localguard.relay.launch import plan
        from localguard.relay.references import LateMint, References
        from localguard.vault.late import LateVault

        active = ActiveProfile(where, wanted.profile, key=_key_of(where), accepting=True)
        vault = LateVault(where.vault, _store_of(where))
        mint = LateMint(_mint_of(where, vault, lambda: active.seen))
        given = References(vault, mint, lambda: active.seen)
        launch = plan(wanted, active.standing(), os.environ, where.home)
        if recalled is None or launch.command != recalled:
            _stop(started)
            started = _started(launch, given, client.stdin)
            _keep(launch.note(active.followed()), where.state, wanted)
        from localguard.assembly import Beginning, serve_client

        return serve_client(Beginning(client, where, active, wanted, launch, started, given))
    except BaseException:
        # What was stopped in order is not signalled again: its pid may be a stranger's by now.
        _stop(started)
        raise


def _started(launch: Any, given: Any, stdin: int) -> Started:
    """The server, unless its client goes while what it is given is awaited."""
    if given.waits(launch.defined):
        from localguard.relay.awaiting import is_had

        if not is_had(lambda: launch.prepare(given), stdin):
            return Started(None, "the client had gone before all was there that the server needs")
    started: Started = launch.start(given)
    return started


def _key_of(where: Places) -> Callable[[], bytes]:
    """The key of what a person has chosen, when it is asked for."""

    def key() -> bytes:
        from localguard import seals
        from localguard.vault.keys import Keys

        return Keys(where.vault).key(seals.NAME).secret

    return key


def _mint_of(where: Places, vault: Callable[[], Any], seen: Callable[[], Any]) -> Callable[[], Any]:
    """What mints variables, when there is something to mint."""

    def made() -> object:
        from localguard import seals
        from localguard.assembly.minting import Minting
        from localguard.assembly.sources import sources_of
        from localguard.vault.keys import Keys

        def key() -> bytes:
            return Keys(where.vault).key(seals.PEOPLE).secret

        return Minting(sources_of(where, vault, key, seen))

    return made


def _store_of(where: Places) -> Callable[[], Store]:
    """Where the key of the vault lies, when it is asked for."""

    def store() -> Store:
        from localguard.config.vault_settings import vault_settings

        return vault_settings(where.config).store

    return store


def _stop(started: Started) -> None:
    if started.process is not None:
        started.process.kill()


def _keep(note: Note | None, folder: str, wanted: Wanted) -> None:
    """Keep in mind how the server was started; without a note the next start is merely slower."""
    from localguard.config.replace import replace_text

    path = note_path(folder, wanted)
    text = None if note is None else note_text(wanted, note)
    if path is not None and text is not None:
        with suppress(ProfileFault):
            replace_text(path, text)
