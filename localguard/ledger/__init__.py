"""The ledger: what was done before, counted across all guards of a person.

Limits need it (how much was spent in a sliding window, by whatever guard) and so does `seen` (what
this client has already called, through whatever server). It lies in SQLite in one folder; nothing
of SQLite is loaded before a rule needs it. What cannot be read counts as spent and as unknown.

    ledger     `Ledger`: all that others use
    charges    what a call costs, and what a reservation gives back
    turns      one turn at the file: what those who count get to use
    store      the file: made, opened, locked, moved aside when it is broken
    files      whose a file is and who may write it
    spending   sums in sliding windows
    sightings  what a client has called
    memory     the same as one guard knows it
    clock      a time that only goes forward, whatever is done to the machine's clock
    clients    which client process this guard works for
    faults     what SQLite and the system refused, with its remedy
"""
