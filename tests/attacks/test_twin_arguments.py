"""Arguments that one server takes for two and another for one."""

import pytest

from tests.ways.stage import Stage

UNDER = '[[rule]]\nallow = "*"\nwhen.args.path.under = "/srv"\n'
ABSENT = '[[rule]]\nallow = "*"\nwhen.args.force.absent = true\n'
DENIED = '[[rule]]\nallow = "*"\n[[rule]]\ndeny = "*"\nwhen.args.path.under = "/etc"\n'
PRESENT = '[[rule]]\nallow = "*"\nwhen.args.reason.absent = false\n'


@pytest.mark.parametrize(
    ("rules", "arguments"),
    [
        (UNDER, {"path": "/srv/x", "Path": "/etc/passwd"}),
        (UNDER, {"path": "/srv/x", "path\u200b": "/etc/passwd"}),
        (UNDER, {"path": "/srv/x", "\uff50ath": "/etc/passwd"}),
        (ABSENT, {"Force": True}),
        (ABSENT, {"force\0": True}),
        (DENIED, {"PATH": "/etc/passwd"}),
        (DENIED, {"path": "/srv/x", "PATH": "/etc/passwd"}),
        (PRESENT, {"reason": "x", "REASON": ""}),
    ],
)
def test_a_condition_is_in_doubt_where_a_server_may_see_a_twin(
    stage: Stage, rules: str, arguments: dict[str, object]
) -> None:
    """Attack: Go and C# servers match names of members without case, and the last one wins."""
    stage.home.write("all", f"version = 1\n{rules}")
    wire = stage.ready()
    assert "DENIED" in str(wire.call("echo", **arguments)["result"])
    assert stage.calls() == []


def test_names_that_no_server_confuses_are_no_twins(stage: Stage) -> None:
    """Promise: `path` and `paths` are two arguments."""
    stage.home.write("all", f"version = 1\n{UNDER}")
    wire = stage.ready()
    assert "isError" not in wire.call("echo", path="/srv/x", paths="/etc")["result"]
