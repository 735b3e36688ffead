"""`auth`, `oauth`, `exchange` and `minted` of `[servers.NAME]`, and `[oauth]` of config.toml."""

from pathlib import Path

import pytest

from localguard.config.client_metadata import ClientMetadata, client_metadata
from localguard.config.faults import faults_of
from localguard.config.load import read_document
from localguard.config.server_auth import Authorized, read_authorized
from localguard.config.settings import read_settings
from localguard.config.tables import Table
from localguard.errors import ProfileFault
from localguard.policy.server_auth import OAuth, StaticToken, TokenExchange

URL = 'url = "https://api.example.com/mcp"\n'
COMMAND = 'command = ["db"]\n'
SIGN_IN = '[identity]\nissuer = "https://login.example.com"\nclient_id = "lg"\n'
PASTED = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"


def written(folder: Path, text: str, name: str) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def read(folder: Path, text: str, *, before: str = "") -> tuple[Authorized, list[str]]:
    """What `[servers.a]` with a text says, and the faults that a person is told of."""
    path = written(folder, f"{before}[servers.a]\n{text}", "work.toml")
    document, faults = read_document(str(path)), list[ProfileFault]()
    servers = Table(document.tables, document, faults).table("servers")
    assert servers is not None
    ((_, table),) = servers.subtables()
    return read_authorized(table), [fault.explain() for fault in faults]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (URL, None),
        (URL + 'auth = "none"\n', None),
        (URL + 'auth = "oauth"\n', OAuth()),
        (URL + 'auth = "secret:my.api-token"\n', StaticToken("my.api-token")),
        (
            URL + 'auth = "oauth"\n[servers.a.oauth]\nissuer = "https://as.example.com/t1"\n'
            'client_id = "c 1"\nclient_secret = "secret:c1"\nscopes = ["a", "https://x/b"]\n'
            "ports = [47811, 0]\n",
            OAuth("https://as.example.com/t1", "c 1", "c1", ("a", "https://x/b"), (47811, 0)),
        ),
        (
            URL + 'auth = "oauth"\noauth = { scopes = "a", ports = 8123 }\n',
            OAuth(scopes=("a",), ports=(8123,)),
        ),
        (
            URL + 'auth = "oauth"\noauth = { issuer = "http://127.0.0.1:9000" }\n',
            OAuth("http://127.0.0.1:9000"),
        ),
    ],
)
def test_each_form_is_read(tmp_path: Path, text: str, expected: OAuth | StaticToken | None) -> None:
    """Design 6 and issue 5 section 4: `auth` and what details it."""
    found, faults = read(tmp_path, text)
    assert faults == []
    assert found == Authorized(expected, {})


def test_exchanges_are_read(tmp_path: Path) -> None:
    """RFC 8693, and ID-JAG with its issuer."""
    text = (
        URL + 'auth = "token-exchange"\n[servers.a.exchange]\nkind = "id-jag"\n'
        'issuer = "https://as.example.com"\naudience = "a b"\nresource = "urn:x:y"\n'
        'scopes = ["s"]\nclient_id = "c"\nclient_secret = "secret:s"\n'
    )
    found, faults = read(tmp_path, text, before=SIGN_IN)
    assert faults == []
    issuer = "https://as.example.com"
    assert found.auth == TokenExchange("id-jag", issuer, "a b", "urn:x:y", ("s",), "c", "s")
    plain, faults = read(tmp_path, URL + 'auth = "token-exchange"\n', before=SIGN_IN)
    assert (plain, faults) == (Authorized(TokenExchange(), {}), [])


def test_minted_variables_are_read(tmp_path: Path) -> None:
    """A server that is started gets short-lived tokens in its variables."""
    text = (
        COMMAND
        + '[servers.a.minted]\nDB_TOKEN = { audience = "db", scopes = ["r"] }\n'
        + 'B = { resource = "urn:b" }\n'
    )
    found, faults = read(tmp_path, text, before=SIGN_IN)
    assert faults == []
    assert found.minted == {
        "DB_TOKEN": TokenExchange(audience="db", scopes=("r",)),
        "B": TokenExchange(resource="urn:b"),
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            URL + 'auth = "basic"\n',
            'work.toml:3: auth is none of its forms. Fix: write "oauth", "token-exchange" or'
            ' "secret:NAME"; never a token.',
        ),
        (URL + 'auth = "oath"\n', 'work.toml:3: auth cannot be "oath". Fix: did you mean "oauth"?'),
        (
            COMMAND + 'auth = "oauth"\n',
            "work.toml:3: auth is for a server that is reached by its url. Fix: remove auth, or"
            " give a server that is started minted variables.",
        ),
        (
            URL + 'auth = "secret:a b"\n',
            'work.toml:3: what follows "secret:" cannot be the name of a secret. Fix: use letters,'
            ' digits, "-", "_" and ".", at most 100, as in "secret:github".',
        ),
        (
            URL + 'oauth = { scopes = "a" }\n',
            'work.toml:3: oauth without auth = "oauth". Fix: add auth = "oauth".',
        ),
        (
            URL + 'auth = "secret:x"\nexchange = {}\n',
            'work.toml:4: exchange is for auth = "token-exchange".'
            ' Fix: write auth = "token-exchange".',
        ),
        (
            URL + 'auth = "oauth"\noauth = { client_ids = "a" }\n',
            'work.toml:4: unknown key "client_ids". Fix: did you mean "client_id"?',
        ),
        (
            URL + 'auth = "oauth"\noauth = { client_id = "a" }\n',
            "work.toml:4: client_id says nothing without the issuer that it is registered at."
            ' Fix: add issuer = "https://…".',
        ),
        (
            URL + 'auth = "oauth"\noauth = { issuer = "https://a.b", client_secret = "secret:x" }',
            "work.toml:4: client_secret needs client_id: it is shown to that issuer and nobody"
            ' else. Fix: add client_id = "…".',
        ),
        (
            URL + 'auth = "oauth"\noauth = { issuer = "http://as.example.com" }\n',
            'work.toml:4: issuer cannot be "http://as.example.com". Fix: write such as'
            ' "https://login.example.com", without "?" and "#".',
        ),
        (
            URL + 'auth = "oauth"\noauth = { issuer = "https://u:p@as.example.com" }\n',
            'work.toml:4: issuer cannot be "https://u:p@as.example.com". Fix: write such as'
            ' "https://login.example.com", without "?" and "#".',
        ),
        (
            URL + 'auth = "oauth"\noauth = { scopes = ["a b"] }\n',
            'work.toml:4: scopes cannot hold "a b". Fix: write each in a text of its own, without'
            " blanks and quotes.",
        ),
        (
            URL + 'auth = "oauth"\noauth = { ports = ["1"] }\n',
            "work.toml:4: ports must hold numbers, not a text."
            " Fix: write whole numbers without quotes, such as ports = [47811].",
        ),
        (
            URL + 'auth = "oauth"\noauth = { ports = [70000] }\n',
            "work.toml:4: ports cannot hold 70000."
            " Fix: write numbers from 1024 to 65535, or 0 for any.",
        ),
        (
            URL + 'auth = "oauth"\noauth = { ports = [] }\n',
            "work.toml:4: ports is an empty list. Fix: name at least one, or remove ports.",
        ),
        (
            URL + 'auth = "token-exchange"\n',
            "work.toml:3: a token can only be traded for a person's sign-in, and the profile asks"
            " for none. Fix: add [identity] with issuer and client_id.",
        ),
    ],
)
def test_each_fault_has_its_place_and_fix(tmp_path: Path, text: str, told: str) -> None:
    """Promise: file, line and what to write."""
    assert read(tmp_path, text)[1] == [told]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            URL + 'auth = "token-exchange"\nexchange = { kind = "id-jag" }\n',
            "work.toml:7: id-jag needs the authorization server of the server, which is never"
            ' guessed. Fix: add issuer = "https://…".',
        ),
        (
            URL + 'auth = "token-exchange"\nexchange = { resource = "a#b" }\n',
            'work.toml:7: resource cannot be "a#b". Fix: write an address without "#", such as'
            ' "https://api.example.com/mcp".',
        ),
        (
            URL + "minted = { A = { resource = 'urn:a' } }\n",
            "work.toml:6: minted is for a server that is started, and this one is reached by its"
            ' url. Fix: write auth = "token-exchange".',
        ),
        (
            COMMAND + 'minted = { A = { scopes = ["r"] } }\n',
            "work.toml:6: a minted token without audience and resource could be good for anything."
            ' Fix: add audience = "…", the name that the provider knows the service by.',
        ),
        (
            COMMAND + 'minted = { "A-B" = {} }\n',
            'work.toml:6: "A-B" cannot be a variable. Fix: use letters, digits and underscores.',
        ),
        (
            COMMAND + 'env = { A = "x" }\nminted = { A = { resource = "urn:a" } }\n',
            "work.toml:7: A is in env and in minted. Fix: keep it in one of the two.",
        ),
    ],
)
def test_faults_of_exchanges_have_their_place(tmp_path: Path, text: str, told: str) -> None:
    """Promise: file, line and what to write, also in tables below tables."""
    assert read(tmp_path, text, before=SIGN_IN)[1] == [told]


@pytest.mark.parametrize(
    "text",
    [
        f'auth = "{PASTED}"\n',
        f'auth = "secret:{PASTED}{PASTED}{PASTED}"\n',
        f'auth = "oauth"\noauth = {{ issuer = "https://a.b", client_id = "c",'
        f' client_secret = "{PASTED}" }}\n',
    ],
)
def test_a_secret_that_was_pasted_is_not_repeated(tmp_path: Path, text: str) -> None:
    """Promise: no secret in a message, also not one that stands where it should not."""
    found, faults = read(tmp_path, URL + text)
    assert len(faults) == 1
    assert PASTED not in faults[0]
    assert PASTED not in repr(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("[oauth]\n", None),
        ('[oauth]\nclient_metadata = "https://a.example/lg.json"\n', "https://a.example/lg.json"),
        ("[[[", None),
    ],
)
def test_the_metadata_document_is_read(tmp_path: Path, text: str, expected: str | None) -> None:
    """MCP basic/authorization: the client id is the address of a document."""
    path = written(tmp_path, text, "config.toml")
    assert client_metadata(str(path)) == ClientMetadata(expected)


def test_no_file_means_no_document(tmp_path: Path) -> None:
    """Nothing has to be set."""
    assert client_metadata(str(tmp_path / "config.toml")) == ClientMetadata()


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1/lg.json", "https://a.example", "https://a.example/", "lg.json"]
)
def test_an_address_that_is_no_client_id_is_a_fault_of_the_file(
    tmp_path: Path, address: str
) -> None:
    """A client id by address is https and has a path."""
    path = written(tmp_path, f'[oauth]\nclient_metadata = "{address}"\n', "config.toml")
    with pytest.raises(ProfileFault) as raised:
        read_settings(str(path))
    (fault,) = faults_of(raised.value)
    assert fault.where == "config.toml:2"
    assert "cannot be" in fault.what
