"""The approvals floor: what is asked of a person, and how an answer is waited for.

Knows calls and decisions, never frames: what the wire makes of an answer is the relay's business.
Nothing here reads a file or a clock, but for `leaves` and `leaf_folder`.

    desk             `Desk`: holds calls, takes answers, follows changes
    requests         what the desk takes and gives
    happenings       what it tells those who listen
    transitions      the life of a request, as a table
    answering        what a yes and a no do
    answers          what an answer may be, and what of it is kept
    verdicts         what becomes of a held call that is judged again
    review           judges what is held once more
    aging            what time does to a request
    register         the books: open requests by id, digest and call, and the last closed ones
    request          one request and its live calls
    bounds           how much may wait
    storms           a person who says no again and again
    alarm, outbox    one timer for all; what is to be said, in order
    budgets          how long each client waits
    heartbeat        progress on one token, and the gap before the answer
    kept             leave for one call, and answers that last
    leaves           where they are kept, for all guards
    leaf_folder      the folder they lie in
    leaf_text        one of them as a text with a seal (with conditions_text)
"""
