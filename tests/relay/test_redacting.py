"""What the relay takes out of the server's words: by duties, by rules, and always the secrets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.globs import Glob
from localguard.policy.profile import Profile
from localguard.policy.rules import Origin, Pattern, Rule, Verb
from localguard.redaction.registered import Secrets
from localguard.relay.redacting import Redacting, Sieve, kinds_for
from tests.relay.playbook import note, result

ANA = "ana@example.com"
EMAIL = frozenset({"email"})


def profile(*rules: tuple[str, str, bool]) -> Profile:
    """A profile whose rules each redact one kind on one server."""
    return Profile(
        name="work",
        rules=tuple(
            Rule(
                Verb.TOOLS,
                (Pattern(Glob(server), Glob("*")),),
                Origin("work.toml", line),
                redact=frozenset({kind}),
                trial=trial,
            )
            for line, (server, kind, trial) in enumerate(rules)
        ),
    )


def redacting(*rules: tuple[str, str, bool], **secrets: str) -> Redacting:
    """What a session with the server `crm` has."""
    known = Secrets()
    for name, value in secrets.items():
        known.register(name, value)
    made = Redacting("crm", known)
    made.follow(profile(*rules))
    return made


def said(text: str) -> dict[str, Any]:
    return result(1, content=[{"type": "text", "text": text}])


def test_an_answer_loses_the_kinds_of_its_duties() -> None:
    """Algebra, line 10: the duties of the rules that applied to the call."""
    new, counts = redacting().answer(said(ANA), "tools/call", EMAIL)
    assert new == said("[redacted: email]")
    assert counts == {"email": 1}


def test_an_answer_without_duties_is_as_it_was() -> None:
    """Another rule of the profile does not concern this call."""
    message = said(ANA)
    new, counts = redacting(("crm", "email", False)).answer(message, "tools/call")
    assert new is message
    assert counts == {}


def test_what_belongs_to_no_call_loses_every_kind_of_the_server() -> None:
    """Progress, logs and listings: loosely, by all rules about this server."""
    made = redacting(("cr?", "email", False), ("other", "card", False), ("crm", "iban", True))
    message = note("notifications/message", data=f"{ANA} 4111111111111111 DE89370400440532013000")
    new, counts = made.other(message)
    assert counts == {"email": 1}
    assert new["params"]["data"] == "[redacted: email] 4111111111111111 DE89370400440532013000"
    assert made.other(result(1, tools=[{"name": ANA, "title": ANA}]), "tools/list")[0] == result(
        1, tools=[{"name": ANA, "title": "[redacted: email]"}]
    )


def test_trial_rules_take_nothing_out() -> None:
    """They are only noted."""
    assert kinds_for(profile(("crm", "iban", True)), "crm") == frozenset()


def test_another_profile_is_followed_at_once() -> None:
    """An edit bites on the next message."""
    made = redacting()
    message = note("notifications/message", data=ANA)
    assert made.other(message)[0] is message
    made.follow(profile(("*", "email", False)))
    assert made.other(message)[1] == {"email": 1}
    made.follow(None)
    assert made.other(message)[0] is message


def test_registered_secrets_go_from_everything() -> None:
    """With or without duties, bound to a call or not."""
    made = redacting(TOKEN="abcdef-123456")
    for new, counts in (
        made.answer(said("abcdef-123456"), "tools/call"),
        made.answer(said("abcdef-123456"), "tools/call", EMAIL),
        made.other(said("abcdef-123456")),
    ):
        assert new == said("[redacted: TOKEN]")
        assert counts == {"TOKEN": 1}


def sieve(value: str = "abcdef-123456") -> Sieve:
    secrets = Secrets()
    secrets.register("TOKEN", value)
    return Sieve(secrets)


@pytest.mark.parametrize("cut", range(1, 24))
def test_a_secret_on_stderr_is_found_however_it_arrives(cut: int) -> None:
    """A pipe cuts where it likes."""
    words = b"token abcdef-123456 is bad\nnext"
    made = sieve()
    shown = made.feed(words[:cut]) + made.feed(words[cut:]) + made.feed(b"", final=True)
    assert shown == b"token [redacted: TOKEN] is bad\nnext"


@given(st.lists(st.integers(1, 9000), max_size=5), st.integers(0, 30_000))
def test_a_line_without_end_is_shown_but_for_its_last_part(cuts: list[int], place: int) -> None:
    """Bounded memory, and still no half of a secret."""
    words = b"x" * place + b"abcdef-123456" + b"y" * (30_000 - place)
    made, shown = sieve(), b""
    for cut in cuts:
        shown += made.feed(words[:cut])
        words = words[cut:]
        assert b"abcdef" not in shown
    shown += made.feed(words) + made.feed(b"", final=True)
    assert shown == b"x" * place + b"[redacted: TOKEN]" + b"y" * (30_000 - place)


def test_a_secret_at_the_edge_of_what_is_held_back_is_not_cut() -> None:
    """The first half of it would be shown, and the second not be known any more."""
    made = sieve()
    shown = made.feed(b"x" * 100 + b"abcdef-123456" + b"y" * 8185)
    assert shown == b"x" * 100
    assert made.feed(b"\n") == b"[redacted: TOKEN]" + b"y" * 8185 + b"\n"


def test_bytes_that_are_no_text_pass() -> None:
    """A server may write anything to stderr."""
    assert sieve().feed(b"\xff\xfe ok\n") == b"\xff\xfe ok\n"


def test_a_sieve_without_secrets_holds_nothing_back() -> None:
    """Half a line goes on at once."""
    assert Sieve(Secrets()).feed(b"half a li") == b"half a li"
