"""`secret import`: plain secrets go into the vault, and what to write instead is printed."""

import json
import tomllib
from pathlib import Path

import pytest

from localguard.cli.exits import Exit
from localguard.cli.secret_import import import_files
from localguard.cli.secret_sources import Source, read_sources
from localguard.errors import UsageFault
from localguard.vault.named import NamedSecrets
from tests.cli.ran import Ran, ran
from tests.cli.secret_hand import secrets_in

TOKEN = "ghp_" + "A1b2C3d4E5" * 3 + "f6G7h8"
CLIENT = {
    "mcpServers": {
        "github": {
            "command": "npx",
            "args": ["-y", "github-mcp"],
            "env": {"GITHUB_TOKEN": TOKEN, "MODE": "ro", "HARMLESS_NAME": TOKEN},
        },
        "db.main": {
            "command": "/usr/bin/db",
            "env": {"PGDSN": "postgres://u:pw12345@h/d", "API_KEY": "${API_KEY}"},
        },
        "plain": {"command": "x", "env": {"MODE": "rw"}},
        "other": {"command": "y", "args": ["--token", TOKEN], "env": {"GITHUB_TOKEN": "differs"}},
        "remote": {"url": "https://x.example/mcp"},
        "odd": 5,
    }
}


REMOTE = {
    "mcpServers": {
        "search": {
            "url": "https://search.example/mcp",
            "headers": {"Authorization": "Bearer of-the-tests", "X-Team": "blue"},
        },
        "maps": {"serverUrl": "https://maps.example/mcp", "headers": {"X-Api-Key": "k-12345678"}},
        "keyed": {"url": f"https://keyed.example/mcp?key={TOKEN}", "headers": {"X-Token": TOKEN}},
        "filled": {
            "httpUrl": "https://filled.example/mcp",
            "headers": {"Authorization": "Bearer ${TOKEN}"},
        },
        "basic": {
            "url": "https://basic.example/mcp",
            "headers": {"authorization": "Basic dTpwdzEyMzQ1Ng=="},
        },
        "open": {"url": "https://open.example/mcp", "headers": {"X-Team": "blue"}},
    }
}


def taken(kept: NamedSecrets, *files: Path, dry_run: bool = False) -> Ran:
    names = [str(file) for file in files]
    return ran(lambda out, _: import_files(kept, names, dry_run=dry_run, out=out))


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_clients_file_becomes_the_tables_of_a_profile(tmp_path: Path) -> None:
    """Promise: no plain secret has to stay in claude_desktop_config.json."""
    kept = secrets_in(tmp_path)
    file = written(tmp_path, "claude_desktop_config.json", json.dumps(CLIENT))
    before = file.read_bytes()
    done = taken(kept, file)
    assert done.code is Exit.OK
    text, kept_line, end = done.out.partition("4 secrets kept")
    assert kept_line
    assert tomllib.loads(text)["servers"] == {
        "github": {
            "command": ["npx", "-y", "github-mcp"],
            "env": {
                "GITHUB_TOKEN": "secret:github-token",
                "MODE": "ro",
                "HARMLESS_NAME": "secret:harmless-name",
            },
        },
        "db.main": {
            "command": ["/usr/bin/db"],
            "env": {"PGDSN": "secret:pgdsn", "API_KEY": "${API_KEY}"},
        },
        "other": {"env": {"GITHUB_TOKEN": "secret:other-github-token"}},
    }
    assert "# its command has what looks like a secret" in text
    assert f"then remove the values from {file}: they still stand there" in end
    assert not any(value in done.out for value in (TOKEN, "pw12345", "differs"))
    assert kept.holds("github-token", TOKEN)
    assert kept.holds("other-github-token", "differs")
    assert file.read_bytes() == before


def test_the_same_again_keeps_nothing_twice(tmp_path: Path) -> None:
    """A value that is there already is named as it was."""
    kept = secrets_in(tmp_path)
    file = written(tmp_path, "c.json", json.dumps(CLIENT))
    first = taken(kept, file)
    made = kept.listed()
    assert taken(kept, file).out == first.out
    assert kept.listed() == made


def test_a_dry_run_says_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    """Before anything is changed."""
    kept = secrets_in(tmp_path)
    file = written(tmp_path, "c.json", json.dumps(CLIENT))
    dry = taken(kept, file, dry_run=True)
    assert "would be kept; nothing was changed" in dry.out
    assert kept.listed() == ()
    tables = taken(kept, file).out.partition(" secrets kept")[0].rpartition("\n")[0]
    assert dry.out.startswith(tables)


def test_a_dotenv_file_is_read_as_shells_write_it(tmp_path: Path) -> None:
    """Quotes, comments and `export` are none of the value."""
    text = (
        "# API_KEY=commented\n\nexport API_KEY='quoted # value'\n"
        'DB_PASSWORD="two\\nlines"\nSECRET=bare # why\nMODE=ro\nTOKEN=\nnonsense\n'
    )
    kept = secrets_in(tmp_path)
    done = taken(kept, written(tmp_path, ".env", text))
    assert done.out.splitlines()[:4] == [
        "[servers.NAME.env]",
        'API_KEY = "secret:api-key"',
        'DB_PASSWORD = "secret:db-password"',
        'SECRET = "secret:secret"',
    ]
    assert kept.holds("api-key", "quoted # value")
    assert kept.holds("db-password", "two\nlines")
    assert kept.holds("secret", "bare")


def test_a_profile_is_read_too_and_its_references_stay(tmp_path: Path) -> None:
    """Plain values only."""
    text = f'[servers.a]\ncommand = ["x"]\nenv = {{ TOKEN = "{TOKEN}", KEY = "secret:mine" }}\n'
    done = taken(secrets_in(tmp_path), written(tmp_path, "work.toml", text))
    assert done.out.splitlines()[:4] == [
        "[servers.a]",
        'command = ["x"]',
        "[servers.a.env]",
        'TOKEN = "secret:token"',
    ]
    assert 'KEY = "secret:mine"' in done.out


def test_nothing_to_take_says_so(tmp_path: Path) -> None:
    """With the way that is left."""
    done = taken(secrets_in(tmp_path), written(tmp_path, ".env", "MODE=ro\n"))
    assert done.out == (
        "nothing there is named like a secret; localguard secret set NAME keeps any value\n"
    )


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("c.json", '{"mcpServers": hunter2}', "JSON"), ("p.toml", "a = hunter2", "TOML")],
)
def test_what_cannot_be_read_repeats_no_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    """A parser's message would show what stands there."""
    with pytest.raises(UsageFault) as raised:
        read_sources(str(written(tmp_path, name, text)))
    assert f"cannot be read as {said}" in raised.value.explain()
    assert "hunter2" not in raised.value.explain()


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    """Missing, or no text."""
    with pytest.raises(UsageFault, match="No such file"):
        read_sources(str(tmp_path / "none"))
    (tmp_path / "binary").write_bytes(b"\xff\xfe\0")
    with pytest.raises(UsageFault, match="no text"):
        read_sources(str(tmp_path / "binary"))


def test_other_clients_keys_are_known(tmp_path: Path) -> None:
    """VS Code writes `servers`; whatever has another shape is passed over."""
    file = written(
        tmp_path, "mcp.json", json.dumps({"servers": {"a": {"env": {"K": "v", "N": 1}}}})
    )
    assert read_sources(str(file)) == [Source("a", (), {"K": "v"})]
    assert read_sources(str(written(tmp_path, "x.json", '{"mcpServers": []}'))) == []


def test_the_headers_of_a_server_with_a_url_are_taken_too(tmp_path: Path) -> None:
    """Promise: no plain token has to stay in a client's file; what stands after Bearer is auth."""
    kept = secrets_in(tmp_path)
    done = taken(kept, written(tmp_path, "mcp.json", json.dumps(REMOTE)))
    text, kept_line, _ = done.out.partition("4 secrets kept")
    assert kept_line
    assert tomllib.loads(text)["servers"] == {
        "search": {
            "url": "https://search.example/mcp",
            "auth": "secret:search-token",
            "headers": {"X-Team": "blue"},
        },
        "maps": {
            "url": "https://maps.example/mcp",
            "headers": {"X-Api-Key": "secret:x-api-key"},
        },
        "keyed": {"headers": {"X-Token": "secret:x-token"}},
        "basic": {
            "url": "https://basic.example/mcp",
            "headers": {"authorization": "secret:authorization"},
        },
    }
    assert kept.holds("search-token", "of-the-tests")
    assert kept.holds("authorization", "Basic dTpwdzEyMzQ1Ng==")
    assert TOKEN not in done.out
    assert "its url has what looks like a secret" in done.out
