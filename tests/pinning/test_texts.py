"""The text of pins: what is not exactly one of localguard's is broken."""

import hashlib
import json
from typing import Any

import pytest

from localguard.pinning.texts import Broken, pins_of, text_of
from tests.pinning.makers import TUESDAY, pin, prompt, tool

GOOD = json.loads(text_of("db", [pin(tool(x=1), confirmed=TUESDAY)]).partition(b"\n")[2])


def text(body: Any) -> bytes:
    """A text with a right checksum."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"localguard pins 1 sha256 {hashlib.sha256(data).hexdigest()}\n"
    return head.encode() + data


def with_pin(**members: Any) -> Any:
    """The good body with other members of its pin."""
    return {**GOOD, "pins": [{**GOOD["pins"][0], **members}]}


def test_a_digest_is_the_one_that_was_written() -> None:
    """Not computed again: the checksum vouches for it."""
    (found,) = pins_of("db", text_of("db", [pin(tool(x=1), prompt())]))
    digests = {one.item: one.digest for one in found.account.definitions.values()}
    assert digests == {"read": tool(x=1).digest, "prompt:ask": prompt().digest}


@pytest.mark.parametrize(
    "body",
    [
        b"x",
        b"[" * 100_000,
        [],
        {},
        {"server": "db"},
        {"server": "db", "pins": [1]},
        with_pin(words=1),
        with_pin(words=[1]),
        with_pin(first=None),
        with_pin(confirmed=1),
        with_pin(listed=["resource"]),
        with_pin(greeting={"info": [], "instructions": None}),
        with_pin(greeting={"info": {}, "instructions": 1}),
        with_pin(greeting=1),
        with_pin(definitions=None),
        with_pin(definitions=[{}]),
        with_pin(definitions=[{"family": "tool", "name": 1, "digest": "", "body": {}}]),
        with_pin(definitions=[{"family": "tool", "name": "", "digest": 1, "body": {}}]),
        with_pin(definitions=[{"family": "tool", "name": "", "digest": "", "body": []}]),
    ],
    ids=range(19),
)
def test_what_cannot_be_read_is_broken(body: Any) -> None:
    """Promise: a broken file is a fault, never an exception."""
    with pytest.raises(Broken):
        pins_of("db", text(body))
    assert pins_of("db", text(GOOD)) == (pin(tool(x=1), confirmed=TUESDAY),)


def test_another_version_is_not_read() -> None:
    """A later localguard may write what this one does not know."""
    with pytest.raises(Broken, match="does not begin"):
        pins_of("db", text(GOOD).replace(b"pins 1", b"pins 2", 1))
