"""An SQL text cut into statements, where every database cuts it at the same places.

Databases do not agree where a string, a name or a comment ends: a backslash, `#`, `/*!`, `--1`,
`$$` and `[']` begin or end something in one and nothing in another. A text with any of these says
nothing surely. Knows no grammar.
"""

import re

MAX_LENGTH = 10_000
"""Characters of a text that is looked at; parsers are slow."""

# A comment of two dashes needs a blank behind them for MySQL, and PostgreSQL does not end it where
# others do at a lone CR. Text in quotes may hold anything that no database reads as its end.
_TOKEN = re.compile(
    r"""
      (?P<skip> [ \t\n]+ | --(?=[ \t\n]|\Z)[^\n]* | /\*(?![!+M])(?:(?!/\*|\*/).)*\*/ )
    | (?P<word> [A-Za-z_][A-Za-z0-9_]* (?!['"`$]) )
    | (?P<end> ; )
    | '(?:[^']|'')*'(?!') | "(?:[^"]|"")+"(?!") | `[^`'";\[\]]+`(?!`) | \[[A-Za-z0-9_ ,.]*\]
    | (?:\d+(?:\.\d+)?|\.\d+)(?:[Ee][+-]?\d+)?(?![\w.$'"`])
    | \$\d+(?![\w$]) | [(),.+*%<>=|&^~@:?!] | -(?!-) | /(?!\*)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_UNSURE = re.compile(
    r"""\\|'''|\"\"\"|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\u2028\u2029]"""
)


def statements_in(text: str) -> tuple[tuple[str, ...], ...] | None:
    """The bare words of each statement in lower case, or None where that is not sure.

    What stands in quotes and comments is left out, and so are empty statements.
    """
    if _UNSURE.search(text):
        return None
    text = text.replace("\r\n", "\n")
    statements: list[list[str] | None] = [None]
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            return None
        position = found.end()
        _note(statements, found)
    return tuple(tuple(words) for words in statements if words is not None)


def _note(statements: list[list[str] | None], found: re.Match[str]) -> None:
    if found["end"]:
        statements.append(None)
    elif not found["skip"]:
        words = statements[-1] = statements[-1] or []
        if found["word"]:
            words.append(found["word"].lower())
