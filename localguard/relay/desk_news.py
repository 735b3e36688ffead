"""What happens at the desk: into the audit log first, then to whoever listens."""

from collections.abc import Callable
from dataclasses import dataclass

from localguard.approvals.happenings import Happening, Opened
from localguard.relay.desk_records import records_of
from localguard.relay.recorder import Recorder


@dataclass(frozen=True, slots=True)
class Used:
    """Leave for one call, given to `request`, was used by a call to `target`."""

    request: str
    target: str


News = Happening | Used
Listener = Callable[[News], None]


class DeskNews:
    """The news of one guard's desk."""

    def __init__(self, recorder: Recorder, opened: Callable[[], None]) -> None:
        """`opened` is told when a person is asked."""
        self._recorder = recorder
        self._opened = opened
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell of news from now on; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def happened(self, happening: Happening) -> None:
        """The desk tells."""
        for record in records_of(happening):
            self._recorder.tell(record)
        self._tell(happening)
        if isinstance(happening, Opened):
            self._opened()

    def used(self, request: str, target: str) -> None:
        """Leave was used: the record of the call says so."""
        self._tell(Used(request, target))

    def _tell(self, news: News) -> None:
        for listener in tuple(self._listeners):
            listener(news)
