"""What a server is given before it starts, and who waits for it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from localguard.errors import SignInFault
from localguard.policy.profile import ServerTable
from localguard.policy.rules import Origin
from localguard.policy.server_auth import TokenExchange
from localguard.relay.references import References
from localguard.relay.spawn import ServerCommand
from localguard.vault.late import LateVault

TABLE = ServerTable(
    "db", Origin("work.toml", 5), command=("db",), minted={"T": TokenExchange(audience="db")}
)
COMMAND = ServerCommand(("db",), {"PATH": "/usr/bin"}, None)


class Slow:
    """A mint at a provider that answers late, if at all: each time it is asked is a long wait."""

    def __init__(self, *, answers: bool) -> None:
        self.waits = 0
        self._answers = answers

    def __call__(self, wanted: ServerTable) -> Mapping[str, str]:
        self.waits += 1
        if not self._answers:
            raise SignInFault("it has not answered", where=wanted.name, fix="try again")
        return {"T": f"token-{self.waits}"}

    def end(self) -> SignInFault | None:
        return None


def references(mint: Slow, folder: Path) -> References:
    return References(LateVault(str(folder / "vault"), lambda: "memory"), mint)


def test_a_provider_that_does_not_answer_blocks_no_start_of_the_loops(tmp_path: Path) -> None:
    """Attack D: a server is defined anew while its provider is silent. The wait is on a thread;
    the event loop, which would notice neither calls nor the end of the client, waits no more.
    """
    slow = Slow(answers=False)
    given = references(slow, tmp_path)
    given.prepare("db", ("/usr/bin/db",), COMMAND, TABLE)
    with pytest.raises(SignInFault, match="has not answered"):
        given.filled("db", ("/usr/bin/db",), COMMAND, TABLE)
    assert slow.waits == 1
    assert given.missed()
    with pytest.raises(SignInFault):
        given.filled("db", ("/usr/bin/db",), COMMAND, TABLE)
    assert slow.waits == 2


def test_what_was_prepared_is_for_one_start_of_the_very_same_server(tmp_path: Path) -> None:
    """Attack A: the profile is edited again between the two."""
    slow = Slow(answers=True)
    given = references(slow, tmp_path)
    given.prepare("db", ("/usr/bin/db",), COMMAND, TABLE)
    assert given.filled("db", ("/usr/bin/db",), COMMAND, TABLE).env["T"] == "token-1"
    given.prepare("db", ("/usr/bin/db",), COMMAND, TABLE)
    assert given.filled("db", ("/tmp/evil",), COMMAND, TABLE).env["T"] == "token-3"
