"""What a person can choose: a profile in force, what is accepted of one, lockdown, silence, and
that one is observed.

`told` is called before a choice takes effect, once it is sure that it is another than before, and
what it raises undoes it: a choice that cannot be recorded is not made. Who may choose is for others
to say. Everything here raises ProfileFault where the choice cannot be read or written.
"""

from collections.abc import Callable

from localguard.config.acceptance import Version, with_accepted, with_confirmed
from localguard.config.choice import Choice, Key, by_person, change_choice
from localguard.config.faults import FileFault
from localguard.config.paths import Places

Told = Callable[[], None]


def use(places: Places, key: Key, version: Version, told: Told, *, first: bool = False) -> Choice:
    """Put a profile in force; the first use of one accepts it as it is.

    A person's word mends a file that cannot be used (see `change_choice`), and is taken up again by
    guards that do not believe what they found. It confirms what a guard has used first, if that is
    still the same. As `first` it is anybody's, and fails where somebody has chosen before.
    """

    def used(choice: Choice) -> Choice:
        if first and choice != Choice():
            raise FileFault("somebody else has chosen meanwhile", fix="try again")
        told()
        after = _used(places, choice, version, by_person=not first)._replace(profile=version.name)
        if first:
            return after
        after = by_person(after)
        same = version.name == choice.profile
        return after if same else after._replace(switched=after.chosen)

    return change_choice(places, key, used, mend=not first)


def accept(places: Places, key: Key, version: Version, told: Told) -> Choice:
    """Accept the files of a profile as a person has seen them."""

    def accepted(choice: Choice) -> Choice:
        same = choice.accepted.get(version.name) == version.digest
        if same and choice.is_confirmed(version.name):
            return choice
        told()
        return by_person(with_accepted(places, choice, version, confirmed=True))

    return change_choice(places, key, accepted)


def lock(places: Places, key: Key, told: Told, *, on: bool) -> Choice:
    """Have every call denied, or, at a person's word, end that.

    It can be begun whatever has become of the file.
    """

    def locked(choice: Choice) -> Choice:
        return _turned(choice, choice._replace(lockdown=on), told, tighter=on)

    return change_choice(places, key, locked, mend=on)


def silence(places: Places, key: Key, told: Told, *, on: bool) -> Choice:
    """Have whatever would be asked held at once, or, at a person's word, end that."""

    def silenced(choice: Choice) -> Choice:
        return _turned(choice, choice._replace(silent=on), told, tighter=on)

    return change_choice(places, key, silenced)


def observe(places: Places, key: Key, name: str, told: Told, *, until: int | None) -> Choice:
    """Have a profile observed until a moment (seconds since the epoch), at a person's word.

    With None, or an earlier end than before, that ends sooner, which anybody may do.
    """

    def observed(choice: Choice) -> Choice:
        known = choice.observed.get(name, 0)
        others = {one: end for one, end in choice.observed.items() if one != name}
        after = choice._replace(observed=others if until is None else {**others, name: until})
        return _turned(choice, after, told, tighter=until is None or until <= known)

    return change_choice(places, key, observed)


def _used(places: Places, choice: Choice, version: Version, *, by_person: bool) -> Choice:
    """The choice once a profile was used: an edit of what was accepted before stays one."""
    if version.name not in choice.accepted:
        return with_accepted(places, choice, version, confirmed=by_person)
    same = choice.accepted[version.name] == version.digest
    return with_confirmed(choice, version) if same and by_person else choice


def _turned(before: Choice, after: Choice, told: Told, *, tighter: bool) -> Choice:
    if after == before:
        return before
    told()
    return after if tighter else by_person(after)
