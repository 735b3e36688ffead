"""Tokens for the servers themselves: never the person's own, one per person, issuer and resource.

    ports        what is asked of the vault and of whoever knows the person
    entries      what is kept of a token, and under which name
    demands      what a server demands: its challenge and its metadata (RFC 9728)
    clients      which client localguard is at an authorization server
    registration the registration that it gets there (RFC 7591)
    asking       what a sign-in to a server is made of
    attempt      one sign-in, from what is asked for to what is kept
    server_login a person signs in to a server
    kept         `KeptBearer`: a token that was kept, renewed once for all processes
    forgetting   the end of a person's tokens, when they sign out
    fixed        `SecretBearer`: a token that a person put into the vault
    trade        the person's sign-in, traded for a token (RFC 8693, ID-JAG)
    traded       `TradedBearer`: such a token on the wire
    minting      such tokens in the variables of a server that is started

All of it blocks; a guard calls it through `aside`. What fails is a SignInFault or a VaultFault, and
its fix is what a person can type.
"""
