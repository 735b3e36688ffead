"""A reader that several have reasons to pause."""

from localguard.relay.throttle import Throttle


class Reader:
    """Whether it reads, and whether it is open."""

    def __init__(self) -> None:
        self.reads = True
        self.open = True

    def pause(self) -> None:
        self.reads = False

    def resume(self) -> None:
        self.reads = True

    def close(self) -> None:
        self.open = False


def test_it_reads_on_when_the_last_reason_is_gone() -> None:
    """A slow server that catches up while it is replaced is not sent what is for the next."""
    reader = Reader()
    throttle = Throttle(reader)
    throttle.hold("slow")
    throttle.hold("replaced")
    throttle.hold("replaced")
    throttle.release("slow")
    states = [reader.reads]
    for _ in range(2):
        throttle.release("replaced")
        states.append(reader.reads)
    assert states == [False, True, True]


def test_it_lets_go_of_its_reader() -> None:
    """Nothing is read after the end."""
    reader = Reader()
    Throttle(reader).close()
    assert not reader.open
