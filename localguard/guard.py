"""The beginning of `run`: the server is started, and everything else is loaded meanwhile.

What was started before, by files that have not changed, is started first of all. Otherwise the
profile is read, which says what to start. Decides nothing.
"""

import os
from contextlib import suppress

from localguard.config.paths import places
from localguard.errors import ProfileFault
from localguard.relay.client_wire import take_wire
from localguard.relay.last_launch import Note, note_path, note_text, recall
from localguard.relay.spawn import Started, start_up
from localguard.relay.wanted import Wanted


def run(wanted: Wanted) -> int:
    """Guard one server until the client is done with it; the exit code.

    Raises UsageFault, and ProfileFault when not even the places of the files are known.
    """
    client = take_wire()
    where = places()
    recalled = recall(where.state, wanted, os.environ)
    started = Started(None) if recalled is None else start_up(recalled)
    try:
        from localguard.config.active import ActiveProfile
        from localguard.relay.launch import plan

        active = ActiveProfile(where, wanted.profile)
        launch = plan(wanted, active.standing(), os.environ, where.home)
        if recalled is None or launch.command != recalled:
            _stop(started)
            started = launch.start()
            _keep(launch.note(active.followed()), where.state, wanted)
        from localguard.assembly import serve_client

        return serve_client(client, where, active, launch, started)
    except BaseException:
        # What was stopped in order is not signalled again: its pid may be a stranger's by now.
        _stop(started)
        raise


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
