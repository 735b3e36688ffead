"""`localguard init`: what is found is shown, agreed to, done, tried, and can be taken back."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from localguard.audit.records import Chosen, RefusedApprover
from localguard.cli.exits import Exit
from localguard.cli.init_desk import How
from localguard.clients.entry import Program
from localguard.clients.trial import trial
from localguard.config.choice import read_choice
from localguard.errors import AuditFault, UsageFault, VaultFault
from localguard.onboarding.choosing_profile import Wish
from localguard.onboarding.journal import Journal, write_journal
from localguard.onboarding.templates import SignIn
from localguard.pinning.store import PinStore
from tests.cli.init_home import (
    ARGUMENT,
    CODEX,
    SERVERS,
    SHOP,
    TELLER,
    TOKEN,
    House,
    cursor,
    house,
)
from tests.config.makers import choose_valid, key_of, put
from tests.providers.secret_service import SecretService
from tests.remote.scripted_http import in_thread
from tests.remote.shop import shop

BAD_ZED = '{\n "context_servers": {,}\n}'
BROKEN = [sys.executable, "-c", "import sys; sys.exit('no route to the database')"]


def open_guard(folder: Path) -> str:
    """A program called as localguard is, which lets every call through."""
    program = folder / "bin/localguard"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{SERVERS / 'open_guard.py'}'\n")
    program.chmod(0o700)
    return str(program)


def records(at: House, kind: str) -> list[dict[str, object]]:
    """The records of a kind that guards have written."""
    lines = [
        json.loads(line)
        for path in sorted(Path(at.where.audit).glob("*/*.jsonl"))
        for line in path.read_text().splitlines()
    ]
    return [one for one in lines if one["kind"] == kind]


@pytest.mark.slow
def test_all_of_it_is_done_and_all_of_it_comes_back(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """Issue 6, section 2: one command; a second one finds nothing to do; the way back is exact."""
    del secret_service
    at = house(tmp_path)
    done = at.init(How())
    assert done.code is Exit.OK, done
    asked, marks = at.visitor.questions
    assert asked == "Write 4 files and move 2 secrets to the vault?"
    assert marks.startswith("Let these marks count?")
    for shown in (
        "Cursor  ~/.cursor/mcp.json    3 servers: tell, here, shop",
        "profile  balanced is made: reads are free, changes are asked",
        "tell: variable TELL_TOKEN becomes secret:tell-token",
        "tell: argument api-key becomes secret:tell-api-key",
        "leave    Cursor: here: it has ${workspaceFolder}, which only the client can fill in",
        "tell: 3 tools pinned",
        "tell/localguard_self_test was denied: this call is made to be denied (balanced.toml:",
        "Codex: begin a new session",
        "way back  localguard disconnect --all",
    ):
        assert shown in done.out
    # No value, on no screen and in no file.
    assert TOKEN not in done.out + done.err
    assert ARGUMENT not in done.out + done.err
    assert at.holding(TOKEN) == at.holding(ARGUMENT) == []
    assert {one.name: one.fingerprint in done.out for one in at.secrets.listed()} == {
        "tell-api-key": True,
        "tell-token": True,
    }
    assert [one.server for one in at.secrets.bound("tell-token")] == ["tell"]
    choice = read_choice(at.where, key_of(at.where))
    assert (choice.profile, choice.is_confirmed("balanced")) == ("balanced", True)
    assert PinStore(at.where.pins).names() == ("again", "shop", "tell")
    assert len(records(at, "refused")) == 3
    told = [one.what for one in at.visitor.records if isinstance(one, Chosen)]
    assert told == ["profile", "connected", "secret", "secret"]
    before = at.tree()
    again = at.init(How())
    assert again.code is Exit.OK
    assert again.out.endswith(
        "Nothing is to be done: 3 servers of your clients are behind localguard already, "
        "by the profile balanced.\n"
    )
    assert at.tree() == before
    assert at.disconnect().code is Exit.OK
    assert at.as_before()


@pytest.mark.slow
def test_a_server_has_its_secrets_through_the_guard(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """By a profile that is there already, which init adds to and does not write over."""
    del secret_service
    at = house(tmp_path)
    Path(at.where.profiles).parent.mkdir(mode=0o700)
    mine = 'version = 1\ndefault = "ask"\n[[rule]]\nallow = "tell/names"\n'
    put(at.where, "work", mine)
    choose_valid(at.where, "work")
    done = at.init()
    assert done.code is Exit.OK, done
    assert "profile  work, which is the active one" in done.out
    # What no rule denies would be asked: the self-test reaches where nothing can.
    assert "was denied: an argument reaches into localguard's own folder" in done.out
    assert Path(at.where.profile_file("work")).read_text() == mine
    entry = ([*at.program.argv, "run", "tell"], {**at.machine.environ, **at.program.env})
    with trial(*entry) as started:
        started.initialize()
        started.tools()
        answer = json.dumps(started.call("names", {}))
    assert "MODE" in answer
    assert "TELL_TOKEN" in answer


def test_a_dry_run_shows_all_of_it_and_writes_nothing(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """Not into the vault either; no secret in what would change."""
    del secret_service
    at = house(tmp_path)
    before = at.tree()
    shown = at.init(How(dry_run=True))
    assert shown.code is Exit.OK
    assert "+command = " in shown.out
    assert "secret:tell-token" in shown.out
    assert TOKEN not in shown.out
    assert ARGUMENT not in shown.out
    assert shown.out.endswith("\nNothing was changed.\n")
    assert at.tree() == before
    assert at.visitor.records == []


def test_what_was_begun_is_gone_on_with_only_after_a_yes(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """Attack: an old state/init.json is put back, so that a failed test removes a secret."""
    del secret_service
    at = house(tmp_path, cursor())
    Path(at.where.profiles).parent.mkdir(mode=0o700)
    put(at.where, "work", "version = 1\n")
    choose_valid(at.where, "work")
    at.secrets.set("tell-token", TOKEN)
    write_journal(at.where, Journal("work", None, "", (), ("tell-token",)))
    before = at.tree()
    at.visitor.yes = False
    assert at.init(How()).code is Exit.DENIED
    assert "take it back if its test fails?" in at.visitor.questions[-1]
    assert at.tree() == before


def test_a_no_changes_nothing(tmp_path: Path, secret_service: SecretService) -> None:
    """The question comes before the first byte."""
    del secret_service
    at = house(tmp_path)
    before = at.tree()
    at.visitor.yes = False
    assert at.init(How()).code is Exit.DENIED
    assert at.tree() == before


@pytest.mark.slow
@pytest.mark.parametrize("step", ["profile", "connected", "secret"])
def test_what_was_not_finished_is_gone_on_with(
    tmp_path: Path, secret_service: SecretService, step: str
) -> None:
    """Promise: whatever ends it in the middle, the same command finishes it."""
    del secret_service
    at = house(tmp_path)
    person = at.visitor.person

    class Dies:
        """A visitor whose process ends at a step: nothing is done after it."""

        def __init__(self) -> None:
            self.person = replace(person, record=self._record)
            self.typed = at.visitor.typed

        def _record(self, record: object) -> None:
            if isinstance(record, Chosen) and record.what == step:
                raise AuditFault("the process has ended")

    visitor, at.visitor = at.visitor, Dies()  # type: ignore[assignment]
    with pytest.raises(AuditFault):
        at.init(How(Wish(template="readonly"), yes=True))
    at.visitor = visitor
    done = at.init()
    assert done.code is Exit.OK, done
    assert read_choice(at.where, key_of(at.where)).profile == "readonly"
    assert sorted(one.name for one in at.secrets.listed()) == ["tell-api-key", "tell-token"]
    assert at.holding(TOKEN) == []
    assert "restart   Cursor" in done.out
    before = at.tree()
    assert "Nothing is to be done" in at.init().out
    assert at.tree() == before
    at.disconnect()
    assert at.as_before()


@pytest.mark.slow
def test_where_a_call_is_let_through_all_of_it_is_taken_back(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """Issue 6: it refuses to finish. What clients start here is no guard, but says that it is."""
    del secret_service
    at = house(tmp_path)
    at.program = Program((open_guard(tmp_path),))
    done = at.init()
    assert done.code is Exit.FAILURE
    assert "A call that must be denied was not: tell answered: done" in done.out
    assert "taken back" in done.out
    assert at.as_before()
    assert list(Path(at.where.profiles).iterdir()) == []
    assert at.secrets.listed() == ()
    choice = read_choice(at.where, key_of(at.where))
    assert (choice.profile, choice.accepted) == (None, {})
    assert not (Path(at.where.state) / "init.json").exists()


@pytest.mark.slow
def test_what_was_there_before_is_there_after_all_was_taken_back(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """The profile in force, its files, and a secret that the vault had already."""
    del secret_service
    at = house(tmp_path)
    Path(at.where.profiles).parent.mkdir(mode=0o700)
    put(at.where, "work", "version = 1\n")
    choose_valid(at.where, "work")
    at.secrets.set("tell-token", TOKEN)
    at.program = Program((open_guard(tmp_path),))
    for wish in (Wish(), Wish("other", "strict")):
        assert at.init(How(wish, yes=True)).code is Exit.FAILURE
        assert at.as_before()
        assert [one.name for one in Path(at.where.profiles).glob("*.toml")] == ["work.toml"]
        assert read_choice(at.where, key_of(at.where)).profile == "work"
        assert [one.name for one in at.secrets.listed()] == ["tell-token"]


@pytest.mark.slow
def test_a_server_that_does_not_start_undoes_nothing(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """It is told with what to do; with none that starts the denial is seen all the same."""
    del secret_service
    bad = {"command": BROKEN[0], "args": BROKEN[1:]}
    at = house(tmp_path, cursor(gone={"command": "no-such-program"}, bad=bad))
    done = at.init()
    assert done.code is Exit.OK, done
    assert "gone does not start: the command 'no-such-program' was not found" in done.out
    assert "Fix: install 'no-such-program'" in done.out
    assert "bad does not start: the server exited (code 1)" in done.out
    assert "no route to the database" in done.out
    assert "localguard_self_test was denied" in done.out
    alone = house(tmp_path / "other", cursor(bad=bad))
    done = alone.init()
    assert done.code is Exit.OK, done
    assert "localguard-self-test/localguard_self_test was denied" in done.out


@pytest.mark.slow
def test_a_broken_file_is_shown_with_its_place_and_left_alone(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """Line and column; the other clients are served, and the exit code says that one was not."""
    del secret_service
    texts = {
        ".codex/config.toml": CODEX,
        ".config/zed/settings.json": BAD_ZED,
    }
    at = house(tmp_path, texts)
    done = at.init()
    assert done.code is Exit.INVALID
    assert "Zed    ~/.config/zed/settings.json:2:22\n         left alone: a name" in done.out
    assert "again: 3 tools pinned" in done.out
    assert (tmp_path / ".config/zed/settings.json").read_text() == texts[
        ".config/zed/settings.json"
    ]


@pytest.mark.slow
def test_without_a_vault_nothing_moves_before_that_is_settled(tmp_path: Path) -> None:
    """No keyring: said up front, with both ways out; then the secrets stay where a profile is."""
    at = house(tmp_path)
    at.store = "memory"
    before = at.tree()
    with pytest.raises(VaultFault) as told:
        at.init()
    assert "2 secrets in plain text would go to the vault" in told.value.explain()
    assert "--keep-secrets" in told.value.fix
    assert '"passphrase"' in told.value.fix
    assert at.tree() == before
    kept = at.init(How(yes=True, keep_secrets=True))
    assert kept.code is Exit.OK, kept
    assert (
        "stays    tell: variable TELL_TOKEN, in plain text in balanced.servers.toml\n" in kept.out
    )
    assert TOKEN not in kept.out
    assert Path(at.where.servers_file("balanced")).read_text().count(TOKEN) == 1
    again = at.init()
    assert "tell: variable TELL_TOKEN, in plain text in balanced.servers.toml\n" in again.out
    assert "localguard disconnect --all, then localguard init moves them" in again.out
    assert TOKEN not in again.out
    at.disconnect()
    assert at.as_before()


@pytest.mark.slow
def test_where_there_is_no_secret_no_vault_is_needed(tmp_path: Path) -> None:
    """A machine without a keyring is no reason to be unguarded."""
    at = house(tmp_path, cursor(shop={"command": SHOP[0], "args": SHOP[1:]}))
    at.store = "memory"
    done = at.init()
    assert done.code is Exit.OK, done
    at.disconnect()
    assert at.as_before()


@pytest.mark.slow
def test_nobody_at_a_terminal_says_so_and_a_stranger_is_refused(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """The first choice is anybody's; every later one is a person's, as with connect."""
    del secret_service
    at = house(tmp_path, cursor(tell={"command": TELLER[0], "args": TELLER[1:]}))
    at.attended = False
    with pytest.raises(UsageFault, match="nobody can be asked") as told:
        at.init(How())
    assert "localguard init --yes" in told.value.fix
    at.visitor.may = False
    assert at.init().code is Exit.OK
    choice = read_choice(at.where, key_of(at.where))
    assert (choice.profile, choice.is_confirmed("balanced")) == ("balanced", False)
    put(at.where, "other", "version = 1\n")
    before = at.files, (tmp_path / ".cursor/mcp.json").read_bytes()
    refused = at.init(How(Wish(profile="other"), yes=True))
    assert refused.code is Exit.DENIED
    assert "nothing is changed" in refused.err
    assert isinstance(at.visitor.records[-1], RefusedApprover)
    assert (at.files, (tmp_path / ".cursor/mcp.json").read_bytes()) == before


def test_a_profile_of_that_name_is_never_written_over(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """With a template beside it that is a slip; by itself it is the one to use."""
    del secret_service
    at = house(tmp_path)
    Path(at.where.profiles).parent.mkdir(mode=0o700)
    put(at.where, "main", "version = 1\n")
    with pytest.raises(UsageFault, match="writes over none"):
        at.init(How(Wish("main", "strict"), dry_run=True))
    shown = at.init(How(Wish("main"), dry_run=True))
    assert "main, which is there already, is made the active one" in shown.out
    with pytest.raises(UsageFault, match='no template is called "strickt"') as told:
        at.init(How(Wish(template="strickt"), dry_run=True))
    assert "strict" in told.value.fix


@pytest.mark.slow
def test_a_company_says_who_its_people_are(tmp_path: Path, secret_service: SecretService) -> None:
    """work-oidc needs its provider; without a sign-in each call is denied, which is next."""
    del secret_service
    at = house(tmp_path, cursor(tell={"command": TELLER[0], "args": TELLER[1:]}))
    with pytest.raises(UsageFault) as told:
        at.init(How(Wish(template="work-oidc"), yes=True))
    assert "--issuer" in told.value.fix
    who = SignIn("https://login.acme.example", "lg")
    done = at.init(How(Wish(template="work-oidc", ask_sign_in=lambda: who), yes=True))
    assert done.code is Exit.OK, done
    assert "the profile requires a sign-in" in done.out
    assert "localguard login" in done.out


def test_a_projects_file_is_told_of_and_left(tmp_path: Path, secret_service: SecretService) -> None:
    """It is everybody's who works there; --scope project takes it over."""
    del secret_service
    texts = cursor(tell={"command": TELLER[0], "args": TELLER[1:]})
    ours = {"shop/.cursor/mcp.json": texts[".cursor/mcp.json"]}
    at = house(tmp_path, {**texts, **ours})
    at.project = str(tmp_path / "shop")
    shown = at.init(How(dry_run=True))
    assert "~/shop/.cursor/mcp.json is left as it is; --scope project" in shown.out
    assert "/shop/.cursor/mcp.json (after)" not in shown.out
    shown = at.init(How(scope="project", dry_run=True))
    assert "/shop/.cursor/mcp.json (after)" in shown.out


@pytest.mark.slow
def test_a_program_is_told_all_of_it_without_any_secret(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """One JSON object on stdout, whatever is said meanwhile."""
    del secret_service
    at = house(tmp_path)
    done = at.init(How(yes=True, as_json=True))
    told = json.loads(done.out)
    assert told["changed"] is True
    assert [one["server"] for one in told["servers"]] == ["tell", "shop", "again"]
    assert told["self_test"]["denied"] is True
    assert told["plan"]["profile"] == {"name": "balanced", "template": "balanced", "before": None}
    assert set(told["fingerprints"]) == {"tell-token", "tell-api-key"}
    assert TOKEN not in done.out
    assert json.loads(at.init(How(yes=True, as_json=True)).out)["changed"] is False


def test_no_client_at_all_is_told_with_what_to_type(tmp_path: Path) -> None:
    """A newcomer with a client in an odd place."""
    with pytest.raises(UsageFault, match="no client that localguard knows") as told:
        house(tmp_path, {}).init(How(dry_run=True))
    assert "--client NAME" in told.value.fix


@pytest.mark.slow
def test_servers_go_along_into_another_profile(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """Else each entry that starts a guard already would be denied once that is in force."""
    del secret_service
    at = house(tmp_path)
    assert at.init().code is Exit.OK
    done = at.init(How(Wish(template="strict"), yes=True))
    assert done.code is Exit.OK, done
    assert "servers  tell, shop, again: taken along from the profile before" in done.out
    assert "strict is made: " in done.out
    assert "(in place of balanced)" in done.out
    for shown in ("tell: 3 tools pinned", "shop: ", "again: 3 tools pinned"):
        assert shown in done.out
    assert at.secrets.pending("tell-token") == ()
    assert "Nothing is to be done" in at.init().out
    at.disconnect()
    assert at.as_before()


@pytest.mark.slow
def test_a_server_with_a_url_is_sent_its_token_by_the_guard(
    tmp_path: Path, secret_service: SecretService
) -> None:
    """What stood in a header is `auth`, or a header by its reference; what is sent is the same."""
    del secret_service
    with in_thread(shop()) as hub:
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Api-Key": ARGUMENT, "X-Team": "shop"}
        at = house(tmp_path, cursor(hub={"url": hub.url, "headers": headers}))
        done = at.init()
        assert done.code is Exit.OK, done
        assert "hub: 1 tool pinned" in done.out
        heard = hub.of("tools/list")[0].headers
        assert heard["authorization"] == f"Bearer {TOKEN}"
        assert (heard["x-api-key"], heard["x-team"]) == (ARGUMENT, "shop")
    assert "hub: Authorization becomes secret:hub-token" in done.out
    assert at.holding(TOKEN) == at.holding(ARGUMENT) == []
    assert [one.server for one in at.secrets.bound("hub-token")] == ["hub"]
    at.disconnect()
    assert at.as_before()
