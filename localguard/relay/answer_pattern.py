"""Which arguments a lasting answer covers, as conditions: all of them, some, or any."""

from collections.abc import Collection

from localguard.control.messages import Match
from localguard.policy.calls import Arguments, Json
from localguard.policy.conditions import Argument, Condition
from localguard.policy.matchers import Flag, Literal, Matcher, Number


class Unkept(ValueError):
    """Raised for an argument that no answer can hold on to; the text is for a person."""


def pattern_of(
    arguments: Arguments, match: Match, kept: Collection[str]
) -> tuple[Condition, ...] | None:
    """The conditions of an answer; None is exactly these arguments.

    `kept` names the arguments of "some". Raises Unkept.
    """
    if match == "exact":
        return None
    if match == "tool":
        return ()
    if not kept:
        raise Unkept("no argument was named that has to stay as it is")
    return tuple(_kept(name, arguments) for name in kept)


def _kept(name: str, arguments: Arguments) -> Condition:
    if name not in arguments:
        raise Unkept(f"the call has no argument {name}")
    return Argument((name,), (_matcher(name, arguments[name]),), single=True)


def _matcher(name: str, value: Json) -> Matcher:
    match value:
        case str():
            return Literal(value)
        case bool():
            return Flag(value)
        case int() | float():
            return Number(value)
        case _:
            raise Unkept(f"the argument {name} is no text, number or yes-or-no")
