"""What a person can choose: a profile to be in force, what is accepted of one, lockdown, silence.

`told` is called before a choice takes effect, once it is sure that it is another than before, and
what it raises undoes it: a choice that cannot be recorded is not made. Who may choose is for others
to say. Everything here raises ProfileFault where the choice cannot be read or written.
"""

from collections.abc import Callable
from dataclasses import replace

from localguard.config.acceptance import Version, with_accepted
from localguard.config.choice import Choice, Key, change_choice
from localguard.config.faults import FileFault
from localguard.config.paths import Places

Told = Callable[[], None]


def use(places: Places, key: Key, version: Version, told: Told, *, mend: bool) -> Choice:
    """Put a profile in force; the first use of one accepts it as it is.

    With `mend` a file that cannot be used is replaced (see `change_choice`); without it this is a
    first choice, and fails where somebody has chosen meanwhile.
    """

    def used(choice: Choice) -> Choice:
        if choice.profile == version.name:
            return choice
        if choice.serial and not mend:
            raise FileFault("somebody else has chosen meanwhile", where=choice.profile or "")
        told()
        known = version.name in choice.accepted
        chosen = choice if known else with_accepted(places, choice, version)
        return replace(chosen, profile=version.name)

    return change_choice(places, key, used, mend=mend)


def accept(places: Places, key: Key, version: Version, told: Told) -> Choice:
    """Accept the files of a profile as a person has seen them."""

    def accepted(choice: Choice) -> Choice:
        if choice.accepted.get(version.name) == version.digest:
            return choice
        told()
        return with_accepted(places, choice, version)

    return change_choice(places, key, accepted)


def lock(places: Places, key: Key, told: Told, *, on: bool) -> Choice:
    """Have every call denied, or end that. It can be begun whatever has become of the file."""
    return change_choice(
        places, key, lambda choice: _turned(choice, replace(choice, lockdown=on), told), mend=on
    )


def silence(places: Places, key: Key, told: Told, *, on: bool) -> Choice:
    """Have whatever would be asked held at once, or end that."""
    return change_choice(
        places, key, lambda choice: _turned(choice, replace(choice, silent=on), told)
    )


def _turned(before: Choice, after: Choice, told: Told) -> Choice:
    if after != before:
        told()
    return after
