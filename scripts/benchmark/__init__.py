"""The benchmark: a client on raw pipes, a server that does nothing, and what stands between them.

Subjects take turns within each round, and what is compared comes out of the same rounds, so that a
machine that is busy for a while is busy for all of them. Needs nothing but Python, and a C compiler
where there is one.
"""
