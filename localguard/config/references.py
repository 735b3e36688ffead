"""The text of an argument in a rule: a pattern, or what is known of the person who is signed in.

`$user`, `$group` and `$claim.<x>` are facts of the person, and `$$` is a dollar. Only the first
character can be one that means something, and only in the arguments that people write.
"""

from localguard.config.tables import Unfit
from localguard.policy.globs import Glob
from localguard.policy.matchers import Matcher, Same, Text

_CLAIM = "claim."


def read_text(text: str) -> Matcher:
    """A text with wildcards, in which a dollar is a dollar."""
    return Text(Glob(text))


def read_reference(text: str) -> Matcher:
    """A text with wildcards, or the fact that it refers to. Raises Unfit where there is none."""
    if not text.startswith("$"):
        return read_text(text)
    fact = text[1:]
    if fact.startswith("$"):
        return read_text(fact)
    if fact in {"user", "group"} or (fact.startswith(_CLAIM) and fact != _CLAIM):
        return Same(fact)
    fix = f'write $user, $group or $claim.NAME, or "${text}" for a text that begins with a dollar'
    raise Unfit(f'"{text}" refers to nothing that is known of who is signed in', fix)
