"""Brings files to disk by a thread of its own, so that who writes them need not wait for a disk.

One file at a time: two flushes of one file would share its errors, and one of them would miss some.
Who waits for a disk after all (`now`) waits for the thread first. Knows descriptors, not segments.
"""

import os
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread

from localguard.audit.disk import flush
from localguard.whole_file import sync_folder


class Syncer:
    """The flushes of one process. `failed` is for who writes to take note of, and to take back."""

    __slots__ = ("_done", "_given", "_jobs", "_lock", "_thread", "failed")

    def __init__(self) -> None:
        """Start no thread yet."""
        self.failed = False
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None
        # Each is counted on one side only, so that no count is ever lost between the two.
        self._given = 0
        self._done = 0

    @property
    def busy(self) -> bool:
        """Whether something that was handed to the thread is not done yet."""
        return self._given != self._done

    def later(self, fd: int, folders: tuple[str, ...], then: Callable[[bool], None]) -> None:
        """Flush a file by the thread; there `then` is told whether it is on disk.

        The descriptor is copied, so that its owner may close it at once.
        """
        try:
            own = os.dup(fd)
        except OSError:
            self.failed = True
            then(False)
            return
        if self._thread is None:
            self._thread = Thread(target=self._work, name="audit-sync", daemon=True)
            self._thread.start()
        self._given += 1
        self._jobs.put(lambda: self._flush(own, folders, then))

    def _flush(self, own: int, folders: tuple[str, ...], then: Callable[[bool], None]) -> None:
        try:
            self.now(own, folders)
        except OSError:
            self.failed = True
        else:
            then(True)
            return
        finally:
            os.close(own)
        then(False)

    def now(self, fd: int, folders: tuple[str, ...]) -> None:
        """Flush a file and then the folders with its name. Raises OSError."""
        with self._lock:
            flush(fd)
            for folder in folders:
                sync_folder(folder)

    def finish(self, seconds: float) -> None:
        """Let the thread do what it was handed, for at most so long, and end."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join(seconds)
            self._thread = None

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            self._done += 1
