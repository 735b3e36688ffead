"""What a newcomer has before localguard: a home, two clients, three servers, a token in a file."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

PROJECT: Final = Path(__file__).resolve().parents[2]
TOKEN: Final = "ghp_" + "R3c0rd1ng" * 4
"""Looks like a token of GitHub's, and is none."""
_HANDED_ON: Final = ("PIP_", "SSL_", "NODE_EXTRA", "UV_", "npm_")


def new_home() -> Path:
    """The home of somebody who is made up. Raises OSError where it cannot be made, or is there."""
    home = Path("/home/ana")
    home.mkdir(mode=0o700)
    return home


def furnish(home: Path) -> dict[str, str]:
    """Put there what a person has; the variables of their terminal."""
    programs = home / ".local/bin"
    programs.mkdir(parents=True)
    _link_programs(programs)
    work = home / "work"
    work.mkdir()
    (work / "plan.md").write_text("1. beans\n2. peas\n")
    environment = {
        "HOME": str(home),
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        "USER": "ana",
        "LOGNAME": "ana",
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        **{name: value for name, value in os.environ.items() if name.startswith(_HANDED_ON)},
    }
    for words in (["init", "-q"], ["add", "."], [*_AUTHOR, "commit", "-qm", "The plan"]):
        subprocess.run(["git", "-C", str(work), *words], check=True, env=environment)
    subprocess.run(["git", "clone", "-q", str(PROJECT), str(home / "localguard")], check=True)
    _write_clients(home, work)
    return environment


_AUTHOR: Final = ("-c", "user.name=Ana", "-c", "user.email=ana@example.com")


def _link_programs(folder: Path) -> None:
    node = shutil.which("node")
    found = {
        "uv": PROJECT / ".tools/uv/bin/uv",
        "mcp-server-git": PROJECT / ".tools/pypi/bin/mcp-server-git",
        "mcp-server-filesystem": PROJECT / ".tools/npm/node_modules/.bin/mcp-server-filesystem",
        "mcp-server-github": PROJECT / ".tools/npm/node_modules/.bin/mcp-server-github",
        "node": Path(node or "node"),
    }
    for name, program in found.items():
        (folder / name).symlink_to(program.resolve() if name != "mcp-server-git" else program)


def _write_clients(home: Path, work: Path) -> None:
    """Cursor with two servers, one of which needs a token, and Codex with one."""
    cursor, codex = home / ".cursor/mcp.json", home / ".codex/config.toml"
    cursor.parent.mkdir()
    codex.parent.mkdir()
    servers = {
        "files": {"command": "mcp-server-filesystem", "args": [str(work)]},
        "github": {
            "command": "mcp-server-github",
            "env": {"GITHUB_PERSONAL_ACCESS_TOKEN": TOKEN},
        },
    }
    cursor.write_text(json.dumps({"mcpServers": servers}, indent=2) + "\n")
    codex.write_text(
        '# my codex\nmodel = "gpt-5"\n\n[mcp_servers.git]\ncommand = "mcp-server-git"\n'
        f'args = ["--repository", "{work}"]\n'
    )
