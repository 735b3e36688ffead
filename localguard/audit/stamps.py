"""When a record was written, and as whose: by the wall for people, by a clock that never goes back
for durations.

Knows no file.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from localguard.audit.people import Person, member
from localguard.audit.records import Record

Clock = Callable[[], float]


class Stamps:
    """Puts the moment and the kind in front of records, and who is signed in behind them.

    `clock` gives seconds since the epoch, `monotonic` seconds that never go back.
    """

    __slots__ = ("_clock", "_person", "_prefix", "_second", "monotonic")

    def __init__(self, clock: Clock, monotonic: Clock) -> None:
        """Remember the clocks; they are first read for the first record."""
        self._clock = clock
        self.monotonic = monotonic
        self._second = -1
        self._prefix = self._person = b""

    def belong_to(self, person: Person | None) -> None:
        """Name a person in each record from now on that names none itself; None for nobody."""
        self._person = member(person)

    def body(self, record: Record, moment: float) -> bytes:
        """Return the record as a JSON object; `moment` is what `monotonic` says now."""
        now = self._clock()
        second = int(now)
        if second != self._second:
            self._second = second
            begun = datetime.fromtimestamp(second, UTC)
            self._prefix = f"{begun:%Y-%m-%dT%H:%M:%S}".encode("ascii")
        return b'{"t":"%b.%06dZ","m":%.6f,"kind":"%b",%b%b}' % (
            self._prefix,
            int((now - second) * 1e6),
            moment,
            record.kind.encode("ascii"),
            record.encoded()[1:-1],
            b"" if record.names_person else self._person,
        )

    def now(self) -> datetime:
        """The moment by the wall, in UTC."""
        return datetime.fromtimestamp(self._clock(), UTC)

    def text(self) -> str:
        """The moment by the wall, as records have it: one width, so that texts sort as moments."""
        return self.now().isoformat(timespec="microseconds")[:-6] + "Z"
