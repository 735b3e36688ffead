"""Pins as the text of a file, and back.

The first line holds the SHA-256 of the rest, so that a file that was cut, or edited by hand, is not
taken for one of localguard's. It is no seal: who can write the file can write that line.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from localguard.policy.calls import Json
from localguard.policy.pins import Account, Definition, Family, Greeting, Identity, Pin

_HEAD: Final = b"localguard pins 1 sha256 "


class Broken(ValueError):
    """Raised for a text that is not one of localguard's; says why."""


def text_of(server: str, pins: Iterable[Pin]) -> bytes:
    """The text of a file that holds the pins of a server, one for each identity."""
    body = {"server": server, "pins": [_pin_fields(pin) for pin in pins]}
    data = json.dumps(body, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    return _HEAD + hashlib.sha256(data).hexdigest().encode() + b"\n" + data


def pins_of(server: str, data: bytes) -> tuple[Pin, ...]:
    """The pins in a text. Raises Broken."""
    head, _, rest = data.partition(b"\n")
    if not head.startswith(_HEAD):
        raise Broken("it does not begin as a file of pins does")
    if head[len(_HEAD) :] != hashlib.sha256(rest).hexdigest().encode():
        raise Broken("it is not as localguard has written it")
    try:
        body = json.loads(rest)
        if body["server"] != server:
            raise Broken("it is another server's")
        return tuple(_pin(fields) for fields in body["pins"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, Broken):
            raise
        raise Broken("it cannot be read by this version of localguard") from error


def _pin_fields(pin: Pin) -> dict[str, object]:
    account = pin.account
    greeting = account.greeting
    return {
        "words": account.identity.words,
        "remote": account.identity.remote,
        "first": pin.first,
        "confirmed": pin.confirmed,
        "greeting": None if greeting is None else greeting._asdict(),
        "listed": sorted(account.listed),
        "definitions": [_definition_fields(one) for one in account.definitions.values()],
    }


def _definition_fields(one: Definition) -> dict[str, object]:
    return {"family": one.family, "name": one.name, "digest": one.digest, "body": one.body}


def _pin(fields: Mapping[str, Any]) -> Pin:
    definitions = [_definition(one) for one in fields["definitions"]]
    account = Account(
        Identity(tuple(map(_text, fields["words"])), fields["remote"] is True),
        _greeting(fields["greeting"]),
        {one.item: one for one in definitions},
        frozenset(map(Family, fields["listed"])),
    )
    confirmed = fields["confirmed"]
    return Pin(account, _text(fields["first"]), None if confirmed is None else _text(confirmed))


def _definition(fields: Mapping[str, Any]) -> Definition:
    definition = Definition(
        Family(fields["family"]), _text(fields["name"]), _object(fields["body"])
    )
    # Told by the checksum of the file; to spell each definition again would take its time.
    definition.__dict__["digest"] = _text(fields["digest"])
    return definition


def _greeting(fields: Mapping[str, Any] | None) -> Greeting | None:
    if fields is None:
        return None
    said = fields["instructions"]
    return Greeting(_object(fields["info"]), None if said is None else _text(said))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Broken("a text is missing in it")
    return value


def _object(value: object) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise Broken("an object is missing in it")
    return value
