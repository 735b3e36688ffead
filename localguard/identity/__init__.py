"""Who sits there: signing in, staying signed in, signing out, and what a guard knows of it.

Tokens lie in the vault alone. Beside them lies a card with no secret in it, under a seal: what a
guard reads to know who has signed in, with one `stat` per call and nothing loaded.

    card.py            what a guard knows of a sign-in
    cards.py           the folder that cards lie in, and the marks that end them
    session_policy.py  whom a card stands for now, and when the provider is asked again
    followed.py        the sign-in as a guard follows it, call by call
    signing_keys.py    the keys by which a provider signs
    id_token.py        whether an ID token is to be believed
    claims.py          what is kept of a token's claims
    entry.py           what the vault holds of a sign-in
    sign_ins.py        where sign-ins are kept, one process at a time
    opening.py         the sign-ins of one person, from the places of their files
    prompts.py         what that page is to ask of them
    ways.py            how a person is brought before the page of their provider
    sign_in.py         a person signs in
    renewal.py         the provider is asked again, once for all processes
    step_up.py         a person proves once more that they are there, for one held call
    receipts.py        what such a proof is worth to a guard
    shown.py           a sign-in as it is traded for a token of another server
    signing_out.py     the end of a sign-in, on both sides

The first four load nothing but the standard library; a guard loads the others when it has to.
"""
