"""Where the vault's one key lies, as config.toml names it. Pure words."""

from typing import Final, Literal

Store = Literal["keyring", "memory", "passphrase"]
"""`keyring`: the operating system's. `memory`: nothing outlives the process. `passphrase`: a file,
wrapped by a key that follows from a passphrase (RFC 9106)."""

STORES: Final[tuple[Store, ...]] = ("keyring", "memory", "passphrase")
VARIABLE: Final = "LOCALGUARD_PASSPHRASE_FD"
"""The variable that names the inherited descriptor from which a passphrase is read."""
