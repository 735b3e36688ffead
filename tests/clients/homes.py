"""Homes with the files that each client has on each system, as people have them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localguard.clients.table import SYSTEMS, Client, Machine, client, table
from localguard.config.paths import Places
from tests.config.makers import choose_valid, places_in, put

FILES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("claude-desktop", "linux"): (".config/Claude/claude_desktop_config.json",),
    ("claude-desktop", "darwin"): (
        "Library/Application Support/Claude/claude_desktop_config.json",
    ),
    ("claude-desktop", "win32"): (
        "AppData/Roaming/Claude/claude_desktop_config.json",
        "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/"
        "claude_desktop_config.json",
    ),
    ("claude-code", ""): (".claude.json",),
    ("vscode", "linux"): (
        ".config/Code/User/mcp.json",
        ".config/Code - Insiders/User/mcp.json",
        ".vscode-server/data/User/mcp.json",
    ),
    ("vscode", "darwin"): (
        "Library/Application Support/Code/User/mcp.json",
        "Library/Application Support/Code - Insiders/User/mcp.json",
    ),
    ("vscode", "win32"): (
        "AppData/Roaming/Code/User/mcp.json",
        "AppData/Roaming/Code - Insiders/User/mcp.json",
    ),
    ("cursor", ""): (".cursor/mcp.json",),
    ("codex", ""): (".codex/config.toml",),
    ("gemini", ""): (".gemini/settings.json",),
    ("zed", "linux"): (".config/zed/settings.json",),
    ("zed", "darwin"): (".config/zed/settings.json",),
    ("zed", "win32"): ("AppData/Roaming/Zed/settings.json",),
    ("windsurf", ""): (".codeium/windsurf/mcp_config.json", ".codeium/mcp_config.json"),
    ("lm-studio", ""): (".lmstudio/mcp.json", ".cache/lm-studio/mcp.json"),
    ("goose", "linux"): (".config/goose/config.yaml",),
    ("goose", "darwin"): (".config/goose/config.yaml",),
    ("goose", "win32"): ("AppData/Roaming/Block/goose/config/config.yaml",),
}
"""Where each client looks by its own documentation or source, beside the table on purpose."""

CASES = [(one.name, system) for one in table() for system in SYSTEMS]

_CLAUDE = {
    "globalShortcut": "Ctrl+Space",
    "mcpServers": {
        "pg": {
            "command": "uvx",
            "args": ["postgres-mcp", "--mode", "a b"],
            "env": {"PGDSN": "postgres://ana:hunter22@db/shop", "MODE": "ro"},
        },
        "My Files": {"command": "npx", "args": ["-y", "fs", "/home/ana/My Work"]},
    },
}
_CODE = {
    "numStartups": 7,
    "mcpServers": {
        "pg": {"type": "stdio", "command": "uvx", "args": ["postgres-mcp"], "timeout": 5000},
        "hub": {
            "type": "http",
            "url": "https://hub.example.com/mcp",
            "headers": {"Authorization": "Bearer token-of-ana-0000"},
        },
        "old": {"type": "sse", "url": "https://old.example.com/sse"},
    },
    "projects": {
        "/home/ana/shop": {
            "history": [],
            "mcpServers": {"pg": {"command": "uvx", "args": ["other-mcp"]}},
        }
    },
}
_VSCODE = """\
{
\t// the servers of my team
\t"inputs": [{"type": "promptString", "id": "dsn", "password": true}],
\t"servers": {
\t\t"pg": {
\t\t\t"type": "stdio",
\t\t\t"command": "uvx",
\t\t\t"args": ["postgres-mcp"], // read only
\t\t\t"env": {"PGDSN": "${input:dsn}", "MODE": "ro"},
\t\t},
\t\t"here": {"command": "tool", "args": ["${workspaceFolder}"]},
\t\t/* remote */ "hub": {"type": "http", "url": "https://hub.example.com/mcp"},
\t},
}
"""
_CURSOR = """\
{"mcpServers": {"pg": {"command": "uvx", "args": ["postgres-mcp"], "env": {"AT": "${env:HOME}/x"}},
 "hub": {"url": "https://hub.example.com/mcp", "headers": {"X-Key": "${env:HUB_KEY}"}}}}"""
_CODEX = """\
# my codex
model = "o3"

[mcp_servers.pg]
command = "uvx" # by uv
args = ["postgres-mcp"]
env_vars = ["PGPASSFILE"]
tool_timeout_sec = 1200
enabled_tools = ["query"]

[mcp_servers.pg.env]
PGDSN = "postgres://ana:hunter22@db/shop"

# the hub
[mcp_servers.hub]
url = "https://hub.example.com/mcp"
bearer_token_env_var = "HUB"

[tui]
theme = 'dark'
"""
_GEMINI = """\
{
  "theme": "Default", // mine
  "mcpServers": {
    "pg": {"command": "uvx", "args": ["postgres-mcp"], "env": {"PGDSN": "$PGDSN"}, "trust": false},
    "hub": {"httpUrl": "https://hub.example.com/mcp"},
    "old": {"url": "https://old.example.com/sse"}
  }
}
"""
_ZED = """\
// Zed settings
{
  "vim_mode": true,
  "context_servers": {
    "pg": {
      "source": "custom",
      "enabled": true,
      "command": "uvx",
      "args": ["postgres-mcp"],
      "env": {}
    },
    "from-extension": {"source": "extension", "settings": {"a": 1}},
  },
}
"""
_WINDSURF = {
    "mcpServers": {
        "pg": {"command": "uvx", "args": ["postgres-mcp"], "disabledTools": ["drop"]},
        "hub": {"serverUrl": "https://hub.example.com/mcp"},
    }
}
_GOOSE = """\
GOOSE_PROVIDER: anthropic   # mine
extensions:
  developer:
    bundled: true
    enabled: true
    name: developer
    timeout: 300
    type: builtin
  pg:
    args:
    - postgres-mcp
    cmd: uvx
    enabled: true
    env_keys:
    - PGDSN
    envs:
      MODE: 'ro'
    name: pg
    timeout: 300
    type: stdio

  # the hub
  hub:
    enabled: true
    name: hub
    type: streamable_http
    uri: https://hub.example.com/mcp
GOOSE_MODEL: x
"""
TEXTS: Mapping[str, str] = {
    "claude-desktop": json.dumps(_CLAUDE, indent=2),
    "claude-code": json.dumps(_CODE, indent=2),
    "vscode": _VSCODE,
    "cursor": _CURSOR,
    "codex": _CODEX,
    "gemini": _GEMINI,
    "zed": _ZED,
    "windsurf": json.dumps(_WINDSURF, indent="\t"),
    "lm-studio": _CURSOR.replace("\n", "\r\n"),
    "goose": _GOOSE,
}


@dataclass(frozen=True, slots=True)
class Home:
    """A person's home on some system, with one client's files, and a localguard of theirs."""

    machine: Machine
    client: Client
    files: tuple[Path, ...]
    where: Places

    @property
    def texts(self) -> list[bytes | None]:
        """What stands in the files."""
        return [one.read_bytes() if one.exists() else None for one in self.files]


def home(folder: Path, name: str, system: str = "linux", *, profile: str = "version = 1\n") -> Home:
    """A home in which a client has servers and the profile `work` is in force."""
    known = client(name)
    assert known is not None
    paths = FILES.get((name, system)) or FILES[name, ""]
    files = tuple(folder / path for path in paths)
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(TEXTS[name].encode())
    where = places_in(folder / "localguard")._replace(home=str(folder))
    Path(where.profiles).parent.mkdir(mode=0o700, exist_ok=True)
    put(where, "work", profile)
    choose_valid(where, "work")
    variables = {"APPDATA": str(folder / "AppData/Roaming")} if system == "win32" else {}
    return Home(Machine(str(folder), variables, system), known, files, where)
