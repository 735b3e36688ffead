"""Exit codes: what a script may rely on."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of every command but `run`, which passes on its server's."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    DENIED = 3
    LOGIN = 4
    HELD = 5
    NO_GUARD = 6
    INVALID = 7
    INTERRUPTED = 130
