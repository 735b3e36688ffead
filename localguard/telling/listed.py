"""What servers have listed, as far as notes on a profile look at it."""

from collections.abc import Iterator, Mapping, Sequence

from localguard.config.lints_listed import Listed
from localguard.config.paths import Places
from localguard.pinning.store import PinStore
from localguard.policy.pins import Definition, Family


def listed(places: Places) -> Sequence[Listed]:
    """Every tool and prompt of every server that was seen, by its pins. Raises PinFault."""
    store = PinStore(places.pins)
    found: dict[tuple[str, str], Listed] = {}
    for server in store.names():
        for pin in (*(store.read(server) or ()), *store.seen(server)):
            for item, definition in pin.account.definitions.items():
                if definition.family is not Family.TEMPLATE:
                    one = Listed(server, item, definition.marks, frozenset(_arguments(definition)))
                    found[server, item] = one
    return [found[name] for name in sorted(found)]


def _arguments(definition: Definition) -> Iterator[str]:
    schema = definition.body.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    yield from (name.lower() for name in properties) if isinstance(properties, Mapping) else ()
