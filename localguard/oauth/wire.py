"""HTTP to providers: what is sent, what of an answer is believed, and whose fault a failure is.

It is httpx2 itself and not authlib's `OAuth2Client` on it: that one has no bound on what it reads,
raises foreign faults for an answer that is no JSON, does not percent-encode in the header, and
sends another grant than the one meant where an argument is left out.
"""

import logging
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlencode

import httpx2
import orjson

from localguard.aside import within
from localguard.oauth.addresses import require_safe_url
from localguard.oauth.client import Client, credentials
from localguard.oauth.content import decoded, read_bounded, unsound
from localguard.oauth.faults import Unreachable
from localguard.oauth.refusals import refused, secrets_of
from localguard.policy.calls import Json

Form = Mapping[str, str | Sequence[str]]

_HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}
_KEEP_TRYING: Final = 429

for _noisy in ("httpx2", "httpcore2", "authlib"):
    # They tell verifiers and headers at DEBUG, and a logger of the root takes in everything.
    logging.getLogger(_noisy).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `headers` have lower-case names, `content` is decoded and at most 1 MiB."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def json(self) -> Mapping[str, Json] | None:
        """The object that the content is; None where it is no JSON object."""
        try:
            found = orjson.loads(self.content)
        except orjson.JSONDecodeError:
            return None
        return found if isinstance(found, dict) else None


class Wire:
    """Asks providers. No redirects, cookies or proxies of the environment; TLS is always verified.

    `timeout` is seconds for a whole question. `trust` are the certificates to believe, those of
    the system if None. To be used in a `with`.
    """

    def __init__(self, *, timeout: float = 10.0, trust: ssl.SSLContext | None = None) -> None:
        self._timeout = timeout
        self._http = httpx2.Client(
            headers=_HEADERS,
            timeout=timeout,
            follow_redirects=False,
            trust_env=False,
            verify=True if trust is None else trust,
        )

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
        self._http.close()

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
        require_safe_url(url, what="the provider", where=url)
        until = monotonic() + self._timeout
        try:
            return within(
                self._timeout + 0.5, lambda: self._answer(method, url, headers, content, until)
            )
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, OSError) as error:
            raise _unreachable(url, error) from error

    def get_json(self, url: str) -> Mapping[str, Json]:
        """The object at an address. Raises Unreachable, Refused (4xx), SignInFault (no object)."""
        return _object(_good(self._served("GET", url), url), url)

    def find_json(self, url: str) -> Mapping[str, Json] | None:
        """The object at an address; None where there is none (4xx, or a 200 that is no object).

        Raises Unreachable (network, 5xx, 429) and SignInFault.
        """
        answer = self._served("GET", url)
        return answer.json() if answer.status == 200 else None

    def post_form(self, url: str, form: Form, *, auth: Client | None = None) -> Answer:
        """A 2xx answer to a form, sent as a client. Raises Unreachable, Refused, SignInFault."""
        headers, fields = ({}, {}) if auth is None else credentials(auth)
        content = urlencode({**form, **fields}, doseq=True).encode("ascii")
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        return _good(self._served("POST", url, headers, content), url, shown_secrets(form, auth))

    def post_json(
        self, url: str, body: Mapping[str, Json], *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """A 2xx answer to an object. Raises Unreachable, Refused and SignInFault."""
        headers = {**(headers or {}), "Content-Type": "application/json"}
        return _good(self._served("POST", url, headers, orjson.dumps(body)), url)

    def _served(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """An answer of a provider that is well. Raises Unreachable otherwise."""
        answer = self.send(method, url, headers=headers, content=content)
        if answer.status >= 500 or answer.status == _KEEP_TRYING:
            what = f"the provider cannot serve just now (HTTP {answer.status})"
            raise Unreachable(what, where=url, fix="try again in a while")
        return answer

    def _answer(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        content: bytes | None,
        until: float,
    ) -> Answer:
        with self._http.stream(method, url, headers=headers, content=content) as response:
            # A cookie would tie what one person asks to what another asked before.
            self._http.cookies.clear()
            read = read_bounded(response.iter_raw(), until)
            body = decoded(read, response.headers.get("content-encoding", ""), url)
            return Answer(response.status_code, dict(response.headers), body)


def _good(answer: Answer, url: str, shown: Sequence[str] = ()) -> Answer:
    """A 2xx answer. Raises Refused, with nothing in it of the secrets that were `shown`."""
    if 200 <= answer.status < 300:
        return answer
    raise refused(answer.status, answer.json() or {}, url, secrets=shown)


def shown_secrets(form: Form, auth: Client | None) -> tuple[str, ...]:
    """The secrets that a form is sent with, of which no fault may tell."""
    secret = None if auth is None else auth.client_secret
    return (*secrets_of(form), *((secret,) if secret else ()))


def _object(answer: Answer, url: str) -> Mapping[str, Json]:
    found = answer.json()
    if found is None:
        raise unsound(url, "it is not a JSON object")
    return found


def _unreachable(url: str, error: Exception) -> Unreachable:
    late = isinstance(error, (TimeoutError, httpx2.TimeoutException))
    why = "it did not answer in time" if late else _reason(error)
    fix = "check the network and the address, and try again"
    return Unreachable(f"the provider cannot be reached: {why}", where=url, fix=fix)


def _reason(error: Exception) -> str:
    """In our words: what a library says may quote what the other side sent."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "its certificate is not trusted on this machine"
        if isinstance(cause, ssl.SSLError):
            return "no TLS connection came about"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.ConnectError):
        return "no connection came about"
    return "the connection broke, or what came is not HTTP"
