"""What a person is told to look at twice."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.console.queue.cautions import Grade, cautions, hosts_in, needs_code, unseen
from localguard.console.services import Earlier
from tests.console.stage import destructive, of, request

HOME = "/home/ana"
KNOWN = Earlier(hosts=frozenset({"example.com"}))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def words(arguments: object, **other: object) -> str:
    """All cautions about a call in one text."""
    view = of(request(arguments=json.dumps(arguments)), **other)
    found = cautions(view, KNOWN, HOME)
    return "; ".join(f"{one.words} {one.about}".strip() for one in found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"q": "DELETE FROM users"}, "SQL DELETE with no limiting WHERE in q"),
        ({"q": "delete from users where 1=1; --"}, "SQL DELETE with no limiting WHERE in q"),
        ({"q": "UPDATE users SET admin = 1"}, "SQL UPDATE with no limiting WHERE in q"),
        ({"q": "drop table users"}, "SQL DROP in q"),
        ({"path": "/etc/passwd"}, "a path outside your home folder: /etc/passwd"),
        ({"path": "~/../bob/x"}, "a path outside your home folder: ~/../bob/x"),
        ({"path": "/home/ana/../bob"}, "a path outside your home folder: /home/ana/../bob"),
        ({"url": "https://evil.test/x"}, "the first use of evil.test"),
        ({"to": "a@evil.test"}, "the first use of evil.test"),
        ({"password": "hunter2!"}, "looks like a secret: password"),
        ({"x": "ghp_" + "a1B2" * 10}, "looks like a secret: x"),
        ({"x": "-----BEGIN PRIVATE KEY-----"}, "looks like a secret: x"),
        ({"x": "a\u200bb"}, "hidden characters in x"),
        ({"\u202ex": 1}, "hidden characters in \u202ex"),
        ({"x": "p\u0430ypal"}, "letters of two scripts in one word: p\u0430ypal"),
        ({"x": "https://\u0430pple.com/"}, "a host in other letters than it seems: \u0430pple.com"),
        ({"x": "y" * 9000}, "large: 9009 bytes of arguments"),
    ],
)
def test_a_trick_is_named_with_its_place(arguments: object, said: str) -> None:
    """Promise: each detector says what and where."""
    assert said in words(arguments).replace("; ", "\n").split("\n")


@pytest.mark.parametrize(
    "arguments",
    [
        {"q": "SELECT * FROM users WHERE id = 7"},
        {"q": "DELETE FROM users WHERE id = 7"},
        {"q": "UPDATE users SET a = 1 WHERE id = 7"},
        {"path": "~/work/notes.txt"},
        {"path": "/home/ana/x"},
        {"url": "https://example.com/page"},
        {"text": "please update the docs"},
        {"text": "two\nlines\tand a tab, Grüße, 世界"},
        {"token_count": 7},
        {},
    ],
)
def test_nothing_is_said_of_what_is_plain(arguments: object) -> None:
    """Promise: cautions stay rare enough to be read."""
    assert words(arguments) == ""


def test_a_long_coded_text_is_named() -> None:
    """Promise: what nobody can read is said to be that."""
    blob = "aGVsbG8gd29ybGQhIFRoaXMgaXM" * 8
    assert "a long coded text in data" in words({"data": blob})
    assert "a long coded text" not in words({"data": "a" * 400})


def test_the_gravest_stands_first() -> None:
    """Promise: what counts most is read first."""
    view = request(arguments='{"q": "drop table x", "p": "/etc"}', confirmed=False)
    grades = [one.grade for one in cautions(view, KNOWN, HOME)]
    assert grades == sorted(grades, reverse=True)
    assert grades[0] is Grade.GRAVE


def test_no_host_is_new_while_the_past_is_not_known() -> None:
    """Promise: nothing is claimed that was not looked up."""
    view = request(arguments='{"url": "https://evil.test"}')
    assert cautions(view, None, HOME) == ()


def test_marks_and_reviews_are_told() -> None:
    """Promise: a tool that is new or changed, and a server nobody reviewed, are said."""
    assert "has changed since" in words({}, marks=("changed", "write"))
    assert "nobody has reviewed: t" in words({}, marks=("new",))
    assert "nobody has reviewed this server" in words({}, confirmed=False)
    assert "not reviewed: treated as destructive" in words(
        {}, confirmed=False, risk="destructive", marks=("read",)
    )


def test_a_code_is_needed_for_what_is_destructive_or_not_all_seen() -> None:
    """Promise: a yes to it takes more than one key."""
    assert needs_code(destructive())
    assert needs_code(request(arguments='{"a": "\\u202e"}'))
    assert needs_code(request(item="x\u200by"))
    assert needs_code(request(arguments="{", whole=True))
    assert needs_code(request(whole=False))
    assert needs_code(request(arguments="[" * 5000 + "]" * 5000))
    assert not needs_code(request(arguments='{"a": "line\\nline"}'))


def test_hosts_are_read_strictly_and_once() -> None:
    """Promise: the host of a URL or an address, as it is compared."""
    value = {"a": "see https://B.test/x and https://b.test/y", "b": ["mail x@c.test."]}
    assert hosts_in(value) == ("b.test", "c.test")


@given(JSON)
def test_any_arguments_are_looked_at_without_a_fault(value: object) -> None:
    """Promise: no text makes the console stumble."""
    view = request(arguments=json.dumps({"x": value}))
    cautions(view, KNOWN, HOME)
    unseen(view)
