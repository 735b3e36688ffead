"""Registering with the desktop clients that start guards, and the exact way back.

What a person wrote stays as they wrote it: a file is changed in the one entry that is meant, after
they have seen how, or not at all.

    clients.toml, table   what is known of each client: its files, their form, its words and limits
    found                 which of them are on this machine, and the servers that they start
    entry, our_entry      what a client starts, read from its words; ours, written in them
    program, login_path   the localguard that a client can rely on; the PATH of a terminal
    running               which programs run now
    editors               one entry put into a text or taken out of it, all else left as it is:
                          json_text (json_nodes), toml_text (toml_spans, toml_words), yaml_text
                          (yaml_nodes, yaml_words), on spans
    change, edit          some entries of one file, proven; a file written whole or not at all
    definitions           the real command of a server as `[servers.NAME]` of a profile
    registry, originals   what was registered, sealed, and what stood there before
    planning, connecting  what is to be done, to be looked at; and that it is done
    disconnecting         the way back
    plaintext             secrets in an entry, by the look of a value or its name
    trial, trial_process  an entry started as its client does it: what the client would see,
                          of guards with `guard_trial`
    watch                 entries that vanished, were unwrapped, or go around the guard
"""
