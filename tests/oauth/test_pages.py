"""The page at the end: readable for a person, and nothing a hostile text could use."""

import html

from hypothesis import given
from hypothesis import strategies as st

from localguard.oauth.pages import Page, not_signed_in, response, signed_in, turned_away


def _parts(page: Page) -> tuple[str, str]:
    head, _, body = response(page).partition(b"\r\n\r\n")
    return head.decode("ascii"), body.decode("utf-8")


def test_the_page_says_who_signed_in() -> None:
    head, body = _parts(signed_in("Alice Example, for github"))
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert "You are signed in" in body
    assert "Alice Example, for github" in body
    assert "close this tab" in body


def test_a_failure_is_shown_as_one_with_what_to_do() -> None:
    _, body = _parts(not_signed_in("the provider refuses: access_denied", "sign in again"))
    assert "You are not signed in" in body
    assert "The provider refuses: access_denied." in body
    assert "What to do: sign in again." in body
    assert 'class="failed"' in body


def test_nothing_of_it_is_kept_framed_or_told_on() -> None:
    """Identity.md 1: no-store, CSP, no-referrer, frame deny."""
    for page in (signed_in("x"), turned_away(421, "x"), not_signed_in("x", "y")):
        head, _ = _parts(page)
        assert "Cache-Control: no-store" in head
        assert "Referrer-Policy: no-referrer" in head
        assert "X-Frame-Options: DENY" in head
        assert "X-Content-Type-Options: nosniff" in head
        assert "Content-Security-Policy: default-src 'none';" in head
        assert "unsafe-inline" not in head
        assert "script" not in head


@given(st.text(max_size=300))
def test_no_text_becomes_markup(text: str) -> None:
    _, plain = _parts(signed_in("x"))
    _, body = _parts(signed_in(text))
    assert body.count("<") == plain.count("<")
    assert body.count('"') == plain.count('"')


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_becomes_a_header(what: str, fix: str) -> None:
    head, body = _parts(not_signed_in(what, fix))
    assert f"Content-Length: {len(body.encode())}" in head
    assert len(head.split("\r\n")) == 11


def test_hostile_text_is_made_visible() -> None:
    hostile = "<script>alert(1)</script>\u202e\x1b[2J"
    _, body = _parts(signed_in(hostile))
    assert "<script>" not in body
    assert html.escape("<script>") in body
    assert "\u202e" not in body
