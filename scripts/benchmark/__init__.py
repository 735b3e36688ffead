"""The benchmark: a client on raw pipes, a server that does nothing, and what stands between them.

`subjects` and `scenarios` are the two tables of what is measured. Subjects take turns in random
order within each round, so that a machine that is busy for a while is busy for all of them, and
what is compared comes out of the same round. `results`, `figures` and `goals` are pure.
"""
