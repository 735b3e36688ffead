"""What calls have in common, as a rule would state it."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.config.remembered_text import is_writable
from localguard.telling.learning_conditions import common, folder_of, toml

HOME = "/home/ana"


def written(*calls: dict[str, Any]) -> list[str]:
    """The conditions as TOML."""
    return [one.written for one in common(calls, HOME)]


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([{"owner": "acme"}] * 2, ['when.args.owner.is = "acme"']),
        (
            [{"path": f"{HOME}/notes/a/x"}, {"path": f"{HOME}/notes/b/y"}],
            ['when.args.path.under = "~/notes"'],
        ),
        ([{"path": "/srv/a/x"}, {"path": "/srv/a/b/y"}], ['when.args.path.under = "/srv/a"']),
        (
            [{"url": "https://a.example/1"}, {"url": "https://a.example/2"}],
            ['when.args.url.host = "a.example"'],
        ),
        ([{"n": 3, "dry": True}] * 3, ["when.args.n.is = 3", "when.args.dry.is = true"]),
        ([{"a": {"b": "x"}}] * 2, ['when.args."a.b".is = "x"']),
        (
            [{"owner": "acme"}] * 3 + [{"owner": "beta"}] * 3,
            ['when.args.owner = ["acme", "beta"]'],
        ),
        ([{"owner": "acme"}, {"owner": "beta"}], []),
        ([{"owner": "*"}] * 3 + [{"owner": "beta"}] * 3, []),
        ([{"owner": "acme"}, {}], []),
        ([{"path": f"{HOME}/x"}, {"path": f"{HOME}/y"}], []),
        ([{"path": f"{HOME}/x"}, {"path": "/home/bob/y"}], []),
        ([{"path": "/srv/../etc/x"}, {"path": "/srv/../etc/y"}], []),
    ],
)
def test_the_narrowest_that_all_calls_share(
    calls: list[dict[str, Any]], expected: list[str]
) -> None:
    """Promise: the narrowest generalisation; a whole home folder is none."""
    assert written(*calls) == expected


def test_what_nearly_all_calls_share_is_offered_with_the_rest_outside() -> None:
    """policy.md 5: 36 of 37 calls under ~/notes, and the other would be denied."""
    calls = [{"path": f"{HOME}/notes/{number}"} for number in range(36)]
    assert written(*calls, {"path": "/tmp/x"}) == ['when.args.path.under = "~/notes"']
    assert written(*calls[:5], *[{"path": "/tmp/x/y"}] * 2) == []


@given(
    st.recursive(
        st.booleans()
        | st.integers(-(2**53), 2**53)
        | st.text().filter(is_writable)
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(min_size=1).filter(is_writable), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_json_reads_back_as_it_was_from_one_line_of_toml(one: Any) -> None:
    """Attack: names and values that could end a text, a line or a table."""
    text = toml(one)
    assert text is not None
    assert "\n" not in text
    assert tomllib.loads(f"x = {text}\n")["x"] == one


@pytest.mark.parametrize("one", [None, {"a": None}, [None], "\ud800", {"\ud800": 1}])
def test_what_toml_has_no_place_for_is_told(one: Any) -> None:
    """Such a call can be no test."""
    assert toml(one) is None


@pytest.mark.parametrize(
    ("uri", "folder"),
    [("file:///srv/a/x", "file:///srv/a/"), ("db://h/t", "db://h/"), ("db://t", ""), ("x", "")],
)
def test_the_folder_of_a_uri_is_never_a_whole_scheme(uri: str, folder: str) -> None:
    """A pattern for a folder of resources names where they are."""
    assert folder_of(uri) == folder
