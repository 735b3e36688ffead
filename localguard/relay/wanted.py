"""What `run` was asked for. Apart from the rest of the start, since everything begins with it."""

from typing import NamedTuple


class Wanted(NamedTuple):
    """What `run` was asked for. Without `argv` and `url` the profile says what `name` is.

    `observe` is for how many seconds the profile should be observed. That is a wish and no more:
    whoever can edit a client's configuration can write it, a model among them.
    """

    name: str | None = None
    argv: tuple[str, ...] = ()
    url: str | None = None
    profile: str | None = None
    observe: int | None = None
