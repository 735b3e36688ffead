"""A home with a profile that asks for a sign-in, at the small provider of the tests."""

import io
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from localguard.cli.choosing import people_key_of
from localguard.cli.exits import Exit
from localguard.cli.login import Wanted, login
from localguard.config.paths import Places
from localguard.identity.opening import open_sign_ins
from localguard.identity.sign_ins import SignIns
from localguard.identity.ways import ByBrowser
from localguard.vault.memory import MemoryVault
from tests.cli.persons import Visitor as Person
from tests.config.makers import choose_valid, places_in, put
from tests.identity.makers import Visitor
from tests.identity.op import Op, running


class _Shared(MemoryVault):
    """Kept in memory, as if on disk."""

    shared = True


class Floor:
    """What the commands of signing in are given, and what they print."""

    def __init__(self, folder: Path, op: Op) -> None:
        self.op = op
        self.where: Places = places_in(folder)
        self.browser = Visitor()
        self.vault: MemoryVault = _Shared()
        self.profile("work", "required = true\n")
        choose_valid(self.where, "work")

    @property
    def sign_ins(self) -> SignIns:
        """Where they are kept."""
        return open_sign_ins(self.where.state, self.vault, people_key_of(self.where), time.time)

    def profile(self, name: str, more: str = "") -> None:
        """A profile that asks for a sign-in here."""
        scopes = '["openid", "profile", "email", "groups", "offline_access"]'
        table = f'issuer = "{self.op.issuer}"\nclient_id = "localguard"\nscopes = {scopes}\n'
        put(self.where, name, f"version = 1\n[identity]\n{table}{more}")

    def login(
        self, wanted: Wanted | None = None, *, may: bool = True, by: Person | None = None
    ) -> tuple[Exit, str, str]:
        """Sign in by the visitor's browser: exit code, and what was printed on both streams."""
        out, err = io.StringIO(), io.StringIO()
        person = (by or Person(self.where, may=may)).person
        way = ByBrowser(self.browser, timeout=20)
        code = login(
            self.where, person, self.sign_ins, wanted or Wanted(), out=out, err=err, way=way
        )
        return code, out.getvalue(), err.getvalue()


@contextmanager
def floor(folder: Path) -> Generator[Floor]:
    """The floor, as long as the block."""
    with running() as op:
        yield Floor(folder, op)
