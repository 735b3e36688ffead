"""What a person did to sign in is in the audit log: who, where, how, and what came of it."""

from collections.abc import Generator
from pathlib import Path

import pytest

from localguard.audit.records import Record, SignInAct
from localguard.cli.login import Wanted, how_of
from localguard.cli.sign_in_acts import SigningIn
from localguard.errors import AuditFault, SignInFault
from localguard.oauth.faults import Refused
from tests.cli.persons import Visitor
from tests.cli.sign_in_floor import Floor, floor


@pytest.fixture
def at(tmp_path: Path) -> Generator[Floor]:
    """Where nobody has signed in yet."""
    with floor(tmp_path) as found:
        yield found


def acts(visitor: Visitor) -> list[SignInAct]:
    """What was recorded of sign-ins."""
    return [one for one in visitor.records if isinstance(one, SignInAct)]


def test_a_sign_in_is_recorded_before_the_page_and_after_it(at: Floor) -> None:
    """Design 10: issuer and subject, the way, and the process that the person typed in."""
    visitor = Visitor(at.where)
    at.login(by=visitor)
    begun, made = acts(visitor)
    assert (begun.event, begun.person, begun.issuer) == ("begun", None, at.op.issuer)
    assert (made.event, made.profile, made.who) == ("signed_in", "work", "zsh (pid 7)")
    assert made.person == {"issuer": at.op.issuer, "subject": "alice", "name": "Alice"}


def test_what_cannot_be_recorded_is_not_begun(at: Floor) -> None:
    """Fail closed: no page opens, and nobody is signed in."""
    with pytest.raises(AuditFault):
        at.login(by=Visitor(at.where, deaf=True))
    assert at.browser.opened == []


@pytest.mark.parametrize(
    ("why", "event", "reason"),
    [
        (Refused("the provider says no", error="access_denied"), "refused", "the provider says no"),
        (SignInFault("nobody came back"), "failed", "nobody came back"),
        (KeyboardInterrupt(), "failed", "it was given up"),
    ],
)
def test_what_came_to_nothing_says_why(
    at: Floor, why: BaseException, event: str, reason: str
) -> None:
    """Refused by the provider, failed, or given up by the person."""
    visitor = Visitor(at.where)
    act = SigningIn(visitor.person, "work", "device")
    act.begin(at.op.issuer)
    with pytest.raises(type(why)), act.watched():
        raise why
    assert [(one.event, one.reason) for one in acts(visitor)] == [("begun", None), (event, reason)]


def test_what_was_never_begun_leaves_nothing(at: Floor) -> None:
    """A server that cannot be asked has sent nobody anywhere."""
    visitor = Visitor(at.where)
    with pytest.raises(SignInFault), SigningIn(visitor.person, "work", "browser").watched():
        raise SignInFault("the server cannot be reached")
    assert visitor.records == list[Record]()


def test_an_end_that_cannot_be_recorded_is_told(at: Floor) -> None:
    """The person is signed in by then, and hears that the log lacks it."""
    visitor = Visitor(at.where)
    act = SigningIn(visitor.person, "work", "browser")
    act.begin(at.op.issuer)
    visitor.deaf = True
    assert act.made(None) == "the audit log cannot be written."


def test_the_way_is_named_as_it_was_typed() -> None:
    """Browser, pasted address, or a code on another device."""
    assert how_of(Wanted(device=True)) == "device"
    assert how_of(Wanted(no_browser=True)) == "pasted"
    assert how_of(Wanted()) in ("browser", "pasted")
