"""What kind of SQL a text is: `read`, `write` or `ddl`; nothing where that is not sure.

A kind is told only of what is known through and through: each function and each part of a syntax
tree stands in a list here, no word may begin a statement of its own, and all dialects that can read
the text agree. What a view or a trigger does, and a function of one's own that is called like a
known one, is up to the database.

Needs sqlglot (the extra `sql`), which is loaded by the first text.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from localguard.policy.sql_parts import BEGINNINGS, DDL_KINDS, FUNCTIONS, NO_DDL, READ, WRITE
from localguard.policy.sql_text import MAX_LENGTH, statements_in

_DIALECTS: Final = (None, "postgres", "mysql", "sqlite")
_ROOTS: Final = {
    "read": frozenset({"Select", "Union", "Intersect", "Except"}),
    "write": frozenset({"Insert", "Update", "Delete", "Merge"}),
    "ddl": frozenset({"Create", "Drop", "Alter", "TruncateTable"}),
}
Part = tuple[str, str]
"""The class of a part of a syntax tree; and what it is called, where that tells what it does."""


def kind_of(text: str) -> str | None:
    """`read`, `write` or `ddl`, if all statements of the text are surely that; else None."""
    return _kind_of(text) if len(text) <= MAX_LENGTH else None


@lru_cache(256)
def _kind_of(text: str) -> str | None:
    statements = statements_in(text)
    kinds = {_kind_by_words(words) for words in statements or ()}
    kind = kinds.pop() if len(kinds) == 1 else None
    if statements is None or kind is None:
        return None
    readings = [found for dialect in _DIALECTS if (found := _read(text, dialect)) is not None]
    sure = [
        len(found) == len(statements) and all(_is_of(kind, parts) for parts in found)
        for found in readings
    ]
    return kind if sure and all(sure) else None


def _kind_by_words(words: tuple[str, ...]) -> str | None:
    """The only kind that a statement with these words may be of."""
    for kind, (first, others) in BEGINNINGS.items():
        if words and words[0] in first and others.isdisjoint(words[1:]):
            return kind
    return None


def _read(text: str, dialect: str | None) -> list[list[Part]] | None:
    """The parts of each statement, the statement itself first; None if this is another dialect."""
    import sqlglot  # noqa: PLC0415 -- heavy, and most profiles never need it
    from sqlglot import errors, parser  # noqa: PLC0415

    # It would write of texts that it knows only half into the log, and so to stderr.
    parser.logger.disabled = True
    try:
        trees = sqlglot.parse(text, read=dialect)
        return [list(_parts(tree.walk())) for tree in trees if tree is not None]
    except errors.SqlglotError:
        return None
    except Exception:  # noqa: BLE001 -- what makes a parser stumble is no statement of any kind
        return []


def _parts(nodes: Iterable[object]) -> Iterator[Part]:
    for node in nodes:
        word = type(node).__name__
        name = getattr(node, "kind" if word in DDL_KINDS else "name", "")
        yield word, name if isinstance(name, str) else ""


def _is_of(kind: str, parts: list[Part]) -> bool:
    if not parts or parts[0][0] not in _ROOTS[kind]:
        return False
    return all(_is_known(kind, word, name) for word, name in parts)


def _is_known(kind: str, word: str, name: str) -> bool:
    if word == "Anonymous":
        return name.lower() in FUNCTIONS
    if kind == "ddl":
        return word not in NO_DDL and (word not in DDL_KINDS or name.upper() in DDL_KINDS[word])
    return word in READ or (kind == "write" and word in WRITE)
