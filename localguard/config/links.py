"""What belongs to localguard though it lies elsewhere: profiles are often links into dotfiles."""

import os
from collections.abc import Iterator

from localguard.config.paths import Places


def guarded(places: Places) -> tuple[str, ...]:
    """The folders that no wrapped server may reach into, and what links in them lead to now."""
    managed = (places.managed,) if os.path.lexists(places.managed) else ()
    return tuple(dict.fromkeys((*places.own_folders, *managed, *_linked(places))))


def _linked(places: Places) -> Iterator[str]:
    for folder in (*places.own_folders, places.profiles, places.state):
        try:
            with os.scandir(folder) as entries:
                links = [entry.path for entry in entries if entry.is_symlink()]
        except OSError:
            # A folder that is not there holds nothing.
            continue
        yield from map(os.path.realpath, links)
