"""Registering with the desktop clients that start guards, and the exact way back.

clients.toml, table   what is known of each client: its files, their form, its words and limits
found                 which of them are on this machine, and the servers that they start
entry                 what a client starts: read from any client's words, written in them
program               the path of localguard that a client can rely on
json_nodes, json_text, toml_text, yaml_text, editors
                      one entry put into a text or taken out of it, all else left as it is
edit                  a plan for one file, looked at first and then written whole or not at all
definitions           the real command of a server as `[servers.NAME]` of a profile
registry, originals   what was registered, sealed, with what stood there before
connecting, disconnecting
                      the two acts, made of all these
watch                 entries that vanished, were unwrapped, or go around the guard
"""
