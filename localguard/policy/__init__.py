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
    duties     limits, redaction, risk: what holds for a call that may be sent
    decisions  Allow, Ask, Deny
    docket     the rules that concern one item, sorted once by what they do
    profile    a `Profile`: rules, servers, defaults
    canonical  one digest for each JSON value
    grants     answers and leaves of a person, and the calls they cover
    limits     the duties that join, and whether a limit is reached
    people     what a profile asks of a sign-in, and who has signed in
    reauth     whether a call takes a new sign-in
    judge      what the rules and the defaults say: lines 1 to 6
    decide     that, under limits, reviews and faults: all ten lines
    examine    why a rule did or did not apply, for a person
    sql        the kind of an SQL text (with sql_text and sql_parts)
    pins       what a server said of itself, to compare with later (with differences, lookalikes)

The algebra:

    1   Managed, profile and remembered rules are one set; no order of rules, keys or files matters.
    2   A rule applies when its pattern matches, no `except` does, `until` has not passed, all of
        `when` hold, and not all of `unless` hold.
    3   Doubt counts against the call: no where truth would let more through, yes where it would let
        less through. All elements of a list must satisfy what allows, one suffices for what denies,
        and an empty list is doubt.
    4   An ask is judged strictly to lift a default deny, and loosely to lower an allow.
    5   Deny, if one applies. Else allow, if one applies and no ask does. Else ask, if an allow or a
        strict ask applies. Else the default: the server's, the profile's, deny; a managed default
        where it is stricter.
    6   A remembered answer settles the ask it was given for, and a call is allowed when each ask
        that it raises is settled; a remembered deny is a rule.
    7   Deciding is pure. Facts that need the world are made before it, and recorded. Where the
        profile requires a sign-in, a call is denied as long as nobody is signed in.
    8   An argument that resolves into localguard's own folders is denied, above every profile.
    9   Risk comes from a rule or a pin; annotations of a server may raise it, never lower it. Marks
        that no person has reviewed allow nothing, and what is new or changed is asked.
    10  The duties of all applying rules join. A limit that is reached denies, or asks; a sign-in
        that is too old for one of them asks, and a yes then takes a new sign-in.
"""
