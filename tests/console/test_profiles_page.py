"""The screen of profiles: what a switch or an acceptance changes is seen before it happens."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.audit.records import Chosen
from localguard.config import switches
from localguard.config.acceptance import current_version
from localguard.config.active import ActiveProfile
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.console.confirm import Confirm
from localguard.console.hub import Held, Picture
from localguard.console.panes.person import Person
from localguard.console.profiles.change import AcceptPage, SwitchPage
from localguard.console.profiles.files import ProfileFiles
from localguard.console.profiles.page import ProfilesPage, profiles_page
from localguard.control.messages import GrantView
from localguard.errors import AuditFault
from localguard.telling.known import Known
from tests.config.makers import manage, places_in, put
from tests.console.page_stage import HOSTILE, Stage, guard, request, staged

WORK = """\
version = 1
color = "orange"

[servers.files]
command = ["files"]

[[rule]]
allow = "files/read"

[[rule]]
deny = "files/drop"
"""
STRICT = """\
version = 1

[[rule]]
deny = "files/drop"
"""
LOOSE = f"""\
{WORK}
[[rule]]
allow = "files/write"
"""
KNOWN = [Known("files", name, frozenset({"read"}), confirmed=True) for name in ("read", "write")]


class Home:
    """Profiles in a folder, and the person who looks at them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where: Places = places_in(folder)
        self.records: list[Chosen] = []
        self.refusal: str | None = None
        self.full = False
        self.tools: Sequence[Known] = KNOWN
        put(self.where, "work", WORK)
        put(self.where, "strict", STRICT)
        put(self.where, "loose", LOOSE)
        self.use("work")

    def use(self, name: str) -> None:
        version = current_version(self.where, name)
        switches.use(self.where, self.key, version, lambda: None)

    def edit_choice(self, old: str, new: str) -> None:
        path = Path(self.where.active_file)
        path.write_text(path.read_text().replace(old, new))

    def remove_all(self) -> None:
        for file in Path(self.where.profiles).iterdir():
            file.unlink()

    def key(self) -> bytes:
        return b"k" * 32

    def record(self, chosen: Chosen) -> None:
        if self.full:
            raise AuditFault("the disk is full")
        self.records.append(chosen)

    def make(self) -> ProfileFiles:
        person = Person("console pid 812", lambda: self.refusal, self.key, self.record)
        return ProfileFiles(self.where, lambda _: self.tools, person)

    @property
    def active(self) -> str | None:
        return read_choice(self.where, self.key).profile

    def is_accepted(self, name: str) -> bool:
        accepted = read_choice(self.where, self.key).accepted.get(name)
        return accepted == current_version(self.where, name).digest


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


async def mark(stage: Stage, name: str) -> None:
    await stage.press("home")
    for _ in stage.rows:
        if stage.at(ProfilesPage).marked == name:
            return
        await stage.press("down")
    raise AssertionError(name)


async def test_profiles_are_listed_with_colour_state_and_faults(home: Home) -> None:
    """Every word stands beside its colour; a fault has its line and its fix."""
    put(home.where, "broken", "version = 1\ndefalt = 'deny'\n")
    put(home.where, "work", WORK + "\n")
    async with staged(profiles_page(home.make()), home.folder) as stage:
        assert stage.head.startswith("4 profiles, 1 with faults, 1 edited since accepted")
        broken, loose, _, work = stage.rows
        assert "✗ 1 fault" in broken
        assert "never used" in loose
        assert "▶" in work
        assert "orange" in work
        assert "! EDITED" in work
        await mark(stage, "broken")
        assert 'broken.toml:2: unknown key "defalt"' in stage.text
        assert 'Fix: did you mean "default"?' in stage.text
        assert "u use" not in stage.keys
        await stage.press("u")
        stage.at(ProfilesPage)
        await mark(stage, "work")
        assert "work.toml:7  allow" in stage.text
        assert "accept edits" in stage.keys
        assert "u use" not in stage.keys


async def test_the_organisations_policy_is_shown(home: Home) -> None:
    manage(home.where, 'version = 1\n[[rule]]\ndeny = "*/x"\n')
    async with staged(profiles_page(home.make()), home.folder) as stage:
        assert all("managed" in row for row in stage.rows)
        assert "managed by your organisation" in stage.text


async def test_a_switch_shows_what_changes_and_who_follows(home: Home) -> None:
    """Rules, servers, tools, sessions, held calls: before anything happens."""
    picture = Picture(
        guards=[guard(), guard(id="g2", server="db", fixed=True, client="Cursor", profile="home")],
        held=[
            Held("g1", request(), 1, 0.0),
            Held("g2", request(id="7f3a9c-13", server="db"), 2, 0.0),
        ],
        grants=[GrantView(id="a", target="shop/x", client=None, until=1.0)],
    )
    async with staged(profiles_page(home.make()), home.folder, picture) as stage:
        await mark(stage, "loose")
        await stage.press("u")
        stage.at(SwitchPage)
        assert home.active == "work"
        text = stage.words
        assert "IT LETS MORE THROUGH, or may:" in text
        assert "! 1 known tool can do more" in text
        assert "follows: shop for claude-ai (pid 4123)" in text
        assert "does NOT follow, fixed to home: db for Cursor" in text
        assert "1 waiting call withdrawn, not executed" in text
        assert "- 7f3a9c-12 shop/write" in text
        assert "7f3a9c-13" not in text
        assert "1 grant not used yet" in text
        assert '+ allow = "files/write"' in text
        assert "1 gained" in text
        assert "files/write deny -> allow" in text
        stage.require_clean()


async def test_a_switch_that_loosens_takes_digits(home: Home) -> None:
    """Enter, space and the key alone do not switch; the choice and its record agree."""
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "loose")
        await stage.press("u", "enter", "space")
        assert home.active == "work"
        await stage.press("end", "u")
        stage.at(Confirm)
        await stage.press("enter", "space", "u", "y")
        assert home.active == "work"
        await stage.type_code()
        assert stage.said == "loose is now the active profile"
        assert "ACTIVE" in stage.rows[0]
    assert home.active == "loose"
    (record,) = home.records
    assert (record.what, record.value, record.who) == ("profile", "loose", "console pid 812")


async def test_a_switch_that_only_tightens_takes_one_key_after_reading(home: Home) -> None:
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "strict")
        await stage.press("u")
        assert "It only tightens" in stage.text
        assert "files/read  allow -> deny" in stage.text
        await stage.press("end", "u")
        assert "strict is now the active profile" in stage.said
    assert home.active == "strict"


async def test_escape_leaves_everything_as_it_is(home: Home) -> None:
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "loose")
        await stage.press("u", "escape")
        stage.at(ProfilesPage)
        await stage.press("u", "end", "u", "escape", "escape")
        stage.at(ProfilesPage)
    assert (home.active, home.records) == ("work", [])


async def test_keys_before_the_screen_stood_still_switch_nothing(home: Home) -> None:
    """Promise: 0.7 s after what they decide was drawn, by the keys' own time."""
    async with staged(profiles_page(home.make()), home.folder, armed=False) as stage:
        await mark(stage, "strict")
        await stage.press("u", "end", "u", "u")
        stage.at(SwitchPage)
    assert home.active == "work"


async def test_an_edit_after_the_look_is_not_switched_to(home: Home) -> None:
    """A model with a shell may edit a profile while a person reads it."""
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "loose")
        await stage.press("u", "end", "u")
        put(home.where, "loose", LOOSE + '[[rule]]\nallow = "*"\n')
        await stage.type_code()
        assert stage.said == "loose was changed meanwhile: look at it again"
    assert (home.active, home.records) == ("work", [])


async def test_another_switch_after_the_look_is_not_undone(home: Home) -> None:
    """What was shown was what changes from the profile that was in force then."""
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "loose")
        await stage.press("u", "end", "u")
        home.use("strict")
        await stage.type_code()
        assert "another profile was chosen meanwhile" in stage.said
    assert (home.active, home.records) == ("strict", [])


async def test_what_cannot_be_recorded_is_not_chosen(home: Home) -> None:
    home.full = True
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "loose")
        await stage.press("u", "end", "u")
        await stage.type_code()
        assert "the disk is full" in stage.said
    assert home.active == "work"


async def test_who_may_not_choose_is_told_where_to(home: Home) -> None:
    home.refusal = "this process was started by a client; open a terminal of your own"
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "strict")
        await stage.press("u", "end", "u")
        assert "nothing can be chosen here: this process was started by" in stage.said
    assert home.active == "work"


async def test_an_edit_is_shown_line_by_line_and_accepted_by_digits(home: Home) -> None:
    """Also one that only tightens: what is accepted is what later edits are held against."""
    put(home.where, "work", WORK + '\n[[rule]]\ndeny = "files/move"\n')
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "work")
        assert "EDITED since it was accepted" in stage.text
        await stage.press("a")
        stage.at(AcceptPage)
        assert '+ deny = "files/move"' in stage.text
        assert "It only tightens" in stage.text
        await stage.press("end", "a")
        stage.at(Confirm)
        assert not home.is_accepted("work")
        await stage.type_code()
        assert "work is accepted as you have seen it" in stage.said
        assert "ACTIVE" in stage.rows[2]
    assert home.is_accepted("work")
    assert [(one.what, one.value) for one in home.records] == [("accepted", "work")]


async def test_what_only_a_guard_has_used_is_shown_whole_and_can_be_accepted(home: Home) -> None:
    """Attack: a profile of a model's own, which its guard has accepted by its first use."""
    put(home.where, "strict", STRICT)
    ActiveProfile(home.where, "strict", key=home.key, accepting=True).standing()
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "strict")
        assert "! used by a guard, and accepted by no person" in stage.text
        await stage.press("a")
        stage.at(AcceptPage)
        assert "no person has accepted it: all of it counts as new" in stage.text
        assert f"+ {STRICT.splitlines()[0]}" in stage.text
        await stage.press("end", "a")
        await stage.type_code()
        assert "strict is accepted as you have seen it" in stage.said
    assert read_choice(home.where, home.key).is_confirmed("strict")


async def test_an_edit_after_the_look_is_not_accepted(home: Home) -> None:
    put(home.where, "work", LOOSE)
    async with staged(profiles_page(home.make()), home.folder) as stage:
        await mark(stage, "work")
        await stage.press("a", "end", "a")
        put(home.where, "work", LOOSE + '[[rule]]\nallow = "*"\n')
        await stage.type_code()
        assert "changed meanwhile" in stage.said
    assert (home.is_accepted("work"), home.records) == (False, [])


async def test_a_void_choice_is_said_and_a_switch_begins_it_anew(home: Home) -> None:
    """A choice that localguard did not write chooses nothing."""
    home.edit_choice('"work"', '"loose"')
    async with staged(profiles_page(home.make()), home.folder) as stage:
        assert "not as localguard wrote it" in stage.head
        await mark(stage, "strict")
        await stage.press("u")
        assert "! the choice is void and is begun anew" in stage.text
        await stage.press("end", "u")
        await stage.type_code()
    assert home.active == "strict"


async def test_no_profile_at_all_says_what_to_do(home: Home) -> None:
    home.remove_all()
    async with staged(profiles_page(home.make()), home.folder) as stage:
        assert "There are no profiles." in stage.text
        await stage.press("u", "a", "enter", "space")
        stage.at(ProfilesPage)


async def test_a_request_that_comes_while_reading_is_counted(home: Home) -> None:
    """And moves neither focus nor the place in the text."""
    async with staged(
        profiles_page(home.make()), home.folder, Picture([guard()]), size=(80, 24)
    ) as stage:
        await mark(stage, "loose")
        await stage.press("u", "down", "down")
        focused, at = stage.host.focused, stage.screen.query_one("#text").scroll_offset
        await stage.show(Picture([guard()], held=[Held("g1", request(), 1, 0.0)]))
        assert "1 waiting call withdrawn" in stage.text
        assert stage.host.focused is focused
        assert stage.screen.query_one("#text").scroll_offset == at


@pytest.mark.slow
@pytest.mark.parametrize("size", [(120, 40), (40, 10)])
async def test_no_text_of_a_file_draws_or_steers(home: Home, size: tuple[int, int]) -> None:
    """Promise: what stands in a profile that someone else wrote is seen and does nothing."""
    texts = [text.encode("utf-8", "replace").decode() for text in HOSTILE]
    rules = "".join(
        f'[[rule]]\nallow = "files/read"\nbecause = "{_escaped(text)}"\n' for text in texts
    )
    put(home.where, "work", WORK + rules)
    put(home.where, "evil", 'version = 1\n"' + _escaped("".join(texts)) + '" = 1\n')
    home.tools = [Known(f"s{text}", text) for text in HOSTILE]
    hurt = [guard(id=text, server=text, client=text, fixed=True) for text in HOSTILE]
    held = [
        Held("g1", replace(request(), id=text, item=text), at, 0.0)
        for at, text in enumerate(HOSTILE)
    ]
    picture = Picture([guard(), *hurt], held)
    async with staged(profiles_page(home.make()), home.folder, picture, size=size) as stage:
        for name in ("evil", "work"):
            await mark(stage, name)
            stage.require_clean()
            await stage.press("enter", "end")
            stage.require_clean()
            await stage.press("escape")
        await stage.press("a", "end")
        stage.require_clean()
        await stage.press("a")
        stage.require_clean()
        await stage.press("escape", "escape")
        await mark(stage, "loose")
        await stage.press("u")
        for _ in range(6):
            stage.require_clean()
            await stage.press("pagedown")


def _escaped(text: str) -> str:
    return "".join(f"\\U{ord(char):08X}" for char in text)
