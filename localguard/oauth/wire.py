"""HTTP to providers: what is sent, what of an answer is believed, and whose fault a failure is."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from localguard.oauth.client import Client
from localguard.policy.calls import Json

Form = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` have lower-case names, `content` is decoded and at most 1 MiB."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def json(self) -> Mapping[str, Json] | None:
        """The object that the content is; None where it is no JSON object."""
        raise NotImplementedError


class Wire:
    """Asks providers. No redirects, cookies or proxies of the environment; TLS is always verified.

    `timeout` is seconds for a whole question. `trust` are the certificates to believe, those of
    the system if None. To be used in a `with`.
    """

    def __init__(self, *, timeout: float = 10.0, trust: ssl.SSLContext | None = None) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what is open."""

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """The answer with any status, also 5xx and redirects (which are not followed).

        Raises Unreachable where none came in time, SignInFault for a bad address or one too large.
        """
        raise NotImplementedError

    def get_json(self, url: str) -> Mapping[str, Json]:
        """The object at an address. Raises Unreachable, Refused (4xx), SignInFault (no object)."""
        raise NotImplementedError

    def find_json(self, url: str) -> Mapping[str, Json] | None:
        """The object at an address; None where there is none (4xx, or a 200 that is no object).

        Raises Unreachable (network, 5xx, 429) and SignInFault.
        """
        raise NotImplementedError

    def post_form(self, url: str, form: Form, *, auth: Client | None = None) -> Answer:
        """A 2xx answer to a form, sent as a client. Raises Unreachable, Refused, SignInFault."""
        raise NotImplementedError

    def post_json(
        self, url: str, body: Mapping[str, Json], *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A 2xx answer to an object. Raises Unreachable, Refused and SignInFault."""
        raise NotImplementedError
