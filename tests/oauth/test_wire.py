"""The wire: whose fault a failure is, and what of an answer is believed."""

import gzip
import logging
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import pytest

from localguard.errors import SignInFault
from localguard.oauth.client import Client
from localguard.oauth.content import MAX_CONTENT
from localguard.oauth.faults import Refused, Unreachable
from localguard.oauth.wire import Wire
from tests.oauth.site import Reply, Site, closed_port, said, silent


def test_an_object_is_read(op: Site, wire: Wire) -> None:
    op.at["/x"] = said({"a": [1, "two"]})
    assert wire.get_json(f"{op.url}/x") == {"a": [1, "two"]}


def test_a_form_is_sent_as_the_client(op: Site, wire: Wire) -> None:
    op.at["/token"] = said({})
    form = {"grant_type": "x", "audience": ["a", "b"]}
    wire.post_form(f"{op.url}/token", form, auth=Client("me", "a:b", "client_secret_basic"))
    question = op.asked[0]
    assert question.body == b"grant_type=x&audience=a&audience=b"
    assert question.headers["authorization"] == "Basic bWU6YSUzQWI="
    assert question.headers["accept"] == "application/json"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_a_provider_that_is_ill_is_out_of_reach_and_refuses_nothing(
    op: Site, wire: Wire, status: int
) -> None:
    """Identity.md 7.5: a refresh that gets 503 keeps the tokens, whatever the body says."""
    op.at["/token"] = said({"error": "invalid_grant"}, status)
    with pytest.raises(Unreachable):
        wire.post_form(f"{op.url}/token", {})
    with pytest.raises(Unreachable):
        wire.find_json(f"{op.url}/token")


def test_a_closed_port_is_out_of_reach(wire: Wire) -> None:
    with pytest.raises(Unreachable, match="no connection came about"):
        wire.get_json(f"http://127.0.0.1:{closed_port()}/")


def test_a_provider_that_says_nothing_is_given_up_in_time() -> None:
    with silent() as url, Wire(timeout=0.2) as wire, pytest.raises(Unreachable, match="in time"):
        wire.get_json(url)


def test_a_provider_that_drips_is_given_up_in_time() -> None:
    """A byte now and then would hold a client for ever that only bounds each read."""
    over = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n{")
            while not over.wait(0.02):
                try:
                    connection.sendall(b" ")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        try:
            with Wire(timeout=0.3) as wire, pytest.raises(Unreachable, match="in time"):
                wire.get_json(f"http://127.0.0.1:{port}/")
        finally:
            over.set()
            thread.join()


def test_a_refusal_has_its_code_and_its_words_made_safe(op: Site, wire: Wire) -> None:
    """RFC 6749 section 5.2; the description is the provider's and may be hostile."""
    body = {"error": "invalid_grant", "error_description": "gone\x1b[2J\u202e now"}
    op.at["/token"] = said(body, 400)
    with pytest.raises(Refused) as error:
        wire.post_form(f"{op.url}/token", {})
    assert (error.value.error, error.value.status) == ("invalid_grant", 400)
    assert error.value.what.isprintable()
    assert "gone" in error.value.what


@pytest.mark.parametrize("body", [b"<html>no</html>", b'{"error": {"x": 1}}', b'{"error": "A B"}'])
def test_a_refusal_without_a_sound_code_has_none(op: Site, wire: Wire, body: bytes) -> None:
    op.at["/token"] = Reply(body, 403)
    with pytest.raises(Refused, match="HTTP 403") as error:
        wire.post_form(f"{op.url}/token", {})
    assert error.value.error == ""


def test_a_redirect_is_not_followed(op: Site, wire: Wire) -> None:
    """A form with a secret in it goes to the address that was checked, and nowhere else."""
    op.at["/token"] = Reply(status=307, headers={"Location": f"{op.url}/elsewhere"})
    with pytest.raises(Refused, match="HTTP 307"):
        wire.post_form(f"{op.url}/token", {"refresh_token": "x"})
    assert [one.path for one in op.asked] == ["/token"]


def test_what_is_compressed_unasked_is_read_all_the_same(op: Site, wire: Wire) -> None:
    op.at["/x"] = Reply(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})
    assert wire.get_json(f"{op.url}/x") == {"a": 1}
    assert op.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_an_answer_that_is_too_large_is_not_read(op: Site, wire: Wire, encoding: str) -> None:
    """A gzip bomb costs what one mebibyte costs."""
    body = b" " * (MAX_CONTENT * 8)
    body = gzip.compress(body) if encoding else body
    op.at["/x"] = Reply(body, headers={"Content-Encoding": encoding} if encoding else {})
    with pytest.raises(SignInFault, match="larger than 1 MiB"):
        wire.get_json(f"{op.url}/x")


@pytest.mark.parametrize(("encoding", "body"), [("gzip", b"{}"), ("br", b"{}"), ("gzip,gzip", b"")])
def test_an_encoding_that_is_not_what_it_says_is_a_fault(
    op: Site, wire: Wire, encoding: str, body: bytes
) -> None:
    op.at["/x"] = Reply(body, headers={"Content-Encoding": encoding})
    with pytest.raises(SignInFault, match="cannot be used"):
        wire.get_json(f"{op.url}/x")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b"NaN"])
def test_what_is_no_object_is_a_fault(op: Site, wire: Wire, body: bytes) -> None:
    op.at["/x"] = Reply(body)
    with pytest.raises(SignInFault, match="not a JSON object"):
        wire.get_json(f"{op.url}/x")
    assert wire.find_json(f"{op.url}/x") is None


def test_what_is_not_there_is_none(op: Site, wire: Wire) -> None:
    assert wire.find_json(f"{op.url}/x") is None


def test_no_cookie_goes_back(op: Site, wire: Wire) -> None:
    op.at["/x"] = said({}, Set_Cookie="who=me; Path=/")
    wire.get_json(f"{op.url}/x")
    wire.get_json(f"{op.url}/x")
    assert "cookie" not in op.asked[1].headers


def test_no_proxy_of_the_environment_is_used(op: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client that starts a guard chooses its environment."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{closed_port()}")
    op.at["/x"] = said({"a": 1})
    with Wire() as wire:
        assert wire.get_json(f"{op.url}/x") == {"a": 1}


def test_an_address_that_is_not_safe_is_never_asked(wire: Wire) -> None:
    with pytest.raises(SignInFault, match="not safe"):
        wire.get_json("http://login.example.com/")


def test_a_probe_gets_any_status_with_its_headers(op: Site, wire: Wire) -> None:
    op.at["/mcp"] = said({}, 401, WWW_Authenticate='Bearer error="invalid_token"')
    answer = wire.send("POST", f"{op.url}/mcp", headers={"X-Y": "z"}, content=b"{}")
    assert (answer.status, answer.headers["www-authenticate"]) == (
        401,
        'Bearer error="invalid_token"',
    )
    assert op.asked[0].headers["x-y"] == "z"


def test_an_object_is_posted(op: Site, wire: Wire) -> None:
    op.at["/register"] = lambda asked: Reply(asked.body, 201)
    assert wire.post_json(f"{op.url}/register", {"a": ["b"]}).json() == {"a": ["b"]}


def test_a_certificate_that_nobody_vouches_for_is_not_taken(tmp_path: Path, wire: Wire) -> None:
    """TLS is verified always: a stranger's certificate ends it before anything is sent."""
    received = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_tls, args=(listener, tmp_path, received))
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/token"
        with pytest.raises(Unreachable, match=r"certificate|TLS"):
            wire.post_form(url, {"refresh_token": "s3cret"})
        thread.join()
    assert received == b""


def _tls(listener: socket.socket, folder: Path, received: bytearray) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_certificate(folder))
    connection, _ = listener.accept()
    try:
        with connection, context.wrap_socket(connection, server_side=True) as secured:
            received += secured.recv(4096)
    except OSError:
        pass


def _certificate(folder: Path) -> tuple[str, str]:
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    made = [*command, *names, "-keyout", key, "-out", certificate]
    subprocess.run(made, check=True, capture_output=True)
    return certificate, key


def test_no_secret_is_in_any_log(op: Site, wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    """Identity.md 7.15: at DEBUG, libraries tell headers and more."""
    caplog.set_level(logging.DEBUG)
    op.at["/token"] = Reply(b'{"access_token": "t0ken"}', headers={"X-Secret": "t0ken"})
    auth = Client("me", "s3cret", "client_secret_post")
    answer = wire.post_form(f"{op.url}/token", {"refresh_token": "s3cret"}, auth=auth)
    assert "s3cret" not in caplog.text
    assert "t0ken" not in caplog.text + repr(answer)
