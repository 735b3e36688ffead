"""How localguard writes a file of its own: whole or not at all, one writer at a time.

A reader finds the old text or the new one, also after a crash.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from localguard import whole_file
from localguard.config.faults import FileFault
from localguard.config.paths import make_private


def replace_text(path: str, text: str) -> None:
    """Put a text in place of what stands in a file (0600), and create its folder if needed.

    Raises ProfileFault when it cannot be written.
    """
    make_private(os.path.dirname(path))
    try:
        with _locked(f"{path}.lock"):
            whole_file.replace(path, text.encode())
    except OSError as error:
        fix = "free the disk, or make the folder writable"
        what = f"it cannot be written ({error.strerror})"
        raise FileFault(what, where=path, fix=fix) from error


@contextmanager
def _locked(path: str) -> Iterator[None]:
    descriptor = os.open(path, whole_file.CREATE, 0o600)
    try:
        whole_file.lock(descriptor)
        yield
    finally:
        os.close(descriptor)
