"""Marks that agents leave in the environment of the commands they run, and editors in a terminal.

A data table. Only what an agent itself sets for its commands is in here, not what a person sets to
configure it (CLAUDE_CODE_USE_BEDROCK, CODEX_HOME, OPENCODE_CONFIG, COPILOT_MODEL, AIDER_* ...):
that stands in the profiles of people's shells. Aider sets nothing. A mark that is missing proves
nothing: it can be taken out, so it is one reason among others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

TREE: Final = "LOCALGUARD_TREE"
"""What a wrapped server and all that it starts carry."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A variable, who sets it, and the values that count; none given means any but empty."""

    name: str
    agent: str
    values: frozenset[str] = frozenset()

    def matches(self, environment: Mapping[str, str]) -> bool:
        """Whether an environment carries it."""
        value = environment.get(self.name, "")
        return value in self.values if self.values else bool(value)


def _mark(name: str, agent: str, *values: str) -> Mark:
    return Mark(name, agent, frozenset(values))


AGENTS: Final = (
    # Claude Code: "Environment variables" and "Settings" of its documentation.
    _mark("CLAUDECODE", "Claude Code"),
    _mark("CLAUDE_CODE_ENTRYPOINT", "Claude Code"),
    _mark("CLAUDE_CODE_CHILD_SESSION", "Claude Code"),
    _mark("CLAUDE_CODE_SSE_PORT", "Claude Code"),
    _mark("CLAUDE_CODE_IS_COWORK", "Claude Cowork"),
    # Cursor: the first by its CLI, the others by the editor, in its terminals too.
    _mark("CURSOR_AGENT", "Cursor"),
    _mark("CURSOR_TRACE_ID", "Cursor"),
    _mark("CURSOR_CLI", "Cursor"),
    _mark("CURSOR_EXTENSION_HOST_ROLE", "Cursor", "agent-exec"),
    # Codex: codex-rs/core/src/spawn.rs and exec_env.rs of openai/codex.
    _mark("CODEX_SANDBOX", "Codex"),
    _mark("CODEX_SANDBOX_NETWORK_DISABLED", "Codex"),
    _mark("CODEX_THREAD_ID", "Codex"),
    _mark("CODEX_CI", "Codex"),
    _mark("CODEX_INTERNAL_ORIGINATOR_OVERRIDE", "Codex"),
    # The shell tools of Gemini CLI and its descendants: "Shell tool" of their documentation.
    _mark("GEMINI_CLI", "Gemini CLI"),
    _mark("QWEN_CODE", "Qwen Code"),
    _mark("IFLOW_CLI", "iFlow"),
    # Goose: crates/goose-mcp, developer tool, sets both for a command.
    _mark("GOOSE_TERMINAL", "Goose"),
    _mark("AGENT", "an agent", "goose", "amp", "pi", "1"),
    # The wish of agentsmd/agents.md#136 and of vercel/detect-agent; Crush, Pi, Warp, Copilot.
    _mark("AI_AGENT", "an agent"),
    # OpenCode, in its own process and the commands below it.
    _mark("OPENCODE", "OpenCode"),
    _mark("OPENCODE_SESSION_ID", "OpenCode"),
    # Cline ("CLINE_ACTIVE" of its documentation) and Roo Code, in their terminals in VS Code.
    _mark("CLINE_ACTIVE", "Cline"),
    _mark("ROO_ACTIVE", "Roo Code"),
    _mark("ROO_CLI_RUNTIME", "Roo Code"),
    # By the tables of vercel/detect-agent and of jfrog/jfrog-cli-core.
    _mark("COPILOT_CLI", "Copilot CLI"),
    _mark("COPILOT_AGENT", "Copilot"),
    _mark("COPILOT_AGENT_JOB_ID", "Copilot"),
    _mark("COPILOT_AGENT_SESSION_ID", "Copilot"),
    _mark("AMP_CURRENT_THREAD_ID", "Amp"),
    _mark("AUGMENT_AGENT", "Augment"),
    _mark("ANTIGRAVITY_AGENT", "Antigravity"),
    _mark("WINDSURF_CASCADE_TERMINAL", "Windsurf"),
    _mark("TRAE_AI_SHELL_ID", "Trae"),
    _mark("CRUSH", "Crush"),
    _mark("PI_CODING_AGENT", "Pi"),
    _mark("KILOCODE_FEATURE", "Kilo Code", "cli"),
    _mark("OPENCLAW_SHELL", "OpenClaw"),
    _mark("GROK_AGENT", "Grok", "1"),
)

EDITORS: Final = (
    # VS Code and all that is made of it (Cursor, Windsurf, VSCodium ...), Kiro.
    _mark("TERM_PROGRAM", "an editor of the VS Code family", "vscode", "cursor", "kiro"),
    # Its agent types into the sessions of the person.
    _mark("TERM_PROGRAM", "Warp", "WarpTerminal"),
    _mark("ZED_TERM", "Zed"),
    # Junie and AI Assistant run their commands there.
    _mark("TERMINAL_EMULATOR", "a JetBrains IDE", "JetBrains-JediTerm"),
)
"""Terminals that a person shares with an agent built into them: nobody can tell who has typed."""


def agent_of(environment: Mapping[str, str]) -> Mark | None:
    """The first mark of an agent that an environment carries."""
    return next((mark for mark in AGENTS if mark.matches(environment)), None)


def editor_of(environment: Mapping[str, str]) -> Mark | None:
    """The first mark of a terminal that is shared with an agent."""
    return next((mark for mark in EDITORS if mark.matches(environment)), None)
