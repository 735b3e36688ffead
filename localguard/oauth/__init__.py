"""OAuth and OpenID Connect on the wire: knows no person, keeps nothing, decides nothing."""
