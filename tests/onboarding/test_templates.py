"""The profiles that `init` begins with: valid, quiet, and good for servers nobody knew before."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from localguard.config.build import read_profile
from localguard.config.lints import notes
from localguard.errors import UsageFault
from localguard.onboarding.self_test import TOOL
from localguard.onboarding.templates import NAMES, SIGN_IN, TEMPLATES, SignIn, about, profile_text
from localguard.policy.decisions import word
from localguard.policy.profile import Profile
from localguard.telling.known import Known
from localguard.telling.outlook import Outlooks
from tests.config.makers import places_in, put

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
WHO = SignIn("https://login.acme.example", "local-guard")


def made(folder: Path, name: str) -> Profile:
    """The profile of a template."""
    (folder / name).mkdir(mode=0o700)
    where = places_in(folder / name)
    put(where, "main", profile_text(name, WHO if name == SIGN_IN else None))
    return read_profile(where, "main")


def best(profile: Profile, item: str, *marks: str) -> str:
    """What a tool of a server that was reviewed can get."""
    known = Known("theirs", item, frozenset(marks), confirmed=True)
    return word(Outlooks(profile, NOON).of(known).best)


@pytest.mark.parametrize("name", NAMES)
def test_each_is_valid_under_any_name_and_there_is_nothing_to_note(
    tmp_path: Path, name: str
) -> None:
    """Its own tests pass, every rule has an id, and lines fit."""
    profile = made(tmp_path, name)
    assert notes(profile) == []
    assert profile.servers == {}
    assert all(rule.id for rule in profile.rules)
    lines = profile_text(name, WHO if name == SIGN_IN else None).splitlines()
    assert lines[0] == "#:schema ./profile.schema.json"
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("name", NAMES)
def test_each_denies_the_self_test_and_whatever_holds_secrets(tmp_path: Path, name: str) -> None:
    """Promise of init: a call that must be denied is, by a rule that a person can look up."""
    profile = made(tmp_path, name)
    assert best(profile, TOOL) == "deny"
    assert {test.expect for test in profile.tests} >= {"allow", "ask", "deny"}


def test_they_differ_by_what_they_let_through(tmp_path: Path) -> None:
    """Reads are free in each; what is destructive is free in none."""
    table = {name: made(tmp_path, name) for name in NAMES if name != SIGN_IN}
    assert {best(one, "get", "read") for one in table.values()} == {"allow"}
    wiped = {name: best(one, "wipe", "write", "destructive") for name, one in table.items()}
    assert wiped == {"balanced": "ask", "readonly": "deny", "strict": "deny", "personal": "ask"}
    searched = {name: best(one, "search", "read", "open") for name, one in table.items()}
    assert searched == {"balanced": "ask", "readonly": "ask", "strict": "deny", "personal": "ask"}
    wrote = {name: best(one, "add", "write") for name, one in table.items()}
    assert wrote == {"balanced": "ask", "readonly": "deny", "strict": "ask", "personal": "allow"}
    # A server that says nothing of its tools.
    silent = {name: best(one, "do", "write", "open") for name, one in table.items()}
    assert silent == {"balanced": "ask", "readonly": "deny", "strict": "deny", "personal": "ask"}


def test_the_sign_in_is_the_persons(tmp_path: Path) -> None:
    """Whatever is typed is a text, and nobody else's provider is asked."""
    profile = made(tmp_path, SIGN_IN)
    assert profile.sign_in is not None
    assert profile.sign_in.issuer == WHO.issuer
    assert profile.sign_in.client_id == WHO.client_id
    with pytest.raises(UsageFault, match="who says who you are"):
        profile_text(SIGN_IN)


def test_each_has_its_few_words_and_its_file_in_the_package() -> None:
    """An installed localguard has them: nothing is read from the source tree."""
    folder = files("localguard.onboarding").joinpath("templates")
    assert sorted(one.name for one in folder.iterdir()) == sorted(f"{n}.toml" for n in NAMES)
    assert all(about(one.name) == one.about for one in TEMPLATES)
