"""Sign-ins that a test makes: where a person is sent, and when and how they come back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import anyio

from localguard.console.sign_ins import Back, Tell, Visit, Way
from localguard.control.messages import RequestView
from localguard.telling.people import SignInView
from localguard.telling.server_tokens import ServerView
from localguard.telling.signing_out import SignedOut
from tests.console.stage import EPOCH

ISSUER = "https://login.example.com"
URL = "https://login.example.com/authorize?response_type=code&state=" + "s" * 60
HERE = Visit(URL, opened=True)
DONE = Back(True, "Ana Bauer is signed in at login.example.com.")
PROOF = Back(True, "Signed in anew.", "header.body.signature")
ANA = SignInView(
    "work",
    ISSUER,
    True,
    name="Ana Bauer",
    user="ana@example.com",
    subject="248289761001",
    groups=("dev", "ops"),
    since=EPOCH - 7200,
    until=EPOCH + 7200,
)
NOBODY = SignInView(
    "work", ISSUER, True, reason="nobody has signed in", fix="localguard login --profile work"
)
OUT = SignedOut(revoked=True, removed=True, page=f"{ISSUER}/logout?client_id=localguard")
TOKEN = ServerView("work", "github", "https://api.example.com/mcp", "never")


def ana(**other: object) -> SignInView:
    """Ana's sign-in with some fields as given."""
    return replace(ANA, **other)  # type: ignore[arg-type]


@dataclass
class Traveller:
    """Implements `console.sign_ins.SignIns`; nobody comes back before a test says so."""

    listed: Sequence[SignInView | ServerView] = (ANA, TOKEN)
    here: Sequence[Way] = ("browser", "elsewhere", "device")
    visit: Visit = HERE
    out: SignedOut = OUT
    begun: list[tuple[str, ...]] = field(default_factory=list)
    given_up: int = 0
    opened: list[str] = field(default_factory=list)
    tell: Tell | None = None
    _backs: list[Back] = field(default_factory=list)
    _came: anyio.Event = field(default_factory=anyio.Event)

    def come_back(self, back: Back) -> None:
        """The person comes back from the browser, or it fails."""
        self._backs.append(back)
        self._came.set()

    def ways(self) -> Sequence[Way]:
        return self.here

    async def known(self) -> Sequence[SignInView | ServerView]:
        return self.listed

    async def sign_in(self, profile: str, way: Way, tell: Tell) -> Back:
        return await self._travel(("sign in", profile, way), tell)

    async def sign_in_to(self, profile: str, server: str, way: Way, tell: Tell) -> Back:
        return await self._travel(("server", profile, server, way), tell)

    async def prove(self, request: RequestView, way: Way, tell: Tell) -> Back:
        return await self._travel(("prove", request.step_up or "", way), tell)

    async def sign_out(self, profile: str) -> SignedOut:
        self.begun.append(("sign out", profile))
        return self.out

    async def open(self, url: str) -> Back:
        self.opened.append(url)
        return Back(True, "Your browser shows the provider's page: confirm there.")

    async def _travel(self, what: tuple[str, ...], tell: Tell) -> Back:
        self.begun.append(what)
        self.tell = tell
        tell(self.visit)
        try:
            while not self._backs:
                await self._came.wait()
                self._came = anyio.Event()
        except anyio.get_cancelled_exc_class():
            self.given_up += 1
            raise
        return self._backs.pop(0)
