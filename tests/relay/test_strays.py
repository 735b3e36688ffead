"""Stray lines are recorded, and cannot fill the log."""

from localguard.audit.people import Person
from localguard.audit.records import Noise, Record, RefusedFrame
from localguard.relay.recorder import Recorder
from localguard.relay.strays import Strays
from tests.relay.playbook import ready


class ListLog:
    """A log in memory."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def belong_to(self, person: Person | None) -> None:
        assert person is None

    def write(self, record: Record, *, durable: bool = False) -> int:
        assert not durable
        self.records.append(record)
        return len(self.records)


def test_a_server_that_prints_without_end_leaves_few_records_that_count_every_line() -> None:
    """Attack: filling the disk that the audit log needs."""
    log = ListLog()
    recorder = Recorder(log, "test", lambda: 0.0)
    strays = Strays(recorder)
    for _ in range(1024):
        recorder.size = 7
        strays.heard(b"banner\x1b[2J")
    noises = [record for record in log.records if isinstance(record, Noise)]
    assert len(noises) == 11
    assert sum(noise.count for noise in noises) == 1024
    assert sum(noise.bytes for noise in noises) == 7 * 1024
    assert "\x1b" not in noises[0].sample


def test_a_server_that_sends_broken_frames_without_end_leaves_few_records() -> None:
    """Attack: each refused frame as a record of its own would fill the disk."""
    play = ready()
    for _ in range(1024):
        play.server(b"{}")
    told = play.recorded(RefusedFrame)
    assert len(told) == 11
    assert sum(frame.count for frame in told) == 1024
