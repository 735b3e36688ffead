"""Work that may block for ever, on a thread that no exit waits for.

A locked keyring, a provider that does not answer and a name that does not resolve can each hold a
thread for as long as they like. The pools of `asyncio` and `anyio` join their threads at the end,
so a guard whose client is gone would outlive it; a daemon thread does not.
"""

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import TypeVar

import anyio
from anyio import from_thread, lowlevel

T = TypeVar("T")


def start(work: Callable[[], T], after: Callable[[], None] = lambda: None) -> Future[T]:
    """Begin the work on a thread of its own; what it returns or raises is in the future.

    `after` is called on that thread, once the future is done.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 -- whatever it is, it belongs to who asked
            future.set_exception(error)
        after()

    threading.Thread(target=run, daemon=True, name="localguard-aside").start()
    return future


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work returns. Raises TimeoutError after the seconds, and whatever the work raises.

    Work that is late goes on, and what becomes of it is lost.
    """
    return start(work).result(seconds)


async def aside(work: Callable[[], T]) -> T:
    """What the work returns, while the event loop goes on. Raises whatever the work raises.

    A caller that is cancelled stops waiting; the work itself goes on to its end.
    """
    done, token = anyio.Event(), lowlevel.current_token()

    def wake() -> None:
        # The loop may be gone by the time the work is done.
        with suppress(anyio.RunFinishedError, CancelledError, RuntimeError):
            from_thread.run_sync(done.set, token=token)

    future = start(work, wake)
    await done.wait()
    return future.result()
