"""The organisation's policy: it joins every profile, and is never ignored."""

import os
from pathlib import Path

import pytest

from localguard.config.active import ActiveProfile
from localguard.config.faults import faults_of
from localguard.config.links import guarded
from localguard.config.managed import joined, managed_paths, read_managed
from localguard.config.paths import Places, places
from localguard.errors import ProfileFault
from localguard.policy.profile import FromServer, Profile
from localguard.policy.rules import Verb
from tests.config.makers import age, choose, manage, places_in, put

posix = pytest.mark.skipif(os.name != "posix", reason="owner and mode are of POSIX")
as_root = pytest.mark.skipif(
    os.name != "posix" or os.geteuid() != 0, reason="only root can give files away"
)
STRANGER = 12345
NO_DROPS = 'version = 1\n[[rule]]\nid = "drops"\ndeny = "*/drop_*"\nbecause = "by hand"\n'
ALL = 'version = 1\n[[rule]]\nid = "drops"\nallow = "*"\n'


def told(where: Places) -> list[str]:
    """What is wrong with the organisation's policy, line by line."""
    with pytest.raises(ProfileFault) as caught:
        read_managed(where)
    return [one.explain() for one in faults_of(caught.value)]


def in_force(where: Places, name: str = "work") -> Profile:
    """The person's profile as a guard has it."""
    standing = ActiveProfile(where, name).standing()
    assert standing.fault is None
    assert standing.profile is not None
    return standing.profile


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", "/etc/localguard"),
        ("darwin", "/Library/Application Support/localguard"),
        ("win32", "C:\\ProgramData\\localguard"),
    ],
)
def test_no_variable_moves_the_folder(platform: str, folder: str) -> None:
    """Promise: LOCALGUARD_HOME moves what is the person's, and only that."""
    environ = {"HOME": "/home/ana", "USERPROFILE": "/home/ana", "ProgramData": "/home/ana"}
    assert places(environ, platform).managed == folder
    assert places(environ | {"LOCALGUARD_HOME": "/x"}, platform).managed == folder
    assert places(environ, platform).managed_owners == {0}


def test_without_the_folder_there_is_no_managed_policy(tmp_path: Path) -> None:
    """And the profile is the very one that was read."""
    where = places_in(tmp_path)
    assert read_managed(where) is None
    profile = Profile("work", ())
    assert joined(profile, None) is profile


def test_an_empty_folder_says_nothing(tmp_path: Path) -> None:
    """A file of another kind, or one that an editor left, is not policy."""
    where = places_in(tmp_path)
    manage(where, "no policy", "README")
    manage(where, "no policy", ".base.toml.swp")
    manage(where, "no policy", ".base.toml")
    managed = read_managed(where)
    assert managed is not None
    assert (managed.files, managed.rules, managed.default) == ((), (), None)


def test_its_rules_join_the_profile_and_say_whose_they_are(tmp_path: Path) -> None:
    """The algebra, line 1; and the same id in both is no clash."""
    where = places_in(tmp_path)
    put(where, "work", ALL)
    manage(where, NO_DROPS)
    profile = in_force(where)
    found = {rule.name: (rule.verb, rule.managed, str(rule.origin)) for rule in profile.rules}
    assert found == {
        "managed/drops": (Verb.DENY, True, "managed/base.toml:2"),
        "drops": (Verb.ALLOW, False, "work.toml:2"),
    }
    assert profile.managed == ("managed/base.toml",)
    assert profile.user_allow
    assert profile.managed_default is None


def test_of_several_files_the_strictest_word_counts(tmp_path: Path) -> None:
    """No file can take back what another one says."""
    where = places_in(tmp_path)
    put(where, "work", 'version = 1\nfrom_server = { sampling = "ask", roots = "deny" }\n')
    manage(where, 'version = 1\ndefault = "deny"\nuser_allow = false\n', "a.toml")
    more = 'from_server = { roots = "allow", elicitation = "deny", sampling = "allow" }\n'
    manage(where, f'version = 1\ndefault = "ask"\nuser_allow = true\n{more}', "b.toml")
    manage(where, 'version = 1\nfrom_server.elicitation = "ask"\n', "c.toml")
    profile = in_force(where)
    assert profile.managed_default is Verb.DENY
    assert profile.user_allow is False
    assert profile.from_server == FromServer(Verb.ASK, Verb.DENY, Verb.DENY)


def test_the_digest_covers_the_managed_files(tmp_path: Path) -> None:
    """Promise: a record tells which bytes decided, whoever wrote them."""
    where = places_in(tmp_path)
    put(where, "work", ALL)
    digests = [in_force(where).digest]
    for text in (NO_DROPS, f"{NO_DROPS}# 2\n"):
        manage(where, text)
        digests.append(in_force(where).digest)
    assert len(set(digests)) == 3


def test_a_change_bites_on_the_next_call(tmp_path: Path) -> None:
    """Promise: a file that appears, changes or goes needs no restart."""
    where = places_in(tmp_path)
    age(put(where, "work", ALL))
    active = ActiveProfile(where, "work")
    counts = []
    for step in ("none", "appears", "another", "edited", "gone"):
        match step:
            case "appears":
                manage(where, NO_DROPS)
            case "another":
                manage(where, 'version = 1\n[[rule]]\ndeny = "a/b"\n', "more.toml")
            case "edited":
                manage(where, "version = 1\n", "more.toml")
            case "gone":
                Path(where.managed, "base.toml").unlink()
            case _:
                assert not Path(where.managed).exists()
        profile = active.standing().profile
        assert profile is not None
        counts.append(len(profile.rules))
    assert counts == [1, 2, 3, 2, 1]
    assert [change.change for change in active.changes()] == ["loaded"] * 5


def test_what_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    """Promise: the allowed path costs a stat for each file, and one for a missing folder."""
    where = places_in(tmp_path)
    age(put(where, "work", ALL))
    assert managed_paths(where) == (where.managed,)
    path = manage(where, NO_DROPS)
    for one in (path, path.parent):
        age(one)
    assert managed_paths(where) == (where.managed, str(path))
    active = ActiveProfile(where, "work")
    for one in (path, path.parent):
        age(one)
    first = active.standing().profile
    assert active.standing().profile is first
    assert dict(active.followed()).keys() >= {where.managed, str(path)}


def test_a_broken_edit_of_the_person_does_not_switch_it_off(tmp_path: Path) -> None:
    """Attack: with the last valid profile in force, a managed rule that came later still counts."""
    where = places_in(tmp_path)
    put(where, "work", ALL)
    active = ActiveProfile(where, "work")
    active.standing()
    put(where, "work", "broken")
    assert active.standing().fault
    manage(where, NO_DROPS)
    profile = active.standing().profile
    assert profile is not None
    assert [rule.name for rule in profile.rules] == ["managed/drops", "drops"]


@pytest.mark.parametrize(
    ("text", "told_of"),
    [
        ("", ['managed/base.toml:1: the version is missing or unknown. Fix: write version = 1.']),
        ("version = 2", ["managed/base.toml:1: the version is missing or unknown."
                         " Fix: write version = 1."]),
        ("version = 1\nuser_allow = 1", ["managed/base.toml:2: user_allow must be true or false,"
                                         " not a number. Fix: write user_allow = true, without"
                                         " quotes."]),
        ("version = 1\nuser_alow = false", ['managed/base.toml:2: unknown key "user_alow".'
                                            ' Fix: did you mean "user_allow"?']),
        ("version = 1\n[servers.x]\ncommand = ['x']", ["managed/base.toml:2: servers is not for"
                                                      " managed policy. Fix: put it into the"
                                                      " profiles."]),
        ('version = 1\ndefault = "allow"', ['managed/base.toml:2: default cannot be "allow".'
                                            " Fix: use one of ask, deny."]),
        ('version = 1\n[from_server]\nx = 1', ['managed/base.toml:3: unknown key "x".'
                                              " Fix: use one of elicitation, roots, sampling."]),
        (f'{NO_DROPS}[[rule]]\nid = "drops"\ndeny = "a/b"', [
            'managed/base.toml:7: the id "drops" is taken by managed/base.toml:2.'
            " Fix: choose another."]),
        (f'{NO_DROPS}[[test]]\ncall = "a/drop_b"\nexpect = "ask"', [
            "managed/base.toml:6: this test expects ask, but a/drop_b gets deny by"
            " managed/base.toml:2 (a deny rule applies). Fix: correct the rule or the test."]),
    ],
)  # fmt: skip
def test_a_broken_file_denies_every_call_with_the_fix(
    tmp_path: Path, text: str, told_of: list[str]
) -> None:
    """Fail closed: what the organisation forbids is unknown, so nothing is let through."""
    where = places_in(tmp_path)
    put(where, "work", ALL)
    active = ActiveProfile(where, "work")
    assert active.standing().profile is not None
    manage(where, text)
    assert told(where) == told_of
    standing = active.standing()
    assert (standing.profile, standing.fault) == (None, told_of[0])
    manage(where, NO_DROPS)
    assert active.standing().fault is None
    assert [change.change for change in active.changes()] == ["loaded", "fault", "repaired"]


def test_its_tests_are_judged_by_its_rules_alone(tmp_path: Path) -> None:
    """A person's profile that is stricter breaks no test of the organisation's."""
    where = places_in(tmp_path)
    put(where, "work", 'version = 1\n[[rule]]\ndeny = "a/b"\n')
    test = '[[test]]\ncall = "a/b"\nexpect = "ask"\n'
    manage(where, f'version = 1\ndefault = "ask"\n{test}')
    assert in_force(where).managed_default is Verb.ASK


def test_every_broken_file_is_told_of(tmp_path: Path) -> None:
    """A person who repairs wants to see all of it."""
    where = places_in(tmp_path)
    manage(where, "version = ", "b.toml")
    manage(where, "version = 1", "c.toml")
    Path(where.managed, "a.toml").mkdir()
    first, second = told(where)
    assert first.startswith("managed/a.toml: it is a folder, not a file.")
    assert second.startswith("managed/b.toml:1: this is not a value")


@posix
@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_a_file_that_others_can_write_to_denies(tmp_path: Path, mode: int) -> None:
    """Attack: a member of the group loosens it; root's own group is no exception."""
    where = places_in(tmp_path)
    path = manage(where, NO_DROPS)
    path.chmod(mode)
    assert told(where) == [
        f"managed/base.toml: other users can write to it (mode {mode:04o})."
        f" Fix: as root: chmod go-w {path}."
    ]


@posix
def test_a_folder_that_others_can_write_to_denies(tmp_path: Path) -> None:
    """Attack: another user puts a file there, or takes one away."""
    where = places_in(tmp_path)
    manage(where, NO_DROPS)
    Path(where.managed).chmod(0o777)
    assert told(where) == [
        f"{where.managed}: other users can write to it (mode 0777)."
        f" Fix: as root: chmod go-w {where.managed}."
    ]


@posix
def test_a_folder_above_that_others_can_write_to_denies(tmp_path: Path) -> None:
    """Attack: the folder is renamed and another is put in its place."""
    where = places_in(tmp_path / "open")
    manage(where, NO_DROPS)
    (tmp_path / "open").chmod(0o777)
    assert told(where)[0].startswith(f"{tmp_path}/open: other users can write to it (mode 0777).")
    # As in /tmp: others can add to it, but not rename what is not theirs.
    (tmp_path / "open").chmod(0o1777)
    assert read_managed(where) is not None


@as_root
@pytest.mark.parametrize("what", ["file", "folder", "above"])
def test_what_belongs_to_another_user_denies(tmp_path: Path, what: str) -> None:
    """Attack: who owns a file or a folder on the way can change it at any time."""
    where = places_in(tmp_path / "above")
    path = manage(where, NO_DROPS)
    stranger = {"file": path, "folder": path.parent, "above": tmp_path / "above"}[what]
    os.chown(stranger, STRANGER, STRANGER)
    name = "managed/base.toml" if what == "file" else stranger
    assert told(where) == [
        f"{name}: it belongs to uid {STRANGER}, and only root may set managed policy."
        f" Fix: as root: chown root {stranger}, or move it away."
    ]


@as_root
@pytest.mark.parametrize("linked", ["file", "folder"])
def test_a_link_into_the_folder_of_another_user_denies(tmp_path: Path, linked: str) -> None:
    """Attack: the file at the end is root's, but who owns the folder puts another in its place."""
    where = places_in(tmp_path)
    home = tmp_path / "eve"
    (home / "policy").mkdir(parents=True)
    os.chown(home, STRANGER, STRANGER)
    (home / "policy/base.toml").write_text(NO_DROPS)
    if linked == "folder":
        Path(where.managed).symlink_to(home / "policy")
    else:
        manage(where, "version = 1", "other.toml")
        Path(where.managed, "base.toml").symlink_to(home / "policy/base.toml")
    assert told(where)[0].startswith(f"{home}: it belongs to uid {STRANGER}")


@posix
def test_a_link_that_root_alone_can_change_is_followed(tmp_path: Path) -> None:
    """Programs that manage machines keep such files elsewhere, and link to them."""
    where = places_in(tmp_path)
    (tmp_path / "store").mkdir()
    (tmp_path / "store/xyz").write_text(NO_DROPS)
    Path(where.managed).mkdir(mode=0o755)
    Path(where.managed, "base.toml").symlink_to(tmp_path / "store/xyz")
    managed = read_managed(where)
    assert managed is not None
    assert managed.files == ("managed/base.toml",)
    assert [str(rule.origin) for rule in managed.rules] == ["managed/base.toml:2"]


@posix
@pytest.mark.parametrize("linked", ["file", "folder"])
def test_a_link_that_leads_nowhere_denies(tmp_path: Path, linked: str) -> None:
    """Fail closed: there is policy, and it cannot be read."""
    where = places_in(tmp_path)
    if linked == "file":
        manage(where, "version = 1", "other.toml")
    path = Path(where.managed, "base.toml") if linked == "file" else Path(where.managed)
    path.symlink_to(tmp_path / "gone")
    put(where, "work", ALL)
    assert "it cannot be read (No such file or directory)" in told(where)[0]
    assert ActiveProfile(where, "work").standing().profile is None


def test_a_file_in_place_of_the_folder_denies(tmp_path: Path) -> None:
    """Fail closed, as with every other kind of thing there."""
    where = places_in(tmp_path)
    Path(where.managed).write_text("version = 1")
    Path(where.managed).chmod(0o644)
    assert told(where) == [
        f"{where.managed}: it cannot be read (Not a directory)."
        f" Fix: as root: chmod go+r {where.managed}, or move it away."
    ]


def test_a_switch_of_profiles_keeps_it(tmp_path: Path) -> None:
    """Whatever a person switches to, it is joined."""
    where = places_in(tmp_path)
    manage(where, NO_DROPS)
    active = ActiveProfile(where)
    for name in ("work", "home"):
        put(where, name, ALL)
        choose(where, name)
        profile = active.standing().profile
        assert profile is not None
        assert (profile.name, profile.managed) == (name, ("managed/base.toml",))
    assert [change.change for change in active.changes()] == ["loaded", "switched"]


def test_no_wrapped_server_reaches_into_it(tmp_path: Path) -> None:
    """The algebra, line 8: it is one of localguard's own folders."""
    where = places_in(tmp_path)
    assert where.managed not in guarded(where)
    manage(where, NO_DROPS)
    assert where.managed in guarded(where)
