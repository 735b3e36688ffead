"""Doctor's look at what decides (research policy 6.5, design 6: faults, acceptance, managed)."""

import os
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from localguard.config.acceptance import accept_first
from localguard.config.build import read_profile
from localguard.config.switches import lock, observe, silence
from localguard.doctor.policy import checks
from localguard.pinning.store import PinStore
from localguard.policy.calls import Json
from localguard.policy.pins import Account, Definition, Family, Identity, Pin
from tests.config.makers import approve, choose, key_of, manage, nobody_told, put
from tests.doctor.planted import PLAIN, Planted, only, serious

ANSWER = """
# 2026-11-27 12:00, from call 7f3a-1, by zsh (pid 7).
[[answer]]
rule = "work.toml#abc"
target = "shop/send"
identity = "ab"
pin = "cd"
"""


@pytest.fixture
def home(tmp_path: Path, client_environment: Mapping[str, str]) -> Planted:
    return Planted(tmp_path, client_environment)


def test_an_accepted_profile_without_notes_is_well(home: Planted) -> None:
    """The profile in force is named, and nothing is to be done."""
    found = {one.id: one for one in home.found(checks)}
    assert serious(found.values()) == []
    assert found["policy.active"].summary == "the profile work is in force"
    assert found["policy.accepted"].summary == "work is as a person has accepted it"
    assert found["policy.profile.work"].summary.startswith("work.toml is valid: 1 rule, 1 test")


def test_a_home_without_a_profile_is_told_to_begin(home: Planted) -> None:
    """Nothing was chosen: every call is denied."""
    Path(home.where.profile_file("work")).unlink()
    Path(home.where.active_file).unlink()
    home.where = home.where._replace(
        state=str(home.folder / "none"), profiles=str(home.folder / "empty"), vault="/nowhere"
    )
    found = only(home.found(checks))
    assert (found.status, found.remedy) == ("warn", "localguard init")


def test_a_broken_profile_is_told_by_line(home: Planted) -> None:
    """Planted fault: each of its faults with file and line, and that it is the one in force."""
    home.edit('version = 1\n[[rule]]\nalow = "x/*"\n[[rule]]\nallow = "x"\n')
    found = {one.id: one for one in serious(home.found(checks))}
    assert {one.status for one in found.values()} == {"fail"}
    assert found["policy.active"].remedy == "localguard profile validate work"
    first = found["policy.profile.work.fault.1"]
    assert first.summary.startswith("work.toml:2:") or first.summary.startswith("work.toml:3:")
    assert 'did you mean "allow"' in first.remedy
    assert found["policy.profile.work.fault.2"].summary.startswith("work.toml:")


def test_a_profile_that_is_not_toml_is_told_by_line(home: Planted) -> None:
    """Also of a profile that is not in force: it could not be switched to."""
    home.edit('version = 1\nx = "', "spare")
    found = only(home.found(checks))
    assert found.id == "policy.profile.spare.fault.1"
    assert found.summary.startswith("spare.toml:2: ")


def test_a_failing_test_is_told_by_line(home: Planted) -> None:
    """Planted fault: the profile does not do what it says of itself."""
    home.edit(PLAIN.replace('expect = "deny"', 'expect = "allow"'))
    found = [one for one in serious(home.found(checks)) if ".test." in one.id]
    assert only(found).summary.startswith("work.toml:4: this test expects allow")


def test_each_lint_is_a_warning_by_line(home: Planted) -> None:
    """Lints of policy 6.5, with what to write instead; of many the last are counted."""
    home.accept(f'{PLAIN}[[rule]]\nallow = "shop/list_*"\nwhen.args.path = "/srv/*"\n')
    found = only(home.found(checks))
    assert found.status == "warn"
    assert found.summary.startswith('work.toml:7: args.path = "/srv/*" compares letters')
    assert found.remedy == 'better: args.path.under = "/srv"'
    rule = '[[rule]]\nallow = "shop/list_{}"\nwhen.args.path = "/srv/*"\n'
    home.accept(PLAIN + "".join(map(rule.format, range(12))))
    many = serious(home.found(checks))
    assert len(many) == 9
    assert many[-1].summary.startswith("there are 4 more of the 12 notes")


def test_an_edit_that_nobody_accepted_is_told_with_the_command(home: Planted) -> None:
    """Planted fault: a model with a shell has edited the profile (design 6, acceptance)."""
    home.edit(PLAIN.replace("*/read", "*/list"))
    found = only(home.found(checks))
    assert (found.id, found.status) == ("policy.accepted", "warn")
    assert found.remedy == "localguard profile accept work"


def test_an_edit_of_a_profile_that_is_not_in_force_is_told(home: Planted) -> None:
    """A client may hold a guard to it (`run --profile`)."""
    home.accept(PLAIN, "spare")
    home.accept(PLAIN)
    assert serious(home.found(checks)) == []
    home.edit(PLAIN.replace("*/read", "*/list"), "spare")
    assert only(home.found(checks)).remedy == "localguard profile accept spare"


def test_what_no_person_has_accepted_is_told(home: Planted) -> None:
    """A guard has used it first: whoever wrote it may have been a model (design 6)."""
    home.edit(PLAIN, "spare")
    choose(home.where, "spare")
    assert serious(home.found(checks)) == []
    accept_first(home.where, key_of(home.where), read_profile(home.where, "spare"))
    found = only(home.found(checks))
    assert "a guard has used it first" in found.summary
    assert found.remedy == "localguard profile accept spare"


def test_observing_and_lockdown_are_told(home: Planted) -> None:
    """What only the default denies is let through for a while: a person should know until when."""
    until = int(time.time()) + 7200
    observe(home.where, key_of(home.where), "work", nobody_told, until=until)
    lock(home.where, key_of(home.where), nobody_told, on=True)
    silence(home.where, key_of(home.where), nobody_told, on=True)
    every = {one.id: one for one in home.found(checks)}
    found = only(every.values())
    end = datetime.fromtimestamp(until).astimezone()
    assert f"work is observed until {end:%Y-%m-%d %H:%M}" in found.summary
    assert "localguard learn" in found.remedy
    assert "localguard lockdown off" in every["policy.lockdown"].summary
    assert every["policy.silent"].status == "ok"
    home.ahead = timedelta(hours=3)
    assert serious(home.found(checks)) == []


def test_a_choice_that_somebody_wrote_by_hand_is_told(home: Planted) -> None:
    """Attack: a program ends lockdown, or switches, by writing the file."""
    path = Path(home.where.active_file)
    path.write_text(path.read_text().replace("lockdown = false", "lockdown = true"))
    found = only(home.found(checks))
    assert (found.id, found.status) == ("policy.active", "fail")
    assert found.remedy == "localguard profile use NAME"


@pytest.mark.parametrize(
    ("more", "broad"),
    [
        ('until = "forever"\n', True),
        ("until = 2031-01-01T00:00:00\n", False),
        ('until = "forever"\nwhen.args.to = "ana"\n', False),
        ("exact = '{}'\nuntil = \"forever\"\n", False),
    ],
)
def test_an_answer_that_lets_everything_through_for_good_is_told(
    home: Planted, more: str, broad: bool
) -> None:
    """Over-broad "always" answers of research ux 5, each with the way to remove it."""
    put(home.where, "work", f"version = 1\n{ANSWER}{more}", remembered=True)
    found = [one for one in serious(home.found(checks)) if ".answer." in one.id]
    assert bool(found) is broad
    if broad:
        assert "an answer lets shop/send through for good" in only(found).summary
        assert found[0].summary.startswith("work.remembered.toml:")
        assert found[0].remedy.startswith("localguard rules remove ")


def test_an_answer_to_a_destructive_tool_that_looks_at_nothing_is_told(home: Planted) -> None:
    """What destroys is not to be let through for all arguments, however soon that ends."""
    put(home.where, "work", f"{ANSWER}until = 2031-01-01T00:00:00\n", remembered=True)
    approve(home.where, "work")
    assert serious(home.found(checks)) == []
    body: dict[str, Json] = {"name": "send", "annotations": {"destructiveHint": True}}
    send = Definition(Family.TOOL, "send", body)
    account = Account(Identity(("/bin/shop",)), None, {"send": send}, frozenset(Family))
    PinStore(home.where.pins).add("shop", Pin(account, "2026-11-27T12:00:00+00:00"))
    found = [one for one in serious(home.found(checks)) if ".answer." in one.id]
    assert "and it is destructive" in only(found).summary


def test_managed_policy_that_is_broken_is_told_by_line(home: Planted) -> None:
    """Planted fault: with it every call is denied, so nobody may overlook it."""
    manage(home.where, 'version = 1\n[[rule]]\ndeni = "x/*"\n')
    found = serious(home.found(checks))
    assert found[0].summary.startswith("managed/base.toml:")
    assert {one.status for one in found} == {"fail"}
    manage(home.where, 'version = 1\n[[rule]]\ndeny = "x/*"\n')
    every = home.found(checks)
    assert serious(every) == []
    assert "managed/base.toml" in next(one for one in every if one.id == "policy.managed").summary


@pytest.mark.skipif(os.name == "nt", reason="a mode says nothing there")
def test_managed_policy_that_others_can_write_is_told(home: Planted) -> None:
    """Planted fault: whoever can write it lays down what the organisation forbids."""
    manage(home.where, 'version = 1\n[[rule]]\ndeny = "x/*"\n').chmod(0o666)
    assert only(home.found(checks)).id == "policy.managed.fault.1"


@pytest.mark.skipif(os.name == "nt", reason="a mode says nothing there")
def test_managed_policy_of_another_owner_is_told(home: Planted) -> None:
    """Planted fault: it belongs to a user who is not root."""
    manage(home.where, 'version = 1\n[[rule]]\ndeny = "x/*"\n')
    home.where = home.where._replace(managed_owners=frozenset({os.getuid() + 1}))
    found = serious(home.found(checks))
    assert found
    assert {one.status for one in found} == {"fail"}


def test_a_broken_config_toml_is_told_by_line(home: Planted) -> None:
    """Planted fault: until it is mended every call is denied."""
    home.settings('[audit]\ndurability = "never"\n')
    found = only(home.found(checks))
    assert found.id == "policy.config.fault.1"
    assert found.summary.startswith("config.toml:2:")
