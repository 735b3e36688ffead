"""What happened: every decision, before anything leaves because of it.

The law of this floor:

1.  One writer per file. A guard appends to a segment of its own, so guards never wait for each
    other and nothing here locks.
2.  A record is in the kernel before `Journal.write` returns: killing the guard loses nothing that
    it acted on.
3.  What cannot be recorded raises `AuditFault`, and the caller refuses the call. The next write
    repairs what is broken and says how much is missing, without a restart.
4.  Records are redacted by construction: named fields, the shape of arguments and never their
    values, every string bounded. Nothing is cleaned up afterwards.
5.  Each record binds the one before it. A chain alone does not find that whole records are missing
    at the end, nor a rewrite by someone who computes all of it anew.

    records.py    what can be recorded, one dataclass per kind        pure
    shape.py      arguments and facts, cut down to what may be kept   pure
    chain.py      one record as one line, bound to the line before    pure
    faults.py     what the operating system refused, in words
    folders.py    where segments lie, and who may touch them
    segment.py    one open segment: append, and repair of a torn end
    journal.py    the only writer
    reader.py     all segments as one sequence in time

It knows nothing of MCP, of policy or of a person who reads it; those who write hand over values.
"""
