"""A person, a sign-in, a token and a sign-out in words: the same everywhere, and always safe."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.telling.fields import moment, span
from localguard.telling.people import SOON, SignInView, lines, provider, recorded, standing, who
from localguard.telling.server_tokens import ServerView, server_lines, server_standing
from localguard.telling.signing_out import (
    ServerToken,
    SignedOut,
    server_token_lines,
    signed_out_lines,
)
from localguard.text import is_hidden

NOW = 1_790_000_000.0
ANA = SignInView("work", "https://login.example.com", name="Ana", user="ana@example.com")
NOBODY = SignInView(
    "work", "https://login.example.com", True, reason="nobody has signed in", fix="localguard login"
)


@pytest.mark.parametrize(
    ("issuer", "host"),
    [
        ("https://login.example.com", "login.example.com"),
        ("https://login.example.com:443/realms/a", "login.example.com"),
        ("https://login.example.com:8443", "login.example.com:8443"),
        ("http://127.0.0.1:4000", "127.0.0.1:4000"),
        ("not a url", "not a url"),
        ("https://[::1", "https://[::1"),
        ("https://a:b", "https://a:b"),
    ],
)
def test_a_provider_is_told_by_its_host(issuer: str, host: str) -> None:
    assert provider(issuer) == host


def test_a_person_is_told_by_name_and_by_what_rules_call_them() -> None:
    assert who(ANA) == "Ana (ana@example.com)"
    assert who(replace(ANA, name="ana@example.com")) == "ana@example.com"
    assert who(replace(ANA, name=None)) == "ana@example.com"
    assert who(NOBODY) == "nobody"


def test_one_line_says_who_is_signed_in_and_until_when() -> None:
    assert standing(ANA, NOW) == "Ana (ana@example.com) at login.example.com"
    soon = replace(ANA, until=NOW + 300)
    assert soon.ends_soon(NOW)
    assert standing(soon, NOW).endswith(f"until {moment(NOW + 300, NOW)} (in 5 min)")
    assert not replace(ANA, until=NOW + SOON + 1).ends_soon(NOW)


def test_one_line_says_why_nobody_is_and_what_to_do() -> None:
    """Style: what happened, where, and what to do next."""
    assert standing(NOBODY, NOW) == (
        "nobody at login.example.com, which this profile requires. Fix: localguard login"
    )


def test_all_that_is_known_stands_on_lines() -> None:
    whole = replace(ANA, subject="s-1", groups=("a", "b"), since=NOW - 60, until=NOW + 7200)
    told = "\n".join(lines(whole, NOW))
    for part in ("subject    s-1", "groups     a, b", "(in 2 h)", "Ana (ana@example.com)"):
        assert part in told
    assert "the provider says nothing of groups" in "\n".join(lines(ANA, NOW))
    assert "groups     none" in "\n".join(lines(replace(ANA, groups=()), NOW))
    assert "and 10 more groups" in "\n".join(lines(replace(ANA, groups=("g",) * 50), NOW))
    assert [*lines(NOBODY, NOW)][-2:] == [
        "why        nobody has signed in",
        "fix        localguard login",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (86400, "24 h"),
        (172_800, "2 days"),
    ],
)
def test_a_span_is_told_in_the_units_of_a_person(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_moment_of_another_day_has_its_day() -> None:
    assert len(moment(NOW, NOW)) == len("12:00")
    assert len(moment(NOW + 90_000, NOW)) == len("2026-11-27 12:00")
    assert moment(1e300, NOW) == "a time that is none"


def test_each_state_of_a_token_has_its_words() -> None:
    token = ServerView("work", "github", "https://api.example.com/mcp", "never")
    assert server_standing(token, NOW) == "never signed in"
    assert server_standing(replace(token, state="expired"), NOW) == "expired: sign in again"
    assert "asks for more" in server_standing(replace(token, state="more"), NOW)
    assert server_standing(replace(token, state="in"), NOW) == "signed in"
    assert "until" in server_standing(replace(token, state="in", until=NOW + 60), NOW)
    broken = replace(token, state="broken", fault="the keyring is locked")
    assert server_standing(broken, NOW) == "the keyring is locked"
    assert "by hand    localguard login github --profile work" in [*server_lines(token, NOW)]


def test_a_sign_out_reports_each_of_its_three_parts() -> None:
    """identity.md 1, Logout: always say which of the three succeeded."""
    well = [*signed_out_lines(SignedOut(True, True, page="https://login.example.com/out"))]
    assert well == [
        "revoked    the provider takes your tokens no more",
        "removed    nothing of them is left here",
        "session    still open in your browser",
    ]
    badly = [*signed_out_lines(SignedOut(False, False, "it cannot be reached", "disk full"))]
    assert badly == [
        "revoked    NOT at the provider: it cannot be reached",
        "removed    NOT REMOVED here: disk full",
        "session    no page of this provider that ends it is known",
    ]
    assert "nothing to take back" in next(iter(signed_out_lines(SignedOut(None, True))))


def test_a_sign_out_tells_what_became_of_each_token_for_a_server() -> None:
    """On one line each; what is still here is said as loudly as it can be."""
    tokens = [
        ServerToken("https://a.example", True),
        ServerToken("https://b.example", False, "it cannot be reached"),
        ServerToken("https://c.example", None),
        ServerToken("https://d.example", True, kept="another process has it"),
    ]
    out = SignedOut(True, True, servers=tokens, servers_said="the folder is not readable")
    assert [*server_token_lines(out)] == [
        "server     https://a.example: revoked, and removed",
        "server     https://b.example: removed only, NOT revoked: it cannot be reached",
        "server     https://c.example: removed; it had ended before",
        "server     https://d.example: revoked, and NOT REMOVED here (another process has it)",
        "servers    NOT REMOVED here: what there is could not be told: the folder is not readable",
    ]


def test_a_record_names_a_person_by_the_name_to_read() -> None:
    person = {"issuer": "https://login.example.com", "subject": "s-1", "name": "Ana"}
    assert recorded(person) == "Ana at login.example.com"
    assert recorded({**person, "name": ""}) == "s-1 at login.example.com"
    assert recorded({"issuer": 4, "name": None}) == "somebody not named"


@given(st.text(), st.text(max_size=80))
def test_nothing_that_a_provider_chose_draws_or_hides(text: str, short: str) -> None:
    """Attack: names, groups, subjects, issuers and reasons are text of anyone's."""
    view = SignInView(
        text, short, True, text, text, text, (text, short), NOW, NOW, text, text, ended=True
    )
    token = ServerView(text, text, text, "broken", fault=text)
    told = [
        standing(view, NOW),
        standing(replace(view, user=None), NOW),
        *lines(view, NOW),
        *lines(replace(view, user=None), NOW),
        *server_lines(token, NOW),
        *signed_out_lines(
            SignedOut(False, False, text, text, text, [ServerToken(text, False, text, text)], text)
        ),
        recorded({"issuer": short, "subject": text, "name": text}),
    ]
    assert not any(is_hidden(char) for line in told for char in line)
