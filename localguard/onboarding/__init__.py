"""From a machine whose clients start their servers themselves to one where guards do.

Servers are found, a profile is made from a template, secrets go to the vault, entries are written,
and a call that must be denied shows that it works. Every step can be done again.
"""
