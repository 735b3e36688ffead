"""Whatever servers, clients and models call things: what is written is what was meant."""

import tomllib
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from localguard.config.fixed import Fixed, offers
from localguard.config.remembered import MATCHES, Asked, Author, Wish, candidate, roots_of
from localguard.config.remembered_change import Current
from localguard.config.remembered_file import addition
from localguard.config.remembered_text import is_writable
from localguard.policy.calls import Json
from localguard.policy.canonical import digest_of
from localguard.policy.grants import Answer
from localguard.policy.rules import Rule
from localguard.text import is_hidden
from tests.config.remembering import NOON, with_arguments

HOSTILE = st.sampled_from(
    [
        '"\n[[answer]]\nrule = "x',
        "'\n[[rule]]",
        '"""',
        "'''",
        "\\",
        "\\u0022",
        "# x",
        "\r",
        "\r\n",
        "\x00",
        "\x7f",
        "\x85",
        "\u2028",
        "\u202e",
        "\ud800",
        "\U000e0041",
        "*",
        "a*?",
        "a.b",
        "a b",
        "]",
        "=",
        "{x}",
        "@read",
        "resource:x",
        "true",
        "1979-05-27",
    ]
)
CHARS = st.characters(exclude_categories=())
TEXTS = st.one_of(st.text(CHARS, max_size=12), HOSTILE, st.lists(HOSTILE, max_size=3).map("".join))
PATHS = st.lists(st.text(CHARS, max_size=4), max_size=5).map(lambda parts: "/" + "/".join(parts))
URLS = st.builds("https://{}/{}".format, st.sampled_from(["a.example", "[::1]", "x"]), TEXTS)
SCALARS = st.one_of(
    TEXTS,
    PATHS,
    URLS,
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(TEXTS, VALUES, max_size=5)
NAMES = TEXTS.filter(bool)
REQUESTS = st.builds(
    Asked,
    call=TEXTS,
    profile=st.just("work"),
    server=st.sampled_from(["files", "a.b-c"]),
    item=NAMES,
    rule=NAMES,
    identity=NAMES,
    pin=NAMES,
    client=NAMES | st.none(),
    arguments=ARGUMENTS,
)
AUTHORS = st.builds(Author, st.just(NOON), TEXTS)
BECAUSE = TEXTS | st.none()


def wishes(data: st.DataObject, request: Asked) -> Wish:
    """A wish that chooses among all that can be fixed of a request."""
    offered = offers(request.arguments)
    chosen = data.draw(st.lists(st.sampled_from(offered), unique=True) if offered else st.just([]))
    fixed = tuple(data.draw(st.sampled_from(ways)) for ways in chosen)
    return Wish(
        data.draw(st.booleans()),
        data.draw(st.sampled_from(MATCHES)),
        fixed,
        data.draw(st.booleans()),
        data.draw(BECAUSE),
    )


def changed(value: Json, path: tuple[str, ...], new: Json) -> Json:
    """A value in which another stands at a path."""
    if not path:
        return new
    assert isinstance(value, dict)
    return {**value, path[0]: changed(value[path[0]], path[1:], new)}


def differs(one: Json, other: Json) -> bool:
    """Whether two values differ in more than how a number is spelled."""
    numbers = [isinstance(v, int | float) and not isinstance(v, bool) for v in (one, other)]
    return one != other if all(numbers) else digest_of(one) != digest_of(other)


@pytest.mark.slow
@given(REQUESTS, AUTHORS, st.data())
def test_no_text_can_add_a_line_a_key_or_a_table(
    request: Asked, author: Author, data: st.DataObject
) -> None:
    """Attack: names and values that end their quotes, in every place where one is written."""
    wish = wishes(data, request)
    found = candidate(request, wish, author)
    assume(found.refused is None)
    tables = tomllib.loads(found.text)
    kind = "answer" if wish.allow else "rule"
    assert list(tables) == [kind]
    (table,) = tables[kind]
    expected = {"rule", "target", "identity", "pin", "client", "exact", "when", "until"}
    assert set(table) <= (expected if wish.allow else {"deny", "when", "because", "id"})
    said, *lines = found.text.split("\n")
    assert said.startswith("# ")
    assert not any(line.lstrip().startswith("#") for line in lines)
    assert not any(is_hidden(char) for char in found.text.replace("\n", ""))
    whole = tomllib.loads(addition(Current(None, ""), "work", found.text))
    assert whole == {"version": 1, **tables}


@pytest.mark.slow
@given(REQUESTS, AUTHORS, st.data())
def test_what_was_written_reads_back_as_what_was_meant(
    request: Asked, author: Author, data: st.DataObject
) -> None:
    """Every member, character by character, and it settles the very call."""
    wish = wishes(data, request)
    found = candidate(request, wish, author)
    assume(found.refused is None)
    assert found.meaning is not None
    call = with_arguments(request, request.arguments or {}, roots_of(found.meaning))
    if isinstance(found.meaning, Rule):
        assert found.meaning.because == (wish.because or None)
        assert found.meaning.applies(call, lets_more=False)
        return
    answer = found.meaning
    assert (answer.rule, answer.target) == (request.rule, request.target)
    assert (answer.identity, answer.pin) == (request.identity, request.pin)
    assert answer.client == request.client
    assert (answer.until is None) == wish.forever
    assert answer.covers("work", call)


@pytest.mark.slow
@given(REQUESTS, AUTHORS, VALUES, st.data())
def test_a_call_that_differs_in_a_fixed_argument_is_not_covered(
    request: Asked, author: Author, other: Json, data: st.DataObject
) -> None:
    """Also where the value is a pattern, a list of it, or another type that looks like it."""
    offered = offers(request.arguments)
    assume(offered)
    fixed = tuple(ways[0] for ways in offered)
    one = data.draw(st.sampled_from(fixed))
    twisted: list[Json] = [other, [one.value], str(one.value), f"{one.value}*", "*", None]
    new = data.draw(st.sampled_from(twisted))
    assume(differs(one.value, new))
    arguments = changed(dict(request.arguments or {}), one.path, new)
    assert isinstance(arguments, dict)
    for wish in (Wish(True, "some", fixed), Wish(True, "exact")):
        found = candidate(request, wish, author)
        assume(found.refused is None)
        assert isinstance(found.meaning, Answer)
        assert not found.meaning.covers("work", with_arguments(request, arguments))


@pytest.mark.slow
@given(REQUESTS, AUTHORS, ARGUMENTS)
def test_an_exact_yes_covers_these_arguments_alone(
    request: Asked, author: Author, other: dict[str, Json]
) -> None:
    """None more, none less, none other."""
    found = candidate(request, Wish(True, "exact"), author)
    assume(found.refused is None)
    assert isinstance(found.meaning, Answer)
    same = digest_of(other) == digest_of(request.arguments)
    assert found.meaning.covers("work", with_arguments(request, other)) == same


@pytest.mark.slow
@given(REQUESTS, st.sampled_from(["/srv/a", "/srv"]), st.text("ab/.", max_size=8))
def test_a_folder_covers_what_lies_in_it(request: Asked, root: str, rest: str) -> None:
    """By where paths lead, as the guard has found it out."""
    request = Asked(**{**_members(request), "arguments": {"p": "/srv/a/b"}})
    found = candidate(request, Wish(True, "some", (Fixed(("p",), "under", root),)), AUTHOR)
    assume(found.refused is None)
    assert isinstance(found.meaning, Answer)
    path = f"{root}{rest}"
    call = with_arguments(request, {"p": path}, roots_of(found.meaning))
    assert found.meaning.covers("work", call) == (rest == "" or rest.startswith("/"))


AUTHOR = Author(NOON, "x")


def _members(request: Asked) -> dict[str, Any]:
    return {name: getattr(request, name) for name in Asked.__slots__}


@pytest.mark.slow
@given(REQUESTS, AUTHORS)
def test_only_half_a_character_keeps_a_tool_from_being_remembered(
    request: Asked, author: Author
) -> None:
    """TOML has no place for it; everything else can be answered for good, and denied."""
    texts = [request.item, request.rule or "", request.identity or "", request.pin or ""]
    whole = all(is_writable(text) for text in (*texts, request.client or ""))
    assert (candidate(request, Wish(True, "tool"), author).refused is None) == whole
    assert candidate(request, Wish(False, "tool"), author).refused is None
