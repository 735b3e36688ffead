"""Acceptance: what nobody has accepted loosens nothing, and tightening bites at once."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from localguard.config.acceptance import (
    accept_first,
    accept_now,
    accepted_version,
    current_version,
    valid_version,
)
from localguard.config.active import ActiveProfile
from localguard.config.build import read_profile
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.config.switches import accept, use
from localguard.errors import ProfileFault
from localguard.policy.calls import Call, Facts
from localguard.policy.decide import decide
from localguard.policy.decisions import Allow, Ask, Deny, word
from localguard.policy.rules import Verb
from tests.config.makers import approve, choose_valid, key_of, manage, nobody_told, places_in, put

AT = datetime(2025, 1, 1, tzinfo=UTC)
READS = 'version = 1\n[[rule]]\nallow = "files/read_*"\n[[rule]]\nask = "files/write"\n'
ALL = 'version = 1\n[[rule]]\nallow = "*"\n'
NONE = 'version = 1\ndefault = "deny"\n'
DENIAL = '[[rule]]\ndeny = "files/read_b"\n'
LOOK = "look at it with: localguard profile accept work"


def asked_because(what: str) -> str:
    """The reason of an allow that was lowered."""
    return f"not allowed by what a person has accepted: {what}; {LOOK}"


CHANGED = asked_because("work.toml changed since")
UNKNOWN = asked_because("what that was is not known any more")


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home in which `work` was accepted by its first use."""
    found = places_in(tmp_path)
    put(found, "work", READS)
    choose_valid(found, "work")
    return found


def guard_of(where: Places, fixed: str | None = None) -> ActiveProfile:
    """The profile in force as a guard follows it."""
    return ActiveProfile(where, fixed, key=key_of(where), accepting=True)


def says(active: ActiveProfile, item: str, server: str = "files") -> tuple[str, str]:
    """What becomes of a call, and why."""
    decision = decide(active.standing(), Call(server, item, {}, Facts(AT)))
    return word(decision), decision.reason


def store(where: Places) -> Path:
    """The folder of the one version that was accepted of `work`."""
    digest = read_choice(where, key_of(where)).accepted["work"]
    return Path(where.state, "accepted", digest)


def test_an_accepted_profile_is_in_force_as_it_is(where: Places) -> None:
    """Promise: the one check is that nothing is to be held against anything."""
    active = guard_of(where)
    standing = active.standing()
    assert standing.accepted is None
    assert says(active, "read_a") == ("allow", "an allow rule applies")
    assert active.standing() is standing


def test_the_first_use_is_kept_so_that_it_can_be_read_again(where: Places) -> None:
    """The text by its digest, for its owner alone."""
    folder = store(where)
    assert os.listdir(folder) == ["work.toml"]
    assert (folder / "work.toml").read_text() == READS
    assert (folder / "work.toml").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    found = accepted_version(where, read_choice(where, key_of(where)), "work")
    assert found is not None
    assert found.profile(where.home) == read_profile(where, "work")


def dangling(folder: Path) -> None:
    """A link that leads nowhere, in the place of a folder."""
    shutil.rmtree(folder)
    folder.symlink_to("/nowhere")


@pytest.mark.parametrize("running", [True, False])
def test_an_edit_that_loosens_is_asked_until_it_is_accepted(where: Places, running: bool) -> None:
    """Attack: a model with a shell edits the profile to allow everything."""
    active = guard_of(where)
    if running:
        active.standing()
    put(where, "work", ALL)
    assert says(active, "read_a") == ("allow", "an allow rule applies")
    assert says(active, "write") == ("ask", CHANGED)
    assert says(active, "delete") == ("ask", CHANGED)
    assert says(active, "x", "other") == ("ask", CHANGED)
    approve(where, "work")
    assert says(active, "delete")[0] == "allow"
    assert active.standing().accepted is None


def test_an_edit_that_tightens_bites_at_once(where: Places) -> None:
    """Promise: nobody has to accept that less is allowed."""
    active = guard_of(where)
    active.standing()
    put(where, "work", f'{READS}[[rule]]\ndeny = "files/read_b"\n')
    assert says(active, "read_b")[0] == "deny"
    assert says(active, "read_a")[0] == "allow"
    put(where, "work", NONE)
    assert says(active, "read_a")[0] == "deny"


def test_what_was_accepted_stays_so_when_it_comes_back(where: Places) -> None:
    """An edit that was taken back needs nobody."""
    active = guard_of(where)
    active.standing()
    put(where, "work", ALL)
    assert says(active, "delete")[0] == "ask"
    put(where, "work", READS)
    assert active.standing().accepted is None
    assert says(active, "read_a")[0] == "allow"


def test_the_log_is_told_what_nobody_has_accepted(where: Places) -> None:
    """And of the first use that accepts."""
    active = guard_of(where)
    put(where, "work", ALL)
    active.standing()
    approve(where, "work")
    active.standing()
    first, second = active.changes()
    assert (first.change, first.fault) == ("loaded", f"work.toml changed since; {LOOK}")
    assert (second.change, second.fault, second.accepted) == ("loaded", None, False)
    put(where, "home", NONE)
    fixed = guard_of(where, "home")
    fixed.standing()
    assert [change.accepted for change in fixed.changes()] == [True]


def test_a_second_guard_accepts_nothing_by_loading_it(where: Places) -> None:
    """Attack: an edit, and then a guard of one's own, started with it."""
    put(where, "work", ALL)
    for fixed in (None, "work"):
        assert says(guard_of(where, fixed), "delete") == ("ask", CHANGED)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "work.toml").write_text(ALL),
        lambda folder: (folder / "work.remembered.toml").write_text(DENIAL),
        lambda folder: (folder / "work.toml").unlink(),
        lambda folder: (folder / "work.toml").write_bytes(b"\xff"),
        shutil.rmtree,
        dangling,
        lambda folder: (folder / "work.toml").chmod(0o666),
    ],
    ids=["swapped", "one-more", "one-less", "bytes", "removed", "dangling", "open"],
)
def test_a_text_that_is_not_what_was_accepted_allows_nothing(
    where: Places, spoil: Callable[[Path], object]
) -> None:
    """Attack: the store of accepted texts edited, so that the edited profile looks accepted."""
    put(where, "work", ALL)
    spoil(store(where))
    active = guard_of(where)
    assert says(active, "read_a") == ("ask", UNKNOWN)
    assert says(active, "delete") == ("ask", UNKNOWN)


def test_the_text_of_another_accepted_version_does_not_pass_for_it(where: Places) -> None:
    """Attack: a laxer text that a person did accept, of another profile, put into its place."""
    put(where, "lax", ALL)
    choose_valid(where, "lax")
    choose_valid(where, "work")
    put(where, "work", ALL)
    lax = current_version(where, "lax").digest
    work = store(where)
    shutil.rmtree(work)
    shutil.copytree(Path(where.state, "accepted", lax), work)
    assert says(guard_of(where), "read_a") == ("ask", UNKNOWN)
    (work / "lax.toml").rename(work / "work.toml")
    assert says(guard_of(where), "read_a") == ("ask", UNKNOWN)


def test_an_accepted_profile_needs_no_text(where: Places) -> None:
    """What is in force is the file itself, which has the accepted digest."""
    shutil.rmtree(Path(where.state, "accepted"))
    assert says(guard_of(where), "read_a")[0] == "allow"


def test_a_spoilt_text_is_mended_by_accepting_anew(where: Places) -> None:
    """What lies beside it goes, too."""
    stray = store(where) / "work.remembered.toml"
    stray.write_text(DENIAL)
    for text in (ALL, READS):
        put(where, "work", text)
        approve(where, "work")
    assert not stray.exists()
    put(where, "work", ALL)
    assert says(guard_of(where), "read_a")[0] == "allow"


def test_texts_that_no_choice_speaks_of_go(where: Places) -> None:
    """A hundred edits leave no hundred copies."""
    for number in range(10):
        put(where, "work", f"{READS}# {number}\n")
        approve(where, "work")
    assert len(os.listdir(Path(where.state, "accepted"))) <= 2
    put(where, "work", ALL)
    assert says(guard_of(where), "read_a")[0] == "allow"


def test_nothing_is_removed_through_a_link(where: Places, tmp_path: Path) -> None:
    """Attack: a link among the accepted texts to a folder of the person's."""
    work = tmp_path / "documents"
    work.mkdir()
    (work / "thesis").write_text("x")
    kept = store(where)
    shutil.rmtree(kept)
    for link in (kept, kept.parent / "another"):
        link.symlink_to(work)
    put(where, "work", ALL)
    approve(where, "work")
    put(where, "work", READS)
    approve(where, "work")
    assert os.listdir(work) == ["thesis"]
    assert [one for one in kept.parent.iterdir() if one.is_symlink()] == []


def test_what_was_not_known_to_be_accepted_is_not_by_its_next_use(where: Places) -> None:
    """Attack: the choice removed after an edit, so that the edit looks like a first use."""
    put(where, "work", ALL)
    Path(where.active_file).unlink()
    assert guard_of(where, "work").standing().profile is None
    choose_valid(where, "work")
    assert says(guard_of(where), "read_a") == ("ask", UNKNOWN)
    approve(where, "work")
    assert says(guard_of(where), "delete")[0] == "allow"


def test_the_organisations_policy_needs_no_acceptance(where: Places) -> None:
    """Only root writes it; it joins what is in force and what that is held against."""
    manage(where, 'version = 1\n[[rule]]\nallow = "intranet/*"\n[[rule]]\ndeny = "files/read_b"\n')
    active = guard_of(where)
    assert active.standing().accepted is None
    put(where, "work", ALL)
    assert says(active, "search", "intranet")[0] == "allow"
    assert says(active, "read_a")[0] == "allow"
    assert says(active, "read_b")[0] == "deny"
    assert says(active, "delete") == ("ask", CHANGED)


def test_a_broken_edit_keeps_the_last_valid_one_lowered(where: Places) -> None:
    """The fault is what is told; nothing passes, accepted or not."""
    active = guard_of(where)
    active.standing()
    put(where, "work", ALL)
    active.standing()
    put(where, "work", "broken")
    assert says(active, "read_a")[0] == "ask"
    assert says(active, "read_a")[1].startswith("allowed by the last valid profile, but work.toml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'command = ["evil"]'),
        ('command = ["pg"]', 'command = ["evil"]'),
        ('command = ["pg"]', 'command = ["pg"]\nenv = { DSN = "production" }'),
        ('command = ["pg"]\ncwd = "/a"', 'command = ["pg"]\ncwd = "/b"'),
        ("", 'paths = "foreign"'),
    ],
)
def test_a_server_that_is_defined_otherwise_is_not_the_one_that_was_allowed(
    where: Places, before: str, after: str
) -> None:
    """Attack: the rules left alone, and another program, database or folder put behind them."""
    table = "[servers.files]\n" if before else ""
    put(where, "work", f"{READS}{table}{before}\n")
    approve(where, "work")
    active = guard_of(where)
    assert says(active, "read_a")[0] == "allow"
    put(where, "work", f"{READS}[servers.files]\n{after}\n")
    assert says(active, "read_a") == ("ask", CHANGED)


def test_a_limit_that_is_taken_out_holds_everything_up(where: Places) -> None:
    """Attack: ten calls a minute made a million. One that is still there is counted as before."""
    limited = f'{READS}[[rule]]\ntools = "files/read_*"\nlimit = "10/minute"\n'
    put(where, "work", limited)
    approve(where, "work")
    active = guard_of(where)
    put(where, "work", limited.replace("10/minute", "1000000/second"))
    assert says(active, "read_a") == ("ask", CHANGED)
    put(where, "work", READS)
    assert says(active, "read_a") == ("ask", CHANGED)
    put(where, "work", f"# a remark\n{limited}")
    assert says(active, "read_a")[0] == "allow"


def test_duties_that_are_taken_out_hold_until_that_is_accepted(where: Places) -> None:
    """Attack: the redaction of answers, or the care about destructive calls, edited away."""
    duty = '[[rule]]\ntools = "files/read_*"\nredact = ["email"]\nrisk = "destructive"\n'
    put(where, "work", READS + duty)
    approve(where, "work")
    active = guard_of(where)
    put(where, "work", READS)
    decision = decide(active.standing(), Call("files", "read_a", {}, Facts(AT)))
    assert isinstance(decision, Allow)
    assert decision.duties.redact == {"email"}
    assert decision.duties.destructive
    approve(where, "work")
    decision = decide(active.standing(), Call("files", "read_a", {}, Facts(AT)))
    assert isinstance(decision, Allow)
    assert decision.duties.redact == frozenset()


def test_servers_may_ask_for_no_more_than_was_accepted(where: Places) -> None:
    """Attack: sampling allowed, unknown methods relayed, schemas no longer looked at."""
    strict = f'strict_arguments = true\n{READS}[from_server]\nelicitation = "deny"\n'
    put(where, "work", strict)
    approve(where, "work")
    active = guard_of(where)
    lax = f'unknown_methods = "relay"\n{READS}[from_server]\nsampling = "allow"\nroots = "deny"\n'
    put(where, "work", lax)
    profile = active.standing().profile
    assert profile is not None
    asked = profile.from_server
    assert (asked.sampling, asked.elicitation, asked.roots) == (Verb.ASK, Verb.ASK, Verb.DENY)
    assert (profile.unknown_methods, profile.strict_arguments) == (False, True)
    assert profile.digest == read_profile(where, "work").digest
    approve(where, "work")
    profile = active.standing().profile
    assert profile is not None
    assert (profile.from_server.sampling, profile.unknown_methods) == (Verb.ALLOW, True)


def test_a_remembered_file_that_was_edited_is_told_by_its_name(where: Places) -> None:
    """Attack: an answer that no person gave, written beside the profile."""
    put(where, "work", DENIAL, remembered=True)
    active = guard_of(where)
    assert says(active, "read_b")[0] == "deny"
    standing = active.standing()
    assert standing.unaccepted == f"work.remembered.toml changed since; {LOOK}"
    put(where, "work", ALL)
    standing = active.standing()
    assert standing.unaccepted == f"work.toml and work.remembered.toml changed since; {LOOK}"


# ---- what localguard writes itself --------------------------------------------------------------


def remember(where: Places, text: str = DENIAL) -> None:
    """Have localguard write a remembered file."""
    accept_now(where, key_of(where), "work", lambda: put_remembered(where, text))


def put_remembered(where: Places, text: str) -> None:
    """Write a remembered file."""
    put(where, "work", text, remembered=True)


def test_what_localguard_writes_is_accepted_in_the_same_act(where: Places) -> None:
    """Promise: an answer that a person has just given needs no second word."""
    active = guard_of(where)
    active.standing()
    remember(where)
    assert active.standing().accepted is None
    assert says(active, "read_b")[0] == "deny"
    remember(where, f"{DENIAL}# more\n")
    assert active.standing().accepted is None
    accept_now(where, key_of(where), "work", Path(where.remembered_file("work")).unlink)
    assert active.standing().accepted is None
    assert says(active, "read_b")[0] == "allow"


def test_an_answer_accepts_no_edit_of_the_profile(where: Places) -> None:
    """Attack: an edit that waits for the person's next answer to be accepted with it."""
    active = guard_of(where)
    put(where, "work", ALL)
    remember(where)
    assert says(active, "read_b")[0] == "deny"
    assert says(active, "delete") == ("ask", CHANGED)
    put(where, "work", READS)
    assert active.standing().accepted is None


def test_an_answer_accepts_no_edit_of_the_remembered_file(where: Places) -> None:
    """Attack: the same with an answer of the model's own beside it."""
    remember(where)
    put_remembered(where, "")
    active = guard_of(where)
    remember(where, f"# emptied\n{DENIAL.replace('_b', '_c')}")
    assert active.standing().accepted is not None
    approve(where, "work")
    assert active.standing().accepted is None


def test_what_is_not_written_is_not_accepted(where: Places) -> None:
    """A disk that is full leaves everything as it was."""

    def fail() -> None:
        raise ProfileFault("the disk is full")

    before = read_choice(where, key_of(where))
    with pytest.raises(ProfileFault, match="the disk is full"):
        accept_now(where, key_of(where), "work", fail)
    assert read_choice(where, key_of(where)) == before


def test_an_answer_in_a_profile_that_was_never_used_accepts_both(where: Places) -> None:
    """There is nothing yet that it could be held against; what is lost stays lost."""
    put(where, "home", READS)
    accept_now(where, key_of(where), "home", lambda: None)
    accepted = read_choice(where, key_of(where)).accepted
    assert accepted["home"] == current_version(where, "home").digest
    Path(where.active_file).write_text("x")
    choose_valid(where, "work")
    remember(where)
    assert read_choice(where, key_of(where)).accepted["work"] == ""


# ---- the first use and the person's word --------------------------------------------------------


def test_what_is_accepted_first_stays(where: Places) -> None:
    """Two guards that begin at once with two versions: one of them was the first."""
    put(where, "home", READS)
    first = read_profile(where, "home")
    put(where, "home", ALL)
    second = read_profile(where, "home")
    # The file is no longer what was loaded: that is for the next look.
    assert "home" not in accept_first(where, key_of(where), first).accepted
    assert accept_first(where, key_of(where), second).accepted["home"] == second.digest
    put(where, "home", READS)
    assert accept_first(where, key_of(where), first).accepted["home"] == second.digest


def confirmed(where: Places, name: str) -> bool:
    """Whether a guard that begins now goes by what a person has accepted."""
    return guard_of(where, name).standing().confirmed


def test_a_guards_first_use_is_no_persons_word(where: Places) -> None:
    """Attack: a model writes profiles/evil.toml, and starts a guard with it.

    A person's word for the very same files is one, and a running guard goes by it at once.
    """
    put(where, "evil", ALL)
    guard = guard_of(where, "evil")
    assert not guard.standing().confirmed
    assert confirmed(where, "work")
    assert guard.standing() is guard.standing()
    before = guard.generation
    approve(where, "evil")
    assert guard.standing().confirmed
    assert guard.generation > before
    assert [change.change for change in guard.changes()] == ["loaded"]


def test_a_persons_use_confirms_what_a_guard_has_used_but_no_edit(where: Places) -> None:
    """Promise: `profile use` at a terminal takes no step more, whoever used the profile before."""
    put(where, "home", READS)
    assert not confirmed(where, "home")
    choose_valid(where, "home")
    assert confirmed(where, "home")
    put(where, "late", READS)
    assert not confirmed(where, "late")
    put(where, "late", ALL)
    choose_valid(where, "late")
    assert not confirmed(where, "late")
    approve(where, "late")
    assert confirmed(where, "late")


def test_an_edit_of_what_a_person_accepted_leaves_that_a_persons(where: Places) -> None:
    """What it is held against then is still what the person has accepted."""
    put(where, "work", ALL)
    standing = guard_of(where).standing()
    assert standing.accepted is not None
    assert standing.confirmed


def test_a_remembered_answer_accepts_no_profile_of_a_models(where: Places) -> None:
    """Attack: a rule that a person answers or changes, in a profile that they never looked at."""
    for name in ("evil", "worse"):
        put(where, name, ALL)
    assert not confirmed(where, "evil")
    for name in ("evil", "worse"):
        accept_now(where, key_of(where), name, lambda: None)
        put(where, name, DENIAL, remembered=True)
        assert not confirmed(where, name)
    accept_now(where, key_of(where), "work", lambda: put_remembered(where, DENIAL))
    assert confirmed(where, "work")


def test_the_first_choice_of_all_is_a_persons_only_if_it_is_theirs(tmp_path: Path) -> None:
    """Attack: `profile use evil`, the free first choice, without a terminal."""
    where = places_in(tmp_path)
    put(where, "evil", ALL)
    use(where, key_of(where), current_version(where, "evil"), nobody_told, first=True)
    assert not confirmed(where, "evil")


def test_a_choice_without_its_seal_is_nobodys_word(where: Places) -> None:
    """Attack: `confirmed` written by hand, for a command that only tells."""
    assert not ActiveProfile(where, "work").standing().confirmed


def test_what_is_accepted_is_what_was_shown(where: Places) -> None:
    """Attack: the file exchanged between the look at it and the yes."""
    put(where, "work", f'{READS}[[rule]]\nallow = "files/list"\n')
    _, shown = valid_version(where, "work")
    put(where, "work", ALL)
    accept(where, key_of(where), shown, nobody_told)
    active = guard_of(where)
    assert says(active, "list")[0] == "allow"
    assert says(active, "delete") == ("ask", CHANGED)


def test_accepting_is_told_once_and_before(where: Places) -> None:
    """What is accepted already is not told."""
    put(where, "work", ALL)
    told: list[dict[str, str]] = []

    def tell() -> None:
        told.append(dict(read_choice(where, None).accepted))

    before = dict(read_choice(where, None).accepted)
    for _ in range(2):
        accept(where, key_of(where), current_version(where, "work"), tell)
    assert told == [before]


def test_only_a_valid_profile_is_shown(where: Places) -> None:
    """Its own tests count, too."""
    put(where, "work", f'{READS}[[test]]\ncall = "files/write"\nexpect = "allow"\n')
    with pytest.raises(ProfileFault, match="expects allow"):
        valid_version(where, "work")


def test_an_accepted_text_that_this_version_cannot_read_allows_nothing(where: Places) -> None:
    """Fail closed: what a person accepted under another version of localguard is not guessed at."""
    put(where, "work", f"{READS}later = 1\n")
    accept(where, key_of(where), current_version(where, "work"), nobody_told)
    put(where, "work", READS)
    assert says(guard_of(where), "read_a") == ("ask", UNKNOWN)
    assert isinstance(decide(guard_of(where).standing(), Call("f", "x", {}, Facts(AT))), Deny | Ask)
