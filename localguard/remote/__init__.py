"""MCP servers with a URL: Streamable HTTP of 2025-03-26 to 2026-07-28, looking like two pipes.

On h11 and anyio's streams rather than on httpx2 or the MCP SDK. Measured side by side on a busy
machine (600 calls three times over, loopback, JSON; a raw socket takes 64 us): a call takes 0.4 ms
more here, 0.8 ms more over httpx2 and 1.2 ms more over the SDK's transport; SSE is alike. After the
rest of a guard this loads in 35 ms, the SDK in 740. What decides beside that: whether a request may
go out twice hangs on what became of its connection, which a client library does not tell, and the
SDK's transport ends as a whole with one call that breaks, drops what it does not know, puts the id
that it expects into an answer, and gives the server's stream up after two failures.
"""
