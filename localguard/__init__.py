"""localguard: the guard in front of the MCP servers of a desktop LLM client.

The floors, top first. Each imports only what is below it; what shares a floor shares nothing else.
import-linter keeps this in CI (`[tool.importlinter]` in pyproject.toml).

    __main__, cli     Commands and exit codes. `run` is dispatched before any command library loads.
    guard             The beginning of `run`: reads the profile, starts the server, loads the rest.
    assembly          The composition root: makes every object, decides nothing.
    console | doctor | onboarding | relay
                      Where a person looks and answers; what is wrong, and its remedy; how clients
                      come to start guards; MCP in, MCP out: frames, methods, the six steps of a
                      call, pipes.
    telling           What a person is told, in words: for the console and the commands alike.
    clients           The desktop clients: what their files say, and the entries that are ours.
    approvals | audit | config | control | credentials | identity | ledger | pinning | redaction |
    remote            Services, strangers to each other: what is asked, what happened, what is set,
                      how consoles and guards talk, tokens for servers, who sits there, what was
                      counted, what servers said, what nobody may read, servers with a URL.
    oauth | vault     How tokens are asked for; where secrets and keys lie.
    policy            Decides. Pure: no I/O, no clock, no chance, no logging, nothing async.
    aside | errors | processes | seals | text | whole_file
                      Work that no exit waits for; whose fault it was, where, and what to do next;
                      who started whom; what only a person may write; untrusted text made harmless;
                      a file replaced whole.

The way of one `tools/call`, in six files:

    1  relay/frames.py     the client's line is parsed once, strictly
    2  relay/call.py       a `Call` is built: who, which server, which tool (`relay/judging`)
    3  policy/decide.py    Allow, Ask or Deny, with the rule that decided
    4  approvals/desk.py   an Ask is held until a person answers (through `relay/held_call`)
    5  audit/journal.py    the decision is in the log before anything leaves; unwritable means Deny
    6  relay/session.py    `send` takes the Allow; the answer is inspected, recorded and goes back
"""

__version__ = "0.1.0"
