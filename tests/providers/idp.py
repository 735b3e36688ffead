"""The first provider of the tests: npm `oidc-provider`, with its clock, people and faults in reach.

Clients: `localguard` (public, any loopback port), `localguard-exact` (public, EXACT_PORTS alone),
`localguard-secret` (client_secret_basic) and `localguard-post` (client_secret_post) with SECRET.
"""

import json
import shutil
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.providers.announcing import announcing

HERE = Path(__file__).resolve().parent
EXACT_PORTS = (47011, 47012, 47013)
SECRET = "s3cret of the client: 100% +/&="
PASSKEY_ACR = "urn:localguard:passkey"
SCOPES = ("openid", "profile", "email", "groups", "offline_access")
PATIENCE = 45.0

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Idp:
    """A running provider. Durations are seconds."""

    issuer: str

    def state(self) -> dict[str, Any]:
        """People, faults, how many requests there were, and every secret given out."""
        return self._answer("control")

    def change(self, **changes: Any) -> None:
        """Merge into the state: objects field by field, all else is replaced."""
        self._answer("control", changes)

    def person(self, name: str, **claims: Any) -> None:
        """Change someone: `groups=[...]`, `email=...`, `gone=True` for who has left."""
        self.change(people={name: claims})

    def fault(self, endpoint: str, *, times: int | None = None, **how: Any) -> None:
        """Let an endpoint fail: `status=503`, `delay=2`, `lose=True` or `hold=True`."""
        quiet = {"status": None, "delay": None, "lose": None, "hold": None}
        self.change(faults={endpoint: {**quiet, "times": times, **how}})

    def mend(self, endpoint: str) -> None:
        """No fault any more."""
        self.change(faults={endpoint: None})

    def held(self) -> None:
        """Return once an answer is held back."""
        self._answer("held")

    def release(self) -> None:
        """Send what was held back."""
        self._answer("release")

    def requests(self, name: str) -> int:
        """How often an endpoint was asked, or with which outcome: "token:GRANT:ok"."""
        return int(self.state()["requests"].get(name, 0))

    def spent(self) -> dict[str, float]:
        """Seconds that the provider has taken over its answers, of each endpoint in all."""
        taken: dict[str, float] = self.state()["spent"]
        return {name: milliseconds / 1000 for name, milliseconds in taken.items()}

    def refreshes(self) -> int:
        """How many refreshes the provider has granted."""
        return self.requests("token:refresh_token:ok")

    def minted(self, *kinds: str) -> tuple[str, ...]:
        """Every secret given out so far, or those of some kinds ("access_token", "code", ...)."""
        given = self.state()["minted"]
        return tuple(one["value"] for one in given if not kinds or one["kind"] in kinds)

    def _answer(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        with _opener.open(f"{self.issuer}/-/{path}", data, PATIENCE) as answer:
            state: dict[str, Any] = json.load(answer)
        return state


@contextmanager
def started(node: str, node_modules: Path, folder: Path) -> Generator[Idp]:
    """A provider that runs as long as the block; its scripts and its log lie in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "node_modules").symlink_to(node_modules)
    for script in HERE.glob("idp*.mjs"):
        shutil.copy(script, folder)
    command = [node, str(folder / "idp.mjs")]
    with announcing(command, folder / "idp.log") as (said, _):
        yield Idp(said["issuer"])
