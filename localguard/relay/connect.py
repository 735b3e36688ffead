"""Puts a session between the descriptors: the client's on one side, the server's on the other."""

from collections.abc import Callable
from dataclasses import dataclass

from localguard.relay import pipes
from localguard.relay.beats import Later
from localguard.relay.call import Gate
from localguard.relay.client_side import ClientSide
from localguard.relay.elicited_offer import Pages
from localguard.relay.judging import PolicySource
from localguard.relay.recorder import Recorder
from localguard.relay.redacting import Redacting
from localguard.relay.replacement import Replacement
from localguard.relay.serve import Ending, Wire
from localguard.relay.session import Notice, Session
from localguard.relay.throttle import Throttle
from localguard.relay.upstream import Served, Upstream


@dataclass(frozen=True, slots=True)
class Parts:
    """What `assembly` has made."""

    stdin: int
    stdout: int
    served: Served
    gate: Gate
    policy: PolicySource
    recorder: Recorder
    notice: Notice
    redacting: Redacting
    sync_log: Callable[[Later], None]
    replacement: Replacement
    stirred: Callable[[], None]
    pages: Pages


class Connector:
    """Makes the wire of one guard; needs a running loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def __call__(self, ending: Ending) -> Wire:
        """Connect everything and start to read."""
        parts = self._parts
        parts.sync_log(pipes.later)
        upstream = Upstream(self._server_slow)
        to_client = pipes.writer(
            parts.stdout,
            upstream.pause,
            lambda: ending.because("the client stopped listening", 0),
        )
        session = Session(
            client=to_client,
            gate=parts.gate,
            policy=parts.policy,
            recorder=parts.recorder,
            later=pipes.later,
            notice=parts.notice,
            redacting=parts.redacting,
            followed=parts.replacement.follow,
            stirred=parts.stirred,
        )
        upstream.connect(session, parts.served)
        # The policy may have changed since it said which server to start.
        parts.replacement.follow(session.standing)
        side = ClientSide(session, parts.pages)
        self._client = Throttle(
            pipes.reader(
                parts.stdin, side.line, lambda: ending.because("the client closed", 0), hurried=True
            )
        )
        return Wire(session, side.greeting, self._client, to_client, upstream)

    def _server_slow(self, slow: bool) -> None:
        """The server takes nothing more: the client has to feel it."""
        (self._client.hold if slow else self._client.release)("the server is slow")
