"""Which version of a profile's files a person has accepted, and the text of it.

A model with a shell can edit the files of a profile. So the first version that is ever loaded is
accepted by that, and what differs from it later allows nothing that it did not, until a person
accepts it. It can write a profile and have it used first, too: so what nobody but a guard has
accepted is given nothing before its calls are asked about. The choice, which is sealed, holds the
digest of the accepted version, and whether a person has accepted it; the text lies in
state/accepted/DIGEST/ and counts only as long as it has that digest. Knows no person: who may
accept is for others to say.
"""

import os
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Final

from localguard import whole_file
from localguard.config.build import build, digest_of, read_profile
from localguard.config.choice import LOST, Choice, Key, accepted_folder, by_person, change_choice
from localguard.config.faults import FileFault
from localguard.config.load import Document, read_document
from localguard.config.managed import Managed, joined
from localguard.config.paths import Places, make_private
from localguard.errors import ProfileFault
from localguard.policy.decide import Standing
from localguard.policy.lowering import floor, tempered
from localguard.policy.profile import Profile

LOOK: Final = "look at it with: localguard profile accept"


class Version:
    """The files of one profile as they are, or were, at one moment; its own comes first."""

    def __init__(self, name: str, documents: tuple[Document, ...]) -> None:
        self.name = name
        self.documents = documents

    @property
    def digest(self) -> str:
        """The digest that a profile made of it has."""
        return digest_of(self.documents)

    @property
    def texts(self) -> dict[str, bytes]:
        """The bytes of each file, by its name."""
        return {document.name: document.raw for document in self.documents}

    def profile(self, home: str) -> Profile:
        """The profile that it says. Raises ProfileFault."""
        return build(self.name, self.documents, home, tested=False)


def current_version(places: Places, name: str) -> Version:
    """The files of a profile as they are now. Raises ProfileFault."""
    return _version(name, places.profile_files(name))


def valid_version(places: Places, name: str) -> tuple[Profile, Version]:
    """A profile that is valid, its tests passed, and the files that say so. Raises ProfileFault."""
    profile, version = read_profile(places, name), current_version(places, name)
    if version.digest != profile.digest:
        raise FileFault("it was changed while it was read", where=profile.file, fix="try again")
    return profile, version


def accepted_version(places: Places, choice: Choice, name: str) -> Version | None:
    """What was accepted of a profile; None where nothing was, or its text is no longer that."""
    digest = choice.accepted.get(name, LOST)
    if digest == LOST:
        return None
    folder = os.path.join(accepted_folder(places), digest)
    try:
        found = _version(name, [os.path.join(folder, file) for file in _files(name)])
    except ProfileFault:
        return None
    return found if found.digest == digest else None


def held(places: Places, choice: Choice, own: Profile, managed: Managed | None) -> Standing:
    """The standing of a person's profile, held against what was accepted of it if that is another.

    Where what was accepted cannot be read any more, that is a profile that allows nothing.
    """
    whole, confirmed = joined(own, managed), choice.is_confirmed(own.name)
    if choice.accepted.get(own.name, own.digest) == own.digest:
        return Standing(whole, confirmed=confirmed)
    accepted, why = _standard(places, choice, own.name)
    before = joined(accepted, managed)
    return Standing(
        tempered(whole, before),
        accepted=floor(before, whole),
        unaccepted=f"{why}; {LOOK} {own.name}",
        confirmed=confirmed,
    )


def accept_first(places: Places, key: Key, profile: Profile) -> Choice:
    """Accept what was loaded of a profile, unless some version of it was accepted before.

    Raises ProfileFault where that cannot be recorded.
    """

    def first(choice: Choice) -> Choice:
        if profile.name in choice.accepted:
            return choice
        version = current_version(places, profile.name)
        # What was edited meanwhile is not what was loaded; the next look sees it.
        if version.digest != profile.digest:
            return choice
        return with_accepted(places, choice, version, confirmed=False)

    return change_choice(places, key, first)


def accept_now(places: Places, key: Key, name: str, write: Callable[[], None]) -> Choice:
    """Have a person's word written to a file of localguard's, and accept that in the same act.

    Only what `write` does is accepted: the person's own file stays as it was accepted, by a person
    or not, and where those beside it were not accepted before, they are not by this. Raises
    ProfileFault, and what `write` raises.
    """

    def written(choice: Choice) -> Choice:
        old = accepted_version(places, choice, name)
        before = _beside(places, name)
        write()
        if name not in choice.accepted:
            version = current_version(places, name)
        elif old is not None and _raw(before) == _raw(old.documents[1:]):
            version = Version(name, old.documents[:1] + _beside(places, name))
        else:
            return choice
        confirmed = choice.is_confirmed(name)
        return by_person(with_accepted(places, choice, version, confirmed=confirmed))

    return change_choice(places, key, written)


def with_accepted(places: Places, choice: Choice, version: Version, *, confirmed: bool) -> Choice:
    """The choice with a version accepted, once its text is kept.

    `confirmed` says that a person has accepted all of it, not only what was added to it.
    """
    digest = version.digest
    folder = os.path.join(accepted_folder(places), digest)
    _empty(folder, version.texts)
    make_private(folder)
    for name, raw in version.texts.items():
        whole_file.replace(os.path.join(folder, name), raw)
    _tidy(places, {digest, *choice.accepted.values()})
    accepted = choice._replace(accepted={**choice.accepted, version.name: digest})
    return with_confirmed(accepted, version) if confirmed else accepted


def with_confirmed(choice: Choice, version: Version) -> Choice:
    """The choice with a person's word for a version that was accepted already."""
    return choice._replace(confirmed={**choice.confirmed, version.name: version.digest})


def _tidy(places: Places, wanted: Collection[str]) -> None:
    """Remove the texts that no choice speaks of any more."""
    above = accepted_folder(places)
    for digest in set(os.listdir(above)).difference(wanted):
        folder = os.path.join(above, digest)
        with suppress(OSError):
            _empty(folder, ())
            os.rmdir(folder)


def _empty(folder: str, kept: Collection[str]) -> None:
    """Remove all but some files of a folder; of a link only the link, whatever it leads to."""
    if os.path.islink(folder):
        os.unlink(folder)
    elif os.path.isdir(folder):
        for name in set(os.listdir(folder)).difference(kept):
            os.unlink(os.path.join(folder, name))


def _standard(places: Places, choice: Choice, name: str) -> tuple[Profile, str]:
    """What was accepted of a profile, and what has become of it since."""
    found = accepted_version(places, choice, name)
    if found is not None:
        with suppress(ProfileFault):
            changed = " and ".join(_changed(places, found)) or f"{name}.toml"
            return found.profile(places.home), f"{changed} changed since"
    return Profile(name, ()), "what that was is not known any more"


def _files(name: str) -> tuple[str, str, str]:
    return f"{name}.toml", f"{name}.remembered.toml", f"{name}.servers.toml"


def _version(name: str, paths: Sequence[str]) -> Version:
    return Version(name, (read_document(paths[0]), *_if_there(paths[1:])))


def _beside(places: Places, name: str) -> tuple[Document, ...]:
    """The files that localguard writes."""
    return _if_there(places.profile_files(name)[1:])


def _if_there(paths: Sequence[str]) -> tuple[Document, ...]:
    # A link that leads nowhere is there.
    return tuple(read_document(path) for path in paths if os.path.lexists(path))


def _raw(documents: tuple[Document, ...]) -> list[tuple[str, bytes]]:
    return [(document.name, document.raw) for document in documents]


def _changed(places: Places, accepted: Version) -> list[str]:
    """The names of the files that are not as they were accepted."""
    try:
        now = current_version(places, accepted.name).texts
    except ProfileFault:
        return []
    before = accepted.texts
    return [name for name in _files(accepted.name) if now.get(name) != before.get(name)]
