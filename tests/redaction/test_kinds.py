"""What is found, what is left alone: the kinds against texts of our own making."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.redaction.cards import find as find_cards
from localguard.redaction.ibans import find as find_ibans
from localguard.redaction.redactor import KINDS, Redactor
from localguard.redaction.registered import Secrets
from tests.redaction import corpus

EVERYTHING = Redactor(KINDS, Secrets())
AROUND = ["{}", "Contact {} today.", "<{}>", '"{}"', "x={}&y=1", "{}, {}", "is {}\n", "\t{};"]
SAMPLES = [(kind, sample) for kind, samples in corpus.KINDS.items() for sample in samples]
TOKENS = [(name, token) for name, tokens in corpus.TOKENS.items() for token in tokens]


def without(kind: str) -> Redactor:
    """A redactor for one kind."""
    return Redactor(frozenset({kind}), Secrets())


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
@pytest.mark.parametrize("around", AROUND)
def test_each_kind_is_found_wherever_it_stands(kind: str, sample: str, around: str) -> None:
    """Promise: `redact = ["email", "iban", "card", "phone"]`."""
    text, counts = without(kind).text(around.format(sample, sample))
    assert sample not in text
    assert counts == {kind: around.count("{}")}
    assert f"[redacted: {kind}]" in text


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_a_kind_that_nobody_asked_for_stays(kind: str, sample: str) -> None:
    """Only what a rule names goes."""
    others = Redactor(KINDS - {kind}, Secrets())
    assert others.text(f"it is {sample} here")[0] == f"it is {sample} here"


@pytest.mark.parametrize(("name", "token"), TOKENS)
@pytest.mark.parametrize("around", ["{}", "use {} today.", "'{}'", "a={}&b", "log\\n{}\\nend"])
def test_tokens_of_services_are_found(name: str, token: str, around: str) -> None:
    """Promise: the formats of GitHub, GitLab, Slack, AWS and others, in JSON inside of JSON too."""
    text, counts = without("secret").text(around.format(token))
    assert set(counts) == {"secret"}, name
    assert token[-12:] not in text


@pytest.mark.parametrize(("text", "value"), corpus.NAMED.items())
def test_values_with_a_telling_name_are_found(text: str, value: str) -> None:
    """Promise: passwords in URLs, headers, assignments and JSON; the name stays."""
    new, counts = without("secret").text(text)
    assert value not in new
    assert counts == {"secret": 1}
    assert new.replace("[redacted: secret]", value) == text


def test_honest_texts_are_left_alone() -> None:
    """Precision: uuids, hashes, times, addresses, versions, ids, code and prose."""
    found = [text for text in corpus.honest() if EVERYTHING.text(text)[0] is not text]
    assert found == []


def test_honest_texts_are_left_alone_as_members() -> None:
    """The same as values of a JSON object under a name that tells nothing."""
    for text in corpus.HONEST:
        value = {"text": text, "more": [text]}
        assert EVERYTHING.value(value)[0] is value


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("DE89 3704 0044 0532 0130 00 BANK", "[redacted: iban] BANK"),
        ("AT61 1904 3002 3457 3201 ABCD", "[redacted: iban] ABCD"),
        ("call +1 650-253-0000 12 times", "call [redacted: phone] 12 times"),
        ("+49 30 901820-1234567890123", "[redacted: phone]-1234567890123"),
        ("ana@example.com.", "[redacted: email]."),
        ("mailto:ana@example.com?subject=x", "mailto:[redacted: email]?subject=x"),
        ("4111 1111 1111 1111 123", "[redacted: card] 123"),
    ],
)
def test_what_follows_is_not_swallowed(text: str, left: str) -> None:
    """A number ends where its plan says; the words after it stay."""
    new, _ = EVERYTHING.text(text)
    assert new == left


@pytest.mark.parametrize("number", ["4111111111111112", "4111 1111 1111 1112", "9111111111111111"])
def test_a_card_has_its_check_digit_and_an_issuer(number: str) -> None:
    """ISO/IEC 7812."""
    assert list(find_cards(number)) == []


@pytest.mark.parametrize(
    "number", ["DE88370400440532013000", "ZZ89370400440532013000", "DE8937040044053201300"]
)
def test_an_iban_has_its_check_digits_and_its_countrys_length(number: str) -> None:
    """ISO 13616."""
    assert list(find_ibans(number)) == []


@given(st.integers(0, 10**15 - 1), st.sampled_from(["", " ", "-", "\u00a0"]))
def test_every_card_number_is_found_in_its_groups(body: int, between: str) -> None:
    """Luhn's digit added, in fours, as cards show it."""
    digits = f"4{body:015d}"[:15]
    doubled = [int(d) * (2 - n % 2) for n, d in enumerate(digits)]
    check = -sum(d // 10 + d % 10 for d in doubled) % 10
    number = f"{digits}{check}"
    if len(set(number)) > 1:
        shown = between.join(number[start : start + 4] for start in range(0, 16, 4))
        assert without("card").text(f"no. {shown}!") == ("no. [redacted: card]!", {"card": 1})


@given(st.integers(0, 10**18 - 1))
def test_every_german_iban_is_found(body: int) -> None:
    """MOD 97-10 of ISO 7064."""
    check = 98 - int(f"{body:018d}131400") % 97
    number = f"DE{check:02d}{body:018d}"
    grouped = " ".join(number[start : start + 4] for start in range(0, 22, 4))
    for shown in (number, grouped):
        assert without("iban").text(f"to {shown}.")[0] == "to [redacted: iban]."


PIECES = st.sampled_from(
    [text for samples in corpus.KINDS.values() for text in samples]
    + [token for _, token in TOKENS]
    + list(corpus.NAMED)
    + ["@", ".", "-", "_", "=", ":", " ", "\n", "a", "7", "+", "\\n", '"', "//", "eyJ", "token"]
)
MIXED = st.lists(PIECES | st.text(max_size=4), max_size=6).map("".join)


@given(MIXED)
def test_the_glance_never_misses_what_the_finders_find(text: str) -> None:
    """Soundness: `finds` false means that nothing changes, in the text and in its JSON."""
    for kind in KINDS:
        redactor = without(kind)
        if not redactor.finds(text):
            found = [place for _, find in redactor._finders() for place in find(text)]
            assert found == []
        if redactor.value([text])[0] != [text]:
            assert redactor.finds(json.dumps([text], ensure_ascii=False))


@given(MIXED)
def test_the_rest_of_a_text_stays(text: str) -> None:
    """What is not replaced is there, in its order; and the text itself if nothing was."""
    new, counts = EVERYTHING.text(text)
    assert (new is text) == (not counts)
    rest = iter(text)
    for piece in new.split("[redacted: "):
        kept = piece.partition("]")[2] if piece is not new.split("[redacted: ")[0] else piece
        assert all(char in rest for char in kept)


@pytest.mark.parametrize("kind", sorted(KINDS | {"PGPASSWORD"}))
def test_what_stands_in_its_place_is_not_found_again(kind: str) -> None:
    """A text that passes two guards is redacted once."""
    for around in ("{}", "password={}", 'token: "{}"', "Authorization: Bearer {}", "x://u:{}@h"):
        text = around.format(f"[redacted: {kind}]")
        assert EVERYTHING.text(text)[0] is text
    assert EVERYTHING.value({"password": f"[redacted: {kind}]"})[1] == {}
