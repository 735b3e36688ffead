"""Secrets in plain text are found where people have them, and nothing else is."""

import pytest

from localguard.clients.entry import Wrapped
from localguard.clients.plaintext import address_tells, found_in

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwx12"


def found(*words: str) -> list[tuple[object, str, str, str]]:
    """What is found among the arguments of a server."""
    told = found_in(Wrapped(("server", *words)))
    return [(one.at, one.called, one.before, one.value) for one in told]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--token=abcd1234"], [(1, "token", "--token=", "abcd1234")]),
        (["--api-key", "abcd1234"], [(2, "api-key", "", "abcd1234")]),
        (["-e", f"X={TOKEN}"], [(2, "X", "X=", TOKEN)]),
        ([TOKEN], [(1, "argument-1", "", TOKEN)]),
        (["postgres://a:pw@h/db"], [(1, "url", "", "postgres://a:pw@h/db")]),
        (["https://h/mcp?api_key=abc"], [(1, "url", "", "https://h/mcp?api_key=abc")]),
        (
            ["--header", "Authorization: Bearer abc123"],
            [(2, "Authorization", "", "Authorization: Bearer abc123")],
        ),
        (["--header", "X-Api-Key:abc123"], [(2, "X-Api-Key", "", "X-Api-Key:abc123")]),
    ],
)
def test_arguments_tell_by_a_name_or_by_their_look(
    words: list[str], expected: list[tuple[object, str, str, str]]
) -> None:
    """Issue 6, section 2: `--token=`, addresses, headers handed on by a bridge."""
    assert found(*words) == expected


@pytest.mark.parametrize(
    "words",
    [
        ["--auth", "none"],
        ["--token-file", "/home/ana/token"],
        ["--header", "Authorization: ${AUTH}"],
        ["--token", "${TOKEN}"],
        ["--token=secret:known"],
        ["--port=8080", "/home/ana/My Work", "-y", "@scope/server@1.2.3"],
        ["https://example.com/mcp?project=shop"],
        ["--token", "--verbose"],
    ],
)
def test_modes_files_and_what_is_filled_in_elsewhere_stay(words: list[str]) -> None:
    """A word that is no secret is not hidden from whoever reads the profile."""
    assert found(*words) == []


def test_variables_and_headers_tell_by_name_or_value() -> None:
    """What only points to a secret is none."""
    env = {"GITHUB_TOKEN": "abc", "PGDSN": "x", "TOKEN_FILE": "/t", "A": TOKEN, "B": "${TOKEN}"}
    told = found_in(Wrapped(("server",), env))
    assert [(one.place, one.at) for one in told] == [
        ("variable", "GITHUB_TOKEN"),
        ("variable", "PGDSN"),
        ("variable", "A"),
    ]
    headers = {"Authorization": "Bearer abc", "X-Api-Key": "k", "Accept-Language": "de"}
    told = found_in(Wrapped(url="https://h/mcp", headers=headers))
    assert [(one.place, one.value) for one in told] == [("token", "abc"), ("header", "k")]
    basic = found_in(Wrapped(url="https://h/mcp", headers={"authorization": "Basic YTpi"}))
    assert [(one.place, one.value) for one in basic] == [("header", "Basic YTpi")]


def test_an_address_that_holds_a_secret_is_told_of() -> None:
    """No profile can keep it apart."""
    assert address_tells(Wrapped(url="https://h/mcp?token=abc"))
    assert address_tells(Wrapped(url="https://ana:pw@h/mcp"))
    assert not address_tells(Wrapped(url="https://h/mcp?project=shop"))
    assert not address_tells(Wrapped(("server", "https://ana:pw@h/mcp")))


def test_no_value_is_in_what_is_printed_of_it() -> None:
    """No secret in a repr."""
    assert TOKEN not in repr(found_in(Wrapped(("server", TOKEN), {"TOKEN": TOKEN})))
