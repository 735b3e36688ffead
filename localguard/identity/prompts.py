"""What a provider is to ask of a person (OpenID Connect Core 1.0 sections 3.1.2.1, 11). Pure.

`max_age` is always said: whoever says one is told when the person gave proof (`auth_time`).
"""

from typing import Final

from localguard.oauth.provider import Provider

_ANY_AGE: Final = 31_536_000
_JUST_NOW: Final = 60
_LISTED: Final = "prompt_values_supported"


def prompts(
    provider: Provider, *, fresh: bool, consent: bool = False, max_age: int | None = None
) -> dict[str, str]:
    """The members of the request. `consent`: leave to act later is asked for (`offline_access`).

    Providers that list what they know of prompts take one word, and ask for leave by themselves.
    Where they know `login` that says it all, and some never have enough of `max_age=0`.
    """
    listed = provider.document.get(_LISTED)
    words = [*(["login"] if fresh else []), *(["consent"] if consent else [])]
    prompt = " ".join(words if listed is None else words[:1])
    age = _ANY_AGE if max_age is None else max_age
    if fresh:
        age = _JUST_NOW if isinstance(listed, list) and "login" in listed else 0
    return {**({"prompt": prompt} if prompt else {}), "max_age": str(age)}
