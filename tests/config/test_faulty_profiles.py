"""What a person is told about a broken profile: file, line, what, and what to do."""

from pathlib import Path

import pytest

from tests.config.makers import messages

V = "version = 1\n"
RULE = V + '[[rule]]\nallow = "a/b"\n'

FAULTS = [
    # --- the file ---
    (
        "",
        'work.toml:1: the file is empty. Fix: begin with version = 1 and default = "deny".',
    ),
    (
        "# nothing but a comment\n",
        'work.toml:1: the file is empty. Fix: begin with version = 1 and default = "deny".',
    ),
    (
        b"\xef\xbb\xbfversion = 1\n",
        'work.toml:1: it begins with a byte order mark. Fix: save it as "UTF-8 without BOM".',
    ),
    (
        b'version = 1\n# caf\xe9\ndefault = "deny"\n',
        "work.toml:2: byte 17 (0xe9) is not UTF-8. Fix: save the file as UTF-8.",
    ),
    (
        V + "x = " + "[" * 40 + "]" * 40,
        "work.toml: it is nested more than 32 levels deep. Fix: flatten it.",
    ),
    (
        V + "x = " + "[" * 9000,
        "work.toml: it is nested more than 32 levels deep. Fix: flatten it.",
    ),
    (
        V + "#" * (1 << 20),
        "work.toml: it is larger than 1 MiB. Fix: split it into profiles.",
    ),
    # --- TOML ---
    (
        V + "default = deny\n",
        "work.toml:2: this is not a value, at column 11."
        ' Fix: put texts into quotes, as in key = "text".',
    ),
    (
        V + 'default "deny"\n',
        'work.toml:2: a "=" is missing after the key, at column 9. Fix: write key = "text".',
    ),
    (
        V + 'default = "deny\n',
        "work.toml:2: a text ends in the middle of it, at column 16."
        " Fix: add the missing quotation mark.",
    ),
    (
        V + '[[rule]\nallow = "a/b"\n',
        'work.toml:2: a "]" is missing, at column 7. Fix: close the brackets of the table\'s name.',
    ),
    (
        V + '[[rule]]\nallow = ["a/b"\nask = "a/c"\n',
        'work.toml:4: a list is not closed, at column 1. Fix: add the missing "," or "]".',
    ),
    (
        V + 'default = "deny"\ndefault = "ask"\n',
        "work.toml:3: this key or table is there twice, at column 16. Fix: keep one of the two.",
    ),
    (
        V + '[rule]\nallow = "a/b"\n[rule]\ndeny = "a/c"\n',
        "work.toml:4: this key or table is there twice, at column 6."
        " Fix: keep one of the two; rules begin with [[rule]].",
    ),
    (
        V + "until = 2030-02-30\n",
        "work.toml:2: this is not a date, at column 9. Fix: write a date such as 2030-12-31.",
    ),
    (
        V + 'x = """\n',
        "work.toml:3: a text is not closed, at the end of the file."
        " Fix: add the missing quotation mark.",
    ),
    (
        V + "x = 1 y = 2\n",
        "work.toml:2: there is more after the value, at column 7."
        " Fix: put each key on its own line.",
    ),
    (
        V + "=\n",
        "work.toml:2: this is neither key nor table, at column 1."
        ' Fix: write key = "text" or [table].',
    ),
    (
        V + "x = " + "9" * 5000 + "\n",
        "work.toml: it is not TOML: Exceeds the limit (4300 digits) for integer string"
        " conversion: value has 5000 digits; use sys.set_int_max_str_digits() to increase the"
        " limit. Fix: correct the value.",
    ),
    # --- the top ---
    (
        'default = "ask"\n',
        "work.toml:1: version is missing. Fix: write version = 1 into the first line.",
    ),
    (
        '\nversion = 2\nfrobnicate = "x"\n',
        "work.toml:2: version 2 is not known to this localguard. Fix: write version = 1.",
    ),
    (
        'version = "1"\n',
        "work.toml:1: version a text is not known to this localguard. Fix: write version = 1.",
    ),
    (
        "version = true\n",
        "work.toml:1: version True is not known to this localguard. Fix: write version = 1.",
    ),
    (
        V + 'profile = "home"\n',
        'work.toml:2: the profile calls itself "home", but its file is work.toml.'
        ' Fix: write profile = "work", or rename the file.',
    ),
    (
        V + 'defualt = "deny"\n',
        'work.toml:2: unknown key "defualt". Fix: did you mean "default"?',
    ),
    (
        V + 'default = "allow"\n',
        'work.toml:2: default cannot be "allow". Fix: use one of ask, deny.',
    ),
    (
        V + "default = true\n",
        'work.toml:2: default must be a text, not true or false. Fix: write default = "…".',
    ),
    (
        V + '[from_server]\nsampling = "alow"\n',
        'work.toml:3: sampling cannot be "alow". Fix: did you mean "allow"?',
    ),
    (
        V + 'from_server = "deny"\n',
        "work.toml:2: from_server must be a table, not a text. Fix: write from_server.NAME = ….",
    ),
    (
        V + '[identity]\nissuer = ""\nrequired = "yes"\n',
        "work.toml:3: issuer is empty. Fix: give issuer a text, or remove it.",
        "work.toml:4: required must be true or false, not a text."
        " Fix: write required = true, without quotes.",
    ),
    (
        V + 'pins = "loose"\nstrict_arguments = 1\nunknown_methods = "drop"\n',
        'work.toml:2: pins cannot be "loose". Fix: use one of strict.',
        "work.toml:3: strict_arguments must be true or false, not a number."
        " Fix: write strict_arguments = true, without quotes.",
        'work.toml:4: unknown_methods cannot be "drop". Fix: use one of refuse, relay.',
    ),
    # --- servers ---
    (
        V + 'servers = ["github"]\n',
        "work.toml:2: servers must be a table, not a list. Fix: write servers.NAME = ….",
    ),
    (
        V + '[servers."a/b"]\ncommand = ["x"]\n',
        'work.toml:2: "a/b" cannot be the name of a server.'
        ' Fix: use letters, digits, "-", "_", ".".',
    ),
    (
        V + '[servers.a]\ncommand = ["x"]\nurl = "https://api.example.com/mcp"\n',
        "work.toml:4: server a has both command and url. Fix: keep the one that it is reached by.",
    ),
    (
        V + '[servers.a]\ncommand = "uvx postgres-mcp"\n',
        "work.toml:3: command must be a list of texts, not one text."
        ' Fix: write command = ["uvx", "postgres-mcp"].',
    ),
    (
        V + "[servers.a]\ncommand = []\n",
        'work.toml:3: command is an empty list. Fix: write command = ["PROGRAM", "ARGUMENT"].',
    ),
    (
        V + "[servers.a]\ncommand = 1\n",
        "work.toml:3: command must be a list of texts, not a number."
        ' Fix: write command = ["PROGRAM", "ARGUMENT"].',
    ),
    (
        V + '[servers.a]\ncommand = [\n  "x",\n  1,\n]\n',
        "work.toml:5: command must hold texts, not a number. Fix: put it into quotes.",
    ),
    (
        V + '[servers.a]\ncommand = ["", "x\\u0000"]\n',
        "work.toml:3: command holds no usable text here. Fix: correct it.",
    ),
    (
        V + '[servers.a]\nurl = "api.example.com"\n',
        'work.toml:3: url cannot be "api.example.com".'
        ' Fix: write such as "https://api.example.com/mcp".',
    ),
    (
        V + '[servers.a]\nenv = { PORT = 80, "A=B" = "x" }\n',
        "work.toml:3: env.PORT must be a text, not a number. Fix: put it into quotes.",
        "work.toml:3: env.A=B cannot be a variable."
        ' Fix: write NAME = "value" or NAME = "secret:NAME".',
    ),
    (
        V + '[servers.a]\npass_env = "*"\n',
        'work.toml:3: pass_env cannot be "*".'
        ' Fix: write a name such as "AWS_PROFILE", or the beginning of names such as "AWS_*".',
    ),
    (
        V + '[servers.a]\ncwd = "src"\npaths = "remote"\nauth = "basic"\n',
        'work.toml:3: cwd "src" does not say where it is. Fix: begin with "/" or "~/".',
        'work.toml:4: paths cannot be "remote". Fix: use one of foreign, local.',
        'work.toml:5: auth cannot be "basic". Fix: use one of none, oauth.',
    ),
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
        "work.toml:6: reauth must be true or false, not a number."
        " Fix: write reauth = true, without quotes.",
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
    # --- tests ---
    (
        V + '[[test]]\nexpect = "deny"\n',
        "work.toml:2: a test needs call and expect, and call is missing."
        ' Fix: write call = "server/tool" and expect = "deny".',
    ),
    (
        V + '[[test]]\ncall = "a/*"\nexpect = "denied"\n',
        'work.toml:3: "a/*" is not the name of one call. Fix: write it out, as "files/read_file".',
        'work.toml:4: expect cannot be "denied". Fix: did you mean "deny"?',
    ),
    (
        V + '[[test]]\ncall = "a/b"\nexpect = "deny"\nargs.d = [2030-01-01]\nat = "noon"\n',
        "work.toml:5: an argument cannot be a date, since JSON has none. Fix: put it into quotes.",
        "work.toml:6: at must be a date with a time."
        " Fix: write at = 2030-12-31T22:00:00, without quotes.",
    ),
    (
        V + '[[test]]\ncall = "a/b"\nexpect = "deny"\nmarks = ["raed"]\ngroup = []\n',
        'work.toml:5: unknown mark "raed". Fix: did you mean "read"?',
        "work.toml:6: group is an empty list. Fix: name at least one, or remove group.",
    ),
    (
        RULE + '[[test]]\ncall = "a/b"\nexpect = "deny"\n',
        "work.toml:4: this test expects deny, but a/b gets allow by work.toml:2"
        " (an allow rule applies). Fix: correct the rule or the test.",
    ),
]


@pytest.mark.parametrize(("text", "expected"), [(text, told) for text, *told in FAULTS])
def test_a_broken_profile_says_where_what_and_how_to_mend_it(
    tmp_path: Path, text: str | bytes, expected: list[str]
) -> None:
    """Design 6, faults: file, line, key and the nearest right word; all of them at once."""
    assert messages(tmp_path, text) == expected


REMEMBERED_FAULTS = [
    (
        "",
        "work.remembered.toml:1: the file is empty, and its denials are lost."
        " Fix: restore it, or delete it.",
    ),
    (
        '[[rule]]\ndeny = "a/c"\n[[rule]]\nallow = "a/b"\n',
        "work.remembered.toml:3: allow in work.remembered.toml is not allowed."
        " Fix: move the rule to the profile; a remembered rule can only deny.",
    ),
    (
        'default = "ask"\nversion = 3\n',
        'work.remembered.toml:1: unknown key "default". Fix: use one of answer, profile, rule,'
        " version.",
        "work.remembered.toml:2: version 3 is not known to this localguard."
        " Fix: write version = 1.",
    ),
    (
        "answer = 1\n",
        "work.remembered.toml:1: answer must be a list of tables, not a number."
        " Fix: begin each with [[answer]].",
    ),
    (
        '[[rule]]\ndeny = "a/c"\nid = "one"\n',
        'work.remembered.toml:3: the id "one" is taken by work.toml:2. Fix: choose another.',
    ),
]


@pytest.mark.parametrize(("text", "expected"), [(text, told) for text, *told in REMEMBERED_FAULTS])
def test_a_remembered_file_can_only_deny(tmp_path: Path, text: str, expected: list[str]) -> None:
    """Design 6, line 6: what the program writes never lets more through."""
    assert messages(tmp_path, RULE + 'id = "one"\n', text) == expected


def test_faults_of_both_files_come_in_the_order_of_their_lines(tmp_path: Path) -> None:
    """A person works through the list from top to bottom."""
    text = V + '[[test]]\ncal = 1\n[[rule]]\nallow = "b"\n'
    places = [told.split(": ")[0] for told in messages(tmp_path, text, "x = 1\n")]
    assert places == [
        "work.toml:2",
        "work.toml:2",
        "work.toml:3",
        "work.toml:5",
        "work.remembered.toml:1",
    ]
