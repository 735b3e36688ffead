"""What happened: every decision, before anything leaves because of it.

The law of this floor:

1.  One writer per file. A guard appends to segments of its own, so guards never wait for each
    other. The lock it holds on the segment only says that it lives.
2.  A record is in the kernel before `Journal.write` returns, and on disk if it is to be durable:
    killing the guard loses nothing that it acted on.
3.  What cannot be recorded raises `AuditFault`, and the caller refuses the call. The next write
    repairs what is broken and says how much is missing, without a restart.
4.  Records are redacted by construction: named fields, arguments only as they were handed over for
    the log and cut there, everything bounded. Nothing is cleaned up afterwards.
5.  Each record binds the one before it, each segment the one before it and that of another guard.
    Checkpoints vouch for both, and a witness may be told of them, since a chain alone does not find
    that its end is missing, nor that someone computed all of it anew.

What is recorded:

    records.py        what can be recorded, one dataclass per kind             pure
    people.py         the same, of what persons did                            pure
    shape.py          arguments and facts, cut down to what may be kept        pure
    arguments.py      arguments up to a size, and their keyed hash             pure
    settings.py       what the person may choose                               pure

How it is written:

    sealing.py        one record as one line, bound to the line before         pure
    stamps.py         when it was written, and who was signed in
    faults.py         what the operating system refused, in words
    folders.py        where segments lie, and who may touch them
    locks.py          whether the guard of a segment lives
    disk.py           how each system gets a file onto its disk
    sync.py           the thread that waits for the disk
    segment.py        one open segment: append, and repair of a torn end
    checkpoints.py    signatures                                               pure
    witness.py        where checkpoints are told
    vouching.py       when they are made, and what the witness was told
    succession.py     one segment after the other
    journal.py        the only writer
    retention.py      which old segments may go, and how

How it is read:

    reader.py         all segments as one sequence in time
    calls.py          which call an outcome belongs to                         pure
    terms.py          the text of a filter, taken apart                        pure
    filters.py        which records a person wants to see                      pure
    moments.py        moments as a person writes them                          pure

How it is checked:

    chain.py          what is wrong with one chain                             pure
    claims.py         what segments and a witness remember of others           pure
    findings.py       what can be found, and what to do about it               pure
    segment_check.py  the check of one segment                                 pure
    verify.py         the check of all                                         pure
    sources.py        the segments as a check reads them

It knows nothing of MCP, of policy or of a person who reads it; those who write hand over values.
"""
