"""Fields a person types into; what is pasted into them and cannot be seen is made visible, or goes.

Knows nothing of what is typed for.
"""

import json

from textual.widgets import Input

from localguard.text import is_hidden


class Entry(Input):
    """One line; a character that nobody sees is dropped."""

    DEFAULT_CSS = """
    Entry { border: none; height: 1; padding: 0 1; background: $panel; }
    Entry:focus { border: none; }
    """

    def validate_value(self, value: str) -> str:
        """Called by Textual for each new value."""
        return "".join(char for char in value if not is_hidden(char))


def escaped(text: str) -> str:
    r"""A text of JSON in which all that nobody sees is written as `\uXXXX`, which means the same.

    Between tokens, where such an escape means nothing, it makes the text faulty, and so is seen.
    """
    return "".join(json.dumps(c)[1:-1] if is_hidden(c) and c not in "\n\t" else c for c in text)
