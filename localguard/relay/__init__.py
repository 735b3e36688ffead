"""The relay floor: MCP in, MCP out.

Each direction is one reader, one strict parser, one table, one writer. The session in the middle
holds no descriptor and no clock of its own: bytes of a line go in, bytes of a line come out, so a
test can write it as a score. Nothing goes to the server but by `Session.send`, which takes the
`Allow` of the policy or the `Unjudged` of the table.
"""
