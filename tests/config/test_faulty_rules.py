"""What a person is told about a broken rule: line, key and the nearest right word."""

from pathlib import Path

import pytest

from tests.config.makers import messages

V = "version = 1\n"
RULE = V + '[[rule]]\nallow = "a/b"\n'

FAULTS = [
    # --- rules ---
    (
        V + '[rule]\nallow = "a/b"\n',
        "work.toml:2: rule must be a list of tables, not a table. Fix: begin each with [[rule]].",
    ),
    (
        V + '[[rules]]\nallow = "a/b"\n',
        'work.toml:2: unknown key "rules". Fix: did you mean "rule"?',
    ),
    (
        V + '[[rule]]\nbecause = "x"\n',
        "work.toml:2: a rule has exactly one of allow, ask, deny, tools; this one has none."
        ' Fix: add what it does, as allow = "files/read_*".',
    ),
    (
        V + '[[rule]]\nalow = "a/b"\n',
        'work.toml:3: unknown key "alow". Fix: did you mean "allow"?',
    ),
    (
        V + '[[rule]]\nallow = "a/b"\ndeny = "a/c"\n',
        "work.toml:2: a rule has exactly one of allow, ask, deny, tools;"
        " this one has allow and deny. Fix: make two rules of it.",
    ),
    (
        V + "[[rule]]\nallow = []\n",
        "work.toml:3: allow is an empty list. Fix: name at least one, or remove allow.",
    ),
    (
        V + '[[rule]]\nallow = [\n  "a/b",\n  5,\n]\n',
        "work.toml:5: allow must hold texts, not a number. Fix: put it into quotes.",
    ),
    (
        V + "[[rule]]\nallow = 5\n",
        "work.toml:3: allow must be a text or a list of texts, not a number."
        ' Fix: write allow = "…".',
    ),
    (
        V + '[[rule]]\nallow = "get_*"\n',
        'work.toml:3: "get_*" needs a server part, for example "*/get_*".'
        ' Fix: write "*/get_*" for every server, or put the name of one before it.',
    ),
    (
        V + '[[rule]]\ndeny = "resource:file:///etc/*"\n',
        'work.toml:3: "resource:file:///etc/*" needs a server part, for example'
        ' "*/resource:file:///etc/*". Fix: write "*/resource:file:///etc/*" for every server,'
        " or put the name of one before it.",
    ),
    (
        V + '[[rule]]\nallow = "my files/read"\n',
        'work.toml:3: "my files" in "my files/read" cannot be the name of a server.'
        ' Fix: use letters, digits, "-", "_" and "."; the only wildcards are "*" and "?".',
    ),
    (
        V + '[[rule]]\nallow = "files/"\n',
        'work.toml:3: "files/" names no tool. Fix: write "files/*" for all of the server.',
    ),
    (
        V + '[[rule]]\nallow = "files/@raed"\n',
        'work.toml:3: unknown mark "@raed". Fix: did you mean "@read"?',
    ),
    (
        V + '[[rule]]\nallow = "files/{read,list}_*"\n',
        'work.toml:3: "files/{read,list}_*" has brackets.'
        ' Fix: write it without; the only wildcards are "*" and "?".',
    ),
    (
        V + '[[rule]]\ndeny = "files/dele\\u200bte"\n',
        'work.toml:3: "files/dele\\u{200b}te" holds a blank or a hidden character.'
        " Fix: type the name anew.",
    ),
    (
        RULE + 'except = ["a/c", { args = { path = "x" } }]\n',
        "work.toml:4: except takes names and marks, not conditions."
        " Fix: put the condition into unless.",
    ),
    (
        RULE + 'id = "one"\n[[rule]]\ndeny = "a/c"\nid = "one"\n',
        'work.toml:7: the id "one" is taken by work.toml:2. Fix: choose another.',
    ),
    (
        RULE + 'id = "a b"\nremember = "always"\ntimeout = "1 hour"\nrisk = "low"\nover = "x"\n',
        'work.toml:4: id cannot be "a b". Fix: use letters, digits, "-", "_" and ".", at most 64.',
        'work.toml:5: remember cannot be "always".'
        ' Fix: write "never", "session", or such as "15m".',
        'work.toml:6: "1 hour" is not a duration.'
        ' Fix: write for example "90s", "15m", "8h" or "1d".',
        'work.toml:7: risk cannot be "low". Fix: use one of destructive.',
        'work.toml:8: over cannot be "x". Fix: use one of ask, deny.',
    ),
    (
        RULE + 'limit = "often"\nredact = "faces"\nreauth = 1\ntrial = "yes"\n',
        'work.toml:4: limit cannot be "often". Fix: write for example "10/minute" or "500/day".',
        'work.toml:5: redact knows no "faces". Fix: use one of card, email, iban, phone, secret.',
        "work.toml:6: reauth must be true, false or a duration, not a number."
        ' Fix: write reauth = true, or such as reauth = "15m".',
        "work.toml:7: trial must be true or false, not a text."
        " Fix: write trial = true, without quotes.",
    ),
    (
        RULE + 'until = "2030-12-31"\n',
        "work.toml:4: until must be a date. Fix: write until = 2030-12-31, without quotes.",
    ),
    (
        RULE + "until = 9999-12-31\n",
        "work.toml:4: until must be a date. Fix: write until = 2030-12-31, without quotes.",
    ),
    (
        V + '[[rule]]\ntools = "a/*"\nbecause = "x"\n',
        "work.toml:2: a rule with tools decides nothing, and this one adds nothing."
        " Fix: add limit, redact, risk or reauth, or make it allow or ask.",
    ),
    # --- conditions ---
    (
        RULE + 'when = "always"\n',
        "work.toml:4: when must be a table, not a text. Fix: write when.NAME = ….",
    ),
    (
        RULE + "when = {}\n",
        "work.toml:4: when is empty, so it would hold for every call. Fix: remove when.",
    ),
    (
        RULE + "when.args = {}\nunless.claim = {}\n",
        "work.toml:4: args is empty, so it would hold for every call. Fix: remove args.",
        "work.toml:5: claim is empty, so it would hold for every call. Fix: remove claim.",
    ),
    (
        RULE + 'when.usr = "ana"\n',
        'work.toml:4: unknown fact "usr" in when. Fix: did you mean "user"?',
    ),
    (
        RULE + 'when.path.under = "~/work"\n',
        'work.toml:4: unknown fact "path" in when. Fix: write when.args.path for an argument.',
    ),
    (
        RULE + 'when.args.path.undr = "~/work"\n',
        'work.toml:4: unknown matcher "undr" for argument "path". Fix: did you mean "under"?',
    ),
    (
        RULE + 'when.args."a..b" = 1\n',
        'work.toml:4: "a..b" is not the name of an argument. Fix: write such as "a.b".',
    ),
    (
        RULE + "when.args.path = {}\n",
        'work.toml:4: the condition on argument "path" is empty.'
        " Fix: say what it must be, or remove it.",
    ),
    (
        RULE + 'when.args.path.under = "work"\n',
        'work.toml:4: under takes a folder, and "work" does not say where it is.'
        ' Fix: begin with "/" or "~/".',
    ),
    (
        RULE + 'when.args.path.under = ["/srv", "~/wo*"]\n',
        'work.toml:4: under takes a folder, and "~/wo*" is a pattern. Fix: name the folder itself.',
    ),
    (
        RULE + "when.args.path.under = []\n",
        "work.toml:4: under is an empty list. Fix: name at least one, or remove under.",
    ),
    (
        RULE + 'when.args.url.host = "https://example.com/"\n',
        'work.toml:4: host cannot be "https://example.com/".'
        ' Fix: write a name such as "example.com" or "*.example.com", not a URL.',
    ),
    (
        RULE + 'when.args.to.domain = "*.example.com"\n',
        'work.toml:4: domain cannot be "*.example.com".'
        ' Fix: write a name such as "example.com"; names below it are meant too.',
    ),
    (
        RULE + 'when.args.n.min = "5"\nwhen.args.m = { min = 9, max = 1 }\n',
        "work.toml:4: min must be a number, not a text. Fix: write it without quotes.",
        "work.toml:5: min 9 is larger than max 1. Fix: swap them.",
    ),
    (
        RULE + "when.args.n = 9007199254740993\nwhen.args.m.max = inf\n",
        "work.toml:4: this number is read differently by different programs."
        " Fix: use one between -9007199254740991 and 9007199254740991.",
        "work.toml:5: this number is read differently by different programs."
        " Fix: use one between -9007199254740991 and 9007199254740991.",
    ),
    (
        RULE + "when.args.n.len_max = -1\nwhen.args.m.absent = 1\n",
        "work.toml:4: len_max cannot be -1. Fix: write a whole number of characters.",
        "work.toml:5: absent must be true or false, not a number."
        " Fix: write absent = true, without quotes.",
    ),
    (
        RULE + 'when.args.q.sql = "select"\n',
        'work.toml:4: sql cannot be "select". Fix: use ddl, read, write.',
    ),
    (
        RULE + "when.args.d = 2030-01-01\nwhen.args.e = []\nwhen.args.f = [[1]]\n",
        "work.toml:4: d cannot be a date."
        " Fix: write a text, a number, true, false or a list of these.",
        "work.toml:5: e is an empty list. Fix: name at least one, or remove it.",
        "work.toml:6: f cannot be a list."
        " Fix: write a text, a number, true, false or a list of these.",
    ),
    (
        RULE + 'when.user.under = "/srv"\n',
        'work.toml:4: unknown matcher "under" for user. Fix: use one of any_case, domain.',
    ),
    (
        RULE + 'reauth = "soon"\n',
        'work.toml:4: "soon" is not a duration. Fix: write for example "90s", "15m", "8h" or "1d".',
    ),
    (
        RULE + 'reauth = "15m"\n',
        "work.toml:4: reauth takes a sign-in, and the profile does not say where."
        " Fix: add [identity] with issuer and client_id, or remove it.",
    ),
    (
        RULE + 'when.args.a = "$usr"\n',
        'work.toml:4: "$usr" refers to nothing that is known of who is signed in. Fix: write'
        ' $user, $group or $claim.NAME, or "$$usr" for a text that begins with a dollar.',
    ),
    (
        RULE + 'when.args.a = ["x", "$claim."]\n',
        'work.toml:4: "$claim." refers to nothing that is known of who is signed in. Fix: write'
        ' $user, $group or $claim.NAME, or "$$claim." for a text that begins with a dollar.',
    ),
    (
        RULE + 'when.user = 5\nwhen.interactive = "yes"\nwhen.signed_in_within = 3\n',
        'work.toml:4: user must be a text or a list of texts, not a number. Fix: write user = "…".',
        "work.toml:5: interactive must be true or false, not a text."
        " Fix: write interactive = true, without quotes.",
        "work.toml:6: signed_in_within must be a text, not a number."
        ' Fix: write signed_in_within = "…".',
    ),
    (
        RULE + 'when.hours = "9-17"\n',
        'work.toml:4: hours cannot be "9-17". Fix: write for example "mon-fri 08:00-19:00";'
        " days are mon, tue, wed, thu, fri, sat, sun.",
    ),
    (
        RULE + 'when.hours = ["8:00-9:00", "mun-fri 08:00-19:00", "08:00-08:00", "08:00-24:30"]\n',
        'work.toml:4: hours cannot be "8:00-9:00". Fix: write for example "mon-fri 08:00-19:00".',
        'work.toml:4: hours cannot be "mun-fri 08:00-19:00". Fix: write for example'
        ' "mon-fri 08:00-19:00"; days are mon, tue, wed, thu, fri, sat, sun.',
        'work.toml:4: hours "08:00-08:00" hold no time.'
        ' Fix: write for example "mon-fri 08:00-19:00".',
        'work.toml:4: hours "08:00-24:30" hold no time.'
        ' Fix: write for example "mon-fri 08:00-19:00".',
    ),
]


@pytest.mark.parametrize(("text", "expected"), [(text, told) for text, *told in FAULTS])
def test_a_broken_rule_says_where_what_and_how_to_mend_it(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    """Promise: all of them at once."""
    assert messages(tmp_path, text) == expected
