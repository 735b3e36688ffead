"""A sign-in over its life: it is followed by guards that run, confirmed, kept, lost and ended."""

import json
import time
from collections.abc import Callable

from tests.providers.canaille import EXACT_PORTS
from tests.providers.idp import Idp
from tests.ways.signing import Desktop, is_refused, text_of
from tests.ways.wire import PATIENCE, Message, Wire

FINANCE = '[[rule]]\nallow = "*"\nwhen.group = "finance"\n'
CONFIRMED = "token:refresh_token:ok"


def until(look: Callable[[], bool]) -> None:
    """Wait for what happens beside the calls."""
    deadline = time.monotonic() + PATIENCE
    while not look():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def echo(wire: Wire) -> Message:
    return wire.call("echo", text="x")


def test_guards_follow_a_sign_in_and_a_sign_out(desktop: Desktop, idp: Idp) -> None:
    """Promise: it bites on the next call, without a restart, and nobody is told nothing."""
    desktop.profile(idp.issuer)
    wire = desktop.ready()
    assert "localguard login" in text_of(echo(wire))
    desktop.login()
    assert not is_refused(echo(wire))
    desktop.logout()
    assert "localguard login" in text_of(echo(wire))
    assert len(desktop.calls()) == 1


def test_every_call_is_recorded_with_the_person(desktop: Desktop, idp: Idp) -> None:
    """Promise: issuer and subject, which alone are a person, and a name for people to read."""
    rules = '[[rule]]\nallow = "*/echo"\n[[rule]]\nask = "*/add"\n'
    desktop.profile(idp.issuer, rules=rules)
    desktop.login()
    wire = desktop.ready()
    for tool in ("echo", "add", "other"):
        wire.call(tool)
    for kind in ("intent", "held", "refused"):
        (record,) = desktop.home.records(kind)
        told = {"issuer": idp.issuer, "subject": "alice", "name": "alice"}
        assert told.items() <= record["person"].items(), kind


def test_a_lost_group_bites_within_claims_max_age(desktop: Desktop, idp: Idp) -> None:
    """Promise: what a person was a minute ago they may not be now; nobody signs in again."""
    idp.change(ttl={"id": 100_000, "refresh": 100_000})
    desktop.profile(idp.issuer, rules=FINANCE, claims_max_age="1m")
    desktop.login()
    wire = desktop.ready()
    assert not is_refused(echo(wire))
    idp.person("alice", groups=["dev"])
    desktop.ahead(61)
    assert is_refused(echo(wire))
    until(lambda: desktop.who()["groups"] == ["dev"])
    assert idp.requests(CONFIRMED) == 1
    assert is_refused(echo(wire))
    idp.person("alice", groups=["finance"])
    desktop.ahead(130)
    until(lambda: not is_refused(echo(wire)))
    assert len(desktop.opened()) == 1


def test_who_has_left_is_signed_out(desktop: Desktop, idp: Idp) -> None:
    """Promise: `invalid_grant` is an end and no loop, whoever asks however often."""
    idp.change(ttl={"id": 100_000, "refresh": 100_000})
    desktop.profile(idp.issuer, claims_max_age="1m")
    desktop.login()
    wire = desktop.ready()
    assert not is_refused(echo(wire))
    idp.person("alice", gone=True)
    desktop.ahead(61)
    echo(wire)
    until(lambda: idp.requests("token:refresh_token:invalid_grant") == 1)
    for _ in range(5):
        assert "localguard login" in text_of(echo(wire))
    assert "localguard login" in text_of(echo(desktop.ready()))
    assert idp.requests("token") == 2
    assert len(desktop.calls()) == 1


def test_a_provider_that_is_down_ends_no_sign_in(desktop: Desktop, idp: Idp) -> None:
    """Promise: 503 and silence keep the tokens; the grace that the profile gives is given."""
    idp.change(ttl={"id": 100_000, "refresh": 100_000})
    desktop.profile(idp.issuer, claims_max_age="1m", offline_grace="1h")
    desktop.login()
    idp.fault("token", status=503)
    desktop.ahead(61)
    wire = desktop.ready()
    until(lambda: idp.requests("token") >= 2)
    until(lambda: not is_refused(echo(wire)))
    desktop.ahead(4000)
    assert is_refused(echo(wire))
    idp.mend("token")
    until(lambda: not is_refused(echo(wire)))
    assert idp.refreshes() == 1
    assert len(desktop.opened()) == 1


def test_a_session_has_an_end_whatever_the_provider_confirms(desktop: Desktop, idp: Idp) -> None:
    """Promise: `max_session_age` counts from when the person gave proof (auth_time)."""
    idp.change(ttl={"id": 100_000, "refresh": 100_000})
    desktop.profile(idp.issuer, max_session_age="8h")
    desktop.login()
    wire = desktop.ready()
    assert not is_refused(echo(wire))
    desktop.ahead(8 * 3600 + 120)
    assert "localguard login" in text_of(echo(wire))
    desktop.browser(user="alice")
    desktop.ahead(0)
    desktop.login()
    assert not is_refused(echo(wire))


def test_two_profiles_are_two_people(desktop: Desktop, idps: Callable[[], Idp]) -> None:
    """Promise: a sign-in belongs to its provider; another profile has another, or none."""
    home, work = idps(), idps()
    for name, idp in (("home", home), ("work", work)):
        desktop.profile(idp.issuer)
        (desktop.home.profiles / "all.toml").rename(desktop.home.profiles / f"{name}.toml")
    desktop.home.use("home")
    desktop.login()
    desktop.browser(user="bob")
    at_home, at_work = desktop.ready(), desktop.ready(profile="work")
    assert not is_refused(echo(at_home))
    assert is_refused(echo(at_work))
    desktop.login("--profile", "work")
    assert not is_refused(echo(at_work))
    people = {record["person"]["subject"] for record in desktop.home.records("intent")}
    assert people == {"alice", "bob"}


def test_a_sign_out_says_how_each_of_its_parts_went(desktop: Desktop, idp: Idp) -> None:
    """RFC 7009, RP-Initiated Logout: revoked there, removed here, and the page for the browser."""
    desktop.profile(idp.issuer)
    desktop.login()
    done = desktop.logout()
    assert done.code == 0, done.err
    assert f"{idp.issuer}/session/end" in done.out
    assert idp.requests("revocation") == 1
    assert list((desktop.home.path / "vault").glob("entries/identity.*.sealed")) == []


def test_a_sign_out_is_one_though_the_provider_refuses(
    desktop: Desktop, canaille_issuer: str
) -> None:
    """Promise: what could not be revoked is said, and is gone from here all the same."""
    desktop.profile(canaille_issuer, redirect_ports=EXACT_PORTS[:1])
    desktop.login()
    done = desktop.logout()
    assert "NOT at the provider" in done.out
    assert is_refused(echo(desktop.ready()))


def test_a_sign_in_of_another_person_has_nothing_of_the_first(desktop: Desktop, idp: Idp) -> None:
    """Promise: rules look at who is there now."""
    desktop.profile(idp.issuer, rules=FINANCE)
    desktop.login()
    wire = desktop.ready()
    assert not is_refused(echo(wire))
    desktop.logout()
    desktop.browser(user="bob")
    desktop.login()
    assert is_refused(echo(wire))
    assert json.dumps(desktop.who()).count("alice") == 0


def test_without_required_rules_alone_decide(desktop: Desktop, idp: Idp) -> None:
    """Promise: who is unknown has no group, and no more is taken from them."""
    rules = f'{FINANCE}[[rule]]\nallow = "*/add"\n'
    desktop.profile(idp.issuer, rules=rules, required=False)
    wire = desktop.ready()
    assert is_refused(echo(wire))
    assert not is_refused(wire.call("add"))
