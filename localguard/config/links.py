"""What belongs to localguard though it lies elsewhere.

Profiles are often links into dotfiles, and a client's file that starts guards is as good as a
profile: whoever changes it starts something else.
"""

import json
import os
from collections.abc import Iterator
from typing import Final

from localguard.config.paths import Places

REGISTRY: Final = "clients.json"
"""The file below the state that says which files of clients start guards."""


def guarded(places: Places) -> tuple[str, ...]:
    """The folders that no wrapped server may reach into, and what links in them lead to now."""
    managed = (places.managed,) if os.path.lexists(places.managed) else ()
    own = (*places.own_folders, *managed, *_linked(places), *_registered(places))
    return tuple(dict.fromkeys(own))


def _registered(places: Places) -> Iterator[str]:
    """The files of clients in which a guard was registered."""
    try:
        with open(os.path.join(places.state, REGISTRY), "rb") as file:
            entries = json.load(file)["entries"]
        paths = [entry["path"] for entry in entries]
    except (OSError, ValueError, LookupError, TypeError):
        # Where nothing is registered, or nobody can tell what, there is no file to keep.
        return
    yield from (os.path.realpath(path) for path in paths if isinstance(path, str))


def _linked(places: Places) -> Iterator[str]:
    for folder in (*places.own_folders, places.profiles, places.state):
        try:
            with os.scandir(folder) as entries:
                links = [entry.path for entry in entries if entry.is_symlink()]
        except OSError:
            # A folder that is not there holds nothing.
            continue
        yield from map(os.path.realpath, links)
