"""The pattern that names one item, whatever its server calls it.

What is denied must not depend on that: no name may be one that cannot be denied, and none may make
a denial reach further than to names that look like it. Pure.
"""

from localguard.config.patterns import read_pattern
from localguard.config.remembered_text import is_writable
from localguard.config.tables import Unfit


def pattern_for(server: str, item: str) -> str:
    """A pattern that names an item, and as little beside it as patterns can.

    A character that patterns have no place for, or another meaning, becomes a `?`, which stands for
    any one character. Raises Unfit.
    """
    kind = next((one for one in ("resource:", "prompt:") if item.startswith(one)), "")
    wild = set("*?{} ") | (set() if kind else set("[]"))
    rest = item[len(kind) :]
    chars = ["?" if one in wild or not _is_plain(one) else one for one in rest]
    if not kind and chars and chars[0] == "@":
        chars[0] = "?"
    text = f"{server}/{kind}{''.join(chars)}"
    if not read_pattern(text).names(server, item) or set(server) & set("*?"):
        raise Unfit(f'"{text}" does not name the call', "write the rule by hand")
    return text


def _is_plain(char: str) -> bool:
    try:
        read_pattern(f"x/y{char}")
    except Unfit:
        # Brackets are told by whoever asks; all else that does not read has no place.
        return char in "[]"
    return is_writable(char)
