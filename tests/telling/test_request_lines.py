"""A request in lines of text, for whoever answers without the console."""

from dataclasses import replace

from localguard.telling.requests import request_lines
from tests.console.page_stage import request


def test_it_says_who_is_signed_in_and_that_a_yes_takes_a_fresh_sign_in() -> None:
    """Promise: what a line cannot do is told before it is tried, with the way."""
    told = [*request_lines(replace(request(), user="ana@example.com", step_up="c" * 64))]
    assert "signed in  ana@example.com" in told
    assert "sign-in    a yes takes a fresh one, on the screen of a console: localguard" in told


def test_it_says_nothing_of_a_sign_in_that_nobody_asks_for() -> None:
    assert not any("sign" in line for line in request_lines(request()))


def test_a_name_of_a_providers_is_only_looked_at() -> None:
    """Attack: people choose their names."""
    told = [*request_lines(replace(request(), user="a\x1b[2Jb\u202e"))]
    assert "signed in  a\\u{1b}[2Jb\\u{202e}" in told


def test_a_risk_that_only_a_review_can_lift_is_told_with_the_way() -> None:
    """Promise: who types digits for a tool that says it reads is told why."""
    view = replace(request(), risk="destructive", marks=("read",), confirmed=False)
    why = "not reviewed: treated as destructive"
    told = f"{'':11}{why}: localguard server review {view.server}"
    assert told in [*request_lines(view)]
    for other in (replace(view, confirmed=True), replace(view, marks=("destructive",))):
        assert not any("not reviewed" in line for line in request_lines(other))
