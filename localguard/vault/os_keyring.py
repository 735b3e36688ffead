"""The keyring of the operating system, for one short text at a time.

Whoever starts a guard chooses its environment, and what is installed beside it is not ours to say:
so the class of the backend follows from the platform alone. PYTHON_KEYRING_BACKEND, keyringrc.cfg,
`keyrings.alt` and other backends that are installed are never asked, and the variables that would
set attributes of ours are dropped. Everything here may block for as long as a person thinks about
a prompt: see `keyring_source` for the deadline. Raises VaultFault.
"""

import importlib
import os
import stat
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, Protocol, TypeVar

from localguard.errors import VaultFault
from localguard.text import safe

T = TypeVar("T")

LONGEST: Final = 1_280
"""Characters that the credentials of Windows hold (CredWrite: 2,560 bytes of UTF-16)."""
USER: Final = "localguard"
_BACKENDS: Final[Mapping[str, tuple[str, str]]] = {
    "linux": ("keyring.backends.SecretService", "Keyring"),
    "darwin": ("keyring.backends.macOS", "Keyring"),
    "win32": ("keyring.backends.Windows", "WinVaultKeyring"),
}
_OVERRIDES: Final = ("KEYRING_PROPERTY_", "KEYCHAIN_PATH")
_BUS: Final = "DBUS_SESSION_BUS_ADDRESS"
_INSTEAD: Final = (
    'or choose where the key lies in config.toml: [vault] store = "passphrase" (or "memory")'
)
_GET_ONE: Final = {
    "linux": "install gnome-keyring (or KeePassXC, or KDE's wallet) and sign in to a desktop "
    "session in which it runs",
    "darwin": "sign in to this Mac's desktop, so that the login keychain is there",
    "win32": "sign in to Windows at the machine or by Remote Desktop: SSH has no credentials",
}
_UNLOCK: Final = {
    "linux": "unlock the keyring (sign in with your password, or use the app Passwords and Keys)",
    "darwin": "unlock the login keychain: security unlock-keychain",
    "win32": "sign in to Windows again",
}


class Backend(Protocol):
    """What is needed of a backend of `keyring`."""

    def get_password(self, service: str, username: str) -> str | None:
        """The text of an item, or None."""
        ...

    def set_password(self, service: str, username: str, password: str) -> None:
        """Write an item."""
        ...

    def delete_password(self, service: str, username: str) -> None:
        """Remove an item."""
        ...


class OsKeyring:
    """The keyring that belongs to the platform. `name` is that of its class."""

    def __init__(self, backend: Backend) -> None:
        self.name = f"{type(backend).__module__}.{type(backend).__qualname__}"
        self._backend = backend

    def read(self, service: str) -> str | None:
        """The text of an item, or None. Raises VaultFault."""
        return _told(lambda: self._backend.get_password(service, USER))

    def write(self, service: str, text: str) -> None:
        """Write an item, and see that it is there. Raises VaultFault.

        `text` is one line of ASCII: a newline breaks gnome-keyring's file for good.
        """
        if len(text) >= LONGEST or not text.isascii() or not text.isprintable():
            raise ValueError("the keyring takes one short line of ASCII")
        _told(lambda: self._backend.set_password(service, USER, text))
        if self.read(service) != text:
            what = "the keyring does not give back what was put into it"
            raise VaultFault(what, where=self.name, fix=_fix(_GET_ONE))

    def remove(self, service: str) -> None:
        """Remove an item that is there. Raises VaultFault."""
        _told(lambda: self._backend.delete_password(service, USER))


def os_keyring() -> OsKeyring:
    """The keyring of this platform, once it says that it can be used. Raises VaultFault."""
    return OsKeyring(_told(_backend))


def probe(keyring: OsKeyring, service: str, text: str) -> None:
    """See that an item can be written, read and removed. Raises VaultFault."""
    keyring.write(service, text)
    with suppress(VaultFault):
        keyring.remove(service)
        if keyring.read(service) is None:
            return
    what = "the keyring keeps what it was told to remove"
    raise VaultFault(what, where=keyring.name, fix=_fix(_GET_ONE))


def session_bus(environ: Mapping[str, str], uid: int, run: str = "/run/user") -> str | None:
    """The address of the person's bus where the environment has none (a client passes on six
    variables): that of the user's own service manager, if it is theirs.
    """
    path = f"{run}/{uid}/bus"
    if environ.get(_BUS):
        return None
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return f"unix:path={path}" if stat.S_ISSOCK(found.st_mode) and found.st_uid == uid else None


def slow(seconds: float) -> VaultFault:
    """The fault for a keyring that has not answered in time."""
    what = f"the keyring has not answered for {seconds:g} s; mostly it is locked and waits for you"
    fix = f"look for a window that asks for its password, and answer it; or {_fix(_UNLOCK)}"
    return VaultFault(what, where="keyring", fix=fix)


def _backend() -> Backend:
    for name in [name for name in os.environ if name.startswith(_OVERRIDES)]:
        del os.environ[name]
    module, kind = _BACKENDS.get(sys.platform, ("", ""))
    if not module:
        raise RuntimeError(f"localguard knows none for {sys.platform}")
    if sys.platform == "linux" and (bus := session_bus(os.environ, os.geteuid())) is not None:
        os.environ[_BUS] = bus
    found = getattr(importlib.import_module(module), kind)
    # Asked for its priority, a class says whether it can be used, and raises the reason if not.
    if found.priority <= 0:
        raise RuntimeError("it cannot be used here")
    backend: Backend = found()
    if sys.platform == "win32":
        # By default an item goes along with a profile that roams to other machines.
        backend.persist = "local machine"  # type: ignore[attr-defined]
    return backend


def _told(work: Callable[[], T]) -> T:
    """What the work returns; whatever it raises becomes a fault with the way out."""
    from keyring.errors import KeyringLocked  # noqa: PLC0415 -- 80 ms, for those who need it

    try:
        return work()
    except KeyringLocked as error:
        raise VaultFault("the keyring is locked", where="keyring", fix=_fix(_UNLOCK)) from error
    except VaultFault:
        raise
    except Exception as error:
        # Each platform's backend has errors of its own.
        reason = safe(" ".join(str(error).split()) or type(error).__name__)
        what = f"there is no keyring that can be used: {reason}"
        raise VaultFault(what, where="keyring", fix=_fix(_GET_ONE)) from error


def _fix(by_platform: Mapping[str, str]) -> str:
    first = by_platform.get(sys.platform)
    return _INSTEAD.removeprefix("or ") if first is None else f"{first}, {_INSTEAD}"
