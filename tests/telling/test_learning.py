"""What is learned from the calls of the past, and what never is."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from localguard.audit.records import Answer
from localguard.config.paths import Places
from localguard.telling.known import Known
from localguard.telling.learning_entries import entries
from localguard.telling.learning_lines import call_lines, fields, question_lines, rest_lines
from tests.config.makers import HOME, manage, places_in, put
from tests.telling.lessons import HEAD, KNOWN, READ, learned, marked, seen, texts
from tests.telling.pasts import Log

ACME = {"owner": "acme"}
NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A profile that lets nothing through."""
    found = places_in(tmp_path)
    put(found, "work", HEAD)
    return found


def test_reads_of_a_reviewed_server_are_one_question(where: Places) -> None:
    """policy.md 5: the narrowest first, and how many unused tools a wider one adds."""
    log = Log(where)
    for number in range(3):
        log.call({**ACME, "number": number}, **seen("github/get_issue"))
    log.call({**ACME, "number": 7}, **seen("github/get_pull"))
    (question,) = learned(where).questions
    assert texts(question) == {
        "w": 'allow = ["github/get_issue", "github/get_pull"]\nwhen.args.owner.is = "acme"',
        "n": 'allow = ["github/get_issue", "github/get_pull"]',
        "a": 'allow = "github/@read"\nexcept = "github/@open"',
        "k": 'ask = ["github/get_issue", "github/get_pull"]',
        "d": 'deny = ["github/get_issue", "github/get_pull"]',
    }
    wide = question.named("a")
    assert wide is not None
    assert (wide.fits, wide.of, wide.tools, wide.unused) == (4, 4, 3, 1)
    assert list(question_lines(question, 1, 9)) == [
        " 1/9  github/get_issue, get_pull   4 calls on 2026-11-24, all reviewed as read-only",
        '      [w] allow where owner is "acme"   4 of 4 calls fit',
        "      [n] allow by name, whatever the arguments   4 of 4 calls fit",
        '      [a] allow = "github/@read", except = "github/@open"'
        "   covers 3 tools, 1 of them never used",
        "      [k] ask   [d] deny   [i] ignore   [?] show calls   [q] stop",
    ]


def test_reads_that_reach_out_are_another_question(where: Places) -> None:
    """What they read may carry data out, so that no rule takes them in by the way."""
    log = Log(where)
    log.call(ACME, **seen("github/get_issue"))
    log.call(ACME, **seen("github/search_web", "read", "open"))
    wide = [texts(one)["a"] for one in learned(where).questions]
    assert wide == [
        'allow = "github/@read"\nexcept = "github/@open"',
        'allow = "github/@read"',
    ]


def test_a_folder_that_nearly_all_calls_lie_in(where: Places) -> None:
    """policy.md 5: 36 of 37; the other would be denied."""
    log = Log(where)
    for number in range(36):
        log.call({"path": f"{HOME}/work/{number % 3}/f"}, **seen("files/write_file", "write"))
    log.call({"path": "/tmp/f"}, **seen("files/write_file", "write"))
    (question,) = learned(where).questions
    narrowest = question.proposals[0]
    assert narrowest.text == (
        '[[rule]]\nallow = "files/write_file"\nwhen.args.path.under = "~/work"\n'
    )
    assert (narrowest.fits, narrowest.of) == (36, 37)
    assert "36 of 37 calls fit; the other would not be allowed by it" in "\n".join(
        question_lines(question, 1, 1)
    )


def test_each_condition_can_be_taken_alone(where: Places) -> None:
    """A number that is always the same is chance more often than intent."""
    log = Log(where)
    for number in range(3):
        log.call({**ACME, "page": 30, "n": number}, **seen("github/create_issue", "write"))
    found = texts(learned(where).questions[0])
    assert list(found) == ["w", "w1", "w2", "n", "k", "d"]
    assert found["w1"].endswith('when.args.owner.is = "acme"')
    assert found["w2"].endswith("when.args.page.is = 30")


def test_approvals_of_what_the_default_asks_teach_too(where: Places) -> None:
    """Approvals feed it; an answer of no keeps each rule away that would have allowed the call."""
    put(
        where,
        "work",
        f'{HEAD}[[rule]]\ntools = "*"\nlimit = "9/minute"\n'.replace(
            "version = 1\n", 'version = 1\ndefault = "ask"\n'
        ),
    )
    log = Log(where)
    about = {"server": "github", "item": "create_issue", **marked("write")}
    for _ in range(2):
        log.asked(ACME, "allow", **about)
    log.asked({"owner": "evil"}, "deny", **about)
    log.asked({"owner": "slow"}, **about)
    (question,) = learned(where).questions
    assert [one.key for one in question.proposals] == ["w", "k", "d"]
    assert question.named("d").denied == 1  # type: ignore[union-attr]
    assert dict(question.group.reasons) == {"you denied it": 1, "nobody answered it": 1}


@pytest.mark.parametrize(
    ("marks", "more", "why"),
    [
        (("write", "destructive"), {}, "it is destructive"),
        (("read", "new"), {}, "its definition is new or changed"),
        (("read", "changed"), {}, "its definition is new or changed"),
        (("write",), {"risk": "destructive"}, "it is destructive"),
    ],
)
def test_nothing_is_learned_of_what_is_risky_or_unreviewed(
    where: Places, marks: tuple[str, ...], more: dict[str, Any], why: str
) -> None:
    """Promise: never for changed, new or destructive."""
    Log(where).call(ACME, **seen("github/create_issue", *marks, **more))
    found = learned(where)
    assert found.questions == ()
    assert dict(found.material.barred) == {("github/create_issue", why): 1}
    assert list(rest_lines(found)) == [f"github/create_issue: 1 call left out, since {why}"]


def test_what_a_tool_is_now_counts_as_well_as_what_it_was(where: Places) -> None:
    """Attack: harmless for three days, and then redefined; or called destructive by a rule."""
    Log(where).call(ACME, **seen("github/get_issue"))
    changed = [replace(one, marks=READ | {"changed"}) for one in KNOWN]
    assert learned(where, changed).questions == ()
    put(where, "work", f'{HEAD}[[rule]]\nask = "github/get_*"\nrisk = "destructive"\n')
    assert learned(where).questions == ()


def test_no_wide_rule_takes_in_a_destructive_tool(where: Places) -> None:
    """A server may call a tool a read and destructive at once."""
    odd = (*KNOWN, Known("github", "purge", READ | {"destructive"}, confirmed=True))
    Log(where).call(ACME, **seen("github/get_issue"))
    assert "a" not in texts(learned(where, odd).questions[0])


def test_calls_after_outside_content_count_only_when_picked(where: Places) -> None:
    """Attack: poisoned learning. The person sees the calls, and says which are theirs."""
    log = Log(where)
    log.call(ACME, **seen("github/search_web", "read", "open"))
    late = log.call({"owner": "evil"}, **seen("github/create_issue", "write"))
    found = learned(where)
    reads, writes = found.questions
    assert "reviewed as read-only, and reaching out" in "\n".join(question_lines(reads, 1, 2))
    assert [one.id for one in reads.group.counted] == ["7f3a-1"]
    assert [one.key for one in writes.proposals] == ["k", "d"]
    assert [one.id for one in writes.group.left] == [late]
    picked = found.asked(writes.group.with_picked({late}))
    assert texts(picked)["w"].endswith('when.args.owner.is = "evil"')


def test_denied_calls_count_only_when_picked(where: Places) -> None:
    """Promise: never from denied calls unless the person picks them."""
    call = Log(where).call(ACME, **seen("github/create_issue", "write", decision="deny"))
    found = learned(where)
    (question,) = found.questions
    assert [one.key for one in question.proposals] == ["k", "d"]
    assert "n" in texts(found.asked(question.group.with_picked({call})))


def test_what_a_rule_settles_is_no_question(where: Places) -> None:
    """A deny stays, an ask stays, and what is allowed needs no rule."""
    put(
        where,
        "work",
        f"""{HEAD}
[[rule]]
allow = "github/get_issue"
[[rule]]
deny = "github/create_issue"
[[rule]]
ask = "files/write_file"
""",
    )
    log = Log(where)
    for item, mark in (("github/get_issue", "read"), ("github/create_issue", "write")):
        log.call(ACME, **seen(item, mark))
    log.asked(ACME, "allow", **seen("files/write_file", "write"))
    found = learned(where)
    assert found.questions == ()
    assert dict(found.material.by_rule) == {"work.toml:9": 1}
    assert list(rest_lines(found)) == [
        "work.toml:9 asks, and you said yes 1 time: no rule beside it changes that;"
        " the console's s remembers an answer"
    ]


def test_where_only_the_organisation_may_allow_nothing_is_proposed(where: Places) -> None:
    """The rule would change nothing."""
    manage(where, "version = 1\nuser_allow = false\n")
    Log(where).call(ACME, **seen("github/get_issue"))
    (question,) = learned(where).questions
    assert [one.key for one in question.proposals] == ["k", "d"]
    assert "no rule of yours can allow these" in "\n".join(question_lines(question, 1, 1))


def test_other_profiles_half_calls_and_older_calls_are_left_out(where: Places) -> None:
    """Counted where something is not known."""
    log = Log(where)
    log.call(ACME, **seen("github/get_issue", profile="home"))
    log.call(ACME, **seen("github/get_issue", complete=False))
    found = learned(where)
    assert (found.questions, found.material.calls, found.material.unknown) == ((), 1, 1)
    log.call(ACME, **seen("github/get_issue"))
    assert learned(where).questions
    assert learned(where, since="2027-01-01T00:00:00").questions == ()


@pytest.mark.parametrize(
    "name",
    ["x\ny", 'x"]\n[[rule]]\nallow = "*"\n#', "@read", "*", "x y", "{x}", "x\u202e", "?"],
)
def test_no_name_of_a_tool_makes_a_rule_reach_further(where: Places, name: str) -> None:
    """Attack: a tool whose name is a pattern, a mark or TOML."""
    Log(where).call(ACME, **seen(f"github/{name}", "write"))
    for question in learned(where).questions:
        for one in question.proposals:
            assert not one.rule.concerns("github", "other"), one.text
            assert one.rule.concerns("github", name)


def test_the_entry_has_a_comment_and_a_test_from_a_real_call(where: Places) -> None:
    """policy.md 5: `# learned 2026-11-22 from 412 calls` and a `[[test]]`."""
    log = Log(where)
    log.call({**ACME, "body": "long " * 50}, **seen("github/get_issue"))
    log.call({**ACME, "n": None}, **seen("github/get_issue"))
    log.call({**ACME, "deep": {"a": ['x"\n']}}, **seen("github/get_issue"))
    found = learned(where)
    (question,) = found.questions
    at = datetime(2026, 11, 27, tzinfo=UTC)
    narrow, wide = question.proposals[0], question.named("a")
    assert entries(question.group, narrow, found.bench, at) == (
        "# learned 2026-11-27 from 3 calls, the last of them 7f3a-3\n"
        '[[rule]]\nallow = "github/get_issue"\nwhen.args.owner.is = "acme"\n'
        '\n[[test]]\ncall = "github/get_issue"\n'
        'args = { owner = "acme", deep = { a = ["x\\"\\n"] } }\nexpect = "allow"\n'
    )
    assert wide is not None
    assert 'marks = ["read"]\nexpect = "allow"\n' in entries(question.group, wide, found.bench, at)


def test_a_test_states_what_the_other_rules_look_at(where: Places) -> None:
    """A rule by client, by hour or by person would deny a call of which nothing is said."""
    put(
        where,
        "work",
        f"""{HEAD}[identity]
issuer = "https://login.example"
client_id = "x"
[[rule]]
deny = "*"
unless.client = "cursor"
unless.group = "staff"
unless.signed_in_within = "1h"
unless.hours = "tue 21:00-23:00"
""",
    )
    at = datetime(2026, 11, 24, 21, 20, tzinfo=UTC).timestamp()
    who = {"user": "ana", "groups": ["staff"], "claims": {"a": "b"}, "signed_in_at": at - 9}
    about = seen("github/get_issue")
    Log(where).call(ACME, **{**about, "facts": {**about["facts"], **who, "interactive": True}})
    found = learned(where)
    (question,) = found.questions
    text = entries(question.group, question.proposals[0], found.bench, NOW)
    assert text.endswith(
        'args = { owner = "acme" }\nmarks = ["read"]\nat = 2026-11-24T21:20:00Z\n'
        'client = "cursor"\ninteractive = true\nuser = "ana"\ngroup = ["staff"]\n'
        'claim = { a = "b" }\nsigned_in = "9s"\nexpect = "allow"\n'
    )


def test_a_call_that_no_test_can_say_has_none(where: Places) -> None:
    """The rule is written all the same: a profile that fails its own test would not load."""
    Log(where).call({"owner": "acme", "x": None}, **seen("github/get_issue"))
    found = learned(where)
    (question,) = found.questions
    assert "[[test]]" not in entries(question.group, question.proposals[0], found.bench, NOW)


def test_an_answer_to_other_arguments_teaches_nothing_of_these(where: Places) -> None:
    """The person has changed the call before it left."""
    put(where, "work", f'version = 1\ndefault = "ask"\n{HEAD.removeprefix("version = 1")}')
    log = Log(where)
    call = log.asked(ACME, **{**seen("github/create_issue", "write"), "observed": None})
    log.write(
        Answer(
            request=call,
            server="github",
            item="create_issue",
            decision="allow",
            scope="once",
            who="console",
            edited=True,
        )
    )
    (question,) = learned(where).questions
    assert dict(question.group.reasons) == {"you let it pass with other arguments": 1}


def test_what_cannot_be_named_alone_is_left_to_the_wider_rule(where: Places) -> None:
    """And of many tools not each one is named."""
    log = Log(where)
    for number in range(70):
        log.call({}, **seen(f"github/get_{number}"))
    log.call({}, **seen("github/get x"))
    (question,) = learned(where).questions
    found = {one.key: one for one in question.proposals}
    assert (found["n"].fits, found["n"].of, found["a"].fits) == (64, 71, 71)
    log.call({}, **seen("github/*", "write"))
    *_, other = learned(where).questions
    assert other.proposals == ()
    assert "no rule can name these alone" in "\n".join(question_lines(other, 1, 1))


def test_resources_are_learned_by_their_folder(where: Places) -> None:
    """Each by its name, or all below the folder that they share."""
    log = Log(where)
    for name in ("a", "b"):
        log.call({}, **{**seen(f"files/resource:file:///srv/{name}"), **marked()})
    (question,) = learned(where).questions
    found = texts(question)
    assert found["n"] == (
        'allow = ["files/resource:file:///srv/a", "files/resource:file:///srv/b"]'
    )
    assert found["a"] == 'allow = "files/resource:file:///srv/*"'


def test_hostile_names_and_values_cannot_steer_the_terminal(where: Places) -> None:
    """Attack: escape sequences in a tool's name and in an argument."""
    log = Log(where)
    for _ in range(2):
        log.call({"owner\x1b": "\x1b[2J\u202e"}, **seen("github/x\x1b[2J", "write"))
    found = learned(where)
    lines = [*rest_lines(found)]
    for question in found.questions:
        lines += [*question_lines(question, 1, 1), *call_lines(question.group)]
    assert all(line.isprintable() for line in lines)
    assert fields(found)["questions"]
