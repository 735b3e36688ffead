"""The screen of rules: all that is in force, what it has done, and the way back from it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from textual.widgets import OptionList

from localguard.audit.recalled import recalled
from localguard.audit.records import Chosen
from localguard.config import switches
from localguard.config.acceptance import current_version
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.console.confirm import Confirm
from localguard.console.hub import Picture
from localguard.console.panes.person import Person
from localguard.console.rules.files import RuleFiles
from localguard.console.rules.page import RulesPage, rules_page
from localguard.console.rules.ports import Found
from localguard.console.services import Told
from localguard.control.messages import GrantView
from localguard.errors import AuditFault
from localguard.telling.live_rules import Passing
from tests.audit.makers import MOMENT
from tests.config.makers import manage, places_in, put
from tests.console.page_stage import HOSTILE, Stage, guard, staged
from tests.telling.pasts import Log

RULES = """\
version = 1
default = "ask"
[[rule]]
ask = "files/*"
[[rule]]
allow = "files/read"
[[rule]]
deny = "files/rm"
id = "no-rm"
"""
REMEMBERED = """\
version = 1

# 2026-11-20 10:00 from call a-1 by localguard console, pid 1
[[answer]]
rule = "work.toml#abc"
target = "files/write"
identity = "i"
pin = "p"
client = "cursor"
when.args.path.under = "/srv/a"
until = 2027-01-20T10:00:00Z

# 2026-11-20 11:00 from call a-2 by localguard console, pid 1
[[rule]]
deny = "files/chmod"
id = "no-12345678"
"""
B = {"path": "/srv/a/b"}
NOW = datetime.fromtimestamp(MOMENT + 60, UTC)
STAGED = datetime.fromtimestamp(1_800_000_000.0, UTC)
"""The moment of the clock on the stage."""


class Home:
    """A profile with rules, what is remembered, a log, and the person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where: Places = places_in(folder)
        self.records: list[Chosen] = []
        self.refusal: str | None = None
        self.full = False
        self.passing: tuple[Passing, ...] = ()
        self.log = Log(self.where)
        put(self.where, "work", RULES)
        put(self.where, "work", REMEMBERED, remembered=True)
        self.use()

    def use(self) -> None:
        switches.use(self.where, self.key, current_version(self.where, "work"), lambda: None)

    def key(self) -> bytes:
        return b"k" * 32

    def record(self, chosen: Chosen) -> None:
        if self.full:
            raise AuditFault("the disk is full")
        self.records.append(chosen)

    def make(self) -> RuleFiles:
        person = Person("console pid 812", lambda: self.refusal, self.key, self.record)
        return RuleFiles(self.where, person, recalled, self, lambda: NOW)

    def listed(self) -> tuple[Passing, ...]:
        return self.passing

    def remove(self, request: str) -> bool:
        before = self.passing
        self.passing = tuple(one for one in before if one.id != request)
        return self.passing != before

    @property
    def remembered(self) -> str:
        path = Path(self.where.remembered_file("work"))
        return path.read_text("utf-8") if path.exists() else ""

    @property
    def accepted(self) -> bool:
        found = read_choice(self.where, self.key).accepted.get("work")
        return found == current_version(self.where, "work").digest

    def break_profile(self) -> None:
        put(self.where, "work", "version = 2\n")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def joined(text: str) -> str:
    """A text as it was before it was folded, which takes blanks away and cuts long words."""
    return "".join(text.split())


async def mark(stage: Stage, word: str) -> str:
    """Mark the line that holds a word; the line."""
    await stage.press("home")
    for _ in stage.rows:
        at = stage.at(RulesPage).query_one("#list", OptionList).highlighted
        assert at is not None
        if word in stage.rows[at]:
            return stage.rows[at]
        await stage.press("down")
    raise AssertionError(word)


async def test_every_rule_is_there_with_what_it_has_done(home: Home) -> None:
    """Verb, place, hits, the last hit, questions and how often yes; never matched is marked."""
    home.log.asked(B, "allow")
    home.log.asked({"path": "/etc"}, "deny")
    home.log.call(B, item="read")
    async with staged(rules_page(home.make()), home.folder) as stage:
        assert "4 rules, 1 answer, 2 never matched  by the last 3 calls" in stage.head
        row = await mark(stage, "work.toml:3")
        assert row.split()[:5] == ["ask", "3", "hits", "50", "%"]
        assert '"files/*"' in row
        assert "3 hits, the last 2026-" in stage.text
        assert "asked 2 times: 1 yes, 1 no" in stage.text
        assert joined(f"{home.where.profiles}/work.toml, line 3") in joined(stage.text)
        assert "d take back" not in stage.keys
        row = await mark(stage, "work.toml:7")
        assert row.split()[:2] == ["deny", "never"]
        assert "none of the last calls" in stage.text
        stage.require_clean()


async def test_rules_of_the_organisation_say_so(home: Home) -> None:
    manage(home.where, 'version = 1\n[[rule]]\ndeny = "*/drop"\n')
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "managed/base.toml:2")
        assert "of your organisation: it can only be changed there" in stage.words
        assert "d take back" not in stage.keys


async def test_what_holds_for_a_while_shows_the_time_left(home: Home) -> None:
    """Grants, and answers for minutes or a session."""
    home.passing = (Passing("files/copy for cursor", STAGED + timedelta(minutes=14, seconds=5)),)
    grant = GrantView(id="a-9", target="files/put", client=None, until=STAGED.timestamp() + 7200)
    picture = Picture([guard()], grants=[grant])
    async with staged(rules_page(home.make()), home.folder, picture) as stage:
        assert "14m 05s" in await mark(stage, "files/copy")
        assert "14m 05s left" in stage.text
        assert "2h 00m" in await mark(stage, "files/put")
        assert "given to request a-9" in stage.text
        assert "6d" in await mark(stage, "files/write") or "5d" in await mark(stage, "files/write")
        await stage.show(Picture([guard()]))
        assert not any("files/put" in row for row in stage.rows)


async def test_a_rule_is_tried_on_the_last_calls(home: Home) -> None:
    """How many it matches, and which would go otherwise without it."""
    home.log.asked(B, "allow")
    home.log.call(B, item="read")
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "work.toml:3")
        await stage.press("b")
        assert "matches 2 of the last 2 calls" in stage.text
        assert "without it 1 of these would go otherwise" in stage.text
        assert "files/read: ask, without it allow" in stage.words
        await mark(stage, "files/write")
        await stage.press("b")
        assert "would have matched 1 of the last 2 calls" in stage.words


async def test_a_remembered_answer_is_deleted_by_digits_and_comes_back(home: Home) -> None:
    """Byte for byte, recorded, and the profile stays accepted."""
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "files/write")
        assert "remembered 2026-11-20 10:00 from call a-1" in stage.words
        await stage.press("d", "enter", "space", "d", "y")
        stage.at(Confirm)
        stage.require_clean()
        assert home.remembered == REMEMBERED
        await stage.type_code()
        assert "asked again from now on" in stage.said
        assert "files/write" not in home.remembered
        assert not any("files/write" in row for row in stage.rows)
        assert home.accepted
        await stage.press("u")
        stage.at(Confirm)
        await stage.type_code()
        assert "is remembered again" in stage.said
        assert home.remembered == REMEMBERED
        assert home.accepted
    assert [record.what for record in home.records] == ["undone", "undone"]


async def test_a_remembered_no_is_deleted_by_digits(home: Home) -> None:
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "files/chmod")
        await stage.press("d")
        await stage.type_code()
        assert "no longer denied" in stage.said
    assert "chmod" not in home.remembered


async def test_leaving_the_question_changes_nothing(home: Home) -> None:
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "files/chmod")
        await stage.press("d", "escape", "u", "escape")
        stage.at(RulesPage)
    assert (home.remembered, home.records) == (REMEMBERED, [])


async def test_digits_before_the_question_stood_still_change_nothing(home: Home) -> None:
    """Promise: 0.7 s after what they decide was drawn, by the keys' own time."""
    async with staged(rules_page(home.make()), home.folder, armed=False) as stage:
        await mark(stage, "files/chmod")
        await stage.press("d")
        await stage.type_code()
        stage.at(Confirm)
    assert home.remembered == REMEMBERED


async def test_what_cannot_be_recorded_is_not_changed(home: Home) -> None:
    home.full = True
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "files/chmod")
        await stage.press("d")
        await stage.type_code()
        assert "the disk is full" in stage.said
    assert home.remembered == REMEMBERED


async def test_who_may_not_change_is_told_where_to(home: Home) -> None:
    home.refusal = "this process was started by a client; open a terminal of your own"
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "files/chmod")
        await stage.press("d")
        await stage.type_code()
        assert "nothing can be changed here: this process was started by" in stage.said
        await stage.press("u")
        await stage.type_code()
        assert "nothing can be changed here" in stage.said
    assert home.remembered == REMEMBERED


async def test_five_straight_approvals_are_a_suggestion(home: Home) -> None:
    """Who answers the same question with yes over and over no longer reads it."""
    for _ in range(5):
        home.log.asked(B, "allow")
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "5 x yes")
        assert "files/write: 5 approvals without a no between them" in stage.text
        assert "path is '/srv/a/b'" in stage.text
        assert "d take back" not in stage.keys


async def test_a_profile_with_faults_is_said(home: Home) -> None:
    """And no key does anything."""
    home.break_profile()
    async with staged(rules_page(home.make()), home.folder) as stage:
        assert "version 2 is not known" in stage.head
        await stage.press("d", "u", "b", "enter", "space")
        stage.at(RulesPage)


@pytest.mark.slow
async def test_five_hundred_rules_are_listed(home: Home) -> None:
    more = "".join(f'[[rule]]\nallow = "files/tool_{number}"\n' for number in range(500))
    put(home.where, "work", RULES + more)
    async with staged(rules_page(home.make()), home.folder) as stage:
        assert sum("files/tool_" in row for row in stage.rows) == 500
        await stage.press("end", "pageup", "pagedown")
        stage.require_clean()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(120, 40), (40, 10)])
async def test_no_text_of_a_file_or_a_log_draws_or_steers(
    home: Home, size: tuple[int, int]
) -> None:
    """Promise: what someone else wrote into rules, answers and calls is seen and does nothing."""
    texts = [text.encode("utf-8", "replace").decode() for text in HOSTILE]
    rules = "".join(
        f'[[rule]]\nallow = "files/read"\nbecause = "{_escaped(text)}"\n' for text in texts
    )
    put(home.where, "work", RULES + rules)
    answers = "".join(
        f'[[answer]]\nrule = "{_escaped(text)}"\ntarget = "s/x{_escaped(text)}"\nidentity = "i"\n'
        f'pin = "p"\nclient = "{_escaped(text)}"\nuntil = 2027-06-01T00:00:00Z\n'
        for text in texts
    )
    put(home.where, "work", REMEMBERED + "\n" + answers, remembered=True)
    for text in texts:
        home.log.asked({"path": text}, "allow", client=text, item=f"x{text}")
    home.passing = tuple(Passing(text, None) for text in HOSTILE)
    grants = [GrantView(id=f"{text}", target=text, client=text, until=1.9e9) for text in HOSTILE]
    picture = Picture([guard()], grants=grants)
    async with staged(rules_page(home.make()), home.folder, picture, size=size) as stage:
        for _ in stage.rows[::8]:
            stage.require_clean()
            await stage.press(*["down"] * 8)
        await mark(stage, "work.toml:3")
        await stage.press("b")
        stage.require_clean()
        await stage.press("enter", "end")
        stage.require_clean()


def _escaped(text: str) -> str:
    return "".join(f"\\U{ord(char):08X}" for char in text)


class Slow:
    """Rules of which a reading may take until it is let go, and gives what it found when it began.

    All else is as with the rules that are read.
    """

    def __init__(self, rules: RuleFiles) -> None:
        self.undo, self.remove, self.tried = rules.undo, rules.remove, rules.tried
        self.slow = False
        self.begun, self.go = anyio.Event(), anyio.Event()
        self._rules = rules

    async def live(self) -> Found:
        found = await self._rules.live()
        if self.slow:
            self.slow = False
            self.begun.set()
            await self.go.wait()
        return found

    async def take_back(self, request: str) -> Told:
        # What is on the screen behind the question is read again as soon as that is gone.
        await self.begun.wait()
        return await self._rules.take_back(request)


async def test_what_was_read_before_an_answer_was_taken_back_does_not_bring_it_back(
    home: Home,
) -> None:
    """Promise: the list is that of now, however long an older reading takes."""
    home.passing = (Passing("files/copy, for cursor", None, id="a-7"),)
    slow = Slow(home.make())
    async with staged(rules_page(slow), home.folder, Picture([guard()])) as stage:
        await mark(stage, "files/copy")
        await stage.press("d")
        slow.slow = True
        await stage.type_code()
        assert "the answer to a-7 is taken back" in stage.said
        slow.go.set()
        await stage.settle()
        assert not any("files/copy" in row for row in stage.rows)


async def test_an_answer_for_a_while_is_taken_back_by_digits(home: Home) -> None:
    """Whichever it is: the answer of a session, or leave that a guard has told of; recorded."""
    home.passing = (Passing("files/copy, for cursor", None, id="a-7"),)
    grant = GrantView(id="a-9", target="files/put", client=None, until=STAGED.timestamp() + 7200)
    picture = Picture([guard()], grants=[grant])
    async with staged(rules_page(home.make()), home.folder, picture) as stage:
        await mark(stage, "files/copy")
        assert "localguard why a-7" in stage.words
        await stage.press("d", "enter", "d")
        assert home.passing
        await stage.type_code()
        assert "the answer to a-7 is taken back" in stage.said
        assert not any("files/copy" in row for row in stage.rows)
        assert [(one.what, one.value) for one in home.records] == [
            ("undone", "work: the answer to a-7 taken back")
        ]
        home.passing = (Passing("files/put once", None, id="a-9"),)
        await stage.press("r")
        assert sum("files/put" in row for row in stage.rows) == 1
        await mark(stage, "files/put")
        await stage.press("d")
        await stage.type_code()
        assert not any("files/put" in row for row in stage.rows)


async def test_what_holds_no_more_cannot_be_taken_back_twice(home: Home) -> None:
    """Another guard has used it meanwhile."""
    grant = GrantView(id="a-9", target="files/put", client=None, until=STAGED.timestamp() + 7200)
    async with staged(
        rules_page(home.make()), home.folder, Picture([guard()], grants=[grant])
    ) as stage:
        await mark(stage, "files/put")
        await stage.press("d")
        await stage.type_code()
        assert "nothing of the answer to a-9 holds any more" in stage.said


async def test_an_answer_is_not_taken_back_by_whoever_may_not(home: Home) -> None:
    """Attack: a denial that holds for a session is lifted by the model."""
    home.passing = (Passing("files/rm, for cursor", None, allows=False, id="a-7"),)
    home.refusal = "a descendant of the client"
    async with staged(rules_page(home.make()), home.folder) as stage:
        await mark(stage, "files/rm, for cursor")
        await stage.press("d")
        await stage.type_code()
        assert "nothing can be changed here" in stage.said
        assert home.passing
        assert home.records == []
