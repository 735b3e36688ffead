"""The screen of rules and grants: everything in force, what it has done, and the way back.

`ports` says what it needs; `files` gives that from the profile, the remembered file and the audit
log, `kept` from the answers that hold for a while; `rows` makes one list of it, `told` puts it into
words, `page` shows it.
"""
