"""How each system is made to put a file on its disk.

`flush` returns when the data and the size of a file are there, and raises OSError. A failed flush
is not to be repeated: the system may have dropped what it could not write, and would then report
success. Knows descriptors only.
"""

import os
import sys

if sys.platform == "darwin":
    import fcntl

    def flush(fd: int) -> None:
        """Flush a file, and the cache of the drive, which `fsync` alone leaves alone there."""
        try:
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
        except OSError:
            # Network file systems have no such thing.
            os.fsync(fd)

elif sys.platform == "win32":

    def flush(fd: int) -> None:
        """Flush a file."""
        os.fsync(fd)

else:

    def flush(fd: int) -> None:
        """Flush a file, without what is not needed to read it again."""
        os.fdatasync(fd)
