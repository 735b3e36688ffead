"""What an editor of one format does; which there is for the format of a file.

Each is pure, and changes of a text only the span of the one entry that it is asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, get_args

from localguard.clients.json_text import JsonText

Format = Literal["json", "jsonc", "toml", "yaml"]
FORMATS: tuple[Format, ...] = get_args(Format)


class Editor(Protocol):
    """All of it raises ProfileFault with line and column where the text cannot be read."""

    def read(self, text: str) -> Mapping[str, object]:
        """All that the text says; nothing where it is empty."""

    def put(self, text: str, path: Sequence[str], name: str, value: object) -> str:
        """The text with an entry below a path, in place of the one of that name."""

    def remove(self, text: str, path: Sequence[str], name: str) -> str:
        """The text without an entry, if it has it."""

    def taken(self, text: str, path: Sequence[str], name: str) -> str | None:
        """The entry as it is written, to be put back with `restore`; None where there is none."""

    def restore(self, text: str, path: Sequence[str], name: str, written: str) -> str:
        """The text with an entry as `taken` has found it."""


def editor(form: Format) -> Editor:
    """The editor of a format; the library of YAML loads with the first of its files."""
    if form == "toml":
        from localguard.clients.toml_text import TomlText  # noqa: PLC0415 -- one of three

        return TomlText()
    if form == "yaml":
        from localguard.clients.yaml_text import YamlText  # noqa: PLC0415 -- loads ruamel

        return YamlText()
    return JsonText(comments=form == "jsonc")


def at_path(values: Mapping[str, object], path: Sequence[str]) -> object:
    """What stands at a path of what was read; None where nothing does."""
    found: object = values
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def entries(values: Mapping[str, object], path: Sequence[str]) -> Mapping[str, object]:
    """The entries below a path of what was read."""
    found = at_path(values, path)
    return found if isinstance(found, Mapping) else {}
