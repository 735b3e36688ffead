"""Server-sent events (WHATWG HTML section 9.2): whatever the chunks, the same events."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.remote.sse import Event, Events, TooLarge


def events_of(stream: bytes, cuts: Sequence[int] = (), limit: int = 10_000) -> list[Event]:
    """The events of a stream that comes in pieces."""
    events = Events(limit)
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(places)]
    return [event for piece in pieces for event in events.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"data: a\n\n", [Event(b"a")]),
        (b"data:a\r\rdata:b\r\r", [Event(b"a"), Event(b"b")]),
        (b"data: a\r\ndata: b\r\n\r\n", [Event(b"a\nb")]),
        (b"data\n\n", [Event(b"")]),
        (b"data:\ndata:\n\n", [Event(b"\n")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event(b"a")]),
        (b": comment\n\n\n\ndata: a\n\n", [Event(b"a")]),
        (b"event: endpoint\ndata: /m\n\n", [Event(b"/m", b"endpoint")]),
        (b"id: 7\nretry: 250\n\n", [Event(None, id=b"7", retry=250)]),
        (b"id: 7\ndata:\n\n", [Event(b"", id=b"7")]),
        (b"id\ndata: a\n\n", [Event(b"a", id=b"")]),
        (b"id: a\0b\ndata: a\n\n", [Event(b"a")]),
        (b"id: a\x1bb\ndata: a\n\n", [Event(b"a")]),
        (b"retry: 1s\ndata: a\n\n", [Event(b"a")]),
        (b"data:  a\n\n", [Event(b" a")]),
        (b"DATA: a\nother: b\n\n", []),
        (b"event: x\n\ndata: a\n\n", [Event(b"a")]),
        (b"data: a\n", []),
        (b"data: a", []),
    ],
    ids=repr,
)
def test_a_stream_is_read_as_browsers_read_it(stream: bytes, expected: list[Event]) -> None:
    """Section 9.2.6; what is incomplete at the end is dropped."""
    assert events_of(stream) == expected
    assert events_of(stream, range(len(stream))) == expected


LINES = st.sampled_from(
    [
        b"data: x",
        b"data:y",
        b"data",
        b": z",
        b"id: 1",
        b"event: e",
        b"retry: 5",
        b"",
        b"\xff",
        b"a:b",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(st.tuples(LINES, ENDS)), st.lists(st.integers(0, 500)))
def test_it_makes_no_difference_where_chunks_end(
    lines: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    """Promise: the smallest pieces say what one piece says."""
    stream = b"".join(line + end for line, end in lines)
    assert events_of(stream, cuts) == events_of(stream)


@given(st.binary(max_size=300), st.lists(st.integers(0, 300)))
def test_nothing_that_a_server_sends_is_more_than_events(stream: bytes, cuts: list[int]) -> None:
    """Hostile bytes: the same events in any pieces, and no other exception."""
    assert events_of(stream, cuts) == events_of(stream)


@pytest.mark.parametrize("stream", [b"data: " + b"x" * 100, b"data: xxxxxxxx\n" * 20])
def test_an_event_over_the_limit_is_given_up(stream: bytes) -> None:
    """Attack: a line, or an event of many lines, that never ends."""
    with pytest.raises(TooLarge):
        events_of(stream, limit=50)


def test_comments_may_go_on_for_ever() -> None:
    """2026-07-28 "Receiving Messages": comments keep a stream open, and count for nothing."""
    assert events_of(b": still here\n" * 100 + b"data: a\n\n", limit=50) == [Event(b"a")]
