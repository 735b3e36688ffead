"""What a server demands with 401 or 403: the Bearer challenge of `WWW-Authenticate`.

RFC 9110 section 11.6.1 (the form), RFC 6750 section 3 (Bearer), RFC 9728 section 5.1 (where the
metadata lies), RFC 9470 section 3 (a fresher sign-in). All of it was chosen by the server: what is
not of the form is taken for not said, what is said twice too, and nothing of it is for showing.
Pure.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

MAX_HEADER: Final = 16_384
"""Characters; a longer header is not read."""
MAX_SCOPES: Final = 50
_MAX_CHALLENGES: Final = 32
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 -- a grammar
_GAP: Final = re.compile(r"[ \t,]*")
_END: Final = r"(?=[ \t]*(?:,|$))"
# Many servers leave the quotes of a URL out, which no other reading could be meant by.
_PARAMETER: Final = re.compile(
    rf'({_TOKEN})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+)){_END}', re.DOTALL
)
_SCHEME: Final = re.compile(rf"({_TOKEN})(?:[ \t]+|{_END})")
_TOKEN68: Final = re.compile(rf"[A-Za-z0-9\-._~+/]+=*{_END}")
_QUOTED_PAIR: Final = re.compile(r"\\(.)", re.DOTALL)
_ERROR: Final = re.compile(r"[a-z][a-z_]{0,63}", re.ASCII)
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
_URL: Final = re.compile(r"[\x21-\x7e]{1,2048}")
_COUNT: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a Bearer challenge demands; a member is None or empty where it does not say.

    `error` is a code of RFC 6750 section 3.1 such as "invalid_token". `resource_metadata` is a text
    that may be a URL, and no more than that: whoever fetches it checks it first. `acr_values` and
    `max_age` (seconds) are those of RFC 9470.
    """

    error: str | None = None
    scopes: tuple[str, ...] = ()
    resource_metadata: str | None = None
    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    @property
    def wants_scopes(self) -> bool:
        """Whether the token is good, but not for this (RFC 6750 section 3.1)."""
        return self.error == "insufficient_scope"

    @property
    def wants_fresh_sign_in(self) -> bool:
        """Whether the person is to sign in once more (RFC 9470 section 3)."""
        return self.error == "insufficient_user_authentication"


def bearer_challenge(header: str | None) -> Challenge | None:
    """The first Bearer challenge of a header, several of which are joined by a comma; else None.

    None also for a header that is not of the form, or is too long.
    """
    if header is None or len(header) > MAX_HEADER:
        return None
    try:
        bearer = (said for scheme, said in _challenges(header) if scheme == "bearer")
        said = next(bearer, None)
    except _Malformed:
        return None
    return None if said is None else _challenge(said)


def scopes_of(text: str | None) -> tuple[str, ...]:
    """The scopes of a list (RFC 6749 section 3.3), each once; none of a list that is not one."""
    words = (text or "").split(" ")
    words = list(dict.fromkeys(word for word in words if word))
    sound = len(words) <= MAX_SCOPES and all(map(_SCOPE.fullmatch, words))
    return tuple(words) if sound else ()


class _Malformed(Exception):
    """Raised inside this module for a header that is not of the form."""


def _challenge(said: Mapping[str, str]) -> Challenge:
    age = _fitting(_COUNT, said.get("max_age"))
    return Challenge(
        error=_fitting(_ERROR, said.get("error")),
        scopes=scopes_of(said.get("scope")),
        resource_metadata=_fitting(_URL, said.get("resource_metadata")),
        acr_values=scopes_of(said.get("acr_values")),
        max_age=None if age is None else int(age),
    )


def _fitting(form: re.Pattern[str], value: str | None) -> str | None:
    return value if value is not None and form.fullmatch(value) else None


def _challenges(header: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Each scheme in lower case with its parameters; the whole header is read before any."""
    at, found = _after_gap(header, 0), list[tuple[str, list[tuple[str, str]]]]()
    while at < len(header):
        parameter = _PARAMETER.match(header, at)
        if parameter is not None and found:
            found[-1][1].append(_read(parameter))
            at = _after_gap(header, parameter.end())
        else:
            scheme, at = _scheme(header, at)
            found.append((scheme, []))
        if len(found) > _MAX_CHALLENGES:
            raise _Malformed
    yield from ((scheme, _once(parameters)) for scheme, parameters in found)


def _scheme(header: str, at: int) -> tuple[str, int]:
    """A scheme, with the token68 that may follow it in place of parameters."""
    scheme = _SCHEME.match(header, at)
    if scheme is None:
        raise _Malformed
    at = scheme.end()
    if not _PARAMETER.match(header, at) and (credentials := _TOKEN68.match(header, at)):
        at = credentials.end()
    return scheme[1].lower(), _after_gap(header, at)


def _after_gap(header: str, at: int) -> int:
    gap = _GAP.match(header, at)
    return at if gap is None else gap.end()


def _read(parameter: re.Match[str]) -> tuple[str, str]:
    name, quoted, plain = parameter.groups()
    return name.lower(), plain if quoted is None else _QUOTED_PAIR.sub(r"\1", quoted)


def _once(parameters: list[tuple[str, str]]) -> Mapping[str, str]:
    """The parameters that are said once; two readers might take different ones of two."""
    said = Counter(name for name, _ in parameters)
    return {name: value for name, value in parameters if said[name] == 1}
