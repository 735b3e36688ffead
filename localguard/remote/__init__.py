"""MCP servers with a URL: Streamable HTTP of 2025-03-26 to 2026-07-28, looking like two pipes."""
