"""The log screen: what the audit log holds, seen as it grows.

    heads       when a line was written and whose call it is of          pure
    blocks      pieces of a segment that are whole lines
    backwards   one segment, read from its end
    columns     numbers that grow at both ends                           pure
    index       every record of every segment, in the order of time
    matches     the records that a filter lets through
    reading     what is done in the background, piece by piece
    cells       one record as the cells of a row
    table       the rows, of which only the visible ones are read
    detail      one record, its call, and why it was decided so
    record      the sheet of the marked record
    search      where a filter is typed
    head        the line above the rows
    parts       table, filter and record together
    view        the same with its keys
    screen      the view as a screen of the console

Everything up to `reading` knows nothing of Textual.
"""
