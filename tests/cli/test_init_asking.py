"""What `init` asks at a terminal, and what it takes for an answer."""

import io
from collections.abc import Callable

import pytest

from localguard.cli.init_asking import Progress, ask_sign_in, ask_template, wish_of
from localguard.errors import UsageFault
from localguard.onboarding.templates import SignIn


def answers(*lines: str) -> Callable[[str], str]:
    """Someone who types these lines, and then nothing."""
    left = list(lines)
    return lambda _: left.pop(0) if left else ""


@pytest.mark.parametrize(
    ("lines", "chosen"),
    [
        ([""], "balanced"),
        (["2"], "readonly"),
        (["Strict"], "strict"),
        (["9", "x", "5"], "personal"),
    ],
)
def test_a_template_is_chosen_by_number_or_name(lines: list[str], chosen: str) -> None:
    """An enter takes the one that suits a newcomer; a slip is asked again."""
    assert ask_template(answers(*lines), io.StringIO()) == chosen


def test_who_types_something_else_three_times_is_told_how() -> None:
    """Nothing is guessed."""
    err = io.StringIO()
    with pytest.raises(UsageFault, match="no policy was chosen"):
        ask_template(answers("a", "\x1b[31mb", "0"), err)
    assert "\x1b" not in err.getvalue()


def test_a_provider_is_asked_for_once() -> None:
    """The client id has a usual name; no issuer is no answer."""
    assert ask_sign_in(answers("https://a.example", "")) == SignIn(
        "https://a.example", "localguard"
    )
    assert ask_sign_in(answers("https://a.example", "lg")) == SignIn("https://a.example", "lg")
    assert ask_sign_in(answers("")) is None


def test_where_nobody_is_asked_a_newcomer_gets_balanced() -> None:
    """--yes, and programs."""
    wish = wish_of("", "", "", "", asks=False)
    assert (wish.ask_template(), wish.ask_sign_in()) == ("balanced", None)
    told = wish_of("", "work-oidc", "https://a.example", "", asks=False)
    assert told.ask_sign_in() == SignIn("https://a.example", "localguard")


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_that_leaves_nothing_behind() -> None:
    """On a terminal; in a log each is a line of its own."""
    screen, log = Screen(), io.StringIO()
    for out in (screen, log):
        progress = Progress(out)
        progress("starting git")
        progress("starting \x1b[2Jfiles")
        progress.end()
    assert "\n" not in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")
    assert "\x1b[2J" not in screen.getvalue()
    assert log.getvalue().splitlines()[0] == "localguard: starting git …"
