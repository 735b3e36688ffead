"""What happens at the desk: into the audit log first, then to every console that listens."""

from collections.abc import Callable

from localguard.approvals import happenings as desk
from localguard.control.board import Listener
from localguard.control.messages import News
from localguard.relay.desk_records import records_of
from localguard.relay.recorder import Recorder
from localguard.relay.views import Told, closed_view, grant_view, request_view


class DeskNews:
    """The news of one guard."""

    def __init__(self, recorder: Recorder, told: Told, opened: Callable[[], None]) -> None:
        """`opened` is told when a person is asked."""
        self._recorder = recorder
        self._told = told
        self._opened = opened
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell of news from now on; what is returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, news: News) -> None:
        """Tell every console."""
        for listener in tuple(self._listeners):
            listener(news)

    def happened(self, happening: desk.Happening) -> None:
        """The desk tells."""
        for record in records_of(happening):
            self._recorder.tell(record)
        match happening:
            case desk.Opened():
                self.tell(request_view(happening.request, self._told))
                self._opened()
            case desk.Changed() | desk.Stopped():
                self.tell(request_view(happening.request, self._told))
            case desk.Closed():
                self.tell(closed_view(happening.finished))
            case desk.Granted():
                self.tell(grant_view(happening.leave))
            case desk.Decided() | desk.Kept() | desk.Storm() | desk.Troubled():
                # What these change is told by one of the others.
                pass
