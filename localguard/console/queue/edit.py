"""Other arguments in the place of a call's: written as JSON, shown as a difference, then allowed.

JSON is checked here; whether the arguments may pass is judged by the guard, and its no is shown.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from textual.app import SuspendNotSupported
from textual.content import Content
from textual.events import Key
from textual.widget import Widget
from textual.widgets import Static

from localguard.console.content import EMPTY, content, plain
from localguard.console.entry import escaped
from localguard.console.hub import Held
from localguard.console.keys import Command
from localguard.console.queue.arguments import UNREAD, arguments_of, parsed
from localguard.console.queue.json_area import JsonArea
from localguard.console.queue.over import OverRequest
from localguard.console.queue.texts import difference, pretty
from localguard.console.services import Surroundings
from localguard.console.sheet import Sheet
from localguard.policy.calls import Json


def checked(text: str) -> tuple[Json, str | None]:
    """The arguments that a text stands for, and what is wrong with it."""
    try:
        value: Json = json.loads(text, object_pairs_hook=_once, parse_constant=_no)
    except RecursionError:
        return None, "nested too deeply"
    except ValueError as error:
        return None, str(error)
    if not isinstance(value, dict):
        return None, "arguments are an object: { ... }"
    return value, None if parsed(text) is not UNREAD else "nested too deeply"


def _no(word: str) -> Json:
    raise ValueError(f"{word} is no JSON")


def _once(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(name for name, _ in pairs if sum(one == name for one, _ in pairs) > 1)
        raise ValueError(f"{json.dumps(twice)} is there twice")
    return members


class Edit(OverRequest[str]):
    """Its result is JSON that a person wrote, saw as a difference, and allowed once."""

    DEFAULT_CSS = """
    Edit > #box { width: 100%; height: 100%; }
    Edit Sheet { height: 1fr; display: none; }
    Edit #fault { height: auto; max-height: 3; }
    Edit.-shown Sheet { display: block; }
    Edit.-shown JsonArea { display: none; }
    """

    def __init__(self, around: Surroundings, held: Held, text: str = "", fault: str = "") -> None:
        super().__init__(around, held)
        self._text = text or escaped(pretty(_value(held)))
        self._fault = fault
        self._edited: Json = None

    def heading(self) -> Content:
        """What is edited."""
        view = self.held.view
        return plain("Arguments of ") + content(f"{view.server}/{view.item}", 80)

    def body(self) -> Iterable[Widget]:
        """The text, or the difference it makes."""
        yield JsonArea(self._text, show_line_numbers=True, soft_wrap=True)
        yield Sheet()
        yield Static(content(self._fault, 400, "$error"), id="fault")

    @property
    def showing(self) -> bool:
        """Whether the difference is shown, and so can be allowed."""
        return self.has_class("-shown")

    def commands(self) -> Sequence[Command]:
        """Edit, look, allow."""
        writing = self._is_writing
        return (
            Command("a", "allow once so", self._allow, lambda: self.showing, decides=True),
            Command("e", "edit on", lambda _: self._write(), lambda: self.showing),
            Command("ctrl+s", "show the difference", lambda _: self._look(), writing),
            Command("ctrl+e", "your editor", self._external, self._has_editor),
        )

    def _is_writing(self) -> bool:
        return not self.showing

    def _has_editor(self) -> bool:
        return self._is_writing() and self.around.services.edit is not None

    def on_mount(self) -> None:
        """Type at once: the person has just asked for it."""
        super().on_mount()
        self.query_one(JsonArea).focus()

    async def on_key(self, event: Key) -> None:
        """The keys of an area that is typed into are its own."""
        if self.showing or event.key in {"ctrl+s", "ctrl+e", "escape"}:
            await super().on_key(event)

    def _look(self) -> None:
        value, fault = checked(self.query_one(JsonArea).text)
        self._say(fault or "")
        if fault is not None:
            return
        self._edited = value
        before = _value(self.held)

        def make(width: int) -> Iterator[Content]:
            return difference(before, value, width)

        self.add_class("-shown")
        sheet = self.query_one(Sheet)
        sheet.show(make)
        sheet.focus()
        self.key_lock.close()

    def _write(self) -> None:
        self.remove_class("-shown")
        self.query_one(JsonArea).focus()
        self.key_lock.close()

    def _allow(self, event: Key) -> None:
        if self.decides(event):
            self.give(json.dumps(self._edited))

    async def _external(self, event: Key) -> None:
        del event
        edit = self.around.services.edit
        if edit is None:
            return
        try:
            with self.app.suspend():
                text = await edit(self.query_one(JsonArea).text)
        except SuspendNotSupported:
            self._say("this terminal cannot be handed to an editor")
            return
        if text is not None:
            self.query_one(JsonArea).load_text(escaped(text))

    def _say(self, fault: str) -> None:
        self.query_one("#fault", Static).update(content(fault, 400, "$error") if fault else EMPTY)


def _value(held: Held) -> Json:
    value = arguments_of(held.view)
    return {} if value is UNREAD else value
