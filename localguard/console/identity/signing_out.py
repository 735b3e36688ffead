"""Signing out from the console: asked once, and then told of each of its parts."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from textual.content import Content
from textual.widget import Widget

from localguard.console.content import EMPTY, QUIET, content, plain
from localguard.console.dialog import Dialog
from localguard.console.keys import Command
from localguard.console.panes.lines import drawn, told
from localguard.console.services import Surroundings
from localguard.console.sheet import Sheet, wrapped
from localguard.console.sign_ins import Back, SignIns
from localguard.telling.people import SignInView, provider, who
from localguard.telling.signing_out import SignedOut, signed_out_lines


class SigningOut(Dialog[None]):
    """Asks, does it, and stays to be read. The provider's page opens by a key of its own."""

    DEFAULT_CSS = """
    SigningOut Sheet { margin-bottom: 1; }
    SigningOut.-low Sheet { margin-bottom: 0; }
    """

    def __init__(self, around: Surroundings, sign_ins: SignIns, view: SignInView) -> None:
        super().__init__(around)
        self._sign_ins = sign_ins
        self._view = view
        self._going = False
        self._out: SignedOut | None = None
        self._opened: Back | None = None

    def heading(self) -> Content:
        """Who, and where."""
        name = content(who(self._view), 80)
        return Content.assemble("Sign out ", name, " at ", content(provider(self._view.issuer)))

    def body(self) -> Iterable[Widget]:
        """One sheet."""
        yield Sheet(can_focus=False)

    def commands(self) -> Sequence[Command]:
        """To sign out; and then to end the session at the provider, where that has a page."""
        return (
            Command("x", "sign out", lambda _: self._go(), lambda: not self._going),
            Command("b", "open the provider's page", lambda _: self._open(), self._has_page),
        )

    def on_mount(self) -> None:
        """Say what it does."""
        super().on_mount()
        self._show()

    def _go(self) -> None:
        self._going = True
        self.run_worker(self._signed_out())
        self._show()

    async def _signed_out(self) -> None:
        self._out = await self._sign_ins.sign_out(self._view.profile)
        self._show()

    def _has_page(self) -> bool:
        return self._out is not None and self._out.page is not None and self._opened is None

    def _open(self) -> None:
        if self._out is not None and self._out.page is not None:
            self.run_worker(self._shown(self._out.page))

    async def _shown(self, page: str) -> None:
        self._opened = await self._sign_ins.open(page)
        self._show()

    def _show(self) -> None:
        self.query_one(Sheet).show(partial(_lines, self._going, self._out, self._opened))
        self.refresh_keys()


def _lines(
    going: bool, out: SignedOut | None, opened: Back | None, width: int
) -> Iterator[Content]:
    if out is None:
        said = "Signing out…" if going else _BEFORE
        yield from wrapped(plain(said, QUIET if going else ""), width)
        return
    yield from drawn(told(signed_out_lines(out)))(width)
    if opened is not None:
        yield EMPTY
        yield from wrapped(content(opened.text, 400, "" if opened.done else "$warning"), width)


_BEFORE = (
    "What was allowed in this sign-in ends with it, in every guard: grants, answers for a while, "
    "and rules that ask who you are. Tokens, also those that servers were given for you, are taken "
    "back where they came from and removed here."
)
