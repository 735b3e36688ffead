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

The algebra:

    1   Managed, profile and remembered rules are one set; no order of rules, keys or files matters.
    2   A rule applies when its pattern matches, no `except` does, `until` has not passed, all of
        `when` hold, and not all of `unless` hold.
    3   Doubt counts against the call: no where truth would let more through, yes where it would let
        less through. All elements of a list must satisfy what allows, one suffices for what denies,
        and an empty list is doubt.
    4   An ask is judged strictly to lift a default deny, and loosely to lower an allow.
    5   Deny, if one applies. Else allow, if one applies and no ask does. Else ask, if an allow or a
        strict ask applies. Else the default: the server's, the profile's, deny.
    6   A remembered answer settles the ask it was given for; a remembered deny is a rule.
    7   Deciding is pure. Facts that need the world are made before it, and recorded.
    8   An argument that resolves into localguard's own folders is denied, above every profile.
    9   Risk comes from a rule or a pin; annotations of a server may raise it, never lower it.
    10  The duties of all applying rules join.
"""
