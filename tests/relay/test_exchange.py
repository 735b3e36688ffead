"""Requests in flight: found by type and value, and no twin of one that is open."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.relay.exchange import Exchange, Open
from localguard.relay.frames import Request
from localguard.relay.methods import Treatment

IDS = st.integers(-3, 3) | st.sampled_from(["", "1", "01", "-1", "--1", "1.0", "x", "\u0661"])


def opened(id_: Any, token: Any = None) -> Open:
    params = {} if token is None else {"_meta": {"progressToken": token}}
    return Open(Request({}, id_, "tools/call", params), Treatment.TOOL, 0.0)


TWINS = [(1, "1"), ("1", 1), ("01", 1), (1, "01"), (-1, "-1"), (0, "-0"), (10**15, "1" + "0" * 15)]
STRANGERS = [(1, 1), ("1", "1"), (1, 2), (1, "one"), (1, "--1"), (1, "1.0"), (1, "\u0661"), (0, "")]


@pytest.mark.parametrize(
    ("first", "second", "twins"),
    [
        pytest.param(*pair, twins, id=f"{pair!a}")
        for pairs, twins in ((TWINS, True), (STRANGERS, False))
        for pair in pairs
    ],
)
def test_one_number_in_two_spellings_is_a_twin(first: Any, second: Any, twins: bool) -> None:
    """Attack: TypeScript matches answers by Number(id), Python takes "7" for 7."""
    exchange = Exchange()
    exchange.add(opened(first))
    assert exchange.twin(second) is twins
    exchange.take(first)
    assert not exchange.twin(second)


def test_ids_and_tokens_are_kept_by_type() -> None:
    """Python takes 1, 1.0 and True for one key; JSON does not."""
    exchange = Exchange()
    exchange.add(opened(1, token=1))
    assert exchange.get("1") is None
    assert exchange.has_token(1)
    others: list[object] = ["1", 1.0, True, None, [1], {}]
    assert not any(map(exchange.has_token, others))


@pytest.mark.parametrize("meta", [None, 3, [], {}, {"progressToken": None}, {"progressToken": 1.5}])
def test_a_request_without_a_usable_token_opens_none(meta: Any) -> None:
    """basic/utilities/progress: tokens are texts or integers."""
    exchange = Exchange()
    exchange.add(Open(Request({}, 1, "ping", {"_meta": meta}), Treatment.PASS, 0.0))
    assert not exchange.has_token(None)
    assert not exchange.has_token(1.5)
    exchange.take(1)
    assert len(exchange) == 0


@given(st.lists(st.tuples(st.booleans(), IDS, st.none() | IDS)))
def test_tokens_and_numbers_are_open_as_long_as_their_requests(steps: list[Any]) -> None:
    """Compared with a plain list of what is open."""
    exchange, model = Exchange(), list[Open]()
    for opens, id_, token in steps:
        known = [entry for entry in model if same(entry.request.id, id_)]
        if opens and not known:
            model.append(opened(id_, token))
            exchange.add(model[-1])
        elif not opens:
            assert exchange.take(id_) is (known[0] if known else None)
            model = [entry for entry in model if entry not in known]
    assert list(exchange) == model
    for token in ["", "1", 1, 0]:
        tokens = [entry.request.params.get("_meta", {}).get("progressToken") for entry in model]
        assert exchange.has_token(token) is any(same(token, other) for other in tokens)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other
