"""The policy floor: what may be called, by whom, when.

Pure. Nothing here opens a file, asks the time, draws a random number, logs or waits; all of it is
handed in as values, so that every decision can be replayed from its record. A doubt is a value too
(`truth.Truth.DOUBT`), and it counts against the call.

    truth      yes, no, doubt
    calls      what is judged: a `Call` and the facts that were fixed for it
    globs      names and texts with `*` and `?`
    hosts      the host of a URL and the domain of an address, read strictly
    folding    member names that careless programs take for one another
    uris       whether a URI is spelled as rules are
    matchers   one test of one value
    conditions one fact and its matchers: the right-hand sides of `when` and `unless`
    rules      a `Rule`: which calls it speaks of and when it applies
    profile    a `Profile`: rules, servers, defaults
    decisions  Allow, Ask, Deny
    decide     the ten lines of the algebra
    examine    why a rule did or did not apply, for a person
"""
