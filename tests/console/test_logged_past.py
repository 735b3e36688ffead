"""What the audit log says of calls like the one that waits."""

from pathlib import Path

from localguard.console.logged_past import LoggedPast
from localguard.control.messages import RequestView
from localguard.telling.fatigue import STRAIGHT
from tests.config.makers import places_in
from tests.console.stage import of, request
from tests.telling.pasts import Log


def asking(**others: object) -> RequestView:
    """A call of the log's server that waits because of the log's rule."""
    known: dict[str, object] = {"server": "files", "item": "write", "by": "work.toml:3"}
    return of(request("z-1"), **(known | others))


async def test_answers_in_a_row_are_counted_up_to_the_last_no(tmp_path: Path) -> None:
    """Promise: from twenty times yes to one shape on, a rule is proposed; a no begins anew."""
    where = places_in(tmp_path)
    log, past = Log(where), LoggedPast(where.audit)
    log.asked({"path": "/a"}, "deny", rule="work.toml:3")
    for number in range(STRAIGHT - 1):
        log.asked({"path": f"/{number}"}, "allow", rule="work.toml:3")
    assert (await past.earlier(asking())).straight == 0
    log.asked({"path": "/b"}, "allow", rule="work.toml:3")
    assert (await past.earlier(asking())).straight == STRAIGHT
    assert (await past.earlier(asking(by="work.toml:9"))).straight == 0
    assert (await past.earlier(asking(item="read"))).straight == 0
    log.asked({"path": "/c"}, "deny", rule="work.toml:3")
    assert (await past.earlier(asking())).straight == 0


async def test_without_a_log_nothing_is_known(tmp_path: Path) -> None:
    """And the call is shown all the same."""
    found = await LoggedPast(places_in(tmp_path).audit).earlier(asking())
    assert (found.arguments, found.straight) == (None, 0)
