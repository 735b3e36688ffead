"""What is sent to somebody who helps holds no secret, and not who it is from."""

import io
import json
import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.audit.journal import Journal
from localguard.audit.records import ServerEvent
from localguard.audit.settings import Settings
from localguard.cli.doctor import How, doctor
from localguard.cli.exits import Exit
from localguard.doctor.bundle import gathered, write
from localguard.errors import UsageFault
from localguard.identity.card import Card
from localguard.identity.cards import Cards, cards_folder
from tests.cli.persons import Visitor
from tests.config.makers import put
from tests.doctor.patients import Patient, look, patient

PLANTED = (
    "plain-words-in-env",
    "hunter22-in-args",
    "bearer-of-a-header",
    "in-the-query-of-a-url",
    "in-the-path-of-a-url",
    "in-the-env-of-a-profile",
    "in-the-args-of-a-profile",
    "in-the-path-of-a-profile",
    "of-a-variable-of-this-shell",
    "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
    "in-a-test-of-a-profile",
    "zoltan",
    "Zoltan",
)
ENTRIES = {
    "direct": {
        "command": "npx",
        "args": ["-y", "--token", PLANTED[1]],
        "env": {"MODE": PLANTED[0], "HOME_OF": "/home/ana/x"},
    },
    "far": {
        "url": f"https://hub.example.com/{PLANTED[4]}/mcp?key={PLANTED[3]}",
        "headers": {"X-Key": PLANTED[2]},
    },
}
PROFILE = f"""
version = 1
# by zoltan, whose key is {PLANTED[9]}
[servers.db]
command = ["uvx", "postgres-mcp", "{PLANTED[6]}"]
env = {{ PGDSN = "secret:pg-dsn", MODE = "{PLANTED[5]}" }}
[servers.hub]
url = "https://hub.example.com/{PLANTED[7]}"
[[rule]]
allow = "db/*"
[[test]]
call = "db/query"
args.sql = "{PLANTED[10]}"
expect = "allow"
"""


@pytest.fixture
def zoltan(tmp_path: Path) -> Patient:
    """A home with secrets in every place that a person puts them."""
    found = patient(tmp_path / "zoltan", "cursor")
    text = json.loads(found.file.read_text())
    text["mcpServers"] |= ENTRIES
    found.file.write_text(json.dumps(text))
    put(found.at.where, "more", PROFILE)
    write_log(found, "could not reach https://hub.example.com as Zoltan: " + " ".join(PLANTED))
    return found.with_variables(USER="zoltan", GITHUB_TOKEN=PLANTED[8])


def write_log(found: Patient, detail: str) -> None:
    """A server that says in its last words what it should not."""
    at = found.scene.now().timestamp()
    journal = Journal(
        found.at.where.audit,
        clock=lambda: at,
        monotonic=lambda: 0.0,
        instance="abc123",
        settings=Settings(),
    )
    journal.write(ServerEvent(event="exited", detail=detail), durable=True)
    journal.close()


def members(path: Path) -> Mapping[str, bytes]:
    """What is in a file."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def bundle(found: Patient, path: Path, visitor: Visitor) -> tuple[Exit, str]:
    """The command, as it exits and what it prints."""
    out = io.StringIO()
    how = How(bundle=str(path))
    code = doctor(found.scene, visitor.person, how, out=out, err=out, examining=look)
    return code, out.getvalue()


def test_no_planted_secret_and_no_name_is_in_a_report(zoltan: Patient, tmp_path: Path) -> None:
    """Issue 6, 4: the bytes of each member are searched, and its name."""
    path = tmp_path / "report.zip"
    bundle(zoltan, path, Visitor(zoltan.at.where))
    found = members(path)
    for name, raw in found.items():
        for secret in PLANTED:
            assert secret.casefold().encode() not in raw.lower(), (name, secret)
            assert secret not in name
        assert zoltan.at.where.home.encode() not in raw
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or os.name == "nt"


def test_who_has_signed_in_is_not_in_a_report(zoltan: Patient) -> None:
    """Doctor says who is signed in, and a report is for strangers."""
    claims = {"name": "Bela Bartok", "preferred_username": "bbk", "iss": "https://id.example"}
    card = Card("https://id.example", "localguard", "subject-77", "s", 1.0, 2.0, claims=claims)
    Cards(cards_folder(zoltan.at.where.state), lambda: b"k" * 32, lambda: 3.0).write(card)
    said = "Bela Bartok (bbk, subject-77, bela@corp.example) is signed in at https://id.example"
    found = {one.name: one.raw for one in gathered(zoltan.scene, {"summary": said})}
    told = json.loads(found["doctor.json"])["summary"]
    assert told == "USER (USER, USER, [redacted: email]) is signed in at https://id.example"


def test_a_report_still_says_what_a_helper_needs(zoltan: Patient, tmp_path: Path) -> None:
    """Names of servers, of variables and of programs, rules, versions, and what was found."""
    path = tmp_path / "report.zip"
    bundle(zoltan, path, Visitor(zoltan.at.where))
    found = members(path)
    told = {name: json.loads(raw) for name, raw in found.items() if name.endswith(".json")}
    (cursor,) = told["clients.json"]
    entries = {one["name"]: one for one in cursor["files"][0]["servers"]}
    assert cursor["files"][0]["path"] == "~/.cursor/mcp.json"
    assert entries["direct"]["starts"] == "npx"
    assert entries["direct"]["shape"]["env"] == {"MODE": "str", "HOME_OF": "str"}
    assert entries["far"]["starts"] == "https://hub.example.com/***"
    assert entries["pg"]["starts"] == "localguard run pg"
    more = told["profiles/more.json"]
    assert more["servers"]["db"]["env"] == {"PGDSN": "secret:pg-dsn", "MODE": "***"}
    assert more["servers"]["db"]["command"] == ["uvx", "***", "***"]
    assert more["rule"] == [{"allow": "db/*"}]
    assert told["doctor.json"]["checks"]["clients.cursor.bypass.direct"]["status"] == "fail"
    assert told["versions.json"]["packages"]["anyio"]
    assert b"exited" in found["log.txt"]
    assert b"hub.example.com" in found["log.txt"]


def test_a_person_sees_what_is_in_it_and_may_say_no(zoltan: Patient, tmp_path: Path) -> None:
    """Listed before it is written; nothing is written without a yes."""
    path = tmp_path / "report.zip"
    visitor = Visitor(zoltan.at.where, yes=False)
    code, printed = bundle(zoltan, path, visitor)
    assert code == Exit.DENIED
    assert not path.exists()
    assert visitor.questions == [f"Write {path}?"]
    for name in ("doctor.json", "versions.json", "clients.json", "profiles/more.json", "log.txt"):
        assert f"  {name}" in printed
    assert "Secrets, your name, your home folder and this machine's name are taken out." in printed


def test_nothing_is_written_over(zoltan: Patient, tmp_path: Path) -> None:
    """Nor through a link that somebody has put there."""
    kept = tmp_path / "kept"
    kept.write_text("mine")
    link = tmp_path / "report.zip"
    link.symlink_to(kept)
    for path in (kept, link):
        with pytest.raises(UsageFault, match="there already"):
            write(str(path), (), zoltan.scene)
    assert kept.read_text() == "mine"
    with pytest.raises(UsageFault, match="cannot be written"):
        write(str(tmp_path / "no/folder.zip"), (), zoltan.scene)


def test_what_cannot_be_read_is_told_in_its_place(zoltan: Patient) -> None:
    """A report is wanted most where something is broken."""
    put(zoltan.at.where, "broken", b"\xff = ")
    zoltan.file.write_text('{"mcpServers": {"pg": hunter22-in-args')
    found = {one.name: one.raw for one in gathered(zoltan.scene, {})}
    assert b"fault" in found["profiles/broken.json"]
    assert b"hunter22" not in found["clients.json"]
    assert json.loads(found["clients.json"])[0]["files"][0]["fault"]


def test_a_log_that_is_not_there_is_an_empty_one(tmp_path: Path) -> None:
    """Before the first guard."""
    found = patient(tmp_path, "cursor")
    nowhere = found.at.where._replace(audit=str(tmp_path / "none"))
    scene = replace(found.scene, places=nowhere)
    assert {one.name: one.raw for one in gathered(scene, {})}["log.txt"] == b""
