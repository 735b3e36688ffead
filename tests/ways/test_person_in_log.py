"""Who was signed in stands in every record of a guard, from the moment that it knows."""

import json
from typing import Any

from tests.providers.idp import Idp
from tests.ways.signing import Desktop

RULES = '[[rule]]\nallow = "*/echo"\n[[rule]]\nask = "*/add"\n'


def written(desktop: Desktop) -> list[dict[str, Any]]:
    """The records of the one guard; commands write to segments of their own."""
    texts = [path.read_text().splitlines() for path in desktop.home.segments()]
    ours = [[json.loads(line) for line in lines] for lines in texts]
    (records,) = [records for records in ours if records[0]["kind"] == "start"]
    return records


def test_every_record_names_the_person_from_present_to_signed_out(
    desktop: Desktop, idp: Idp
) -> None:
    """Issue 5.3: (issuer, subject) plus display name, whatever the record is about.

    A start comes before anybody has looked, and is followed by who it is.
    """
    desktop.profile(idp.issuer, rules=RULES)
    desktop.login()
    wire = desktop.ready()
    for tool in ("echo", "add", "other"):
        wire.call(tool, text="x")
    wire.send_bytes(b"no message\n")
    desktop.home.until("frame")
    desktop.logout()
    wire.call("echo", text="x")
    wire.finish()
    records = written(desktop)
    kinds = [record["kind"] for record in records]
    changes = [at for at, kind in enumerate(kinds) if kind == "person"]
    begun, ended = changes
    alice = {"issuer": idp.issuer, "subject": "alice", "name": "alice"}
    assert [records[at]["change"] for at in changes] == ["present", "signed_out"]
    assert {"server", "intent", "outcome", "held", "refused", "frame"} <= set(kinds)
    named = records[begun : ended + 1]
    assert [one for one in named if one.get("person") != alice] == []
    assert set(kinds[:begun]) <= {"start", "server", "profile"}
    assert [one for one in records[ended + 1 :] if one.get("person") is not None] == []
    assert kinds[-1] in ("stop", "checkpoint")
