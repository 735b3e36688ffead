"""Random files through the editors: 2,000 of JSON and TOML, and nothing is lost in any."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localguard.clients.editors import Editor, editor, entries
from localguard.errors import ProfileFault
from tests.clients.files import Files

pytestmark = pytest.mark.slow
SEEDS = st.integers(0, 2**64)
EACH = settings(max_examples=2000, deadline=None)
FEWER = settings(max_examples=500, deadline=None)
"""ruamel is slow."""
OURS = {"command": "/opt/localguard", "args": ["run", "pg"], "enabled": True}


def lossless(of: Editor, text: str, key: str, name: str) -> None:
    """Put, replace, put back, take out: what the file says besides is the same each time."""
    before = of.read(text)
    servers = entries(before, (key,))
    put = of.put(text, (key,), name, OURS)
    after = of.read(put)
    assert after == {**before, key: {**servers, name: OURS}}
    written = of.taken(text, (key,), name)
    gone = of.remove(put, (key,), name)
    if written is not None:
        assert of.read(of.restore(put, (key,), name, written)) == before
        assert list(entries(after, (key,))) == list(servers)
    elif servers:
        assert gone == text
    left = {one: value for one, value in servers.items() if one != name}
    assert entries(of.read(gone), (key,)) == left
    rest = [{k: v for k, v in of.read(one).items() if k != key} for one in (gone, text)]
    assert rest[0] == rest[1]


@EACH
@given(SEEDS)
def test_2000_files_of_json(seed: int) -> None:
    """RFC 8259, with and without a byte order mark."""
    files = Files(seed)
    text = files.json(comments=False)
    lossless(editor("json"), text, "mcpServers", files.name)
    plain = text.removeprefix("\ufeff")
    assert editor("json").read(text) == json.loads(plain)


@EACH
@given(SEEDS)
def test_2000_files_of_json_with_comments(seed: int) -> None:
    """Comments between any two tokens, trailing commas, tabs and line ends of both kinds."""
    files = Files(seed)
    of, text, path = editor("jsonc"), files.json(comments=True), ("mcpServers",)
    lossless(of, text, "mcpServers", files.name)
    written = of.taken(text, path, files.name)
    if written is not None:
        # What was replaced is had back to the byte.
        assert of.restore(of.put(text, path, files.name, OURS), path, files.name, written) == text


@EACH
@given(SEEDS)
def test_2000_files_of_toml(seed: int) -> None:
    """TOML 1.0: tables apart from one another, comments between them."""
    files = Files(seed)
    lossless(editor("toml"), files.toml(), "mcp_servers", files.name)


@FEWER
@given(SEEDS)
def test_500_files_of_yaml(seed: int) -> None:
    """YAML 1.2: blocks of any indentation, braces, literal texts."""
    files = Files(seed)
    lossless(editor("yaml"), files.yaml(), "mcp_servers", files.name)


@EACH
@given(st.text(st.sampled_from('{}[]:,"/*\\ \n\t\ufeffa1tn-'), max_size=30))
def test_any_text_is_read_as_json_does_or_refused(text: str) -> None:
    """What we take, another parser takes for the same."""
    try:
        found = editor("json").read(text)
    except ProfileFault:
        return
    plain = text.removeprefix("\ufeff")
    assert found == (json.loads(plain) if plain.strip() else {})
