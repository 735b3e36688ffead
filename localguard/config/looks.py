"""One look at a file: whether it is another than before, without reading it."""

import os

Look = tuple[int, ...] | None
"""What `stat` says of a file: two that are equal are of one content. None: there is no file."""


def look(path: str, before: Look = ()) -> Look:
    """What `stat` says of a file now; where it cannot be asked, the number of the error.

    `before` is what it said last: that a missing file is still missing costs less to see.
    """
    if before is None and not os.access(path, os.F_OK):
        return None
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return (error.errno or 0,)
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns
