"""What `run` was asked for. Apart from the rest of the start, since everything begins with it."""

from typing import NamedTuple


class Wanted(NamedTuple):
    """What `run` was asked for. Without `argv` and `url` the profile says what `name` is."""

    name: str | None = None
    argv: tuple[str, ...] = ()
    url: str | None = None
    profile: str | None = None
