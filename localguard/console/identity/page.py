"""The screen of sign-ins: who is signed in for each profile, and the tokens of its servers."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.events import Key, ScreenResume

from localguard.console.content import content, plain
from localguard.console.hub import Picture
from localguard.console.identity.rows import Known, key_of, rows
from localguard.console.identity.signing_in import SigningIn
from localguard.console.identity.signing_out import SigningOut
from localguard.console.identity.trip import Go
from localguard.console.keys import Command
from localguard.console.panes.lines import Line, told
from localguard.console.panes.split import Split
from localguard.console.services import Surroundings, Told
from localguard.console.sign_ins import IDENTITY, Back, SignIns, Tell, Way
from localguard.telling.counts import count
from localguard.telling.people import SignInView, lines, provider
from localguard.telling.server_tokens import ServerView, server_lines


class IdentityPage(Split):
    """Stands over any screen. Nothing here opens a browser but by a key of its own."""

    WORD: ClassVar[str] = IDENTITY

    def __init__(self, around: Surroundings, sign_ins: SignIns) -> None:
        super().__init__(around)
        self.above = True
        self._sign_ins = sign_ins
        self._known: dict[str, Known] | None = None

    def own_commands(self) -> Sequence[Command]:
        """To sign in and out."""
        return (
            Command("i", "sign in", lambda _: self._sign_in(), self._has_one, also=("I",)),
            Command("x", "sign out…", lambda _: self._sign_out(), self._may_sign_out),
            Command("r", "read again", lambda _: self._read_again(), quiet=True),
        )

    def changed(self, picture: Picture) -> None:
        """Draw anew: time passes for every sign-in."""
        del picture
        self._draw()

    def describe(self, key: str | None) -> Sequence[Line]:
        """The sign-in or the token of the marked line."""
        if self._known is None:
            return told(("Looking…",))
        one = None if key is None else self._known.get(key)
        now = self.around.clock()
        if one is None:
            return told(_NONE)
        told_of = server_lines(one, now) if isinstance(one, ServerView) else lines(one, now)
        return told(told_of)

    @on(ScreenResume)
    def _again(self) -> None:
        self._read_again()

    def _read_again(self, _: Key | None = None) -> None:
        self.work(self._take, "known")

    async def _take(self) -> None:
        self._known = {key_of(one): one for one in await self._sign_ins.known()}
        self._draw()

    def _draw(self) -> None:
        found = list((self._known or {}).values())
        servers = sum(isinstance(one, ServerView) for one in found)
        said = f"{count(len(found) - servers, 'sign-in')}, {count(servers, 'server')}"
        self.head(plain("" if self._known is None else said))
        now, profile = self.around.clock(), self.around.services.profile()
        self.fill(list(rows(found, profile, now)))

    @property
    def _one(self) -> Known | None:
        marked = self.marked
        return None if marked is None else (self._known or {}).get(marked)

    def _has_one(self) -> bool:
        return self._one is not None

    def _may_sign_out(self) -> bool:
        one = self._one
        return isinstance(one, SignInView) and (one.signed_in or one.ended)

    def _sign_in(self) -> None:
        one = self._one
        if one is not None:
            heading, go = self._way_of(one)
            ways = self._sign_ins.ways()
            self.over(SigningIn(self.around, heading, go, ways), self._signed_in)

    def _way_of(self, one: Known) -> tuple[Content, Go]:
        if isinstance(one, ServerView):
            server = content(one.server, 60)
            return plain("Sign in to the server ") + server, partial(self._to_server, one)
        heading = Content.assemble(
            "Sign in at ", content(provider(one.issuer)), " for profile ", content(one.profile, 40)
        )
        return heading, partial(self._to_provider, one)

    async def _to_provider(self, one: SignInView, way: Way, tell: Tell) -> Back:
        return await self._sign_ins.sign_in(one.profile, way, tell)

    async def _to_server(self, one: ServerView, way: Way, tell: Tell) -> Back:
        return await self._sign_ins.sign_in_to(one.profile, one.server, way, tell)

    def _signed_in(self, back: Back | None) -> None:
        if back is not None:
            self.say(Told(back.done, back.text))
        self._read_again()

    def _sign_out(self) -> None:
        one = self._one
        if isinstance(one, SignInView):
            self.over(SigningOut(self.around, self._sign_ins, one), self._signed_out)

    def _signed_out(self, _: None) -> None:
        self._read_again()


_NONE = (
    "No profile asks for a sign-in, and no server for a token.",
    "",
    "Fix: write [identity] with issuer and client_id into a profile,",
    '     or auth = "oauth" into a server that has a url.',
)
