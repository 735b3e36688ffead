"""`profile create`: one more profile that the clients' servers come along into."""

import json
from pathlib import Path

import pytest

from localguard.audit.records import Chosen, RefusedApprover
from localguard.cli import profiles
from localguard.cli.exits import Exit
from localguard.cli.init_desk import How as Begin
from localguard.cli.profile_create import How, create, wanted
from localguard.cli.profile_edit import edit
from localguard.cli.text_editor import edit as editor
from localguard.clients.registry import Registered, Registry, registering
from localguard.clients.trial import trial
from localguard.config.active import active_name
from localguard.config.build import profile_names, read_profile
from localguard.config.choice import read_choice
from localguard.config.paths import Places
from localguard.errors import AuditFault, UsageFault
from localguard.onboarding.choosing_profile import Wish
from localguard.policy.profile import Profile
from tests.cli.init_home import House, house
from tests.cli.persons import OUTSIDE, Visitor
from tests.cli.ran import Ran, ran
from tests.config.makers import approve, choose_valid, key_of, places_in, put
from tests.providers.secret_service import SecretService

WORK = """\
version = 1
profile = "work"
default = "ask"

[servers.mine]
command = ["mine"]

[[rule]]
allow = "mine/read"
"""
SERVERS = 'version = 1\n[servers.files]\ncommand = ["files"]\nenv.TOKEN = "secret:files-token"\n'


def made(visitor: Visitor, name: str, how: How | None = None, **of: str) -> Ran:
    """`profile create`."""
    sign_in = of.get("issuer", ""), of.get("client_id", "")
    meant = wanted(name, of.get("template", ""), of.get("source", ""), sign_in)
    where, person = visitor.where, visitor.person
    return ran(lambda out, err: create(where, meant, how or How(), person, out=out, err=err))


def used(visitor: Visitor, name: str) -> Ran:
    """`profile use`."""
    where, person = visitor.where, visitor.person
    return ran(lambda out, err: profiles.use(where, name, person, as_json=False, out=out, err=err))


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """A home with a profile in force, and a server that `connect` has put beside it."""
    found = places_in(tmp_path)
    put(found, "work", WORK)
    put_servers(found, "work", SERVERS)
    choose_valid(found, "work")
    return found


def put_servers(where: Places, name: str, text: str) -> Path:
    """Write the file of servers beside a profile."""
    path = Path(where.servers_file(name))
    path.write_text(text)
    path.chmod(0o600)
    return path


def self_test(at: House) -> str:
    """What a guard that is started now answers to the call that every template denies."""
    with trial([*at.program.argv, "run", "tell"], environ(at)) as started:
        started.initialize()
        return json.dumps(started.call("localguard_self_test", {}))


def environ(at: House) -> dict[str, str]:
    """As a client starts a guard."""
    return {**at.machine.environ, **at.program.env}


@pytest.mark.slow
def test_a_newcomer_makes_a_second_profile_and_switches_there_and_back(
    tmp_path: Path, secret_service: SecretService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Promise: a guard that runs follows, every server is defined, every secret still its own."""
    del secret_service
    at = house(tmp_path)
    assert at.init().code is Exit.OK
    assert "Fix: localguard profile create readonly --use" in used(at.visitor, "readonly").out
    with trial([*at.program.argv, "run", "tell"], environ(at)) as started:
        started.initialize()
        assert "balanced.toml" in json.dumps(started.call("localguard_self_test", {}))
        done = made(at.visitor, "readonly", How(use=True))
        assert done.code is Exit.OK, done
        assert "servers that came along: tell, shop, again" in done.out
        assert "beside balanced: default ask -> deny" in done.out
        assert "servers   that go on: again, shop, tell" in done.out
        assert "readonly is now the active profile" in done.out
        assert "what it does not define" not in done.out
        denied = json.dumps(started.call("names", {}))
        assert "denied" in denied.lower()
        assert "TELL_TOKEN" not in denied
        assert used(at.visitor, "balanced").code is Exit.OK
        assert "balanced.toml" in json.dumps(started.call("localguard_self_test", {}))
    script = tmp_path / "editor.sh"
    text = 'version = 1\\ndefault = "deny"\\n[[rule]]\\nallow = "tell/names"\\n'
    script.write_text(f"#!/bin/sh\nprintf '{text}' > \"$1\"\n")
    script.chmod(0o700)
    monkeypatch.setenv("VISUAL", str(script))
    person = at.visitor.person
    edited = ran(
        lambda out, err: edit(at.where, "readonly", person, lambda _: (), editor, out=out, err=err)
    )
    assert edited.code is Exit.OK, edited
    assert '+allow = "tell/names"' in edited.out
    assert used(at.visitor, "readonly").code is Exit.OK
    with trial([*at.program.argv, "run", "tell"], environ(at)) as started:
        started.initialize()
        started.tools()
        assert "TELL_TOKEN" in json.dumps(started.call("names", {}))
    assert at.secrets.pending("tell-token") == ()


@pytest.mark.slow
def test_a_switch_warns_of_servers_that_clients_start_and_it_lacks(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """Else each of them would be denied without a word; what is told to be typed helps."""
    del secret_service
    at = house(tmp_path)
    assert at.init().code is Exit.OK
    put(at.where, "bare", 'version = 1\ndefault = "deny"\n')
    no = used(Visitor(at.where, yes=False), "bare")
    assert "  clients   start what it does not define: tell, shop, again" in no.out
    assert "localguard init --profile bare" in no.out
    assert at.init(Begin(Wish(profile="bare"), yes=True)).code is Exit.OK
    assert sorted(read_profile(at.where, "bare").servers) == ["again", "shop", "tell"]
    assert "does not define" not in used(at.visitor, "balanced").out


def test_the_servers_beside_the_active_profile_come_along_and_it_counts(where: Places) -> None:
    """It is in force only once that is said, and is accepted by whoever made it."""
    visitor = Visitor(where)
    done = made(visitor, "strict")
    assert done.code is Exit.OK, done
    assert active_name(where) == "work"
    assert "localguard profile use strict" in done.out
    profile = read_profile(where, "strict")
    assert [*profile.servers] == ["files"]
    assert dict(profile.servers["files"].env) == {"TOKEN": "secret:files-token"}
    choice = read_choice(where, key_of(where))
    assert choice.is_confirmed("strict")
    assert choice.accepted["strict"] == profile.digest
    what = f"strict {profile.digest}"
    assert visitor.records == [Chosen(what="made", value=what, who="zsh (pid 7)")]
    assert visitor.questions == []


def test_a_server_that_wants_a_sign_in_is_left_where_there_is_none(where: Places) -> None:
    """It is said; a default of its own does not make a stricter profile laxer."""
    identity = '[identity]\nissuer = "https://id.example.com"\nclient_id = "localguard"\n'
    minted = '[servers.db]\ncommand = ["db"]\n[servers.db.minted]\nDB = { audience = "db" }\n'
    put(where, "work", f"{WORK}{minted}{identity}")
    put_servers(where, "work", f'{SERVERS}[servers.ask]\ncommand = ["a"]\ndefault = "ask"\n')
    approve(where, "work")
    row = Registered("cursor", "/x", ("mcpServers",), "db", "db", "work", (), None, "")
    with registering(where, key_of(where)) as write:
        write(Registry((row,)))
    done = made(Visitor(where), "readonly")
    assert "  servers that came along: files, ask\n" in done.out
    assert "  servers that it does not define, so they are denied: db\n" in done.out
    assert read_profile(where, "readonly").servers["ask"].default is None
    assert sorted(made_copy(where).servers) == ["ask", "db", "files", "mine"]


def made_copy(where: Places) -> Profile:
    """A copy of `work`."""
    assert made(Visitor(where), "again", source="work").code is Exit.OK
    return read_profile(where, "again")


def test_a_copy_has_all_of_it_under_its_own_name(where: Places) -> None:
    """Also what it calls itself, its answers and denials, and the servers beside it."""
    put(where, "work", "version = 1\n", remembered=True)
    approve(where, "work")
    done = made(Visitor(where), "other", source="work")
    assert done.code is Exit.OK, done
    copy = read_profile(where, "other")
    assert sorted(copy.servers) == ["files", "mine"]
    assert 'profile = "other"' in Path(where.profile_file("other")).read_text()
    assert Path(where.remembered_file("other")).exists()


def test_nothing_that_nobody_has_accepted_is_carried_over(where: Places) -> None:
    """Attack: a model edits a profile, and has its edit accepted under another name."""
    put_servers(where, "work", SERVERS.replace('"files"]', '"evil"]'))
    assert made(Visitor(where), "readonly").code is Exit.OK
    assert read_profile(where, "readonly").servers["files"].command == ("files",)
    put(where, "work", WORK.replace("mine/read", "*"))
    refused = made(Visitor(where), "copy", source="work")
    assert refused.code is Exit.INVALID
    assert "was changed since it was accepted" in refused.out
    assert profile_names(where) == ("readonly", "work")


@pytest.mark.parametrize("planted", ["strict", "strict.remembered", "strict.servers"])
def test_no_file_is_written_over_or_taken_in(where: Places, planted: str) -> None:
    """Attack: a file is left where the new profile would have it."""
    path = Path(where.profiles, f"{planted}.toml")
    path.write_text("mine")
    done = made(Visitor(where), "strict")
    assert done.code is Exit.INVALID
    assert path.read_text() == "mine"
    assert [one.name for one in Path(where.profiles).glob("strict*")] == [path.name]


def test_a_process_that_may_not_answer_makes_nothing(where: Places) -> None:
    """Attack: a model in the client's shell makes a profile that counts as accepted."""
    visitor = Visitor(where, may=False)
    done = made(visitor, "personal", How(use=True, yes=True))
    assert done.code is Exit.DENIED
    assert OUTSIDE in done.err
    assert visitor.records == [RefusedApprover(who="zsh (pid 7)", why=OUTSIDE)]
    assert profile_names(where) == ("work",)


def test_what_cannot_be_recorded_is_not_made(where: Places) -> None:
    """The record comes first."""
    with pytest.raises(AuditFault):
        made(Visitor(where, deaf=True), "personal")
    assert profile_names(where) == ("work",)


@pytest.mark.parametrize("name", ["../evil", "a.toml", "A", "", "x\x1b[2J", "-", "a/b", "x" * 65])
def test_a_hostile_name_is_refused_with_the_reason(where: Places, name: str) -> None:
    """No name leaves the folder of the profiles, or writes to the terminal."""
    done = made(Visitor(where), name, template="strict")
    assert done.code is Exit.INVALID
    assert "cannot be the name of a profile" in done.out
    assert "\x1b" not in done.out
    assert profile_names(where) == ("work",)


def test_what_it_is_made_from_has_to_be_known(where: Places) -> None:
    """The way out is in the message."""
    visitor = Visitor(where)
    cases: tuple[tuple[str, str, str, str], ...] = (
        ("night", "", "", "--template"),
        ("night", "strickt", "", "strict"),
        ("work-oidc", "", "", "--issuer"),
        ("night", "strict", "work", "leave out"),
    )
    for name, template, source, told in cases:
        with pytest.raises(UsageFault) as caught:
            made(visitor, name, template=template, source=source)
        assert told in caught.value.explain()
    assert made(visitor, "work-oidc", issuer="https://id.example.com").code is Exit.OK
    assert made(visitor, "night", source="nobody").code is Exit.INVALID


def test_the_first_one_is_anybodys_and_nobodys_word(tmp_path: Path) -> None:
    """A script sets a machine up: what it makes is accepted by its first use only."""
    where = places_in(tmp_path)
    done = made(Visitor(where, may=False), "balanced", How(use=True))
    assert done.code is Exit.OK, done
    choice = read_choice(where, key_of(where))
    assert choice.profile == "balanced"
    assert not choice.is_confirmed("balanced")


def test_a_program_is_told_in_one_object(where: Places) -> None:
    """With --use it has what `profile use` says, too."""
    done = made(Visitor(where), "strict", How(use=True, as_json=True))
    told = json.loads(done.out)
    assert (told["profile"], told["template"], told["from"]) == ("strict", "strict", None)
    assert told["servers"] == ["files"]
    assert told["used"]["changed"] is True
    assert active_name(where) == "strict"


def test_a_no_leaves_it_made_and_not_in_force(where: Places) -> None:
    """The question is that of `profile use`; --yes is the answer to it."""
    visitor = Visitor(where, yes=False)
    assert made(visitor, "strict", How(use=True)).code is Exit.DENIED
    assert visitor.questions == ["Switch to strict?"]
    assert (active_name(where), profile_names(where)) == ("work", ("strict", "work"))
    assert made(visitor, "readonly", How(use=True, yes=True)).code is Exit.OK
    assert active_name(where) == "readonly"
    assert len(visitor.questions) == 1
