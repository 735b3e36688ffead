"""Where files lie: the same for a guard with six variables and for the person's shell."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from localguard.config.paths import checked_name, make_private, places
from localguard.errors import ProfileFault


def test_a_stripped_environment_and_a_shell_find_the_same_places() -> None:
    """Promise: what the shell writes, the guard reads; XDG variables are seen by one side only."""
    stripped = {"HOME": "/home/ana", "PATH": "/bin", "USER": "ana"}
    shell = stripped | {"XDG_CONFIG_HOME": "/elsewhere", "XDG_STATE_HOME": "/elsewhere"}
    assert places(stripped, "linux") == places(shell, "linux")


@pytest.mark.parametrize(
    ("platform", "expression"),
    [
        ("linux", "platformdirs.unix.Unix('localguard')"),
        ("darwin", "platformdirs.macos.MacOS('localguard')"),
    ],
)
def test_places_are_those_of_platformdirs(platform: str, expression: str) -> None:
    """Promise: files lie where people of each system look for them."""
    program = (
        f"import platformdirs.unix, platformdirs.macos; found = {expression};"
        "print(found.user_config_dir, found.user_state_dir, sep='\\n')"
    )
    found = subprocess.run(
        [sys.executable, "-c", program],
        env={"HOME": "/home/ana"},
        capture_output=True,
        text=True,
        check=True,
    )
    config, state = found.stdout.splitlines()
    where = places({"HOME": "/home/ana"}, platform)
    assert os.path.dirname(where.config) == config
    assert where.profiles == f"{config}/profiles"
    assert {os.path.dirname(path) for path in (where.audit, where.vault, where.run)} == {state}
    assert set(where.own_folders) == {config, state}


def test_localguard_home_holds_everything() -> None:
    """Promise: LOCALGUARD_HOME=DIR puts everything below DIR."""
    where = places({"HOME": "/home/ana", "LOCALGUARD_HOME": "/srv/guard/"}, "linux")
    assert where.config == "/srv/guard/config.toml"
    assert where.profile_file("work") == "/srv/guard/profiles/work.toml"
    assert where.remembered_file("work") == "/srv/guard/profiles/work.remembered.toml"
    assert where.active_file == "/srv/guard/state/active.toml"
    assert (where.audit, where.vault, where.run) == (
        "/srv/guard/audit",
        "/srv/guard/vault",
        "/srv/guard/run",
    )
    assert where.own_folders == ("/srv/guard",)


def test_windows_keeps_everything_in_the_home_folder() -> None:
    """Promise: packaged clients see another AppData, but the same home folder."""
    where = places({"USERPROFILE": "/home/ana", "HOME": "/home/bob"}, "win32")
    assert where.own_folders == ("/home/ana/.localguard",)


def test_a_relative_localguard_home_is_refused() -> None:
    """Client and shell have different current folders, so a relative folder would be two."""
    with pytest.raises(ProfileFault) as caught:
        places({"HOME": "/home/ana", "LOCALGUARD_HOME": "guard"}, "linux")
    assert caught.value.explain() == (
        'LOCALGUARD_HOME is "guard", which means another folder for every program.'
        f" Fix: set LOCALGUARD_HOME to an absolute path such as {os.path.abspath('guard')}."
    )


@pytest.mark.parametrize("home", ["", "relative"])
def test_a_home_that_is_none_is_looked_up_in_the_accounts(home: str) -> None:
    """A guard without a usable HOME still finds the files of its user."""
    found = places({"HOME": home}, "linux").home
    assert found == os.path.normpath(pwd.getpwuid(os.getuid()).pw_dir)


@pytest.mark.parametrize("name", ["", "../work", "a/b", "Work", "-x", ".x", "a" * 65, "a\n", "ä"])
def test_a_name_that_could_be_a_path_is_no_profile(name: str) -> None:
    """Attack: `--profile ../../tmp/mine` must not load a file from elsewhere."""
    with pytest.raises(ProfileFault, match="cannot be the name of a profile"):
        checked_name(name)


@pytest.mark.parametrize("name", ["work.toml", "/home/ana/profiles/work.toml"])
def test_the_file_of_a_profile_is_answered_with_its_name(name: str) -> None:
    """Promise: the fix works when it is followed."""
    with pytest.raises(ProfileFault) as caught:
        checked_name(name)
    assert caught.value.fix == 'give only its name, "work"'


def test_private_folders_are_entered_by_their_owner_alone(tmp_path: Path) -> None:
    """Promise: state, vault and sockets lie in folders with mode 0700, parents included."""
    make_private(str(tmp_path / "a" / "b"))
    make_private(str(tmp_path / "a" / "b"))
    modes = [(tmp_path / part).stat().st_mode & 0o777 for part in ("a", "a/b")]
    assert modes == [0o700, 0o700]


def test_a_private_folder_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    """Attack: whoever can rename files in the folder can put their own in place."""
    (tmp_path / "state").mkdir()
    (tmp_path / "state").chmod(0o777)
    with pytest.raises(ProfileFault, match="other users can write") as caught:
        make_private(str(tmp_path / "state"))
    assert caught.value.fix == f"chmod 700 {tmp_path}/state"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give away")
def test_a_private_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    """Attack: a folder that someone else made first belongs to them."""
    (tmp_path / "state").mkdir()
    os.chown(tmp_path / "state", 12345, -1)
    with pytest.raises(ProfileFault, match=r"belongs to another user \(uid 12345\)"):
        make_private(str(tmp_path / "state"))


def test_a_file_in_place_of_a_folder_is_a_fault(tmp_path: Path) -> None:
    """A person learns which path is in the way."""
    (tmp_path / "state").write_text("")
    with pytest.raises(ProfileFault) as caught:
        make_private(str(tmp_path / "state"))
    assert caught.value.explain().startswith(f"{tmp_path}/state: a folder is needed here")
    with pytest.raises(ProfileFault, match="a folder is needed here"):
        make_private(str(tmp_path / "state" / "below"))


def test_what_the_system_refuses_to_create_is_a_fault(tmp_path: Path) -> None:
    """A person learns which folder stands in the way."""
    folder = tmp_path / ("x" * 300)
    with pytest.raises(ProfileFault, match="cannot be created") as caught:
        make_private(str(folder))
    assert caught.value.where == str(folder)
    assert caught.value.fix == f"make {tmp_path} a folder that you can write to"
