"""The line of a key, against tomllib as the judge of what the keys are."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.config.lines import Lines, Path

TEXT = '''\
# [[rule]] in a comment
version = 1
"odd key".'x.y' = """
[[rule]]
allow = "inside a text\\""""

[servers.github] # comment
command = [
  "uvx", # ] ,
  'a]b',
  ["[[rule]]", { deep = 1 }],
]
env = { A = "}", "B.C" = '[[' , D.E = 2 }

[[rule]]
allow = "a/*"
when.args.path.under = "~/work"

[[rule]]
deny = "b/*"
[rule.when.args]
"a\\u002eb" = 1
[[rule.nested]]
x = 1979-05-27 07:32:00
[[rule.nested]]
x = 2

  [ servers . "db" ]
  url = "x"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("version",), 2),
        (("odd key", "x.y"), 3),
        (("servers",), 7),
        (("servers", "github"), 7),
        (("servers", "github", "command"), 8),
        (("servers", "github", "command", 0), 9),
        (("servers", "github", "command", 1), 10),
        (("servers", "github", "command", 2, 1, "deep"), 11),
        (("servers", "github", "env", "B.C"), 13),
        (("servers", "github", "env", "D", "E"), 13),
        (("rule", 0), 15),
        (("rule", 0, "allow"), 16),
        (("rule", 0, "when", "args", "path", "under"), 17),
        (("rule", 0, "when", "args", "path", "missing"), 17),
        (("rule", 1), 19),
        (("rule", 1, "when"), 21),
        (("rule", 1, "when", "args", "a.b"), 22),
        (("rule", 1, "nested", 0, "x"), 24),
        (("rule", 1, "nested", 1), 25),
        (("servers", "db", "url"), 29),
        (("nowhere", "at", "all"), 1),
    ],
)
def test_a_key_is_found_where_it_stands(path: Path, line: int) -> None:
    """TOML 1.0: dotted keys, inline tables, arrays and texts of several lines, comments."""
    tomllib.loads(TEXT)
    assert Lines(TEXT).line_of(path) == line


def test_windows_line_ends_count_once() -> None:
    """A file written by an editor on Windows has the same line numbers."""
    text = TEXT.replace("\n", "\r\n")
    tomllib.loads(text)
    assert Lines(text).line_of(("rule", 1, "nested", 1)) == 25


def paths_of(value: object, path: Path = ()) -> Iterator[Path]:
    """The path of every key and list element."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths_of(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*path, index)
            yield from paths_of(inner, (*path, index))


def is_toml(text: str) -> bool:
    """Whether the judge reads it."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def assert_all_found(text: str) -> None:
    """Every key that tomllib finds is known here, on a line of the text."""
    lines = Lines(text)
    for path in paths_of(tomllib.loads(text)):
        assert path in lines._known
        assert 1 <= lines.line_of(path) <= text.count("\n") + 1


BITS = st.sampled_from(
    [
        *"ab1.=[]{},#\n \"'\\",
        '"""',
        "'''",
        "[[a]]\n",
        "[a.b]\n",
        "[[a.b]]\n",
        "a = 1\n",
        "b.c = [1, 2]\n",
        "\nd = {e = 1}\n",
        '"x.y" = "]"\n',
        "\r\n",
        "1979-05-27 07:32:00",
    ]
)


@given(st.lists(BITS, max_size=20).map("".join))
def test_whatever_tomllib_reads_is_found_in_full(text: str) -> None:
    """No valid text, however odd, leads the search astray."""
    if is_toml(text):
        assert_all_found(text)


KEYS = st.text("abc_-", min_size=1, max_size=4) | st.sampled_from(['"a b"', "'x.y'", '"\\u0041"'])
SCALARS = st.sampled_from(
    ["1", "true", '"[[x]]"', "'#'", '"""\n[x]\n"""', "'''\na = 1\n'''", "1979-05-27 07:32:00", '""']
)


def as_list(values: list[str]) -> str:
    """A list over several lines, with comments that look like its end."""
    return "".join(("[\n", *(f"{value}, # ]\n" for value in values), "]"))


def as_table(values: list[str]) -> str:
    """An inline table."""
    return "{" + ", ".join(f"k{index} = {value}" for index, value in enumerate(values)) + "}"


VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(as_list)
        | st.lists(inner.filter(lambda value: "\n" not in value), max_size=3).map(as_table)
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(["", "[[rule]]\n", "[s.x]\n"]), KEYS, VALUES)))
def test_written_documents_are_found_in_full(parts: list[tuple[str, str, str]]) -> None:
    """The same for documents that look like profiles."""
    text = "".join(f"{header}{key} = {value}\n" for header, key, value in parts)
    if is_toml(text):
        assert_all_found(text)
