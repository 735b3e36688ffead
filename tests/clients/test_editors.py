"""One entry goes into a file of a client's and out of it, and nothing else changes."""

import json
import tomllib
from collections.abc import Mapping

import pytest

from localguard.clients.editors import Editor, Format, editor, entries
from localguard.errors import ProfileFault

OURS = {"command": "/home/ana/.local/bin/localguard", "args": ["run", "pg"]}

JSONC = """\
{
\t// the theme, "not": "a name"
\t"theme": "dark", /* still */
\t"mcpServers": {
\t\t"pg": {"command": "uvx", "args": ["pg"]}, // the database
\t\t"gh": { "command": "npx" },
\t},
}
"""
TOML = """\
# mine
model = "o3" # the best

[mcp_servers.pg]
command = "uvx"   # by uv
args = ["pg"]
[mcp_servers.pg.env]
DSN = "x"

# about gh
[mcp_servers.gh]
command = "npx"

[tui]
theme = 'dark'
"""
YAML = """\
# mine
extensions:
  pg:   # the database
    type: stdio
    cmd: uvx
    args:
    - "pg"

  # about gh
  gh:
    cmd: 'npx'   # by npm
GOOSE_MODEL: x
"""
FILES: Mapping[Format, tuple[str, tuple[str, ...]]] = {
    "json": (
        JSONC.replace(" // the database", "")
        .replace('\t// the theme, "not": "a name"\n', "")
        .replace(" /* still */", "")
        .replace("},\n\t}", "}\n\t}")
        .replace("},\n}", "}\n}"),
        ("mcpServers",),
    ),
    "jsonc": (JSONC, ("mcpServers",)),
    "toml": (TOML, ("mcp_servers",)),
    "yaml": (YAML, ("extensions",)),
}
CASES = [(editor(form), *one) for form, one in FILES.items()]
IDS = list(FILES)


@pytest.mark.parametrize(("of", "text", "path"), CASES, ids=IDS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_was_put_beside_others_is_taken_out_to_the_byte(
    of: Editor, text: str, path: tuple[str, ...], end: str
) -> None:
    """Promise: comments, tabs, line ends, trailing commas and quotes stay as they are."""
    before = text.replace("\n", end)
    after = of.put(before, path, "new", OURS)
    assert entries(of.read(after), path)["new"] == OURS
    assert after.count("\n") == after.count(end)
    assert of.remove(after, path, "new") == before
    lines = [line for line in before.split(end) if line.strip()]
    assert [line for line in lines if line.rstrip(",") not in after.replace(end, "\n")] == []


@pytest.mark.parametrize(("of", "text", "path"), CASES, ids=IDS)
def test_an_entry_is_replaced_in_its_place_and_had_back_as_it_was_written(
    of: Editor, text: str, path: tuple[str, ...]
) -> None:
    """Also where the rest of the file has changed meanwhile, so that no undo would do."""
    written = of.taken(text, path, "pg")
    assert written is not None
    after = of.put(text, path, "pg", OURS)
    assert list(entries(of.read(after), path)) == ["pg", "gh"]
    assert entries(of.read(after), path)["pg"] == OURS
    assert of.restore(after, path, "pg", written) == text
    other = of.put(after, path, "more", {"command": "more"})
    back = of.restore(other, path, "pg", written)
    assert back == of.put(text, path, "more", {"command": "more"})
    assert of.taken(text, path, "none") is None
    assert of.remove(text, path, "none") == text


@pytest.mark.parametrize(("of", "text", "path"), CASES, ids=IDS)
def test_an_entry_is_the_first_of_all(of: Editor, text: str, path: tuple[str, ...]) -> None:
    """A file that does not exist yet, or has no servers yet."""
    del text
    fresh = of.put("", path, "pg", OURS)
    assert of.read(fresh) == {path[0]: {"pg": OURS}}
    assert fresh.endswith("\n")
    other = of.put(of.put("", ("other",), "a", {"b": 1}), path, "pg", OURS)
    assert of.read(other) == {"other": {"a": {"b": 1}}, path[0]: {"pg": OURS}}
    left = of.remove(fresh, path, "pg")
    assert not entries(of.read(left), path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "m": {\n    "n": 1\n  }\n}'),
        ('{"a": 1}', '{"a": 1, "m": {"n": 1}}'),
        ('{"a": 1, "m": {}}', '{"a": 1, "m": {"n": 1}}'),
        ('\ufeff{"m": {"a": 1}}', '\ufeff{"m": {"a": 1, "n": 1}}'),
        ('{"m": { "a": 1 } }', '{"m": { "a": 1, "n": 1 } }'),
        ('{"m": {"a": 1 // x\n}}', '{"m": {"a": 1, // x\n"n": 1\n}}'),
        ('{"m": {"a": 1, // x\n}}', '{"m": {"a": 1, // x\n"n": 1,\n}}'),
        ('{"m": {// x\n}}', '{"m": {// x\n  "n": 1\n}}'),
        ('{"m": {/* x */}}', '{"m": {/* x */\n"n": 1\n}}'),
        ('{"m": {\n}}', '{"m": {\n  "n": 1\n}}'),
        ('{"m": {"n": 2}}', '{"m": {"n": 1}}'),
    ],
)
def test_what_is_put_into_json_is_written_as_what_stands_around_it(before: str, after: str) -> None:
    """On one line or many, after a comment that ends with its line, behind a trailing comma."""
    of = editor("jsonc")
    put = of.put(before, ("m",), "n", 1)
    assert entries(of.read(put), ("m",))["n"] == 1
    assert put == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"n": 1}', "{}"),
        ('{"a": 1, "n": 2}', '{"a": 1}'),
        ('{"n": 1, "b": 2}', '{ "b": 2}'),
        ('{"a": 1, /* x */ "n": 2}', '{"a": 1 /* x */}'),
        ('{"a": 1, // x\n "n": 2, "c": 3}', '{"a": 1, // x\n  "c": 3}'),
        ('{"a": 1, // x\n "n": 2\n}', '{"a": 1 // x\n}'),
        ('{"a": 1 /* , */, "n": 2,}', '{"a": 1 /* , */,}'),
        ('{// x\n"n": 1}', "{// x\n}"),
    ],
)
def test_what_goes_from_json_takes_its_comma_and_no_comment(before: str, after: str) -> None:
    """A comment is the person's, also one beside an entry that goes."""
    of = editor("jsonc")
    gone = of.remove(before, (), "n")
    assert "n" not in of.read(gone)
    assert gone == after


@pytest.mark.parametrize(
    ("form", "text", "where", "what"),
    [
        ("json", '{\n "a": 1,\n "a": 2\n}', "3:2", '"a" stands twice in one object'),
        ("json", '{"a": {"b": 1, "\\u0062": 2}}', "1:16", '"b" stands twice in one object'),
        ("json", '{"a": 1,}', "1:8", 'there is a "," before the "}"'),
        ("json", "{\n// x\n}", "2:1", "comments are no JSON"),
        ("jsonc", "{/* x", "1:2", "a comment is not closed"),
        ("jsonc", '{"a" 1}', "1:6", 'a ":" is missing after the name'),
        ("jsonc", '{"a": 1 "b": 2}', "1:9", 'a "," or "}" is missing'),
        ("jsonc", '{"a": tru}', "1:7", "this is not a value"),
        ("jsonc", '{"a": "x\n"}', "1:7", "this text is not closed on its line, or holds what no"),
        ("jsonc", '{"a":', "1:6", "the text ends where a value is missing"),
        ("jsonc", "{a: 1}", "1:2", 'a name in quotes is missing, or the "}"'),
        ("jsonc", "{} {}", "1:4", "there is more after the end of the value"),
        ("jsonc", "[1]", "1:1", "an object"),
        ("jsonc", "[" * 200, "1:102", "it is nested more than 100 levels deep"),
        ("jsonc", '{"a": NaN}', "1:7", "this is not a value"),
        ("toml", 'a = 1\nb = "x\n', "2:7", "a text ends in the middle of it"),
        ("toml", "a = 1\na = 2\n", "2:6", "this key or table is there twice"),
        ("toml", "x = [", "1:6", "this is not a value"),
        ("yaml", "a: 1\na: 2\n", "2:1", "this name stands twice in one mapping"),
        ("yaml", "a: 1\n  b: [\n", "2:4", "it is not YAML"),
        ("yaml", "- a\n", "1:1", "a mapping"),
    ],
)
def test_a_broken_file_is_told_with_line_and_column(
    form: Format, text: str, where: str, what: str
) -> None:
    """It is shown and left alone. Names that stand twice mean two things to two readers."""
    for act in (
        lambda: editor(form).read(text),
        lambda: editor(form).put(text, ("m",), "n", OURS),
        lambda: editor(form).remove(text, ("m",), "n"),
    ):
        with pytest.raises(ProfileFault) as told:
            act()
        assert (told.value.where, told.value.what[: len(what)]) == (where, what)
        assert told.value.fix


def test_toml_of_every_way_to_write_a_table() -> None:
    """Pairs, dotted keys, tables apart from one another; braces are left to the person."""
    of = editor("toml")
    for text in (
        "[m]\nn = { a = 1 }\nb = 2\n",
        "[m]\nn.a = 1\nn.b = 2\nb = 2\n",
        "m.n.a = 1\nm.b = 2\n",
        "[m.n]\na = 1\n[x]\ny = 1\n[m.n.c]\nd = 2\n",
        'x = """\n[m.n]\n"""\n[m."n"]\na = [\n1, # ]\n]\n',
        "[[x]]\na = 1\n[[x]]\n[m.n]\n",
    ):
        before = tomllib.loads(text)
        after = of.put(text, ("m",), "n", OURS)
        assert tomllib.loads(after) == {**before, "m": {**before["m"], "n": OURS}}
        gone = tomllib.loads(of.remove(text, ("m",), "n"))
        del before["m"]["n"]
        assert gone.get("m", {}) == before["m"]
    with pytest.raises(ProfileFault, match="written in braces") as told:
        of.put("x = 1\nm = { n = 1 }\n", ("m",), "n", OURS)
    assert (told.value.where, told.value.fix) == ("2:1", "write it as a table of its own, [m.n]")


def test_yaml_of_every_way_to_write_a_mapping() -> None:
    """In braces, empty, null, with anchors; what stands elsewhere under another name is refused."""
    of = editor("yaml")
    for text in (
        "m: {}\n",
        "m:\n",
        "m: ~\nx: 1\n",
        "m: {a: 1}\nx: 1\n",
        "m: { a: 1, }\n",
        "---\nm:\n    a: |\n      text\n\n# end\nx: 1",
        "# only a comment\n",
        "",
        "x: &x {a: 1}\nm:\n  a: *x\n  b: 1\n",
        '{"m": {"a": 1}}',
        "\ufeffm:\n  a: 1\n",
        "m:\r\n  a: 1\r\n",
    ):
        before = of.read(text)
        after = of.put(text, ("m",), "on", OURS)
        assert of.read(after) == {**before, "m": {**entries(before, ("m",)), "on": OURS}}, text
        gone = of.read(of.remove(after, ("m",), "on"))
        assert {**gone, "m": gone["m"] or {}} == {**before, "m": entries(before, ("m",))}
    with pytest.raises(ProfileFault, match="another name"):
        of.put("x: &x {n: 1}\nm: *x\n", ("m",), "n", OURS)


@pytest.mark.parametrize(
    "text",
    [
        "extensions:\n  gh:\n    x: |\n     some\n     more",
        "extensions:\n  gh:\n    x: |+ # all of it\n     some\n\n\nz: 1\n",
        "extensions:\n  gh:\n    x: >-\n     some\n",
    ],
)
def test_a_text_in_a_block_says_the_same_beside_a_new_entry(text: str) -> None:
    """YAML 1.2 section 8.1.1.2: whether its last line end counts hangs on what follows."""
    of, path = editor("yaml"), ("extensions",)
    put = of.put(text, path, "pg", {"cmd": "x"})
    assert of.read(put)["extensions"] == {**entries(of.read(text), path), "pg": {"cmd": "x"}}
    assert of.remove(put, path, "pg") == text


def test_a_text_in_a_block_says_the_same_without_the_entry_after_it() -> None:
    """The same section: a last entry goes, and the line end before it stays."""
    of = editor("yaml")
    gone = of.remove("extensions:\n  gh: |\n    more\n  pg: 1", ("extensions",), "pg")
    assert gone == "extensions:\n  gh: |\n    more\n"


def test_what_is_put_may_hold_anything() -> None:
    """Paths of Windows, line ends, quotes and signs of every alphabet are what they were."""
    nasty = {"command": "C:\\Program Files\\x", "args": ["a\n\"b'", "\u2028\x7f\U0001f600", "# {"]}
    for form, (text, path) in FILES.items():
        of = editor(form)
        for name in ("two words", "a.b", "\u00fc", "1", "true"):
            put = of.put(text, path, name, nasty)
            assert entries(of.read(put), path)[name] == nasty
            assert of.remove(put, path, name) == text
    assert json.loads(editor("json").put("", ("m",), "n", nasty)) == {"m": {"n": nasty}}
