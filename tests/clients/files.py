"""Files as people and programs write them, at random: with all that their format allows."""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import TypeVar

from localguard.clients.toml_words import toml_key, toml_value
from localguard.clients.yaml_words import flow, yaml_key

T = TypeVar("T")

NAMES = ("pg", "gh", "a b", "x.y", "\u00fc", "on", "7", "[", "#", '"', "a: b", "\u2028", "//")
_CHARACTERS = "ab7 \t\n\r\\\"'{}[]:,#/*=&!|>%@`~-\x7f\u0085\u2028\ufeff\u00fc\U0001f600"
_GAPS = ("", "", "", " ", "\t", "\n", "\n\t", "\n\n  ")
_JSON_NOTES = ("/* , } */", "// x: {\n", "/*\n*/", '// "\n')


class Files:
    """Makes one file after the other from a seed; `key` is what servers stand below."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.name = self._one(NAMES)
        self.servers = self._mapping(lambda: self._mapping(self._value, 1, 3), 0, 4)

    def json(self, *, comments: bool) -> str:
        """Servers among other things, indented evenly or anyhow."""
        whole = {"other": self._value(), "mcpServers": self.servers, "more": self._value()}
        pairs = list(whole.items())
        self._random.shuffle(pairs)
        chosen = dict(pairs[: self._one((2, 3, 3, 3))])
        if self._maybe():
            text = self._json(chosen, comments)
        else:
            text = json.dumps(chosen, indent=self._one((2, 4, "\t", None)))
        return self._ended(self._one(("", "\ufeff")) + text + self._one(("", "\n")))

    def toml(self) -> str:
        """Servers as tables, apart or together, among other tables."""
        blocks = [self._toml_entry(name, one) for name, one in self.servers.items()]
        blocks += ["[tui]\ntheme = 'x'\n", '[[list]]\na = """\n[mcp_servers.pg]\n"""\n']
        self._random.shuffle(blocks)
        gaps = ("", "\n", "# [mcp_servers.x]\n", "\n\n# about\n")
        text = self._one(("", "model = 'x' # y\n", "# top\n\na.b = [\n1, # ]\n]\n"))
        text += "".join(block + self._one(gaps) for block in blocks)
        return self._ended(text + self._one(("", "# end\n", "\n\n")))

    def yaml(self) -> str:
        """Servers as blocks or in braces, among other keys."""
        unit = self._one(("  ", "    ", " "))
        gaps = ("", "\n", f"{unit}# about\n", "\n# out\n")
        block = "".join(
            self._yaml_entry(name, one, unit) + self._one(gaps)
            for name, one in self.servers.items()
        )
        servers = f"mcp_servers:{'' if self.servers else ' {}'}\n{block}"
        if self._one((0, 0, 0, 1)):
            servers = f"mcp_servers: {flow(self.servers)}  # in braces\n"
        others = [servers, "GOOSE: x # y\n", "list:\n- a\n-  'b'\n"]
        self._random.shuffle(others)
        text = self._one(("", "# top\n", "---\n", "\n")) + "".join(others)
        return self._ended(text + self._one(("", "# end\n", "\n")))

    def _one(self, choices: tuple[T, ...]) -> T:
        return self._random.choice(choices)

    def _maybe(self) -> bool:
        return self._random.random() < 0.5

    def _text(self) -> str:
        return "".join(self._random.choices(_CHARACTERS, k=self._random.randint(0, 6)))

    def _value(self, depth: int = 0) -> object:
        kind = self._random.randint(0, 6 if depth < 3 else 3)
        if kind < 2:
            return self._text()
        if kind == 2:
            return self._maybe()
        if kind == 3:
            return self._random.randint(-(2**53), 2**53)
        if kind == 4:
            return [self._value(depth + 1) for _ in range(self._random.randint(0, 3))]
        return self._mapping(lambda: self._value(depth + 1), 0, 3)

    def _mapping(self, make: Callable[[], T], least: int, most: int) -> dict[str, T]:
        names = self._random.sample(NAMES, self._random.randint(least, most))
        return {name: make() for name in names}

    def _gap(self, comments: bool) -> str:
        note = self._one(_JSON_NOTES) if comments and self._random.random() < 0.2 else ""
        return self._one(_GAPS) + note + self._one(_GAPS)

    def _json(self, value: object, comments: bool) -> str:
        gap = self._gap
        if isinstance(value, Mapping):
            parts = [
                f"{gap(comments)}{json.dumps(key, ensure_ascii=self._maybe())}{gap(comments)}:"
                f"{gap(comments)}{self._json(one, comments)}{gap(comments)}"
                for key, one in value.items()
            ]
            comma = "," + gap(comments) if comments and parts and self._maybe() else gap(comments)
            return "{" + ",".join(parts) + comma + "}"
        if isinstance(value, list):
            parts = [gap(comments) + self._json(one, comments) for one in value]
            return "[" + ",".join(parts) + gap(comments) + "]"
        return json.dumps(value, ensure_ascii=self._maybe())

    def _toml_entry(self, name: str, entry: Mapping[str, object]) -> str:
        note = self._one(("", "  # why [x]", "# x = 'y'"))
        head, tables, way = f"mcp_servers.{toml_key(name)}", list[str](), self._random.randint(0, 1)
        lines = [f"[{head}]{note}\n"]
        for key, value in entry.items():
            if isinstance(value, dict) and way:
                pairs = (f"{toml_key(k)}={toml_value(v)}\n" for k, v in value.items())
                tables.append(f"[ {head} . {toml_key(key)} ]\n" + "".join(pairs))
            else:
                lines.append(f"{toml_key(key)}\t=\t{toml_value(value)} {note}\n")
        return "".join([*lines, *tables])

    def _yaml_entry(self, name: str, entry: Mapping[str, object], unit: str) -> str:
        note = self._one(("", "   # why: {x}"))
        if self._one((0, 0, 0, 1)):
            return f"{unit}{yaml_key(name)}: {flow(entry)}{note}\n"
        lines = [f"{unit}{yaml_key(name)}:{note}\n"]
        for key, value in entry.items():
            head = f"{unit}{unit}{yaml_key(key)}:"
            if isinstance(value, list) and value and self._maybe():
                lines += [f"{head}{note}\n", *(f"{unit}{unit}- {flow(one)}\n" for one in value)]
            elif value == "":
                lines.append(f"{head} |\n{unit}{unit} some # text\n\n{unit}{unit} more\n")
            else:
                lines.append(f"{head} {flow(value)}{note}\n")
        return "".join(lines)

    def _ended(self, text: str) -> str:
        """With or without a last line end, and with those of Windows."""
        text = text.removesuffix("\n") if self._maybe() else text
        return text.replace("\n", "\r\n") if self._maybe() else text
