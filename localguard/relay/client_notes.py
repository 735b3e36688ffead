"""Notifications of the client: which of them the server hears, and what a cancellation ends."""

from localguard.policy.rules import Verb
from localguard.relay.exchange import is_id
from localguard.relay.frames import Notification
from localguard.relay.methods import CLIENT_NOTIFICATIONS, JUDGED, Treatment, Unjudged
from localguard.relay.own_listing import OwnListing
from localguard.relay.session import Session


class ClientNotes:
    """Handles the notifications of the client."""

    def __init__(self, session: Session, listing: OwnListing) -> None:
        self._session = session
        self._listing = listing

    def take(self, frame: Notification) -> None:
        """One notification."""
        session = self._session
        treatment = CLIENT_NOTIFICATIONS.get(frame.method)
        if self._passes(frame, treatment):
            session.initialized |= frame.method == "notifications/initialized"
            session.send(Unjudged(frame.method), frame.message)
            if frame.method == "notifications/initialized":
                self._listing.begin({})
        elif treatment is not Treatment.CANCEL:
            session.refuse_frame("client", "dropped-notification", frame.method)

    def _passes(self, frame: Notification, treatment: Treatment | None) -> bool:
        match treatment:
            case Treatment.PASS:
                return True
            case Treatment.CANCEL:
                return self._cancelled(frame.params.get("requestId"))
            case Treatment.PROGRESS:
                return self._session.wished.has_token(frame.params.get("progressToken"))
            case Treatment.ROOTS:
                return self._session.gate.from_server("roots") is Verb.ALLOW
            case _:
                return self._session.gate.relays_unknown()

    def _cancelled(self, id: object) -> bool:  # noqa: A002
        """Whether a cancellation concerns the server: the request was open and had been sent."""
        session = self._session
        entry = session.asked.get(id) if is_id(id) else None
        if entry is None or entry.treatment is Treatment.INITIALIZE:
            return False
        waiting = entry.treatment in JUDGED and entry.call is None
        session.recorder.outcome(entry, "cancelled")
        session.close(entry)
        return not waiting
