"""The screen of sign-ins: who is signed in, and every way in and out from a console."""

from dataclasses import replace

import pytest

from localguard.console.identity.page import IdentityPage
from localguard.console.identity.signing_in import SigningIn
from localguard.console.identity.signing_out import SigningOut
from localguard.console.sheet import Sheet
from localguard.console.sign_ins import Back, Visit
from localguard.telling.signing_out import SignedOut
from tests.console.page_stage import HOSTILE
from tests.console.stage import EPOCH, Desk, FakeServices, Stage, request, staged
from tests.console.test_queue_hostile import CORPUS, _harmless, _pictured
from tests.console.traveller import ANA, DONE, ISSUER, NOBODY, TOKEN, URL, Traveller, ana

ELSEWHERE = Visit(URL)


async def opened(stage: Stage) -> IdentityPage:
    """The screen of sign-ins, with all it has to tell."""
    await stage.press("I")
    await quiet(stage)
    assert isinstance(stage.app.screen, IdentityPage)
    return stage.app.screen


async def quiet(stage: Stage) -> None:
    """What was begun is drawn; a person who is at a browser is not waited for."""
    for _ in range(6):
        await stage.pilot.pause()


def box(stage: Stage) -> str:
    """What a dialog says, its line ends taken out."""
    lines = stage.app.screen.query_one(Sheet).shown
    return " ".join(" ".join(line.plain for line in lines).split())


async def test_it_tells_who_where_since_when_and_until_when_by_profile() -> None:
    """Promise: who, issuer, groups, since when, until when, per profile."""
    private = replace(NOBODY, profile="private", required=False, issuer="https://id.example.org")
    traveller = Traveller(listed=(ANA, TOKEN, private))
    async with staged(Desk(), FakeServices(signed=ANA, sign_ins=traveller)) as stage:
        await opened(stage)
        shown = stage.text()
        for part in (
            "2 sign-ins, 1 server",
            "IN FORCE",
            "never signed in",
            "id.example.org",
            "Ana Bauer (ana@example.com)",
            "248289761001",
            "dev, ops",
        ):
            assert part in shown, part
        await stage.press("down")
        assert "https://api.example.com/mcp" in stage.text()


async def test_nothing_opens_before_its_key() -> None:
    """Promise: the browser opens only on a person's act."""
    traveller = Traveller(listed=(NOBODY, TOKEN))
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.press("enter", "escape", "down", "up", "r")
        await quiet(stage)
        assert traveller.begun == []
        await stage.press("i")
        await quiet(stage)
        assert traveller.begun == [("sign in", "work", "browser")]


async def test_a_sign_in_that_came_back_is_told_and_its_box_gone() -> None:
    traveller = Traveller(listed=(NOBODY,))
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        page = await opened(stage)
        await stage.press("i")
        await quiet(stage)
        assert "Sign in on the page that your browser shows" in box(stage)
        assert URL in box(stage).replace(" ", "")
        traveller.listed = (ANA,)
        traveller.come_back(DONE)
        await quiet(stage)
        assert stage.app.screen is page
        assert "Ana Bauer is signed in" in page.said
        assert "signed in" in stage.text()


async def test_escape_gives_up_and_nothing_listens_any_more() -> None:
    """Promise: cancelling closes the listener."""
    traveller = Traveller(listed=(NOBODY,))
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        page = await opened(stage)
        await stage.press("i")
        await quiet(stage)
        await stage.press("escape")
        await quiet(stage)
        assert stage.app.screen is page
        assert traveller.given_up == 1


async def test_a_failure_stays_to_be_read_and_every_way_is_open_again() -> None:
    traveller = Traveller(listed=(NOBODY,))
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.press("i")
        await quiet(stage)
        traveller.come_back(Back(False, "login.example.com cannot be reached"))
        await quiet(stage)
        assert "✗ login.example.com cannot be reached" in box(stage)
        for key in ("b browser here", "e browser elsewhere", "c code on another device"):
            assert key in stage.text()
        await stage.press("c")
        await quiet(stage)
        assert traveller.begun[-1] == ("sign in", "work", "device")
        assert traveller.given_up == 0


async def test_another_way_gives_up_the_one_before() -> None:
    """Two sign-ins at once would share a port and confuse a person."""
    traveller = Traveller(listed=(NOBODY,))
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.press("i")
        await quiet(stage)
        await stage.press("e")
        await quiet(stage)
        assert [one[-1] for one in traveller.begun] == ["browser", "elsewhere"]
        assert traveller.given_up == 1
        assert isinstance(stage.app.screen, SigningIn)


async def test_where_no_browser_is_the_address_is_shown_whole_and_its_answer_pasted() -> None:
    """identity.md 1, No browser: the URL, and the pasted redirect URL."""
    brought: list[str] = []
    traveller = Traveller(listed=(NOBODY,), here=("elsewhere", "device"))
    traveller.visit = Visit(URL, paste=brought.append)
    services = FakeServices(signed=NOBODY, sign_ins=traveller)
    async with staged(Desk(), services, size=(40, 24)) as stage:
        await opened(stage)
        await stage.press("i")
        await quiet(stage)
        assert URL in "".join(line.plain for line in stage.app.screen.query_one(Sheet).shown)
        await stage.paste("  http://127.0.0.1:4000/callback?code=x&state=y\n")
        await quiet(stage)
        assert brought == ["http://127.0.0.1:4000/callback?code=x&state=y"]
        await stage.press("y")
        assert stage.app.clipboard == URL


async def test_an_address_can_be_typed_too() -> None:
    """Some terminals paste as if it were typed."""
    brought: list[str] = []
    traveller = Traveller(listed=(NOBODY,), here=("elsewhere",))
    traveller.visit = Visit(URL, paste=brought.append)
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.press("i")
        await quiet(stage)
        await stage.press("tab", "tab")
        await stage.type("http://x/y")
        await stage.press("enter")
        await quiet(stage)
        assert brought == ["http://x/y"]
        assert isinstance(stage.app.screen, SigningIn)


async def test_nothing_is_pasted_where_nothing_is_awaited() -> None:
    traveller = Traveller(listed=(NOBODY,))
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.paste("http://127.0.0.1/callback")
        await stage.press("i")
        await quiet(stage)
        await stage.paste("http://127.0.0.1/callback")
        await quiet(stage)
        assert traveller.begun == [("sign in", "work", "browser")]


async def test_a_code_for_another_device_is_shown_line_by_line() -> None:
    traveller = Traveller(listed=(NOBODY,), here=("device",))
    traveller.visit = Visit(None, said="On any device, open  https://x/device\nthe code  BDWP-HQPK")
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.press("i")
        await quiet(stage)
        assert "BDWP-HQPK" in stage.text()
        assert "y copy" not in stage.text()


async def test_a_server_is_signed_in_to_with_the_same_key() -> None:
    """Promise: state of each server with `auth = "oauth"`, and to sign in to it with a key."""
    traveller = Traveller(listed=(ANA, TOKEN))
    async with staged(Desk(), FakeServices(signed=ANA, sign_ins=traveller)) as stage:
        page = await opened(stage)
        await stage.press("down", "i")
        await quiet(stage)
        assert traveller.begun == [("server", "work", "github", "browser")]
        traveller.listed = (ANA, replace(TOKEN, state="in"))
        traveller.come_back(Back(True, "Signed in to github."))
        await quiet(stage)
        assert "Signed in to github" in page.said
        assert "never signed in" not in stage.text()


async def test_a_sign_out_is_asked_and_each_part_of_it_told() -> None:
    """Promise: revoked, removed and the session of the browser, each by itself."""
    traveller = Traveller()
    async with staged(Desk(), FakeServices(signed=ANA, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.press("x")
        await quiet(stage)
        assert traveller.begun == []
        assert "ends with it, in every guard" in box(stage)
        await stage.press("x")
        await quiet(stage)
        assert traveller.begun == [("sign out", "work")]
        for part in ("takes your tokens no more", "nothing of them is left", "still open"):
            assert part in box(stage)
        assert traveller.opened == []
        await stage.press("b")
        await quiet(stage)
        assert traveller.opened == [f"{ISSUER}/logout?client_id=localguard"]
        assert "confirm there" in box(stage)
        await stage.press("x", "escape")
        await quiet(stage)
        assert traveller.begun == [("sign out", "work")]
        assert isinstance(stage.app.screen, IdentityPage)


async def test_a_sign_out_that_went_half_way_says_which_half() -> None:
    traveller = Traveller(out=SignedOut(False, True, "it cannot be reached"))
    async with staged(Desk(), FakeServices(signed=ANA, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.press("x", "x")
        await quiet(stage)
        assert "NOT at the provider: it cannot be reached" in box(stage)
        assert "b open" not in stage.text()


async def test_whoever_is_not_signed_in_cannot_sign_out() -> None:
    traveller = Traveller(listed=(NOBODY, TOKEN))
    async with staged(Desk(), FakeServices(signed=NOBODY, sign_ins=traveller)) as stage:
        await opened(stage)
        await stage.press("x", "down", "x")
        await quiet(stage)
        assert not isinstance(stage.app.screen, SigningOut)


async def test_where_no_profile_asks_it_says_how_one_would() -> None:
    async with staged(Desk(), FakeServices(sign_ins=Traveller(listed=()))) as stage:
        await opened(stage)
        assert "write [identity] with issuer and client_id" in stage.text()
        await stage.press("i", "x")
        await quiet(stage)
        assert isinstance(stage.app.screen, IdentityPage)


async def test_the_time_that_is_left_is_counted_down() -> None:
    traveller = Traveller(listed=(ana(until=EPOCH + 300),))
    async with staged(Desk(), FakeServices(signed=ANA, sign_ins=traveller)) as stage:
        await opened(stage)
        assert "ends in 4 min" in stage.text()


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (40, 10)])
async def test_a_small_terminal_keeps_the_field_and_the_keys(size: tuple[int, int]) -> None:
    traveller = Traveller(listed=(NOBODY,), here=("elsewhere", "device"))
    traveller.visit = Visit(URL * 5, said="That is not it.", paste=lambda _: None)
    services = FakeServices(signed=NOBODY, sign_ins=traveller)
    async with staged(Desk(), services, size=size) as stage:
        await opened(stage)
        await stage.press("i")
        await quiet(stage)
        assert "esc back" in stage.text()
        assert "http://127.0.0.1:" in stage.text()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(110, 40), (80, 24), (40, 12)])
@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
async def test_nothing_of_a_provider_draws_steers_or_links(
    text: str, size: tuple[int, int]
) -> None:
    """Attack: names, groups, issuers, servers, addresses and messages are text of anyone's."""
    view = ana(
        profile=text,
        issuer=text,
        name=text,
        user=text,
        subject=text,
        groups=(text, text),
        until=EPOCH + 60,
    )
    nobody = replace(NOBODY, issuer=text, reason=text, fix=text, ended=True)
    token = replace(TOKEN, profile=text, server=text, url=text, state="broken", fault=text)
    traveller = Traveller(listed=(view, token, nobody))
    traveller.visit = Visit(text[:9000], said=text, paste=lambda _: None)
    traveller.out = SignedOut(False, False, text, text, text)
    services = FakeServices(signed=view, sign_ins=traveller)
    async with staged(Desk(request("r-1")), services, size=size) as stage:
        _harmless(stage)
        await opened(stage)
        for key in ("down", "down", "enter", "escape", "home", "i", "y", "escape", "x", "x"):
            await stage.press(key)
            await quiet(stage)
            _harmless(stage)
        _pictured(stage)
        await stage.press("escape", "i")
        await quiet(stage)
        traveller.come_back(Back(False, text))
        await quiet(stage)
        _harmless(stage)
        _pictured(stage)


@pytest.mark.parametrize("text", HOSTILE)
async def test_the_header_of_a_hostile_name_is_only_looked_at(text: str) -> None:
    """Attack: a provider that lets people choose their names lets them choose these."""
    for view in (ana(name=text, issuer=text), replace(NOBODY, issuer=text, reason=text)):
        async with staged(Desk(), FakeServices(signed=view, sign_ins=Traveller())) as stage:
            _harmless(stage)
