"""`[identity]`: every key is read as it is meant, and what is off is told with line and fix."""

from pathlib import Path

import pytest

from localguard.policy.people import SignIn
from localguard.policy.rules import Origin
from tests.config.makers import messages, profile_of

HEAD = "version = 1\n[identity]\n"
WHO = 'issuer = "https://login.example.com/t1"\nclient_id = "localguard"\n'


def sign_in_of(folder: Path, text: str) -> SignIn:
    """What a profile asks for."""
    found = profile_of(folder, f"{HEAD}{WHO}{text}").sign_in
    assert found is not None
    return found


def test_without_the_table_nobody_is_asked_to_sign_in(tmp_path: Path) -> None:
    """Promise: this machine's user is enough."""
    assert profile_of(tmp_path, "version = 1\n").sign_in is None


def test_issuer_and_client_are_enough(tmp_path: Path) -> None:
    """Promise: 20 lines by hand. The provider's word is good for an hour."""
    found = sign_in_of(tmp_path, "")
    origin = Origin("work.toml", 2)
    assert found == SignIn("https://login.example.com/t1", "localguard", origin)
    assert (found.required, found.claims_max_age, found.max_session_age) == (False, 3600, None)


def test_every_key_is_read(tmp_path: Path) -> None:
    """Durations are seconds, a secret is a name."""
    text = """\
required = true
client_secret = "secret:idp"
scopes = ["openid", "groups", "groups"]
redirect_host = "localhost"
redirect_ports = [8400, 8401]
max_session_age = "8h"
claims_max_age = "15m"
offline_grace = "1d"
assume_pkce = true
acr = ["urn:mfa", "urn:passkey"]
groups_claim = "https://example.com/roles"
"""
    assert sign_in_of(tmp_path, text) == SignIn(
        "https://login.example.com/t1",
        "localguard",
        Origin("work.toml", 2),
        required=True,
        scopes=("openid", "groups"),
        client_secret="idp",
        host="localhost",
        ports=(8400, 8401),
        max_session_age=28_800,
        claims_max_age=900,
        offline_grace=86_400,
        assume_pkce=True,
        acr=("urn:mfa", "urn:passkey"),
        groups_claim="https://example.com/roles",
    )


@pytest.mark.parametrize(
    "issuer",
    ["http://127.0.0.1:8080", "http://localhost/x", "http://[::1]:1", "https://a.example/"],
)
def test_an_issuer_is_kept_letter_by_letter(tmp_path: Path, issuer: str) -> None:
    """OpenID Connect Core 1.0 section 2; in the clear only on this machine."""
    text = f'{HEAD}issuer = "{issuer}"\nclient_id = "x"\n'
    found = profile_of(tmp_path, text).sign_in
    assert found is not None
    assert found.issuer == issuer


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "work.toml:2: issuer is missing"),
        ("", "work.toml:2: client_id is missing"),
        ('issuer = "http://login.example.com"', "would be asked in the clear. Fix: begin it with"),
        ('issuer = "login.example.com"', "work.toml:3: issuer cannot be"),
        ('issuer = "https://a.example/?x=1"', "work.toml:3: issuer cannot be"),
        ('issuer = "https://u:p@a.example"', "work.toml:3: issuer cannot be"),
        ('client_id = "a b"', "work.toml:3: client_id has blanks"),
        ('scopes = ["profile"]', "work.toml:3: scopes lack openid, without which nobody is named"),
        ('scopes = "openid profile"', 'work.toml:3: "openid profile" is not one scope'),
        ('redirect_host = "0.0.0.0"', "work.toml:3: redirect_host cannot be"),
        ("redirect_ports = 8400", "work.toml:3: redirect_ports must be a list of numbers"),
        ("redirect_ports = []", "work.toml:3: redirect_ports is an empty list"),
        ("redirect_ports = [8400, 70000]", "work.toml:3: this is not a port"),
        ("redirect_ports = [true]", "work.toml:3: this is not a port"),
        ('max_session_age = "8 hours"', 'work.toml:3: "8 hours" is not a duration'),
        ("claims_max_age = 60", "work.toml:3: claims_max_age must be a text, not a number"),
        ('offline_grace = "-1h"', 'work.toml:3: "-1h" is not a duration'),
        ('assume_pkce = "yes"', "work.toml:3: assume_pkce must be true or false"),
        ('acr = ["a b"]', 'work.toml:3: "a b" is not one value of acr'),
        ('groups_claim = ""', "work.toml:3: groups_claim is empty"),
        ('group_claim = "x"', 'work.toml:3: unknown key "group_claim". Fix: did you mean'),
    ],
)
def test_what_is_off_is_told_with_line_and_fix(tmp_path: Path, text: str, told: str) -> None:
    """Promise: file, line, key and the way out; nothing is guessed."""
    found = [line for line in messages(tmp_path, f"{HEAD}{text}\n") if told in line]
    assert len(found) == 1
    assert "Fix: " in found[0]


def test_a_secret_that_was_written_down_is_not_repeated(tmp_path: Path) -> None:
    """Promise: no secret in a message."""
    told = messages(tmp_path, f'{HEAD}{WHO}client_secret = "hunter2-very-secret"\n')
    assert len(told) == 1
    assert told[0].startswith("work.toml:5: client_secret does not name a secret of the vault")
    assert "hunter2" not in told[0]
