"""Where every file of localguard lies. The only module that knows.

A guard is started by a desktop client with HOME, LOGNAME, PATH, SHELL, TERM and USER and nothing
else, so the places follow from HOME alone: a guard and the person's shell must find the same files.
The XDG variables are ignored on purpose, since only the shell would see them; LOCALGUARD_HOME is
for those who set it on both sides. The Linux and macOS folders are those of platformdirs.
"""

import os
import re
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from localguard.config.faults import shell_word
from localguard.errors import ProfileFault

PROFILE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_HOME_VARIABLE: Final = "LOCALGUARD_HOME"


class Places(NamedTuple):
    """Absolute paths: `config` is a file, all others are folders.

    `home` is the person's home folder, which `~` stands for. `own_folders` are the folders that no
    wrapped server may reach into. `managed` is the organisation's, which LOCALGUARD_HOME does not
    move, and `managed_owners` the users (on POSIX) to whom it may belong: root alone.
    """

    home: str
    config: str
    profiles: str
    state: str
    audit: str
    vault: str
    run: str
    own_folders: tuple[str, ...]
    managed: str
    managed_owners: frozenset[int] = frozenset({0})

    @property
    def active_file(self) -> str:
        """The file that says which profile is in force."""
        return os.path.join(self.state, "active.toml")

    @property
    def pins(self) -> str:
        """The folder in which lies what servers said of themselves."""
        return os.path.join(self.state, "pins")

    def profile_file(self, name: str) -> str:
        """The file the person writes. Raises ProfileFault for a name that is none."""
        return os.path.join(self.profiles, f"{checked_name(name)}.toml")

    def remembered_file(self, name: str) -> str:
        """The file localguard writes beside it. Raises ProfileFault for a name that is none."""
        return os.path.join(self.profiles, f"{checked_name(name)}.remembered.toml")

    def servers_file(self, name: str) -> str:
        """The file localguard writes servers to that clients had started themselves.

        Raises ProfileFault for a name that is none.
        """
        return os.path.join(self.profiles, f"{checked_name(name)}.servers.toml")

    def profile_files(self, name: str) -> tuple[str, str, str]:
        """Every file that a profile may have, the person's first. Raises ProfileFault."""
        return self.profile_file(name), self.remembered_file(name), self.servers_file(name)


def places(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Places:
    """The places that follow from an environment.

    Raises ProfileFault when LOCALGUARD_HOME is relative or no home folder is known.
    """
    home, managed = _home(environ, platform), _managed(platform)
    chosen = environ.get(_HOME_VARIABLE)
    if chosen:
        return _below_one(home, _absolute(chosen), managed)
    if platform == "win32":
        # The stores of packaged clients redirect AppData per package, but not the home folder.
        return _below_one(home, os.path.join(home, ".localguard"), managed)
    if platform == "darwin":
        base = os.path.join(home, "Library/Application Support/localguard")
        return _below_one(home, base, managed)
    config = os.path.join(home, ".config/localguard")
    state = os.path.join(home, ".local/state/localguard")
    return _places(home, config, state, (config, state), managed, state=state)


def lexical(path: str) -> str:
    """An absolute path with `..` taken out by the words alone, no file system asked."""
    plain = os.path.normpath(path)
    # POSIX lets two slashes at the start mean something else; no system here does.
    return plain[1:] if plain.startswith("//") else plain


def expanded(text: str, home: str) -> str:
    """A program or folder of a profile's, with the home folder in the place of its `~`."""
    return home + text[1:] if text == "~" or text.startswith("~/") else text


def checked_name(name: str) -> str:
    """The name of a profile, unchanged. Raises ProfileFault when it could be more than a name."""
    if PROFILE_NAME.fullmatch(name) is None:
        stem = os.path.basename(name).removesuffix(".toml")
        fix = 'use lower-case letters, digits, "-" and "_", at most 64 of them'
        if name.endswith(".toml") and PROFILE_NAME.fullmatch(stem):
            fix = f'give only its name, "{stem}"'
        raise ProfileFault(f'"{name}" cannot be the name of a profile', fix=fix)
    return name


def make_private(folder: str) -> None:
    """Create a folder that only its owner can enter (0700), and what is missing above it.

    Raises ProfileFault when it cannot be made, or when others may write to it.
    """
    parent = os.path.dirname(folder)
    try:
        if not os.path.isdir(parent):
            make_private(parent)
        os.mkdir(folder, 0o700)
    except FileExistsError:
        _require_own(folder)
    except OSError as error:
        fix = f"make {parent} a folder that you can write to"
        raise ProfileFault(
            f"cannot be created ({error.strerror})", where=folder, fix=fix
        ) from error


def _below_one(home: str, base: str, managed: str) -> Places:
    return _places(home, base, base, (base,), managed, state=os.path.join(base, "state"))


def _places(
    home: str, base: str, data: str, own: tuple[str, ...], managed: str, *, state: str
) -> Places:
    return Places(
        home=home,
        config=os.path.join(base, "config.toml"),
        profiles=os.path.join(base, "profiles"),
        state=state,
        audit=os.path.join(data, "audit"),
        vault=os.path.join(data, "vault"),
        run=os.path.join(data, "run"),
        own_folders=own,
        managed=managed,
    )


def _managed(platform: str) -> str:
    if platform == "win32":
        return f"{_program_data()}\\localguard"
    below = "/Library/Application Support" if platform == "darwin" else "/etc"
    return f"{below}/localguard"


def _program_data() -> str:
    """Where programs of Windows keep what all users share, by the registry.

    Whoever starts a guard chooses its variables, and must not choose this folder with them.
    """
    folder = "C:\\ProgramData"
    if sys.platform == "win32":
        import winreg  # noqa: PLC0415 -- Windows alone has it

        known = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
        with suppress(OSError):
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, known) as key:
                drive = os.path.splitdrive(winreg.QueryValueEx(key, "SystemRoot")[0])[0]
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, f"{known}\\ProfileList") as key:
                named: str = winreg.QueryValueEx(key, "ProgramData")[0]
            folder = named.replace("%SystemDrive%", drive)
    return folder


def _absolute(chosen: str) -> str:
    if not os.path.isabs(chosen):
        raise ProfileFault(
            f'{_HOME_VARIABLE} is "{chosen}", which means another folder for every program',
            fix=f"set {_HOME_VARIABLE} to an absolute path such as {os.path.abspath(chosen)}",
        )
    return os.path.normpath(chosen)


def _home(environ: Mapping[str, str], platform: str) -> str:
    variable = "USERPROFILE" if platform == "win32" else "HOME"
    home = environ.get(variable, "")
    if not os.path.isabs(home):
        home = _home_of_account()
    if not os.path.isabs(home):
        fix = f"set {variable} to the absolute path of your home folder"
        raise ProfileFault("your home folder is not known", fix=fix)
    return os.path.normpath(home)


def _home_of_account() -> str:
    if sys.platform == "win32":
        return ""
    import pwd  # noqa: PLC0415 -- a client always sets HOME, and Windows has no such module

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""


def _require_own(folder: str) -> None:
    try:
        found = os.stat(folder)
    except OSError as error:
        what = f"the folder cannot be reached ({error.strerror})"
        raise ProfileFault(what, where=folder, fix=f"ls -l {shell_word(folder)}") from error
    if not stat.S_ISDIR(found.st_mode):
        raise ProfileFault("a folder is needed here", where=folder, fix="move the file away")
    if sys.platform == "win32":
        return
    if found.st_uid != os.geteuid():
        what = f"the folder belongs to another user (uid {found.st_uid})"
        raise ProfileFault(what, where=folder, fix=f"chown {os.geteuid()} {shell_word(folder)}")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        what = "other users can write to the folder"
        raise ProfileFault(what, where=folder, fix=f"chmod 700 {shell_word(folder)}")
