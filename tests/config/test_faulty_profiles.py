"""What a person is told about the rest of a broken profile, and about a remembered file."""

from pathlib import Path

import pytest

from tests.config.makers import messages

V = "version = 1\n"
RULE = V + '[[rule]]\nallow = "a/b"\n'

FAULTS = [
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
        V + '[servers.x]\ncommand = ["x"]\nargs = ["y"]\n',
        'work.toml:4: unknown key "args". Fix: write the arguments into command.',
    ),
    (
        V + 'from_server = "deny"\n',
        "work.toml:2: from_server must be a table, not a text. Fix: write from_server.NAME = ….",
    ),
    (
        V + '[identity]\nissuer = ""\nrequired = "yes"\n',
        'work.toml:2: client_id is missing. Fix: write such as client_id = "localguard".',
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
        "work.toml:5: auth is for a server that is reached by its url."
        " Fix: remove auth, or give a server that is started minted variables.",
        "work.toml:5: auth is none of its forms."
        ' Fix: write "oauth", "token-exchange" or "secret:NAME"; never a token.',
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
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    """Promise: file, line, key and the nearest right word."""
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
        '[[answer]]\nrule = "x"\nfor = "ever"\n',
        "work.remembered.toml:1: an answer needs target."
        " Fix: delete the answer: you are asked again.",
        "work.remembered.toml:1: an answer needs identity."
        " Fix: delete the answer: you are asked again.",
        "work.remembered.toml:1: an answer needs until."
        " Fix: delete the answer: you are asked again.",
        'work.remembered.toml:3: unknown key "for". Fix: use one of client, exact, identity,'
        " person, pin, rule, target, until, when.",
    ),
    (
        '[[answer]]\nrule = 1\ntarget = "x"\nidentity = ""\npin = 5\nclient = true\n'
        "when.arg.x = 1\nuntil = 2030-01-01\n",
        'work.remembered.toml:2: rule must be a text, not a number. Fix: write rule = "…".',
        'work.remembered.toml:3: "x" is not the name of one call. Fix: write it as "server/tool".',
        "work.remembered.toml:4: identity is empty. Fix: give identity a text, or remove it.",
        'work.remembered.toml:5: pin must be a text, not a number. Fix: write pin = "…".',
        "work.remembered.toml:6: client must be a text, not true or false."
        ' Fix: write client = "…".',
        'work.remembered.toml:7: unknown fact "arg" in when. Fix: did you mean "args"?',
        "work.remembered.toml:8: until must be a date with a time."
        " Fix: write until = 2030-12-31T22:00:00, without quotes.",
    ),
    (
        '[[rule]]\ndeny = "a/c"\nid = "one"\n',
        'work.remembered.toml:3: the id "one" is taken by work.toml:2. Fix: choose another.',
    ),
]


@pytest.mark.parametrize(("text", "expected"), [(text, told) for text, *told in REMEMBERED_FAULTS])
def test_a_broken_remembered_file_is_a_fault(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    """The algebra, line 6: its rules only deny, and nobody guesses what an answer was for."""
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
