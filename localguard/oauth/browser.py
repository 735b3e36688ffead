"""What signing in needs of a person's browser."""

from typing import Protocol, runtime_checkable


class Browser(Protocol):
    """Shows a person a page."""

    def open(self, url: str) -> None:
        """Show the page, and come back at once. Raises SignInFault where that cannot be done."""
        ...


@runtime_checkable
class Pasting(Browser, Protocol):
    """A browser elsewhere: the person brings the address at which it ended."""

    def pasted(self) -> str | None:
        """The next address that a person brings; None where no more will come. Blocks."""
        ...

    def refuse(self, words: str) -> None:
        """Say that what was brought is not it."""
        ...

    def close(self) -> None:
        """No address is awaited any more; `pasted` comes back with None."""
        ...
