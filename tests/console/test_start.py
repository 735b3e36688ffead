"""What a person waits for before the first screen: only what that screen needs is loaded."""

import os
import subprocess
import sys

import pytest

SLOW = (
    "localguard.policy.decide",
    "localguard.policy.profile",
    "localguard.config.remembered",
    "localguard.telling.live_rules",
    "localguard.telling.definitions",
    "localguard.audit.records",
    "localguard.audit.reader",
    "localguard.vault.keys",
    "localguard.console.queue.edit",
    "localguard.console.log",
    "localguard.console.rules.page",
    "localguard.console.identity.page",
    "localguard.console.clients.page",
    "localguard.clients.watch",
    "localguard.identity.followed",
    "localguard.policy.people",
    "authlib",
    "cryptography",
    "httpx2",
    "joserfc",
    "keyring",
    "textual.widgets._text_area",
    "textual.widgets._markdown",
    "sqlite3",
    "jsonschema",
)
PROGRAM = f"""
import sys
import localguard.cli.console_start
print(*(one for one in {SLOW} if one in sys.modules))
import localguard.cli.console_parts
print(*(one for one in {SLOW} if one in sys.modules))
"""


@pytest.mark.slow
def test_the_first_screen_loads_nothing_that_it_does_not_show() -> None:
    """Promise: `localguard` is there at once; the profile, the log and the other screens follow."""
    # What measures coverage loads modules of its own.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    first, then = done.stdout.splitlines()
    assert first == ""
    assert not {"authlib", "cryptography", "httpx2", "joserfc", "keyring"} & set(then.split())
    assert "localguard.policy.profile" in then
