"""A person who has never seen localguard, with every command and key counted and screens kept."""

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tests.approving.person import Person

SIZE: Final = (100, 26)
_FONTS: Final = re.compile(r"@font-face \{.*?\}", re.DOTALL)


class Newcomer(Person):
    """Types and presses as a person does; `commands` and `keys` say how much it was."""

    commands = 0
    keys = 0

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(folder, environment, SIZE)
        self.type("cd; exec bash --norc --noprofile")
        self.until("$")
        self.clear()
        self.commands = self.keys = 0

    def type(self, command: Sequence[str] | str) -> None:
        """Type a command line and enter."""
        line = command if isinstance(command, str) else " ".join(command)
        self.commands += 1
        self.keys += len(line)
        super().type(line)

    def say(self, answer: str) -> None:
        """Type an answer to a question, and enter."""
        self.keys += len(answer)
        self._run("send-keys", "-t", "t", "-l", answer)
        self.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names."""
        self.keys += len(keys)
        super().press(*keys)

    def clear(self) -> None:
        """An empty screen for what comes next, which nobody would need to do."""
        keys = self.keys
        super().type("clear")
        self.until_good(lambda screen: screen.strip() == "$", ["an empty screen"])
        self.keys = keys

    def drawn(self, title: str) -> str:
        """What stands on the screen, as SVG."""
        lines = self._run("capture-pane", "-p", "-e", "-t", "t").rstrip().split("\n")
        console = Console(record=True, width=SIZE[0], file=io.StringIO(), force_terminal=True)
        for line in lines:
            console.print(Text.from_ansi(line), no_wrap=True, crop=True)
        return _FONTS.sub("", console.export_svg(title=title, theme=MONOKAI))
