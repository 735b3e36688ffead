"""The screen of servers: the guards of each, what it says of itself, and its review in place.

`ports` says what it needs, `pinned` gives that from the files of pins, `rows` and `facts` put it
into words, `page`, `tools` and `review` show it.
"""
