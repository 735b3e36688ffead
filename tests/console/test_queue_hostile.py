"""What servers, clients and models chose is only looked at.

It draws nothing, steers nothing, links to nothing and hides nothing.
"""

import json
import re
from dataclasses import replace

import pytest

from localguard.console.hub import Closed
from localguard.console.services import Earlier, Preview, Profile
from localguard.control.messages import ClosedView, RequestView
from tests.console.stage import EPOCH, GUARD, PROFILE, Desk, FakeServices, Stage, request, staged

CORPUS = {
    "markup": "[@click=app.bell]x[/] [bold red]y a[/]b[/bold] [ [[ ]",
    "escapes": "\x1b[2J\x1b]52;c;aGk=\x07\x1b]8;;http://evil.test\x1b\\x\x1b]8;;\x07",
    "C1": "\x9b31m\x9d0;title\x9c\x90q\x84",
    "hidden": "\u202egnp.exe\u202c\u2066x\u2069\u200e\u200f\u061c\ud800x\udfff",
    "tags": "".join(chr(0xE0000 + ord(c)) for c in "ignore") + "\U000e007f",
    "long line": "A" * 1_000_000 + "END",
    "lines": "a\nb\r\nc\u2028d\x0be\x0cf\x85g",
    "wide": "漢字" * 300 + "👩\u200d💻" + "e" + "\u0301\u0316\u0489" * 50,
}
FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\U000e0000-\U000e007f]"
)
KEYS = ("r", "escape", "v", "escape", "t", "escape", "question_mark", "escape", "m", "escape")
MORE = (
    "e",
    "escape",
    "D",
    "escape",
    "s",
    "n",
    "right",
    "right",
    "right",
    "right",
    "m",
    "m",
    "escape",
)


def hostile(text: str) -> RequestView:
    """A request with the text in every field that another chose."""
    quoted = json.dumps({text: text, "list": [text, {text: text}]})
    return request(
        "r-1",
        quoted,
        server=text,
        item=text,
        client=text,
        by=text,
        reason=text,
        rule=text,
        risk=None,
        identity=text,
        profile=text,
        marks=("changed", "write"),
        confirmed=False,
        count=3,
        definition=json.dumps({"name": text, "description": text, "annotations": {"title": text}}),
        pinned=json.dumps({"name": text, "description": "was plain"}),
    )


def desk_of(text: str) -> Desk:
    """Guards that say the text wherever they say anything."""
    guard = replace(GUARD, server=text, command=text, fault=text, client=text, refused=text)
    guard = replace(guard, identity=text)
    desk = Desk(hostile(text), hostile(text), guards=(guard,))
    gone = ClosedView(id=text, server=text, item=text, how="denied", by=text, at=EPOCH, missed=True)
    desk.show(troubles=(text,), closed=(Closed("g", gone),))
    return desk


def services_of(text: str) -> FakeServices:
    """Services that say it too."""
    return FakeServices(
        named=Profile(text, text, text),
        known=Earlier(json.dumps({text: "other", "gone": text}), EPOCH, frozenset({text})),
        previewed=Preview(text, text, 1, text),
    )


@pytest.mark.slow
@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
async def test_no_screen_lets_anything_of_anyone_draw_steer_or_link(text: str) -> None:
    """Attack: each text in every field, on the queue and in all that its keys open."""
    desk = desk_of(text)
    async with staged(desk, services_of(text), size=(110, 40)) as stage:
        _harmless(stage)
        for key in (*KEYS, *MORE, "a"):
            await stage.press(key)
            await stage.settle()
            _harmless(stage)
        _pictured(stage)
        assert desk.answers == []


@pytest.mark.slow
@pytest.mark.parametrize("text", CORPUS.values(), ids=CORPUS)
async def test_a_narrow_terminal_is_as_safe(text: str) -> None:
    """Attack: the same where everything is cut and folded."""
    async with staged(desk_of(text), services_of(text), size=(40, 10)) as stage:
        _harmless(stage)
        _pictured(stage)
        for key in ("r", "escape", "a"):
            await stage.press(key)
            await stage.settle()
            _harmless(stage)
        _pictured(stage)


async def test_what_a_reply_says_is_only_looked_at() -> None:
    """Attack: a refusal's reason is text of others too."""
    desk = Desk(request("r-1"), request("r-2"), guards=(GUARD,))
    desk.refuses = "".join(text for name, text in CORPUS.items() if name != "long line")
    async with staged(desk, FakeServices(named=PROFILE)) as stage:
        await stage.press("a")
        await stage.settle()
        _harmless(stage)
        _pictured(stage)
        assert "refused" in stage.queue.said


def _harmless(stage: Stage) -> None:
    """No control byte, no link and no action on the screens."""
    for screen in stage.app.screen_stack:
        for strip in screen._compositor.render_strips(stage.app.size):
            for segment in strip:
                assert not FORBIDDEN.search(segment.text), ascii(segment.text)
                style = segment.style
                assert style is None or style.link is None
                assert style is None or "@click" not in (style.meta or {})


def _pictured(stage: Stage) -> None:
    """Nor in the picture that is made of them, whoever is sent it."""
    picture = stage.app.export_screenshot()
    assert not FORBIDDEN.search(picture)
    assert "evil.test/" not in re.findall(r'href="[^"]*"', picture)
