"""Values that the guard knows, in every spelling that is promised."""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.redaction.environment import secret_names
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import MIN_LENGTH, Secrets

VALUES = st.text(min_size=MIN_LENGTH, max_size=30).filter(lambda text: len(set(text)) > 3)
TELLING = [
    "GITHUB_TOKEN", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID",
    "PGPASSWORD", "MYSQL_PWD", "PGDSN", "SENTRY_DSN", "DB_PASS", "SMTP_PASSWD", "githubToken",
    "GITLAB_PAT", "NPM_AUTH", "MY_CREDENTIALS", "SSH_PASSPHRASE", "SESSION_COOKIE",
    "CLIENTSECRET", "NOTION_KEY",
]  # fmt: skip
OTHERS = [
    "HOME", "PATH", "PWD", "OLDPWD", "SSH_AUTH_SOCK", "TOKEN_URL", "KEY_FILE", "MAX_TOKENS",
    "LANG", "TOKEN_LIMIT", "AUTH_TYPE", "KEYBOARD", "PASSPORT", "MONKEY", "SECRET_NAME",
    "DSNAME", "_",
]  # fmt: skip


def knowing(**values: str) -> Redactor:
    """A redactor that knows these values, and no kinds."""
    secrets = Secrets()
    for name, value in values.items():
        secrets.register(name, value)
    return Redactor(frozenset(), secrets)


def utf8(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


def percent(value: str, keep: int = 0) -> str:
    """Percent-encoded from the character at `keep` on, in small hexadecimal."""
    return value[:keep] + "".join(f"%{byte:02x}" for byte in utf8(value[keep:]))


def unicode_escaped(value: str) -> str:
    units = value.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))


@given(VALUES, st.binary(max_size=3), st.binary(max_size=3))
def test_each_spelling_is_found(value: str, before: bytes, after: bytes) -> None:
    """Promise: plain, percent (any part), base64 at any place, hexadecimal, JSON-escaped."""
    redactor = knowing(PGPASSWORD=value)
    spellings = [value, percent(value), percent(value, 2), utf8(value).hex()]
    spellings += [utf8(value).hex().upper(), unicode_escaped(value)]
    spellings += [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    spellings += [json.dumps(json.dumps(value))[1:-1], quote(json.dumps(value), errors="replace")]
    spellings += [
        encode(before + utf8(value) + after).decode() for encode in (b64encode, urlsafe_b64encode)
    ]
    for spelled in spellings:
        if "%3F" in spelled and "?" not in value:
            continue  # a lone surrogate has no percent-encoding
        text = f"it is {spelled} there"
        new, counts = redactor.text(text)
        assert set(counts) == {"PGPASSWORD"}, spelled
        assert spelled not in new
        assert new.endswith(("there", "]"))
        assert redactor.finds(json.dumps({"a": text}))


@given(VALUES, st.text(max_size=20), st.text(max_size=20))
def test_the_rest_stays_and_nothing_of_the_value_does(value: str, before: str, after: str) -> None:
    """In plain spelling exactly the value goes."""
    if value not in before + after and value not in (before + value[:-1], value[1:] + after):
        new, _ = knowing(X=value).text(f"{before}{value}{after}")
        assert value not in new
        assert "[redacted: X]" in new


@given(VALUES, st.text(max_size=60))
def test_a_text_without_the_value_is_itself(value: str, text: str) -> None:
    """Promise: identity tells that nothing was found."""
    redactor = knowing(X=value)
    new, counts = redactor.text(text)
    assert (new is text) == (not counts)
    if redactor.finds(text) is False:
        assert new is text


def test_a_password_within_basic_credentials_is_found() -> None:
    """RFC 7617: base64 of user and password, the password at whatever place."""
    for user in ("a", "ab", "abc", "abcd"):
        header = b64encode(f"{user}:hunter2-hunter2".encode()).decode()
        new, _ = knowing(PW="hunter2-hunter2").text(f"Basic {header}")
        assert "[redacted: PW]" in new


def test_the_password_of_a_url_is_found_by_itself() -> None:
    """A server that is given a DSN complains of the password alone, or spells the DSN anew."""
    redactor = knowing(PGDSN="postgres://app:hunter%2Dtwo@db.example/app")
    for text in ("FATAL: bad password hunter-two", "hunter%2Dtwo", "postgres://x:hunter-two@h/"):
        assert redactor.text(text)[1] == {"PGDSN": 1}


@pytest.mark.parametrize(
    "tail", ["hunter2", "%68unter2", "h%75nter2", "\\u0068unter2", "%2568unter2"]
)
def test_spellings_in_part_and_within_one_another(tail: str) -> None:
    """Attack: a server that spells some of it in another way."""
    new, counts = knowing(PW="s3cr/t-hunter2").text(f"x s3cr\\/t-{tail} y")
    assert counts == {"PW": 1}
    assert "unter2" not in new


def test_of_values_that_begin_alike_the_longer_names_the_place() -> None:
    """Two tokens with one prefix."""
    redactor = knowing(SHORT="abcdef", LONG="abcdefghijkl")
    assert (
        redactor.text("x abcdefghijkl y abcdef z")[0] == "x [redacted: LONG] y [redacted: SHORT] z"
    )


def test_short_values_are_not_looked_for() -> None:
    """A password of five letters stands in every other text."""
    secrets = Secrets()
    assert not secrets.register("PIN", "12345")
    assert not secrets
    assert Redactor(frozenset(), secrets).idle


def test_a_name_cannot_carry_anything_into_the_text() -> None:
    """The name stands in what the model reads."""
    assert knowing(**{"a]\n[x ": "hunter2"}).text("hunter2")[0] == "[redacted: a_x_]"
    secrets = Secrets()
    secrets.register("", "hunter2")
    assert Redactor(frozenset(), secrets).text("hunter2")[0] == "[redacted: secret]"


def test_values_that_come_later_are_found_from_then_on() -> None:
    """A server that is restarted with another token."""
    secrets = Secrets()
    redactor = Redactor(frozenset(), secrets)
    assert redactor.text("hunter2")[1] == {}
    secrets.register("TOKEN", "hunter2")
    assert redactor.text("hunter2")[1] == {"TOKEN": 1}


def test_an_environment_is_registered_by_the_names_of_its_variables() -> None:
    """What a server gets at its start."""
    secrets = Secrets()
    environment = {"GITHUB_TOKEN": "abcdef123", "HOME": "/home/ana", "API_KEY": "short"}
    assert secrets.register_environment(environment) == ("GITHUB_TOKEN",)
    assert Redactor(frozenset(), secrets).text("/home/ana abcdef123")[0] == (
        "/home/ana [redacted: GITHUB_TOKEN]"
    )


@pytest.mark.parametrize(
    "name",
    TELLING,
)
def test_names_that_tell(name: str) -> None:
    """By one of their words."""
    assert secret_names({name: "value"}) == (name,)


@pytest.mark.parametrize(
    "name",
    OTHERS,
)
def test_names_that_do_not(name: str) -> None:
    """They point to something, measure it, or only look alike."""
    assert secret_names({name: "value"}) == ()


def test_a_url_with_a_password_is_secret_under_any_name() -> None:
    """DATABASE_URL."""
    urls = {"DATABASE_URL": "postgres://a:hunter2@db/x", "OTHER_URL": "https://example.com/a:b@c"}
    assert secret_names(urls) == ("DATABASE_URL",)


def test_what_a_writer_of_json_makes_of_it_is_found() -> None:
    """A value with a quote, a backslash and a line end, as members and as text within text."""
    value = 'p"a\\s\ns\tw/ord'
    redactor = knowing(PW=value)
    for text in (value, json.dumps({"x": value}), orjson.dumps([value]).decode()):
        new, counts = redactor.text(f"<{text}>")
        assert counts == {"PW": 1}, text
        assert "ord" not in new


def test_an_escaped_apostrophe_is_undone() -> None:
    """JSON does not know it, and JavaScript and Python write it."""
    assert knowing(PW="it's-hunter2").text(r"'it\'s-hunter2'")[1] == {"PW": 1}
