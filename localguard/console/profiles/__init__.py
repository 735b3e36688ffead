"""The screen of profiles: which there are, what is wrong with them, what a switch would change.

`ports` says what it needs, `files` gives that from the profiles and the choice, `colors` are the
colours of profiles, `told` puts it into words, `page` and `change` show it.
"""
