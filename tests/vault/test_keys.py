"""Keys are made once, are whole from the first moment on, and are never replaced in silence."""

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from localguard.errors import ProfileFault
from localguard.vault.keys import SIZE, Keys

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX owners and modes")
PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534
SIGN = "audit-sign"


def test_a_key_is_made_once_and_stays(tmp_path: Path) -> None:
    """Promise: 32 random bytes per name, the same ones ever after."""
    folder = tmp_path / "state" / "vault"
    made = Keys(str(folder)).key(SIGN)
    assert len(made.secret) == SIZE
    assert (made.name, made.protection) == (SIGN, "unprotected")
    assert Keys(str(folder)).key(SIGN) == made
    assert Keys(str(folder)).key("audit-hash").secret != made.secret
    assert sorted(os.listdir(folder)) == ["audit-hash.key", "audit-sign.key"]


def test_looking_for_a_key_makes_none(tmp_path: Path) -> None:
    """Promise: who only checks a signature leaves no key behind that signed nothing."""
    keys = Keys(str(tmp_path / "vault"))
    assert keys.find(SIGN) is None
    assert not (tmp_path / "vault").exists()
    made = keys.key(SIGN)
    assert keys.find(SIGN) == made


def test_a_key_does_not_show_itself(tmp_path: Path) -> None:
    """Promise: no key in a message, a traceback or a log."""
    key = Keys(str(tmp_path / "vault")).key(SIGN)
    assert repr(key.secret)[2:-1] not in repr(key)
    assert key.secret.hex() not in repr(key)


@posix
def test_only_its_owner_can_read_a_key(tmp_path: Path) -> None:
    """Promise: 0600 in 0700, whatever the umask of the client was."""
    before = os.umask(0)
    try:
        Keys(str(tmp_path / "vault")).key(SIGN)
    finally:
        os.umask(before)
    places = (tmp_path / "vault", tmp_path / "vault" / "audit-sign.key")
    assert [stat.S_IMODE(place.stat().st_mode) for place in places] == [0o700, 0o600]


RACER = """
import sys
from localguard.vault.keys import Keys
sys.stdin.read(1)
print(Keys(sys.argv[1]).key("audit-sign").secret.hex())
"""


def test_of_many_who_make_a_key_at_once_one_wins(tmp_path: Path) -> None:
    """Promise: guards that start together sign with one key."""
    command = [sys.executable, "-c", RACER, str(tmp_path / "vault")]
    unmeasured = {name: os.environ[name] for name in os.environ if "COVERAGE" not in name}
    racers = [
        subprocess.Popen(
            command, cwd=PROJECT, env=unmeasured, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write(b"!")
        racer.stdin.flush()
    said = {racer.communicate(timeout=60)[0] for racer in racers}
    assert said == {f"{Keys(str(tmp_path / 'vault')).key(SIGN).secret.hex()}\n".encode()}
    assert os.listdir(tmp_path / "vault") == ["audit-sign.key"]


def state(path: Path) -> tuple[int, ...]:
    found = path.lstat()
    return found.st_ino, found.st_mode, found.st_uid, found.st_size, found.st_mtime_ns


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"00\n")


def exchange(path: Path) -> None:
    path.write_bytes(b"not a key at all\n")


def widen(path: Path) -> None:
    path.chmod(0o640)


def widen_folder(path: Path) -> None:
    path.parent.chmod(0o770)


def give_away(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root to give a file away")
    os.chown(path, NOBODY, NOBODY)


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def put_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def put_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


@posix
@pytest.mark.parametrize(
    ("harm", "what", "fix"),
    [
        (cut, "not a whole key", "put it back from a backup"),
        (empty, "not a whole key", "put it back from a backup"),
        (lengthen, "not a whole key", "put it back from a backup"),
        (exchange, "not a whole key", "put it back from a backup"),
        (widen, "other users can read", "chmod 600"),
        (widen_folder, "other users can write", "chmod 700"),
        (give_away, "belongs to another user", "chown"),
        (link, "symbolic links", "ls -ld"),
        (put_a_folder, "a file with a key is needed", "move away"),
        (put_a_pipe, "a file with a key is needed", "move away"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_a_key_that_is_not_as_it_was_made_is_a_fault(
    tmp_path: Path, harm: Callable[[Path], None], what: str, fix: str
) -> None:
    """Attack: the key is cut, exchanged or laid open; a new one would hide that."""
    keys = Keys(str(tmp_path / "vault"))
    keys.key(SIGN)
    path = tmp_path / "vault" / "audit-sign.key"
    harm(path)
    before = state(path)
    for ask in (keys.find, keys.key):
        with pytest.raises(ProfileFault) as caught:
            ask(SIGN)
    assert what in caught.value.what
    assert fix in caught.value.fix
    assert state(path) == before
    assert os.listdir(tmp_path / "vault").count("audit-sign.key") == 1


@posix
def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    """Promise: what the system refuses is said in words, with the path."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ProfileFault, match="Not a directory"):
        Keys(str(tmp_path / "file" / "vault")).key(SIGN)
    with pytest.raises(ProfileFault, match="Not a directory"):
        Keys(str(tmp_path / "file")).key(SIGN)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "Key", "x" * 41, "-a"])
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    """Promise: the name of a key is never a path."""
    with pytest.raises(ValueError, match="not the name of a key"):
        Keys(str(tmp_path)).key(name)
