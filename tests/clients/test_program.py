"""The path of localguard that clients get: one that is there tomorrow."""

import sys
from pathlib import Path

import pytest

from localguard.clients.login_path import login_path
from localguard.clients.program import find_program, unstable
from localguard.clients.running import names, read_listing
from localguard.errors import UsageFault


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder, which counts as no temporary one where a test says so."""
    return tmp_path


def program(folder: Path, name: str = "localguard") -> Path:
    """A program in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/home/ana/.cache/uv/archive-v0/x1/bin/localguard", "lies in a cache"),
        ("/Users/ana/Library/Caches/pypoetry/x/bin/localguard", "lies in a cache"),
        ("/home/ana/.local/share/uv/cache/x/bin/localguard", "lies in a cache"),
        ("C:\\Users\\ana\\AppData\\Local\\uv\\cache\\x\\localguard.exe", "lies in a cache"),
        ("/tmp/x/bin/localguard", "lies in a folder for temporary files"),
        ("/home/ana/.local/bin/localguard", None),
        ("/home/ana/.local/share/uv/tools/localguard/bin/localguard", None),
        ("/opt/homebrew/bin/localguard", None),
    ],
)
def test_a_cache_and_a_temporary_folder_are_refused(path: str, why: str | None) -> None:
    """`uvx localguard connect` would write a path that is gone the week after."""
    found = unstable(path)
    assert found == why if why is None else str(found).startswith(why)


def test_the_environment_of_a_project_is_refused(project: Path) -> None:
    """It goes with the project, or with the next `rm -rf .venv`."""
    path = program(project / ".venv/bin")
    (project / ".venv/pyvenv.cfg").write_text("")
    assert unstable(str(path), ()) is None
    (project / "pyproject.toml").write_text("")
    assert unstable(str(path), ()) == "lies in the environment of a project, and goes with it"
    with pytest.raises(UsageFault, match="environment of a project") as told:
        find_program(str(path), "", {}, temporary=())
    assert "uv tool install localguard" in told.value.fix


def test_a_link_stays_and_where_it_leads_is_looked_at(project: Path) -> None:
    """A link of `uv tool` is what is stable, and is renewed with each version."""
    path = program(project / "tools/localguard/bin")
    link = project / "bin/localguard"
    link.parent.mkdir()
    link.symlink_to(path)
    found = find_program("localguard", str(link.parent), {"LOCALGUARD_HOME": "/x"}, temporary=())
    assert found.program.argv == (str(link),)
    assert found.program.env == {"LOCALGUARD_HOME": "/x"}
    assert found.notes == ()
    bad = program(project / ".cache/uv/x")
    link.unlink()
    link.symlink_to(bad)
    with pytest.raises(UsageFault, match="lies in a cache"):
        find_program("localguard", str(link.parent), {}, temporary=())


def test_a_shim_is_noted_and_what_a_person_chose_is_taken(project: Path) -> None:
    """--program is for those who know better; it only has to be there."""
    shim = program(project / ".pyenv/shims")
    found = find_program(str(shim), "", {}, temporary=())
    assert "is a shim" in found.notes[0]
    chosen = program(project / ".cache/x")
    assert find_program("x", "", {}, chosen=str(chosen)).program.argv == (str(chosen),)
    with pytest.raises(UsageFault, match="is not there"):
        find_program("x", "", {}, chosen=str(project / "none"))
    with pytest.raises(UsageFault, match="is not there"):
        find_program("localguard-none", str(project), {})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no login shell")
def test_the_path_of_a_login_shell_comes_before_this_one_s(project: Path) -> None:
    """What a profile script of the shell adds is found, whatever else it prints."""
    shell = project / "shell"
    shell.write_text('#!/bin/sh\necho hello\nPATH=/opt/node/bin:rel:/usr/bin; eval "$3"\n')
    shell.chmod(0o755)
    here = {"SHELL": str(shell), "PATH": "/usr/bin:/home/ana/.cache/uv/x/bin:/sbin"}
    assert login_path(here) == "/opt/node/bin:/usr/bin:/sbin"
    for broken in ("/bin/false", str(project / "none"), "relative", ""):
        assert login_path({"SHELL": broken, "PATH": "/usr/bin"}) == "/usr/bin"


def test_the_programs_that_run_are_known_by_name() -> None:
    """What Linux, ps and tasklist tell."""
    assert any(name.startswith(("python", "pytest", "coverage")) for name in names())
    assert list(read_listing("/Applications/Claude.app/Contents/MacOS/Claude\n-zsh\n")) == [
        "Claude",
        "-zsh",
    ]
    assert list(read_listing('"Claude.exe","4123","Console","1","9 K"\r\n')) == ["Claude"]
