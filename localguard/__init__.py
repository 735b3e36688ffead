"""localguard: the guard in front of the MCP servers of a desktop LLM client.

The floors, top first. Each imports only what is below it; what shares a floor shares nothing else.
import-linter keeps this in CI (`[tool.importlinter]` in pyproject.toml).

    __main__, cli     Commands and exit codes. `run` is dispatched before any command library loads.
    guard             The beginning of `run`: reads the profile, starts the server, loads the rest.
    assembly          The composition root: makes every object, decides nothing.
    console | relay   Where a person looks and answers; MCP in, MCP out: frames, the table of
                      methods, the six steps of a call, pipes.
    telling           What a person is told, in words: for the console and the commands alike.
    approvals | audit | config | control | ledger | pinning | redaction | vault
                      Services, strangers to each other: what is asked, what happened, what is set,
                      how consoles and guards talk, what was counted, what servers said, what nobody
                      may read, keys.
    policy            Decides. Pure: no I/O, no clock, no chance, no logging, nothing async.
    errors | processes | seals | text | whole_file
                      Whose fault it was, where, and what to do next; who started whom; what only a
                      person may write; untrusted text made harmless; a file replaced whole.

The way of one `tools/call`, in six files:

    1  relay/frames.py     the client's line is parsed once, strictly
    2  relay/call.py       a `Call` is built: who, which server, which tool (`relay/judging`)
    3  policy/decide.py    Allow, Ask or Deny, with the rule that decided
    4  approvals/desk.py   an Ask is held until a person answers (through `relay/held_call`)
    5  audit/journal.py    the decision is in the log before anything leaves; unwritable means Deny
    6  relay/session.py    `send` takes the Allow; the answer is inspected, recorded and goes back
"""

__version__ = "0.1.0"
