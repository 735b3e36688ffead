"""What is said fits into frames, whatever a server puts into it."""

from dataclasses import replace

from localguard.control.fitting import CUT, opening, told
from localguard.control.frames import FRAME
from localguard.control.messages import Event, GuardView, RequestView, Snapshot
from localguard.control.wire import read, wire
from tests.control.board import closed_view, guard_view, request_view

LARGEST = 200 * 1024
"""Characters of arguments that a request may hold whole."""


def test_a_request_with_the_largest_arguments_is_told_whole() -> None:
    """Promise: 200 KiB, also where JSON makes two characters of each."""
    view = request_view(arguments='"' + '\\"' * (LARGEST // 2 - 1) + '"')
    event = Event(seq=1, news=view)
    assert read(told(event)) == event


def test_a_definition_of_megabytes_is_cut_in_the_middle() -> None:
    """Attack: a server that makes itself invisible by the length of what it says."""
    view = replace(request_view(), definition="a" * FRAME + "z", pinned="\x00" * FRAME)
    frame = told(Event(seq=1, news=view))
    assert len(frame) <= FRAME
    found = read(frame)
    assert isinstance(found, Event)
    assert isinstance(found.news, RequestView)
    assert found.news.id == view.id
    assert found.news.digest == view.digest
    assert found.news.definition is not None
    assert found.news.definition.startswith("aaa")
    assert found.news.definition.endswith("z")
    assert CUT in found.news.definition
    assert found.news.whole


def test_arguments_that_had_to_be_cut_are_not_whole() -> None:
    """Nobody may believe to have seen all of it."""
    view = request_view(arguments="\x00" * FRAME)
    found = read(told(Event(seq=1, news=view)))
    assert isinstance(found, Event)
    assert isinstance(found.news, RequestView)
    assert not found.news.whole


def test_a_snapshot_of_forty_megabytes_is_told_in_frames() -> None:
    """Promise: 100 requests, however long their arguments."""
    views = tuple(
        request_view(f"7f3a9c-{number}", arguments="\\" * LARGEST) for number in range(100)
    )
    closed = (closed_view(),)
    snapshot = Snapshot(seq=0, guard=guard_view(), requests=views, closed=closed)
    frames = list(opening(snapshot, 7))
    assert max(map(len, frames)) <= FRAME
    said = [read(frame) for frame in frames]
    assert said[:-1] == [*views, *closed]
    assert said[-1] == Snapshot(seq=7, guard=guard_view())


def test_a_guard_that_looks_too_large_is_cut_too() -> None:
    guard = replace(guard_view(), command="x" * 2 * FRAME)
    (frame,) = opening(Snapshot(seq=0, guard=guard), 1)
    assert len(frame) <= FRAME
    found = read(told(Event(seq=1, news=guard)))
    assert isinstance(found, Event)
    assert isinstance(found.news, GuardView)
    assert found.news.server == "files"
    assert wire(found)
