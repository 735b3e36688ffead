"""The JSON Schema of profiles: it says of a text what the reader says, key by key."""

import datetime
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from localguard.config import schema
from localguard.config.json_forms import table
from localguard.config.json_schema import profile_schema
from localguard.config.tables import Unfit
from localguard.config.values import read_duration, read_hours, read_id, read_limit, read_remember
from tests.config.makers import messages

VALIDATOR = Draft202012Validator(profile_schema())
HEAD = "version = 1\n"
RULE = f'{HEAD}[[rule]]\nallow = "a/b"\n'
TEST = f'{HEAD}[[test]]\ncall = "a/b"\nexpect = "deny"\n'
SIGN_IN = f'{HEAD}[identity]\nissuer = "https://login.example.com/t"\nclient_id = "x"\n'
SERVER = f'{HEAD}[servers.x]\ncommand = ["x"]\n'
PROJECT = Path(__file__).resolve().parents[2]

GOOD = [
    HEAD,
    f'{HEAD}profile = "work"\ncolor = "violet"\ndefault = "ask"\nunknown_methods = "relay"\n',
    f'{HEAD}pins = "strict"\nstrict_arguments = false\n',
    f"{HEAD}[from_server]\nsampling = 'ask'\nelicitation = 'deny'\nroots = 'allow'\n",
    f'{HEAD}[identity]\nissuer = "https://login.example.com"\nclient_id = "x"\nrequired = true\n',
    f'{SIGN_IN}scopes = ["openid", "groups"]\nacr = "urn:mfa"\ngroups_claim = "roles"\n',
    f'{SIGN_IN}redirect_host = "localhost"\nredirect_ports = [8400, 8401]\nassume_pkce = true\n',
    f'{SIGN_IN}max_session_age = "8h"\nclaims_max_age = "15m"\noffline_grace = "1d"\n',
    f'{SIGN_IN}client_secret = "secret:idp"\n',
    f'{SERVER}default = "ask"\nenv = {{ A = "1", B = "secret:b" }}\npass_env = ["AWS_*", "X"]\n',
    f'{SERVER}cwd = "~/work"\npaths = "foreign"\npass_env = "X"\n',
    f'{HEAD}[servers."a.b-c"]\nurl = "https://api.example.com/mcp"\nauth = "oauth"\n',
    f"{HEAD}[servers.by_command_line]\n",
    f'{HEAD}[[rule]]\nask = ["*/@read", "a?/x_*"]\nexcept = "*/@open"\nremember = "15m"\n',
    f'{HEAD}[[rule]]\ndeny = "*"\nbecause = "no"\nid = "x.y-1"\nuntil = 2030-12-31\n',
    f'{HEAD}[[rule]]\ndeny = "a/resource:file:///x[1]"\nuntil = 2030-12-31T10:00:00Z\n',
    f'{HEAD}[[rule]]\ntools = "crm/*"\nlimit = "10/minute of a.b"\nover = "ask"\n',
    f'{HEAD}[[rule]]\ntools = "*"\nredact = ["email", "secret"]\n',
    f'{HEAD}[[rule]]\ntools = "*"\nredact = "iban"\n',
    f'{HEAD}[[rule]]\ntools = "*"\nrisk = "destructive"\ntrial = true\n',
    f'{RULE}timeout = "60s"\nreauth = false\nremember = "never"\n',
    f'{SIGN_IN}[[rule]]\nask = "a/b"\nreauth = true\n',
    f'{SIGN_IN}[[rule]]\nask = "a/b"\nreauth = "15m"\n',
    f'{RULE}when.args = {{ a = "$user", b = ["$group", "$claim.x"], c = "$$x" }}\n',
    f'{TEST}user = "ana"\nclaim = {{ level = 3, "a.b" = ["x"] }}\nsigned_in = "10m"\n',
    f'{RULE}when.args.path.under = ["~/work", "/srv"]\nunless.args."a.b".host = "*.example.com"\n',
    f"{RULE}when.args = {{ n = {{ min = 1, max = 5.5 }}, t = {{ len_max = 3, absent = true }} }}\n",
    f'{RULE}when.args = {{ a = "x*", b = 5, c = true, d = ["x", 1, false] }}\n',
    f'{RULE}when.args.to = {{ domain = "acme.example", any_case = ["a", "b"] }}\n',
    f'{RULE}when.user = "ana"\nwhen.group = ["a", "b"]\nwhen.client.any_case = "claude"\n',
    f'{RULE}when.claim.level.max = 3\nwhen.claim.team = ["x"]\nwhen.interactive = true\n',
    f'{RULE}when.hours = "mon-fri 08:00-19:00"\nunless.hours = ["sat,sun", "22:00-06:00"]\n',
    f'{RULE}when.seen = ["browser/*", "*/@open"]\nwhen.signed_in_within = "1h"\n',
    f'{TEST}args = {{ a = [1, {{ b = "c" }}], t = "x" }}\nuser = "ana"\ngroup = ["x", "y"]\n',
    f"{TEST}marks = []\nseen = []\nconfirmed = false\ninteractive = false\n",
    f'{TEST}marks = ["@read", "open"]\nseen = ["a/b"]\nclient = "x"\nat = 2030-06-03T14:00:00\n',
    f'{TEST}marks = "new"\nseen = "a/resource:file:///x"\ngroup = "x"\n',
]

BAD = [
    "",
    "version = 2",
    "version = true",
    'version = "1"',
    f"{HEAD}x = 1",
    f'{HEAD}profile = ""',
    f'{HEAD}default = "allow"',
    f'{HEAD}pins = "lax"',
    f'{HEAD}strict_arguments = "yes"',
    f'{HEAD}unknown_methods = "drop"',
    f"{HEAD}color = 5",
    f"{HEAD}identity = 1",
    f'{HEAD}[identity]\nx = 1',
    f'{HEAD}[identity]\nrequired = "yes"',
    f"{HEAD}[identity]\nrequired = true",
    f'{SIGN_IN}required = "yes"',
    f'{SIGN_IN}scopes = "a b"',
    f"{SIGN_IN}scopes = []",
    f'{SIGN_IN}client_secret = "hunter2"',
    f'{SIGN_IN}redirect_host = "0.0.0.0"',
    f"{SIGN_IN}redirect_ports = []",
    f"{SIGN_IN}redirect_ports = [0]",
    f'{SIGN_IN}redirect_ports = ["8400"]',
    f"{SIGN_IN}max_session_age = 8",
    f'{SIGN_IN}claims_max_age = "1 hour"',
    f'{SIGN_IN}offline_grace = "0s"',
    f"{SIGN_IN}assume_pkce = 1",
    f'{SIGN_IN}acr = [""]',
    f'{SIGN_IN}groups_claim = ""',
    f'{HEAD}[identity]\nissuer = "ftp://x.example"\nclient_id = "x"',
    f'{HEAD}[identity]\nissuer = "https://x.example/?a"\nclient_id = "x"',
    f'{HEAD}[from_server]\nsampling = "no"',
    f'{HEAD}[from_server]\nx = "ask"',
    f"{HEAD}servers = 1",
    f'{HEAD}[servers."a b"]\ncommand = ["x"]',
    f'{HEAD}[servers.x]\ncommand = "x y"',
    f"{HEAD}[servers.x]\ncommand = []",
    f'{HEAD}[servers.x]\ncommand = [""]',
    f"{HEAD}[servers.x]\ncommand = [1]",
    f'{HEAD}[servers.x]\nurl = "ftp://x"',
    f'{SERVER}url = "https://api.example.com"',
    f'{SERVER}args = ["x"]',
    f'{SERVER}auth = "basic"',
    f'{SERVER}default = "allow"',
    f"{SERVER}env = {{ A = 1 }}",
    f'{SERVER}env = {{ A = "secret:" }}',
    f'{SERVER}env = {{ "A=B" = "x" }}',
    f'{SERVER}pass_env = ["1X"]',
    f'{SERVER}cwd = "work"',
    f'{SERVER}paths = "remote"',
    f"{HEAD}[[rule]]\n",
    f'{HEAD}[[rule]]\nallow = "a/b"\ndeny = "a/c"',
    f'{HEAD}[[rule]]\nallow = "delete_repo"',
    f'{HEAD}[[rule]]\nallow = "a/"',
    f'{HEAD}[[rule]]\nallow = "a/@readonly"',
    f'{HEAD}[[rule]]\nallow = "a/{{b,c}}"',
    f'{HEAD}[[rule]]\nallow = "a/[bc]"',
    f'{HEAD}[[rule]]\nallow = "a/b c"',
    f'{HEAD}[[rule]]\nallow = "resource:x/y"',
    f"{HEAD}[[rule]]\nallow = []",
    f"{HEAD}[[rule]]\nallow = [1]",
    f"{HEAD}[[rule]]\nallow = 1",
    f'{HEAD}[[rule]]\ntools = "a/b"',
    f'{HEAD}[[rule]]\ntools = "a/b"\nover = "ask"',
    f"{HEAD}rule = 1",
    f'{HEAD}[rule]\nallow = "a/b"',
    f'{RULE}except = {{ x = 1 }}',
    f'{RULE}because = ""',
    f'{RULE}id = "a b"',
    f'{RULE}limit = "10"',
    f'{RULE}limit = "0/minute"',
    f'{RULE}over = "allow"',
    f'{RULE}remember = "always"',
    f'{RULE}reauth = "yes"',
    f"{RULE}reauth = 15",
    f'{TEST}signed_in = "now"',
    f'{TEST}claim = "x"',
    f'{RULE}timeout = "1 minute"',
    f'{RULE}redact = "name"',
    f"{RULE}redact = []",
    f'{RULE}risk = "high"',
    f'{RULE}until = "tomorrow"',
    f"{RULE}until = 5",
    f'{RULE}trial = "yes"',
    f"{RULE}when = 5",
    f"{RULE}when = {{}}",
    f"{RULE}when.args = {{}}",
    f'{RULE}when.path = "x"',
    f'{RULE}when.args."a..b" = "x"',
    f"{RULE}when.args.a = []",
    f"{RULE}when.args.a = {{}}",
    f"{RULE}when.args.a = [[1]]",
    f'{RULE}when.args.a.undr = "/x"',
    f'{RULE}when.args.a.under = "work"',
    f'{RULE}when.args.a.under = "/work/*"',
    f'{RULE}when.args.a.host = "https://x"',
    f'{RULE}when.args.a.domain = "*.x"',
    f'{RULE}when.args.a.min = "5"',
    f"{RULE}when.args.a.len_max = -1",
    f'{RULE}when.args.a.absent = "yes"',
    f'{RULE}when.args.a.sql = "drop"',
    f"{RULE}when.user = 5",
    f'{RULE}when.user.under = "/x"',
    f'{RULE}when.claim.x.under = "/x"',
    f'{RULE}when.hours = "late"',
    f'{RULE}when.hours = "8-19"',
    f'{RULE}when.signed_in_within = "soon"',
    f'{RULE}when.seen = "browser"',
    f'{RULE}when.interactive = "yes"',
    f'{HEAD}[[test]]\nexpect = "deny"',
    f'{HEAD}[[test]]\ncall = "a/b"',
    f'{HEAD}[[test]]\ncall = "a/*"\nexpect = "deny"',
    f'{HEAD}[[test]]\ncall = "b"\nexpect = "deny"',
    f'{HEAD}[[test]]\ncall = "a/b"\nexpect = "no"',
    f"{TEST}x = 1",
    f"{TEST}args = 5",
    f"{TEST}user = 5",
    f"{TEST}group = []",
    f'{TEST}marks = ["risky"]',
    f'{TEST}seen = ["a/*"]',
    f'{TEST}confirmed = "yes"',
    f"{TEST}at = 2030-06-03",
    f'{TEST}client = ""',
]  # fmt: skip


def as_editor_sees(value: object) -> object:
    """A TOML value as JSON: dates are texts."""
    match value:
        case dict():
            return {key: as_editor_sees(one) for key, one in value.items()}
        case list():
            return [as_editor_sees(one) for one in value]
        case datetime.date() | datetime.time():
            return value.isoformat()
        case _:
            return value


def schema_faults(text: str) -> list[str]:
    """What an editor would underline."""
    tables = as_editor_sees(tomllib.loads(text))
    return [error.json_path for error in VALIDATOR.iter_errors(tables)]


def test_the_schema_is_one() -> None:
    """Of the dialect that it names."""
    Draft202012Validator.check_schema(profile_schema())


@pytest.mark.parametrize("text", GOOD)
def test_what_the_reader_takes_the_schema_takes(tmp_path: Path, text: str) -> None:
    """No red line under what is right."""
    assert messages(tmp_path, text) == []
    assert schema_faults(text) == []


@pytest.mark.parametrize("text", BAD)
def test_what_the_reader_refuses_the_schema_refuses(tmp_path: Path, text: str) -> None:
    """And the other way round."""
    assert messages(tmp_path, text)
    assert schema_faults(text)


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "profiles").glob("*.toml")), ids=lambda p: p.stem
)
def test_the_shipped_profiles_fit(path: Path) -> None:
    """Each names the schema in its first line."""
    assert schema_faults(path.read_text("utf-8")) == []


def profiles_in_tests() -> list[str]:
    """The texts of the other tests that are whole profiles."""
    found: list[str] = []
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        quoted = re.findall(r'"""\\?\n(version = 1\n.*?)"""', path.read_text("utf-8"), re.DOTALL)
        found += [text for text in quoted if "{" not in text or "}}" not in text]
    return found


@pytest.mark.parametrize("text", profiles_in_tests())
def test_what_other_tests_write_is_judged_alike(tmp_path: Path, text: str) -> None:
    """Whether it is valid or not: a key faulted by one is faulted by the other."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        pytest.skip("no TOML at all")
    if not messages(tmp_path, text):
        assert schema_faults(text) == []


def words_at(path: tuple[str, ...]) -> object:
    """What the schema says at a path."""
    found: object = profile_schema()
    for step in path:
        assert isinstance(found, dict)
        found = found[step]
    return found


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        (("properties",), schema.PROFILE),
        (("properties", "identity", "properties"), schema.IDENTITY),
        (("properties", "from_server", "properties"), schema.FROM_SERVER),
        (("$defs", "server", "properties"), schema.SERVER),
        (("$defs", "rule", "properties"), schema.RULE),
        (("$defs", "conditions", "properties"), schema.FACTS),
        (("$defs", "test", "properties"), schema.TEST),
    ],
)
def test_it_has_the_very_keys_of_the_reader(path: tuple[str, ...], keys: frozenset[str]) -> None:
    """One source: a key that one of them gets, the other gets, too."""
    found = words_at(path)
    assert isinstance(found, dict)
    assert found.keys() == keys
    for fragment in found.values():
        assert {"description", "enum", "$ref", "const"} & set(fragment), fragment


def test_a_key_that_is_not_described_cannot_be_left_out() -> None:
    """Whoever adds a key to the reader is told so by the first test that makes the schema."""
    with pytest.raises(LookupError, match="color"):
        table({"color"}, {})


KEYS = sorted(schema.PROFILE | schema.RULE | schema.TEST | schema.SERVER | schema.FACTS)


@given(st.sampled_from(KEYS), st.sampled_from(["", "[[rule]]\nallow='a/b'\n", "[servers.x]\n"]))
def test_a_key_in_the_wrong_table_is_seen_by_both(
    tmp_path_factory: pytest.TempPathFactory, key: str, table_text: str
) -> None:
    """Whether a key is known where it stands is the same question to both."""
    known = {
        "": schema.PROFILE,
        "[[rule]]\nallow='a/b'\n": schema.RULE,
        "[servers.x]\n": schema.SERVER,
    }
    text = f"{HEAD}{table_text}{key} = 1.5\n"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert messages(tmp_path_factory.mktemp("home"), text)
    assert schema_faults(text)
    unknown = f'unknown key "{key}"' in " ".join(messages(tmp_path_factory.mktemp("home"), text))
    assert unknown == (key not in known[table_text])


FORMS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"\A[0-9]{0,8}[smhdx]\Z"),
    st.from_regex(r"\A[0-9]{0,3}/(minute|day|week)( of [a-z.]{0,4})?\Z"),
    st.sampled_from(["never", "session", "always"]),
)


HOURS = st.from_regex(
    r"\A ?((mon|Tue|sun|x)([-,] ?(mon|Fri))? ?)?([0-2][0-9]:[0-6]0-[0-2][0-9]:00)? ?\Z"
)


@given(HOURS)
def test_hours_are_those_of_the_reader(text: str) -> None:
    """But for spans that hold no time, which is no question of form."""
    try:
        read_hours(text)
        fits = True
    except Unfit as unfit:
        assume("hold no time" not in unfit.what)
        fits = False
    value = {"version": 1, "rule": [{"allow": "a/b", "when": {"hours": text}}]}
    assert VALIDATOR.is_valid(value) == fits


@given(FORMS)
def test_forms_of_texts_are_those_of_the_reader(text: str) -> None:
    """Durations, limits, ids and how long an answer holds."""
    for key, read in (
        ("timeout", read_duration),
        ("limit", read_limit),
        ("id", read_id),
        ("remember", read_remember),
    ):
        try:
            read(text)
            fits = True
        except Unfit:
            fits = False
        value = {"version": 1, "rule": [{"allow": "a/b", key: text}]}
        assert VALIDATOR.is_valid(value) == fits, (key, text)
