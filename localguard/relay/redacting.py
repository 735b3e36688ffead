"""What is taken out of the server's words on their way to the client, and to the person on stderr.

An answer to a judged call loses the kinds of text that the duties of its `Allow` name. What belongs
to no call (notifications, wishes, listings, tasks) loses every kind that a rule about this server
names, whatever else the rule asks for. Registered secrets are taken out of everything. Where there
are neither, nothing is looked at.
"""

from functools import lru_cache
from typing import Final

from localguard.policy.profile import Profile
from localguard.redaction.findings import Counts
from localguard.redaction.message import redacted
from localguard.redaction.redactor import Redactor
from localguard.redaction.registered import Secrets
from localguard.relay.frames import Message

NONE: Final = frozenset[str]()
NOTHING: Final[Counts] = {}
_MAX_HELD: Final = 8192


class Redacting:
    """Redacts for one session. `secrets` may get more members at any time."""

    def __init__(self, server: str, secrets: Secrets) -> None:
        self._server = server
        self._secrets = secrets
        self._loose = NONE
        self._redactor = lru_cache(64)(lambda kinds: Redactor(kinds, secrets))

    def follow(self, profile: Profile | None) -> None:
        """Take up the rules of the profile in force; to be called whenever that is another one."""
        self._loose = NONE if profile is None else kinds_for(profile, self._server)

    def answer(
        self, message: Message, method: str, kinds: frozenset[str] = NONE
    ) -> tuple[Message, Counts]:
        """The answer to a judged call of a method, without the kinds that its duties name."""
        if not (kinds or self._secrets):
            return message, NOTHING
        return redacted(message, self._redactor(kinds), method)

    def other(self, message: Message, method: str | None = None) -> tuple[Message, Counts]:
        """A message that belongs to no judged call.

        `method` is the one that was asked, where the message is an answer.
        """
        if not (self._loose or self._secrets):
            return message, NOTHING
        return redacted(message, self._redactor(self._loose), method)


def kinds_for(profile: Profile, server: str) -> frozenset[str]:
    """Every kind that some rule of the profile about a server has taken out."""
    concerning = (
        rule.redact
        for rule in profile.rules
        if rule.redact
        and not rule.trial
        and any(pattern.server.matches(server) for pattern in rule.patterns)
    )
    return NONE.union(*concerning)


class Sieve:
    """Takes registered secrets out of what a server says on stderr, line by line.

    Bytes in and out are UTF-8, stray bytes kept. The last line is held back until it ends, so that
    no secret is cut in two, or until it has _MAX_HELD characters.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._redactor = Redactor(NONE, secrets)
        self._held = ""

    def feed(self, data: bytes, *, final: bool = False) -> bytes:
        """What may be shown by now; with `final` all of it."""
        if self._redactor.idle and not self._held:
            return data
        text = self._held + data.decode("utf-8", "surrogateescape")
        whole = len(text) if final else self._end_of_whole(text)
        shown, _ = self._redactor.text(text[:whole])
        self._held = text[whole:]
        return shown.encode("utf-8", "surrogateescape")

    def _end_of_whole(self, text: str) -> int:
        """Up to where nothing can belong to what is still to come."""
        end = text.rfind("\n") + 1
        if len(text) - end <= _MAX_HELD:
            return end
        end = len(text) - _MAX_HELD
        places = sorted(self._secrets.find(text), reverse=True)
        for place in places:
            if place.start < end < place.end:
                end = place.start
        return end
