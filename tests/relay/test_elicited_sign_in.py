"""A sign-in that is over, asked for through the client: what which client is told, and when."""

from typing import Any

import pytest

from localguard.policy.profile import Profile
from localguard.relay.elicited_offer import Ended, NoPages, Offer
from localguard.relay.elicited_sign_in import WAIT
from localguard.relay.methods import CLIENT_CAPABILITIES
from localguard.relay.replies import SIGN_IN
from tests.relay.playbook import Heard, Message, Play, call, modern, request
from tests.relay.signing_in import ANA, GONE, IDENTITY

REQUIRED = f'{IDENTITY}required = true\n[[rule]]\nallow = "*/*"'
URL: dict[str, Any] = {"elicitation": {"url": {}}}
PAGE = "http://127.0.0.1:1/x"


class Pages:
    """Has a page, unless a test says otherwise, and ends it when a test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.ended: list[Ended] = []
        self.none = False

    def offer(self, profile: Profile, client: str | None) -> Offer | None:
        self.asked.append((profile.name, client))
        return self.pending()

    def pending(self) -> Offer | None:
        return None if self.none else Offer("e1", PAGE, "sign in", self.ended.append)

    def end(self, play: Play, *, signed_in: bool) -> Heard:
        """The page is over."""
        self.none = True
        if signed_in:
            play.sign(ANA)
        return play.said(lambda: [ended(signed_in) for ended in self.ended])


class Over(Play):
    """A session whose profile requires a sign-in, which is over."""

    def __init__(self, rules: str = REQUIRED, version: str = "2025-11-25", **can: Any) -> None:
        self.pages = Pages()
        super().__init__(rules, pages=self.pages)
        self.sign(GONE)
        self.handshake(version, **can)
        self.list_tools("read")


def answer(heard: Heard) -> Message:
    """The one thing that the client is told."""
    (told,) = heard.to_client
    return told


def signed(call_id: int, **members: Any) -> Message:
    """A modern call of a client that can show addresses."""
    return able(request(call_id, "tools/call", name="read", arguments={}, **members))


def able(message: Message) -> Message:
    """A modern request of a client that can show addresses."""
    return modern(message, **{CLIENT_CAPABILITIES: URL})


def accepted(call_id: int, action: str = "accept", **more: Any) -> Message:
    """The same, made anew after the client has shown the page."""
    return signed(call_id, inputResponses={SIGN_IN: {"action": action}, **more})


def in_words(told: Message) -> bool:
    """Whether it is the refusal that everybody gets."""
    return GONE.fix in str(told) and PAGE not in str(told)


def test_a_legacy_client_gets_the_error_with_the_page() -> None:
    """2025-11-25 client/elicitation "URL Elicitation Required Error"."""
    play = Over(**URL)
    error = answer(play.client(call(7, "read")))["error"]
    assert error["code"] == -32042
    wish = {"mode": "url", "elicitationId": "e1", "url": PAGE, "message": "sign in"}
    assert error["data"] == {"elicitations": [wish]}
    assert GONE.fix in error["message"]
    assert play.pages.asked == [("work", "someone")]


def test_it_is_told_once_that_the_sign_in_is_done() -> None:
    """`notifications/elicitation/complete`, however many calls were refused; then calls pass."""
    play = Over(**URL)
    for id_ in (7, 8):
        play.client(call(id_, "read"))
    told = answer(play.pages.end(play, signed_in=True))
    assert told["method"] == "notifications/elicitation/complete"
    assert told["params"] == {"elicitationId": "e1"}
    assert [sent["id"] for sent in play.client(call(9, "read")).to_server] == [9]


def test_of_a_page_that_led_to_nothing_nothing_is_told() -> None:
    """The next call is refused as before."""
    play = Over(**URL)
    play.client(call(7, "read"))
    assert play.pages.end(play, signed_in=False).to_client == []
    assert in_words(answer(play.client(call(8, "read"))))


@pytest.mark.parametrize(
    ("version", "can"),
    [
        ("2025-11-25", {}),
        ("2025-11-25", {"elicitation": {}}),
        ("2025-11-25", {"elicitation": {"form": {}}}),
        ("2025-11-25", {"elicitation": {"url": None}}),
        ("2025-11-25", {"elicitation": "url"}),
        ("2025-06-18", URL),
    ],
)
def test_others_are_told_in_words(version: str, can: dict[str, Any]) -> None:
    """Who cannot show an address, or speaks a revision that has none of this."""
    play = Over(version=version, **can)
    assert in_words(answer(play.client(call(7, "read"))))
    assert play.pages.asked == []


def test_what_servers_may_ask_of_the_client_does_not_matter() -> None:
    """The client is asked by the guard, and what it can do is what it said, before it was cut."""
    rules = f'{REQUIRED}\n[from_server]\nelicitation = "deny"\n'
    play = Over(rules, **URL)
    assert "elicitation" not in str(play.to_server[0]["params"]["capabilities"])
    assert answer(play.client(call(7, "read")))["error"]["code"] == -32042


def test_other_denials_and_other_requests_are_as_before() -> None:
    """Only where nobody is signed in does a sign-in help, and only calls of tools ask for it."""
    play = Over(f'{IDENTITY}required = true\n[[rule]]\nallow = "elsewhere/*"', **URL)
    read = play.client(request(7, "resources/read", uri="memo://a"))
    assert in_words(answer(read))
    play.sign(ANA)
    assert "isError" in answer(play.client(call(8, "read")))["result"]
    lax = Over(f'{IDENTITY}[[rule]]\nallow = "elsewhere/*"', **URL)
    assert "isError" in answer(lax.client(call(9, "read")))["result"]
    assert play.pages.asked == lax.pages.asked == []


def test_where_there_is_no_page_it_is_said_in_words() -> None:
    """A first sign-in, for example, is for the person's own terminal."""
    play = Over(**URL)
    play.pages.none = True
    assert in_words(answer(play.client(call(7, "read"))))
    nowhere = NoPages()
    assert nowhere.pending() is nowhere.offer(play.policy.now.profile or Profile("", ()), "x")


def test_a_modern_client_is_asked_by_a_result() -> None:
    """2026-07-28 basic/patterns/mrtr; `elicitationId` is no more."""
    play = Over()
    told = answer(play.client(signed(7)))["result"]
    wish = {
        "method": "elicitation/create",
        "params": {"mode": "url", "url": PAGE, "message": "sign in"},
    }
    assert told == {"resultType": "input_required", "inputRequests": {SIGN_IN: wish}}
    assert in_words(answer(play.client(modern(call(8, "read")))))


def test_a_call_made_anew_waits_and_is_judged_as_any_other() -> None:
    """No call passes by what the client says of the page, but by who is signed in then."""
    play = Over()
    play.client(signed(7))
    waiting = play.client(accepted(8))
    assert waiting == Heard([], [], [])
    (sent,) = play.pages.end(play, signed_in=True).to_server
    assert sent["id"] == 8
    assert "inputResponses" not in sent["params"]
    assert play.wait(WAIT + 1).to_server == []


def test_a_call_made_anew_does_not_wait_for_ever() -> None:
    """Clients give a call 60 s; and there is no second window for one call."""
    play = Over()
    play.client(accepted(8))
    assert play.wait(WAIT - 1).to_client == []
    assert in_words(answer(play.wait(1)))
    assert play.pages.end(play, signed_in=True).to_server == []


@pytest.mark.parametrize("action", ["decline", "cancel", ""])
def test_who_declines_does_not_wait(action: str) -> None:
    """The refusal in words, at once."""
    assert in_words(answer(Over().client(accepted(8, action))))


def test_a_call_that_was_taken_back_while_it_waited_is_not_made() -> None:
    """Nothing is executed after the client gave up."""
    play = Over()
    play.client(accepted(8))
    cancel = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 8}}
    assert play.client(cancel).to_server == []
    heard = play.pages.end(play, signed_in=True)
    assert heard.to_server == heard.to_client == []


def test_a_server_that_ends_leaves_no_call_waiting() -> None:
    """Each id is answered once."""
    play = Over()
    play.client(accepted(8))
    assert answer(play.said(lambda: play.session.server_ended("exited")))["id"] == 8
    assert play.pages.end(play, signed_in=True).to_client == []


def test_the_answers_to_the_servers_own_wishes_pass() -> None:
    """Ours alone are taken out, wherever they stand; a state is the server's."""
    play = Over()
    play.sign(ANA)
    play.pages.none = True
    (sent,) = play.client(accepted(8, form={"action": "accept"})).to_server
    assert sent["params"]["inputResponses"] == {"form": {"action": "accept"}}
    odd = request(9, "prompts/get", name="greet", inputResponses={"localguard:other": 1})
    (sent,) = play.client(able(odd)).to_server
    assert "localguard" not in str(sent)


@pytest.mark.parametrize("members", [{"requestState": "s"}, {"inputResponses": {"form": {}}}])
def test_in_a_round_of_the_servers_own_it_is_said_in_words(members: dict[str, Any]) -> None:
    """What the client has said in it would be lost."""
    play = Over()
    assert in_words(answer(play.client(signed(7, **members))))
    assert play.pages.asked == []


def test_the_page_is_no_part_of_what_is_kept() -> None:
    """The address is in the client's frame and nowhere else."""
    play = Over(**URL)
    play.client(call(7, "read"))
    assert PAGE not in repr(play.records)
    assert PAGE not in repr(play.pages.pending())
