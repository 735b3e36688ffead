"""Everything that is in force, with what it has done."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.recalled import recalled
from localguard.config.build import read_profile
from localguard.config.fixed import Fixed
from localguard.config.managed import joined, read_managed
from localguard.config.paths import Places
from localguard.policy.profile import Profile
from localguard.telling.fatigue import MANY, STRAIGHT, Suggestion, fatigue
from localguard.telling.live_lines import live_fields, live_lines
from localguard.telling.live_rules import Live, LiveRule, Passing, live_rules
from localguard.telling.recent_calls import Past
from localguard.telling.tallies import Known
from tests.audit.makers import MOMENT
from tests.config.makers import manage, put
from tests.config.remembering import work_in
from tests.telling.pasts import Log, recent

RULES = """\
version = 1
default = "ask"
[[rule]]
ask = "files/*"
[[rule]]
allow = "files/read"
until = 2020-01-01
[[rule]]
tools = "files/write"
redact = "email"
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
until = 2026-12-20T10:00:00Z

# 2026-11-20 11:00 from call a-2 by localguard console, pid 1
[[rule]]
deny = "files/chmod"
id = "no-12345678"

[[answer]]
rule = "r"
target = "files/read"
identity = "i"
until = 2026-11-01T00:00:00Z
"""
B = {"path": "/srv/a/b"}


@pytest.fixture
def where(tmp_path: Path) -> Places:
    found = work_in(tmp_path, REMEMBERED)
    put(found, "work", RULES)
    return found


def profile_in(where: Places) -> Profile:
    return joined(read_profile(where, "work"), read_managed(where))


def seen(where: Places, later: float = 60, passing: tuple[Passing, ...] = ()) -> Live:
    """What is in force a minute after the log begins."""
    now = datetime.fromtimestamp(MOMENT + later, UTC)
    profile = profile_in(where)
    return live_rules(where, profile, recent(where), now=now, recalled=recalled, passing=passing)


def by_place(live: Live) -> dict[str, LiveRule]:
    return {rule.place: rule for rule in live.rules}


def test_every_rule_is_there_with_its_source(where: Places) -> None:
    """The organisation's, the person's, and what is remembered, with its comment."""
    manage(where, 'version = 1\n[[rule]]\ndeny = "*/drop"\n')
    live = seen(where)
    told = [(one.place, one.verb, one.source, one.id) for one in live.rules]
    assert told == [
        ("managed/base.toml:2", "deny", "managed", None),
        ("work.remembered.toml:14", "deny", "remembered", "no-12345678"),
        ("work.toml:3", "ask", "profile", None),
        ("work.toml:5", "allow", "profile", None),
        ("work.toml:8", "tools", "profile", None),
        ("work.toml:11", "deny", "profile", "no-rm"),
    ]
    rules = by_place(live)
    assert rules["work.toml:8"].text == 'tools = "files/write" redact = "email"'
    assert rules["work.remembered.toml:14"].said.startswith("2026-11-20 11:00 from call a-2")
    assert rules["work.toml:5"].expired
    assert not rules["work.toml:3"].expired


def test_every_answer_is_there_with_its_end_and_origin(where: Places) -> None:
    """What it was given for, and whether it still holds."""
    one, other = seen(where).answers
    assert (one.place, one.target, one.client) == (
        "work.remembered.toml:4",
        "files/write",
        "cursor",
    )
    assert one.text == 'when.args.path.under = "/srv/a"'
    assert one.said == "2026-11-20 10:00 from call a-1 by localguard console, pid 1"
    assert (one.expired, one.until) == (False, datetime(2026, 12, 20, 10, tzinfo=UTC))
    assert (other.text, other.said, other.expired) == ("", "", True)


def test_hits_are_those_of_the_calls_that_a_rule_speaks_of(where: Places) -> None:
    """Also of rules that decide nothing; under whatever version of the profile they were made."""
    log = Log(where)
    log.asked(B, "allow")
    log.asked({"path": "/etc"}, "deny")
    log.call(B, item="read")
    log.call(B, profile="other")
    live = seen(where)
    rules = by_place(live)
    assert (live.calls, live.unknown, live.since) == (3, 0, "2026-11-24T21:20:01.000000Z")
    ask = rules["work.toml:3"].tally
    assert (ask.hits, ask.prompts, ask.allowed, ask.denied) == (3, 2, 1, 1)
    assert ask.approve_rate == 0.5
    assert rules["work.toml:8"].tally.hits == 2
    assert not rules["work.toml:8"].never_matched
    assert rules["work.toml:11"].never_matched
    assert rules["work.toml:11"].tally.approve_rate is None
    assert [one.tally.hits for one in live.answers] == [1, 0]


def test_of_half_a_call_only_the_rule_that_decided_is_known(where: Places) -> None:
    """And only while the profile is the very one that decided; else it is said to be unknown."""
    log = Log(where)
    digest = profile_in(where).digest
    log.call({}, complete=False, rule="work.toml:11", decision="deny", profile_digest=digest)
    log.asked({}, "allow", complete=False, rule="work.toml:3", profile_digest=digest)
    log.asked({}, "allow", complete=False, rule="work.toml:3")
    live = seen(where)
    rules = by_place(live)
    assert (live.calls, live.unknown) == (3, 1)
    assert rules["work.toml:11"].tally.hits == 1
    assert rules["work.toml:3"].tally.prompts == 1


def test_what_a_default_asks_counts_for_the_default(where: Places) -> None:
    """It has no rule, and no line of its own."""
    log = Log(where)
    log.asked(B, "allow", server="db", item="read", rule="work.toml default")
    live = seen(where)
    assert all(rule.never_matched for rule in live.rules)
    assert live.fatigue.last_hour == 1


# ---- fatigue -------------------------------------------------------------------------------------


def approvals(log: Log, count: int, **changes: Any) -> None:
    for at in range(count):
        log.asked({"path": f"/srv/a/{at}", "mode": "w", "n": at}, "allow", **changes)


def test_many_straight_approvals_of_one_shape_suggest_a_constrained_rule(where: Places) -> None:
    """By what all of them have in common, the narrowest of it."""
    log = Log(where)
    approvals(log, STRAIGHT)
    (found,) = seen(where).fatigue.suggestions
    assert found == Suggestion(
        server="files",
        item="write",
        by="work.toml:3",
        count=STRAIGHT,
        fixed=(Fixed(("path",), "under", "/srv/a"), Fixed(("mode",), "is", "w")),
        call=f"7f3a-{STRAIGHT}",
    )


SPOILS: dict[str, dict[str, Any]] = {
    "a no": {"arguments": B, "answer": "deny"},
    "half a call": {"arguments": {}, "answer": "allow", "complete": False},
    "another shape": {"arguments": {}, "answer": "allow"},
}


@pytest.mark.parametrize("spoil", SPOILS.values(), ids=SPOILS)
def test_a_no_or_a_call_that_differs_spoils_a_suggestion(
    where: Places, spoil: dict[str, Any]
) -> None:
    """Nothing is suggested that a person would have denied, or that is not known whole."""
    log = Log(where)
    digest = profile_in(where).digest
    approvals(log, STRAIGHT - 1)
    log.asked(**spoil, rule="work.toml:3", profile_digest=digest)
    assert seen(where).fatigue.suggestions == ()
    approvals(log, 1)
    assert seen(where).fatigue.suggestions == ()


def test_nothing_destructive_is_suggested_by_a_flag_alone(where: Places) -> None:
    """`sure = true` constrains nothing."""
    log = Log(where)
    for at in range(STRAIGHT):
        log.asked({"sure": True, "name": str(at)}, "allow", risk="destructive")
    assert seen(where).fatigue.suggestions == ()


def test_unanswered_calls_neither_count_nor_spoil(where: Places) -> None:
    """Nobody has looked at them."""
    log = Log(where)
    approvals(log, STRAIGHT - 1)
    log.asked(B)
    assert seen(where).fatigue.suggestions == ()
    approvals(log, 1)
    assert len(seen(where).fatigue.suggestions) == 1


def test_prompts_of_the_last_hour_are_counted_by_client(where: Places) -> None:
    """Above 30 an hour a client should rather be paused."""
    log = Log(where)
    log.asked(B)
    log.clock.now += 3600
    for _ in range(MANY + 1):
        log.asked(B)
    log.asked(B, client="claude-ai")
    log.asked(B, client=None)
    log.call(B)
    found = seen(where, log.clock.now - MOMENT + 1).fatigue
    assert found.last_hour == MANY + 3
    assert found.by_client == {"cursor": MANY + 1, "claude-ai": 1, "": 1}
    assert found.pausing == ("cursor",)


def test_a_call_without_a_time_counts_for_no_hour() -> None:
    """Of a record that someone wrote anew."""
    past = Past({"t": "soon", "client": "cursor"}, asked=True)
    found = fatigue([Known(past, None, "work.toml:3")], datetime.now(UTC))
    assert (found.last_hour, found.by_client, found.suggestions) == (0, {}, ())


# ---- words ---------------------------------------------------------------------------------------


def test_it_is_told_in_lines(where: Places) -> None:
    """Sections, each with what matters."""
    log = Log(where)
    approvals(log, STRAIGHT)
    log.call({}, complete=False)
    until = datetime.fromtimestamp(MOMENT + 900, UTC)
    passing = (Passing("files/write once, as 7f3a-9", until), Passing("x", None, allows=False))
    told = list(live_lines(seen(where, passing=passing)))
    assert told[0].startswith(
        "work: 5 rules, 2 answers; figures from the last 6 calls since 2026-11-2"
    )
    assert told[0].endswith(", 1 of which are not known whole")
    text = "\n".join(told)
    assert "  ask    work.toml:3  5 matched, last 2026-11-2" in text
    assert "asked 5 times, 100 % of 5 answers yes" in text
    assert "  deny   work.toml:11  no-rm  never matched" in text
    assert "  allow  work.toml:5  never matched  EXPIRED" in text
    assert "remembered 2026-11-20 11:00 from call a-2" in text
    assert 'when.args.path.under = "/srv/a"' in text
    assert "  yes  files/write once, as 7f3a-9, until " in text
    assert "  no   x" in told
    assert "asked 5 times within the last hour" in text
    fixed = 'path.under = "/srv/a" and mode.is = "w"'
    suggested = f"  files/write: 5 approvals without a no, all with {fixed}; a rule could say so"
    assert suggested in told


def test_without_a_log_there_are_no_figures(where: Places) -> None:
    """`never matched` would be a lie."""
    told = list(live_lines(seen(where)))
    assert told[0] == "work: 5 rules, 2 answers; no call under it is in the audit log"
    assert not any(
        "never matched" in line for line in told if "answer" not in line and ":" in line[:20]
    )


def test_a_client_that_asks_too_often_is_named(where: Places) -> None:
    """With what to do."""
    log = Log(where)
    for _ in range(MANY + 1):
        log.asked(B, client="cur\x1bsor")
    text = "\n".join(live_lines(seen(where)))
    assert "cur\\u{1b}sor has asked more than 30 times: it should rather be paused" in text


def test_a_program_gets_the_same(where: Places) -> None:
    """Every figure by a name."""
    log = Log(where)
    approvals(log, STRAIGHT)
    found = live_fields(seen(where, passing=(Passing("x", None),)))
    rules = found["rules"]
    assert isinstance(rules, list)
    assert {"place", "hits", "never_matched", "approve_rate", "source"} <= set(rules[0])
    answers, suggestions = found["answers"], found["suggestions"]
    assert isinstance(answers, list)
    assert isinstance(suggestions, list)
    assert answers[0]["until"] == "2026-12-20T10:00:00+00:00"
    assert found["passing"] == [{"text": "x", "until": None, "allows": True}]
    fixed = suggestions[0]["fixed"]
    assert fixed[0] == {"name": "path", "test": "under", "value": "/srv/a"}
