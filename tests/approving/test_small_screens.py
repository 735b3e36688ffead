"""The console where there is little room, and where there are no colours."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.approving.drawn import hues
from tests.approving.person import ARMED, Person
from tests.ways.stage import Stage
from tests.ways.wire import Wire

pytestmark = pytest.mark.slow

ASKING = """
version = 1
color = "violet"
[[rule]]
ask = "fake/*"
[[rule]]
ask = "fake/work"
risk = "destructive"
"""
SIZES = [(80, 24), (40, 10)]


@pytest.fixture
def wire(stage: Stage) -> Wire:
    """A client in front of a server of which every call is asked for."""
    stage.home.write("work", ASKING)
    stage.home.use("work")
    return stage.ready()


@pytest.fixture
def small(
    stage: Stage, wire: Wire, tmp_path: Path, request: pytest.FixtureRequest
) -> Generator[Person]:
    """A console in a terminal of another size."""
    del wire
    with Person(tmp_path, stage.home.environment, request.param) as person:
        person.open("WORK")
        yield person


@pytest.mark.parametrize("small", SIZES, indirect=True, ids=lambda size: "x".join(map(str, size)))
def test_everything_that_decides_is_on_a_small_screen(
    stage: Stage, wire: Wire, small: Person
) -> None:
    """Promise: 80 columns and 24 rows are enough for all, 40 and 10 to answer."""
    call = wire.start_call("echo", text="a plan")
    small.look("fake/echo", "a plan", "a allow once")
    small.press("s")
    small.until("how long", "esc back")
    small.press("Left")
    small.until("written down", "a allow so", "esc back")
    small.back("how long")
    small.decide("d", "pending 0")
    assert wire.answer(call)["result"]["isError"] is True

    call = wire.start_call("work", name="rm")
    small.look("fake/work", "DESTRUCTIVE", '"rm"')
    small.decide("a", "the digits")
    small.until("Allow fake/work?", "DESTRUCTIVE", '"rm"', "esc")
    small.confirm("sending")
    assert "isError" not in wire.answer(call)["result"]

    for number, texts in enumerate((("fake/work",), ("fake/*",), ("fake",), ("work", "ACTIVE")), 2):
        small.go(number, "WORK", *texts, "? keys")
    small.go(1, "pending 0")
    assert stage.calls() == ["work"]


def test_no_color_leaves_every_word(stage: Stage, tmp_path: Path, wire: Wire) -> None:
    """Promise (no-color.org): with NO_COLOR greys alone are sent, and every mark is a word too."""
    drawn = tmp_path / "drawn"
    environment = {**stage.home.environment, "NO_COLOR": "1"}
    with Person(tmp_path, environment) as person:
        person.record(drawn)
        person.open("WORK", "violet")
        call = wire.start_call("work", name="rm")
        screen = person.look("!! fake/work", "DESTRUCTIVE")
        assert ARMED in screen
        person.decide("d", "✓ fake/work  denied", "was denied")
        wire.answer(call)
        person.press("L")
        person.until("■ LOCKDOWN")
    assert hues(drawn.read_bytes()) == set()
