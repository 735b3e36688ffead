"""People who sign in, and a provider that signs for them, in memory and without cryptography."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from localguard.errors import SignInFault
from localguard.policy.people import Identity, Nobody, SignIn

T = TypeVar("T")

ISSUER = "https://login.example"
IDENTITY = f'[identity]\nissuer = "{ISSUER}"\nclient_id = "localguard"\n'
ANA = Identity(
    ISSUER,
    "1",
    "ana@acme.example",
    "Ana",
    "s1",
    groups=("dev", "ops"),
    claims={"level": 3, "email": "ana@acme.example"},
)
BOB = Identity(ISSUER, "2", "bob@acme.example", "Bob", "s2")
GONE = Nobody("nobody is signed in", "localguard login --profile work")


def at_once(waiting: Coroutine[Any, Any, T]) -> T:
    """What comes of something that has nothing to wait for."""
    try:
        waiting.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waits")


class Nonces:
    """Nonces that a test can foretell."""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self) -> bytes:
        self.given += 1
        return self.given.to_bytes(16, "big")


class Provider:
    """Signs that a person has met a challenge; a receipt is who it is and for what."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.signed_at = float("inf")
        self.unreachable = False

    @staticmethod
    def receipt(person: Identity, challenge: str | None) -> str:
        """What a person has once they have signed in for a challenge."""
        return f"{person.subject} {challenge}"

    def check(
        self,
        receipt: str,
        challenge: str,
        person: Identity,
        sign_in: SignIn,
        *,
        not_before: float,
    ) -> object | str:
        """As `receipts.Checking` has it."""
        self.asked.append(receipt)
        assert sign_in.issuer == person.issuer
        if self.unreachable:
            raise SignInFault("the provider does not answer", fix="try again")
        if self.signed_at < not_before:
            return "this is of before"
        return object() if receipt == self.receipt(person, challenge) else "this is another's"
