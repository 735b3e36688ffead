"""What a server is given may take its time to be had; a client that has gone waits for none of it.

A keyring that is locked and a provider that is silent are waited for on a thread, before there is
an event loop. What the client wrote before it went is left for the loop to read.
"""

import select
import sys
from collections.abc import Callable
from time import monotonic
from typing import Final

from localguard.aside import start

_LOOK: Final = 0.05
_GRACE: Final = 0.5
"""Seconds for what is nearly done: a client may write all it has to say and close at once."""


def is_had(prepare: Callable[[], None], stdin: int) -> bool:
    """Whether something that blocks came to its end before the client at the other side was gone.

    Raises what `prepare` raises.
    """
    done, gone = start(prepare), None
    while not done.done():
        try:
            done.result(_LOOK)
        except TimeoutError:
            gone = gone or (monotonic() if has_hung_up(stdin) else None)
            if gone is not None and monotonic() - gone > _GRACE:
                return False
    done.result()
    return True


def has_hung_up(descriptor: int) -> bool:
    """Whether nobody writes to a pipe or a socket any more, whatever is still to be read."""
    gone = False
    # On Windows only a read could tell; what is awaited has deadlines of its own.
    if sys.platform != "win32":
        asked = select.poll()
        asked.register(descriptor, getattr(select, "POLLRDHUP", 0))
        gone = bool(asked.poll(0))
    return gone
