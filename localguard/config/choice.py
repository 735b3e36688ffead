"""What a person has chosen: the profile in force, lockdown, silence, and which files are accepted.

All of it is one file, state/active.toml, under one seal, so that no program that can write files
(a model with a shell can) chooses in the person's place. A file without its seal was written by
nobody. `chosen` and `serial` give an older copy away that was put back. Knows no key: it is given
as a callable, and what that raises goes through.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final, NamedTuple, TypeGuard

from localguard import seals, whole_file
from localguard.config.build import profile_names
from localguard.config.faults import FileFault
from localguard.config.load import Document, read_document
from localguard.config.paths import PROFILE_NAME, Places, make_private
from localguard.errors import ProfileFault

Key = Callable[[], bytes]
"""The key of the seals. Raises ProfileFault where it cannot be had."""

FIX: Final = "localguard profile use NAME"
LOST: Final = ""
"""In the place of a digest: a version was accepted, and nobody knows any more which."""

_VERSION: Final = 1
_LATEST: Final = 253_402_300_799
"""The last second that dates have, since the epoch."""
_PURPOSE: Final = "choice"
_SEAL: Final = 'seal = "'
_END: Final = '"\n'
_HEX: Final = frozenset("0123456789abcdef")
_KEYS: Final = frozenset(
    {"version", "chosen", "serial", "switched", "profile", "lockdown", "silent", "accepted", "seal"}
    | {"confirmed", "observed"}
)
_HEAD: Final = """\
# Written and sealed by localguard; a change by hand makes it void. To choose otherwise:
# localguard profile use, localguard profile accept, localguard lockdown.
"""


class Choice(NamedTuple):
    """What is chosen. With serial 0 nobody has chosen yet.

    `chosen` is the moment of a person's last choice in milliseconds since the epoch, or more, so
    that it rises with each; what anybody may do (begin lockdown, use a profile first) only lets
    `serial` rise, which each write does. `switched` is what `chosen` was when another profile was
    chosen. `accepted` has for each profile that was ever loaded the
    digest (`Profile.digest`) of the files that were accepted, or LOST, and `confirmed` the same
    digest where that was a person's word: else a guard has used them first, whoever wrote them.
    `silent` holds at once whatever would be asked. `observed` has for each profile until when what
    only its default denies is let through, in seconds since the epoch.
    """

    profile: str | None = None
    lockdown: bool = False
    silent: bool = False
    chosen: int = 0
    serial: int = 0
    switched: int = 0
    accepted: Mapping[str, str] = MappingProxyType({})
    observed: Mapping[str, int] = MappingProxyType({})
    confirmed: Mapping[str, str] = MappingProxyType({})

    def is_confirmed(self, name: str) -> bool:
        """Whether what was accepted of a profile is what a person has accepted."""
        digest = self.accepted.get(name, LOST)
        return digest != LOST and self.confirmed.get(name) == digest

    def is_only_used(self, name: str) -> bool:
        """Whether a profile was accepted by a first use, and by no person."""
        return self.accepted.get(name, LOST) != LOST and not self.is_confirmed(name)

    def observed_until(self, name: str | None, now: float) -> int | None:
        """Until when a profile is observed; None where it is not, or not any more."""
        until = None if name is None else self.observed.get(name)
        return until if until is not None and now < until else None


def read_choice(places: Places, key: Key | None) -> Choice:
    """What is chosen; where nobody has chosen yet, nothing is.

    Without a `key` the seal is not looked at, which is for commands that only tell. Raises
    ProfileFault when the file is gone, cannot be read, or is not as localguard wrote it.
    """
    if os.path.lexists(places.active_file):
        return _read(places, None if key is None else key())
    if _was_chosen(places):
        raise _gone()
    return Choice()


def is_first(places: Places) -> bool:
    """Whether nobody has ever chosen anything here."""
    return not (os.path.lexists(places.active_file) or _was_chosen(places))


def change_choice(
    places: Places, key: Key, change: Callable[[Choice], Choice], *, mend: bool = False
) -> Choice:
    """Have `change` make the next choice of the one there is; what is written then.

    One process at a time, so that no change is lost. Nothing is written where nothing changes. With
    `mend` a file that cannot be used is replaced: the choice begins anew, and nothing counts as
    accepted. Raises ProfileFault, and what `change` raises.
    """
    make_private(places.state)
    try:
        with _locked(places.active_file):
            # Asked before the key may be made, which is there from the first choice on.
            first = is_first(places)
            secret = key()
            before = Choice() if first else _before(places, secret, mend=mend)
            after = change(before)
            if after == before:
                return before
            after = after._replace(serial=before.serial + 1)
            whole_file.replace(places.active_file, _sealed(after, secret).encode())
    except OSError as error:
        fix = "free the disk, make the folder writable, or rm active.toml.new active.toml.lock"
        what = f"it cannot be written ({error.strerror})"
        raise FileFault(what, where=places.active_file, fix=fix) from error
    return after


def by_person(choice: Choice) -> Choice:
    """The choice as a person's word, which counts above every one before."""
    return choice._replace(chosen=max(choice.chosen + 1, time.time_ns() // 1_000_000))


def accepted_folder(places: Places) -> str:
    """The folder with the texts of accepted versions."""
    return os.path.join(places.state, "accepted")


def _before(places: Places, secret: bytes, *, mend: bool) -> Choice:
    try:
        return read_choice(places, lambda: secret)
    except ProfileFault:
        if not mend:
            raise
    return Choice(accepted=dict.fromkeys(profile_names(places), LOST))


def _was_chosen(places: Places) -> bool:
    """Whether anything was ever chosen or accepted; also where that cannot be told.

    The key of the seals tells it too, so that to remove what was chosen is no way to begin anew.
    """
    if os.path.lexists(os.path.join(places.vault, f"{seals.NAME}.key")):
        return True
    try:
        return bool(os.listdir(accepted_folder(places)))
    except FileNotFoundError:
        return False
    except OSError:
        return True


@contextmanager
def _locked(path: str) -> Iterator[None]:
    descriptor = os.open(f"{path}.lock", whole_file.CREATE, 0o600)
    try:
        whole_file.lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _sealed(choice: Choice, secret: bytes) -> str:
    lines = [
        f"version = {_VERSION}",
        f"chosen = {choice.chosen}",
        f"serial = {choice.serial}",
        f"switched = {choice.switched}",
        *([] if choice.profile is None else [f'profile = "{choice.profile}"']),
        f"lockdown = {str(choice.lockdown).lower()}",
        f"silent = {str(choice.silent).lower()}",
        *(f'accepted.{name} = "{digest}"' for name, digest in sorted(choice.accepted.items())),
        *(f'confirmed.{name} = "{digest}"' for name, digest in sorted(choice.confirmed.items())),
        *(f"observed.{name} = {until}" for name, until in sorted(choice.observed.items())),
    ]
    text = _HEAD + "".join(f"{line}\n" for line in lines)
    return f"{text}{_SEAL}{seals.seal(secret, _PURPOSE, text)}{_END}"


def _read(places: Places, secret: bytes | None) -> Choice:
    try:
        document = read_document(places.active_file)
    except ProfileFault as fault:
        # Whatever it is, a new one takes its place, and no repair by hand would count.
        raise FileFault(fault.what, where=fault.where, fix=FIX) from fault
    if secret is not None and not _is_sealed(document, secret):
        what = "it is not as localguard wrote it at a person's word, so it chooses nothing"
        raise FileFault(what, where=document.name, fix=FIX)
    return _choice(document)


def _is_sealed(document: Document, secret: bytes) -> bool:
    text, seal, mark = document.raw.decode().rpartition(_SEAL)
    whole = bool(seal) and mark.endswith(_END)
    return whole and seals.holds(secret, _PURPOSE, text, mark.removesuffix(_END))


def _choice(document: Document) -> Choice:
    """What a file says. Raises ProfileFault for anything that this version does not write."""
    tables = document.tables
    counts = [tables.get(key) for key in ("chosen", "serial", "switched")]
    chosen, serial, switched = [count if type(count) is int else None for count in counts]
    profile = tables.get("profile")
    accepted, observed = tables.get("accepted", {}), tables.get("observed", {})
    # Records from before this was kept say nothing of a person's word, so there was none.
    confirmed = tables.get("confirmed", {})
    lockdown, silent = tables.get("lockdown"), tables.get("silent")
    if (
        tables.get("version") == _VERSION
        and tables.keys() <= _KEYS
        and chosen is not None
        and serial is not None
        and switched is not None
        and (profile is None or _is_name(profile))
        and isinstance(lockdown, bool)
        and isinstance(silent, bool)
        and isinstance(accepted, dict)
        and all(map(_is_accepted, accepted.items()))
        and isinstance(confirmed, dict)
        and all(map(_is_accepted, confirmed.items()))
        and isinstance(observed, dict)
        and all(map(_is_observed, observed.items()))
    ):
        counted = (chosen, serial, switched)
        return Choice(profile, lockdown, silent, *counted, accepted, observed, confirmed)
    raise FileFault("this localguard cannot read it", where=document.name, fix=FIX)


def _is_name(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and PROFILE_NAME.fullmatch(value) is not None


def _is_accepted(pair: tuple[object, object]) -> bool:
    name, digest = pair
    # It becomes the name of a folder.
    return (
        _is_name(name) and isinstance(digest, str) and len(digest) in (0, 64) and {*digest} <= _HEX
    )


def _is_observed(pair: tuple[object, object]) -> bool:
    name, until = pair
    return _is_name(name) and type(until) is int and 0 < until <= _LATEST


def _gone() -> ProfileFault:
    what = "the choice of a profile is gone, and with it what was accepted"
    return FileFault(what, where="active.toml", fix=FIX)
