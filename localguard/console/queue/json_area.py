"""A text area for JSON. Loaded with the dialog that edits, since text areas are slow to load."""

from textual.events import Paste
from textual.widgets import TextArea

from localguard.console.entry import escaped


class JsonArea(TextArea):
    """JSON over several lines; in it, what nobody sees stands as an escape of JSON."""

    DEFAULT_CSS = """
    JsonArea { border: none; padding: 0; height: 1fr; }
    JsonArea:focus { border: none; }
    """

    async def _on_paste(self, event: Paste) -> None:
        # Textual has the text area take the same event after this.
        event.text = escaped(event.text)
