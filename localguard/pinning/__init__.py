"""The pins on disk: for each server's name, what it said of itself when it was pinned.

One file for a name, for whoever answers to it: a guard pins what it sees first, a person reviews.
Beside it lies what was seen last where that is something else, so that it can be reviewed without
the server. A file that cannot be trusted is a fault, and is never written over.

    store   `PinStore`: reads, pins first, confirms
    texts   accounts as text, and back
    files   one file: its owner, its lock, its replacement
    faults  what is wrong with one, with the remedy
"""
