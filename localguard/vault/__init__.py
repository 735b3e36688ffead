"""The keys and secrets of one person on this machine.

Whoever asks names what it needs and gets it, or a fault with the fix; where it is kept is nobody
else's business. Nothing here is ever replaced in silence: a key that is gone takes with it what it
could prove, and what it has sealed.

    keys, held     keys that localguard makes for itself, by name, in files of their own
    vault          `Vault` and `open_vault`: values by name; `late` opens it when it is needed
    named          `NamedSecrets`: secrets by name, each bound to the servers that may have it
    bindings       which server that is; `secret_entry` is what lies sealed of one
    sealed_vault   the vault on disk: `entries` (files), `sealed_file` (cipher), `serials` (age)
    memory         the vault that nothing outlives
    key_holder     the vault's one key in this process; `head` is what is known without it
    keyring_source, os_keyring
                   that key in the keyring of the operating system
    passphrase     that key wrapped by a passphrase
    own_file       files that only their owner can read, and their locks
    store          the words for where the key lies
"""
