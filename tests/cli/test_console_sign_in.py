"""Sign-ins from the console against real providers: the wire, the vault, a person at a browser."""

import threading
import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest

from localguard.cli.console_browser import Here
from localguard.cli.console_sign_in import ConsoleSignIns
from localguard.cli.late_sign_ins import LateSignIns, ways_from_here
from localguard.cli.signed_in import followed, view
from localguard.config.build import read_profile
from localguard.console.sign_ins import Back, SignIns, Visit, Way
from localguard.errors import SignInFault
from localguard.identity.card import SIGNED_OUT
from localguard.identity.id_token import Expected, validate
from localguard.identity.signing_keys import public_keys
from localguard.policy.people import SignIn
from localguard.telling.people import SignInView
from localguard.telling.server_tokens import ServerView
from tests.cli.persons import OUTSIDE, Visitor
from tests.cli.sign_in_floor import Floor, floor
from tests.config.makers import put
from tests.console.page_stage import request
from tests.credentials.authority import Authority, Resource, authorities, resources
from tests.identity.makers import KeptKeys

CHALLENGE = "a1b2c3d4" * 8


@pytest.fixture
def at(tmp_path: Path) -> Generator[Floor]:
    """Where nobody has signed in yet."""
    with floor(tmp_path) as found:
        yield found
        for visit in found.browser.threads:
            visit.join(20)


def console(at: Floor, **other: object) -> ConsoleSignIns:
    """The sign-ins of a console on that floor, where a browser can be opened."""
    usual: dict[str, object] = {
        "browser": at.browser,
        "vault": at.vault,
        "why_not": lambda: None,
    }
    visitor = other.pop("visitor", None) or Visitor(at.where)
    person = visitor.person  # type: ignore[attr-defined]
    return ConsoleSignIns(at.where, lambda: "work", person, **(usual | other))  # type: ignore[arg-type]


@dataclass
class Seen:
    """What a person was told on the way."""

    visits: list[Visit] = field(default_factory=list)
    came: anyio.Event = field(default_factory=anyio.Event)

    def __call__(self, visit: Visit) -> None:
        assert threading.current_thread() is threading.main_thread()
        self.visits.append(visit)
        self.came.set()


async def signed_in(at: Floor, way: Way = "browser") -> Back:
    """Sign in for the profile `work`."""
    with anyio.fail_after(30):
        return await console(at).sign_in("work", way, Seen())


async def test_a_person_signs_in_and_everybody_knows_it(at: Floor) -> None:
    """Promise: once, in the browser; the header, status and guards read the same card."""
    seen = Seen()
    back = await console(at).sign_in("work", "browser", seen)
    assert back.done
    assert back.text.startswith("Alice (alice@example.test) is signed in at 127.0.0.1:")
    assert [visit.opened for visit in seen.visits] == [True]
    assert seen.visits[0].url == at.browser.opened[0]
    found = await console(at).known()
    assert isinstance(found[0], SignInView)
    assert (found[0].profile, found[0].user, found[0].groups) == (
        "work",
        "alice@example.test",
        ("dev", "finance"),
    )


async def test_a_second_sign_in_takes_new_proof(at: Floor) -> None:
    """Rules with an age of the sign-in go by that, and a provider's cookie is no proof."""
    await signed_in(at)
    await signed_in(at)
    assert at.op.asked[1]["max_age"] == "0"
    assert at.op.asked[1]["prompt"].split()[0] == "login"


async def test_whoever_is_no_person_signs_nobody_in(at: Floor) -> None:
    """Attack: an agent starts a console of its own."""
    sign_ins = console(at, visitor=Visitor(at.where, may=False))
    for back in (
        await sign_ins.sign_in("work", "browser", Seen()),
        await sign_ins.sign_in_to("work", "notes", "browser", Seen()),
        await sign_ins.prove(replace(request(), step_up=CHALLENGE), "browser", Seen()),
    ):
        assert back == Back(False, OUTSIDE)
    assert at.browser.opened == []


async def test_giving_up_closes_the_listener(at: Floor) -> None:
    """Promise: escape closes what listened; nobody can bring an answer any more."""
    seen = Seen()
    async with anyio.create_task_group() as group:
        group.start_soon(console(at).sign_in, "work", "elsewhere", seen)
        with anyio.fail_after(20):
            await seen.came.wait()
        group.cancel_scope.cancel()
    (visit,) = seen.visits
    query = parse_qs(urlsplit(visit.url or "").query)
    there = urlsplit(query["redirect_uri"][0])
    with anyio.fail_after(20):
        while await _listens(there.hostname or "", there.port or 0):
            await anyio.lowlevel.checkpoint()
    assert not view("work", _asked(at), followed(at.where)).signed_in


async def test_what_was_given_up_before_it_began_opens_no_browser(at: Floor) -> None:
    """The browser opens on a person's act, and not after they have taken it back."""
    stop = threading.Event()
    stop.set()
    with pytest.raises(SignInFault, match="given up"):
        Here(lambda _: None, stop, at.browser).open(f"{at.op.issuer}/authorize")
    assert at.browser.opened == []


async def test_the_address_of_a_browser_elsewhere_is_pasted(at: Floor) -> None:
    """identity.md 1: the failed page keeps code and state in its address; the same checks."""
    seen, backs = Seen(), list[Back]()

    async def go() -> None:
        backs.append(await console(at).sign_in("work", "elsewhere", seen))

    with anyio.fail_after(30):
        async with anyio.create_task_group() as group:
            group.start_soon(go)
            await seen.came.wait()
            visit = seen.visits[0]
            assert visit.paste is not None
            assert visit.url is not None
            seen.came = anyio.Event()
            visit.paste("http://127.0.0.1:1/callback?code=x&state=y")
            await seen.came.wait()
            assert seen.visits[-1].said.startswith("That is not it: ")
            # A tunnel brings the redirect here after all.
            at.browser.open(visit.url)
    assert backs[0].done
    assert at.browser.opened == [visit.url]


async def test_a_provider_out_of_reach_is_a_failure_in_words(at: Floor) -> None:
    put_elsewhere(at)
    back = await console(at).sign_in("work", "browser", Seen())
    assert not back.done
    assert "Fix: " in back.text
    assert at.browser.opened == []


async def test_a_profile_that_is_gone_is_a_failure_in_words(at: Floor) -> None:
    back = await console(at).sign_in("nowhere", "browser", Seen())
    assert not back.done
    assert "nowhere" in back.text
    at.profile("plain")
    put(at.where, "plain", "version = 1\n")
    back = await console(at).sign_in("plain", "browser", Seen())
    assert "asks for no sign-in" in back.text


async def test_a_receipt_is_for_the_challenge_of_the_request_alone(at: Floor) -> None:
    """identity.md 6: a signed, user-bound receipt for exactly this call."""
    await signed_in(at)
    needy = replace(request(), profile="work", step_up=CHALLENGE)
    back = await console(at).prove(needy, "browser", Seen())
    assert back.done
    assert back.proof is not None
    assert back.proof not in repr(back)
    assert at.op.asked[-1]["nonce"] == CHALLENGE
    assert (at.op.asked[-1]["prompt"], at.op.asked[-1]["max_age"]) == ("login", "0")
    asked, card = _asked(at), followed(at.where).card(_asked(at))
    assert card is not None
    expected = Expected(asked.issuer, asked.client_id, nonce=CHALLENGE)
    keys = public_keys({"keys": [one.as_dict(private=False) for one in at.op.keys]})
    assert validate(back.proof, KeptKeys(keys), expected, time.time()).subject == card.subject


async def test_somebody_elses_proof_is_none(at: Floor) -> None:
    """Attack: whoever sits at the browser is not who is signed in."""
    await signed_in(at)
    at.op.user = "bob"
    needy = replace(request(), profile="work", step_up=CHALLENGE)
    back = await console(at).prove(needy, "browser", Seen())
    assert not back.done
    assert back.proof is None
    assert "somebody else" in back.text


@pytest.mark.parametrize("challenge", [None, "", "short", "x" * 40 + "\n", "é" * 40])
async def test_a_challenge_that_is_none_opens_no_browser(at: Floor, challenge: str | None) -> None:
    """Attack: a guard that is none sends what would be a nonce of its choice."""
    needy = replace(request(), profile="work", step_up=challenge)
    back = await console(at).prove(needy, "browser", Seen())
    assert not back.done
    assert at.browser.opened == []


async def test_no_code_on_another_device_proves_anything(at: Floor) -> None:
    """RFC 8628 carries no nonce."""
    needy = replace(request(), profile="work", step_up=CHALLENGE)
    assert not (await console(at).prove(needy, "device", Seen())).done


async def test_a_sign_out_tells_each_part_and_ends_it_for_guards(at: Floor) -> None:
    await signed_in(at)
    out = await console(at).sign_out("work")
    assert (out.revoked, out.removed) == (True, True)
    assert out.page is not None
    assert out.page.startswith(f"{at.op.issuer}/end?client_id=")
    seen = view("work", _asked(at), followed(at.where))
    assert (seen.signed_in, seen.reason, seen.ended) == (False, SIGNED_OUT, False)
    back = await console(at).open(out.page)
    assert back.done
    assert at.browser.opened[-1] == out.page


async def test_a_sign_out_that_cannot_be_made_is_told(at: Floor) -> None:
    out = await console(at).sign_out("nowhere")
    assert (out.revoked, out.removed) == (False, False)
    assert "nowhere" in out.removed_said


async def test_what_only_waits_for_its_provider_is_confirmed_when_it_is_looked_at(
    at: Floor,
) -> None:
    """No guard ran for a while: nobody has to sign in for that."""
    at.profile("work", 'claims_max_age = "1s"\n')
    await signed_in(at)
    asked = _asked(at)
    with anyio.fail_after(20):
        while view("work", asked, followed(at.where)).signed_in:
            await anyio.lowlevel.checkpoint()
    found = await console(at).known()
    assert isinstance(found[0], SignInView)
    assert found[0].signed_in
    assert len(at.browser.opened) == 1


async def test_the_ways_are_those_that_the_terminal_has(at: Floor) -> None:
    assert console(at).ways() == ("browser", "elsewhere", "device")
    over_ssh = console(at, why_not=lambda: "this is a shell over SSH")
    assert over_ssh.ways() == ("elsewhere", "device")


async def test_what_speaks_with_providers_is_loaded_once_and_beside_the_screen(at: Floor) -> None:
    """A screen that stands still takes no key, and two vaults ask for a keyring twice."""
    loaded: list[threading.Thread] = []

    def load() -> SignIns:
        loaded.append(threading.current_thread())
        return console(at)

    late, seen = LateSignIns(load), Seen()
    async with anyio.create_task_group() as group:
        group.start_soon(late.known)
        group.start_soon(late.sign_in, "work", "browser", seen)
    assert len(loaded) == 1
    assert loaded[0] is not threading.main_thread()
    found = await late.known()
    assert isinstance(found[0], SignInView)
    assert found[0].signed_in
    needy = replace(request(), profile="work", step_up=CHALLENGE)
    assert (await late.prove(needy, "browser", seen)).done
    assert not (await late.sign_in_to("work", "notes", "browser", seen)).done
    out = await late.sign_out("work")
    assert out.page is not None
    assert (await late.open(out.page)).done


def test_without_a_display_no_browser_is_offered() -> None:
    assert ways_from_here("there is no display") == ("elsewhere", "device")
    assert ways_from_here(None)[0] == "browser"


@pytest.fixture
def resource() -> Generator[Resource]:
    with authorities(Authority()) as authority, resources(Resource(authority)) as found:
        yield found


async def test_a_server_is_signed_in_to_and_its_token_listed(at: Floor, resource: Resource) -> None:
    """Promise: never, signed in; where the browser goes and for what is said before it opens."""
    put(
        at.where,
        "work",
        f'version = 1\n[servers.notes]\nurl = "{resource.url}"\nauth = "oauth"\n'
        f'oauth = {{ scopes = ["read"] }}\n',
    )
    sign_ins, seen = console(at), Seen()
    assert [one.state for one in await sign_ins.known() if isinstance(one, ServerView)] == ["never"]
    back = await sign_ins.sign_in_to("work", "notes", "browser", seen)
    assert back.done, back.text
    assert back.text.startswith("Signed in to notes. Granted: read.")
    assert seen.visits[0].said.startswith("To sign in to notes, your browser goes to 127.0.0.1:")
    assert "It asks for: read" in seen.visits[0].said
    assert [one.state for one in await sign_ins.known() if isinstance(one, ServerView)] == ["in"]


def put_elsewhere(at: Floor) -> None:
    """The profile names a provider that nobody runs."""
    text = 'version = 1\n[identity]\nissuer = "http://127.0.0.1:9"\nclient_id = "localguard"\n'
    put(at.where, "work", text)


def _asked(at: Floor) -> SignIn:
    found = read_profile(at.where, "work", tested=False).sign_in
    assert found is not None
    return found


async def _listens(host: str, port: int) -> bool:
    try:
        stream = await anyio.connect_tcp(host, port)
    except OSError:
        return False
    await stream.aclose()
    return True
