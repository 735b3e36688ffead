"""Notices that a policy file, or who is signed in, may have changed while nobody calls.

Linux tells of changes in a folder by a signal (fcntl(2) F_NOTIFY), so an idle guard sleeps.
Elsewhere it looks every two seconds. Either way this is only a hint to look again: every call looks
at the files itself.
"""

import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Final

import anyio

from localguard.config.paths import Places, make_private
from localguard.errors import ProfileFault

PAUSE: Final = 2.0


async def changes(where: Places) -> AsyncIterator[None]:
    """Yield whenever something in the folders that policy lies in may have changed."""
    folders = _folders(where)
    if sys.platform == "linux":
        async for _ in _signalled(folders):
            yield
    while True:
        await anyio.sleep(PAUSE)
        yield


def _folders(where: Places) -> list[str]:
    # Below the state lies what says who is signed in.
    cards = os.path.join(where.state, "identity")
    own = [one for one in (where.profiles, where.state, where.pins, cards) if _made(one)]
    return [*own, where.managed] if os.path.isdir(where.managed) else own


def _made(folder: str) -> bool:
    try:
        make_private(folder)
    except ProfileFault:
        return False
    return True


if sys.platform == "linux":
    import fcntl

    _EVENTS: Final = (
        fcntl.DN_MODIFY | fcntl.DN_CREATE | fcntl.DN_DELETE | fcntl.DN_RENAME | fcntl.DN_MULTISHOT
    )

    async def _signalled(folders: Sequence[str]) -> AsyncIterator[None]:
        """Ends at once where a folder tells nothing: not all file systems do."""
        with anyio.open_signal_receiver(signal.SIGIO) as signals:
            watched = [_watch(folder) for folder in folders]
            try:
                if None in watched:
                    return
                async for _ in signals:
                    yield
            finally:
                for folder in watched:
                    if folder is not None:
                        os.close(folder)

    def _watch(folder: str) -> int | None:
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.fcntl(descriptor, fcntl.F_NOTIFY, _EVENTS)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor
