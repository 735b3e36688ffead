"""The forms of tokens and keys that services give out, each by the prefix that its service chose.

A form says its prefix, the characters after it and how many; where the prefix is short, the rest
must look drawn by chance too. Only bounded runs, so that every text costs linear time. The forms
are those of the services' own documents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from string import ascii_letters, digits
from typing import Final, TypedDict

from localguard.redaction.chance import looks_drawn

_PEM: Final = (
    r"[A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[A-Za-z0-9+/=:,.\s]|\\[nrt\\]|-(?!----)){0,20000}+(?:-----END [A-Z0-9 ]{0,40}-----)?"
)
_WORD: Final = r"[A-Za-z0-9]"
_URL_SAFE: Final = r"[A-Za-z0-9_-]"

_JWT: Final = (  # RFC 7519: signed in three parts, encrypted in five
    rf"eyJ(?:(?<![A-Za-z0-9_-]eyJ)|(?<=\\[nrt]eyJ)){_URL_SAFE}{{8,8000}}+\.{_URL_SAFE}{{2,9000}}+\.{_URL_SAFE}{{0,2000}}"
    rf"(?:\.{_URL_SAFE}{{1,9000}}\.{_URL_SAFE}{{1,100}})?"
)


class Options(TypedDict, total=False):
    """What a form asks of its text beside the pattern, as in `Form`."""

    drawn: int
    solid: int


@dataclass(frozen=True, slots=True)
class Form:
    """`anchor` stands in every text that has the form.

    All of what was found has to look drawn by chance, at `drawn` characters or more; or, with
    `solid`, some run of letters and digits in it that is so long.
    """

    anchor: str
    pattern: re.Pattern[str]
    drawn: int = 0
    solid: int = 0


_TABLE: Final[tuple[tuple[str, str, Options], ...]] = (
    ("ghp_ gho_ ghu_ ghs_ ghr_", rf"{_WORD}{{30,255}}", {}),  # GitHub
    ("github_pat_", r"\w{40,255}", {}),
    (  # GitLab
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- glsoat- gloas-",
        r"[\w.-]{20,200}",
        {"drawn": 20},
    ),
    ("xox", rf"[abceoprs](?:\.[a-z]{{3}})?-{_URL_SAFE}{{16,250}}", {"drawn": 16}),  # Slack
    ("xapp-", rf"{_URL_SAFE}{{20,250}}", {"drawn": 20}),
    ("hooks.slack.com/", r"(?:services|workflows)/[\w/]{20,200}", {}),
    ("AKIA ASIA ABIA ACCA", r"[A-Z0-9]{16}(?![A-Za-z0-9])", {}),  # AWS
    ("AIza", rf"{_URL_SAFE}{{35}}(?![A-Za-z0-9])", {}),  # Google
    ("GOCSPX-", rf"{_URL_SAFE}{{28}}", {}),
    ("ya29.", rf"{_URL_SAFE}{{20,2000}}", {}),
    ("AccountKey= SharedAccessKey=", r"[A-Za-z0-9+/]{40,100}={0,2}", {}),  # Azure
    ("sig=", r"(?:[A-Za-z0-9+/=]|%[0-9A-Fa-f]{2}){43,120}", {"drawn": 43}),
    ("sk_live_ sk_test_ rk_live_ rk_test_", rf"{_WORD}{{16,250}}", {}),  # Stripe
    ("whsec_", r"[A-Za-z0-9+/=]{24,100}", {}),
    ("sk-", rf"{_URL_SAFE}{{20,300}}", {"solid": 16}),  # OpenAI, Anthropic and others
    ("gsk_ hf_ r8_ xai- pplx-", rf"{_WORD}{{30,200}}", {"drawn": 30}),
    ("npm_", rf"{_WORD}{{36}}(?![A-Za-z0-9])", {}),
    ("pypi-", rf"{_URL_SAFE}{{50,500}}", {}),
    ("rubygems_", r"[0-9a-f]{48}", {}),
    ("dckr_pat_", rf"{_URL_SAFE}{{20,100}}", {}),  # Docker
    ("SG.", rf"{_URL_SAFE}{{20,24}}\.{_URL_SAFE}{{39,50}}", {}),  # SendGrid
    ("lin_api_", rf"{_WORD}{{32,64}}", {}),  # Linear
    ("ntn_", rf"{_WORD}{{40,60}}", {}),  # Notion
    ("PMAK-", r"[0-9a-f]{24}-[0-9a-f]{34}", {}),  # Postman
    ("dapi", r"[0-9a-f]{32}(?![A-Za-z0-9])", {}),  # Databricks
    ("dop_v1_ doo_v1_ dor_v1_", r"[0-9a-f]{64}", {}),  # DigitalOcean
    ("shpat_ shpca_ shppa_ shpss_", r"[0-9a-fA-F]{32}", {}),  # Shopify
    ("hvs. hvb.", rf"{_URL_SAFE}{{24,300}}", {}),  # HashiCorp Vault
    ("AGE-SECRET-KEY-1", r"[A-Z0-9]{50,60}", {}),
)


def _form(anchor: str, rest: str, options: Options) -> Form:
    # The prefix comes first, since a search for fixed characters is fast, and what may stand before
    # it after that: no letter or digit, unless it is that of an escaped line end in JSON.
    begin = re.escape(anchor)
    alone = rf"(?:(?<![A-Za-z0-9]{begin})|(?<=\\[nrt]{begin}))"
    return Form(anchor, re.compile(f"{begin}{alone}(?:{rest})"), **options)


FORMS: Final = (
    *(_form(a, rest, options) for anchors, rest, options in _TABLE for a in anchors.split()),
    Form(
        "Q~", re.compile(r"(?:(?<![\w~.-])|(?<=\\[nrt]))[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])")
    ),  # Entra ID
    Form(":AA", re.compile(rf":AA(?<=\d{{8}}:AA){_URL_SAFE}{{33}}(?![\w-])")),  # Telegram
    Form("eyJ", re.compile(_JWT)),
    Form("-----BEGIN", re.compile(f"-----BEGIN {_PEM}")),  # RFC 7468, RFC 4880
)


_SHORT: Final = frozenset({"-----BEGIN", "Q~", "sig=", "hooks.slack.com/"})
"""Anchors of forms that need not hold a long run of letters and digits."""
_WORD_BYTES: Final = frozenset(f"{ascii_letters}{digits}_-".encode())
_RUNS: Final = bytes(97 if byte in _WORD_BYTES else 32 for byte in range(256))
_LONG: Final = b"a" * 20

_UNDERSCORE: Final = re.compile(r"_(?:(?=[A-Za-z0-9+/=]{16})|(?<=dckr_pat_))")
_HYPHEN: Final = re.compile(
    r"-(?:----BEGIN|(?=[\w.-]{16})(?:(?<=sk-)|(?<=xai-)|(?<=pplx-)|(?<=xapp-)|(?<=pypi-)"
    r"|(?<=xox[a-z]-)|(?<=xox[a-z]\.[a-z]{3}-)|(?<=SPX-)|(?<=MAK-)|(?<=KEY-)|(?<=pat-)|(?<=t-)"
    r"|(?<=oas-)))"
)
_POINT: Final = re.compile(r"\.(?:(?<=ya29\.)|(?<=SG\.)|(?<=hv[sb]\.)|(?<=hooks\.)slack\.com)")
_CAPITAL: Final = re.compile(r"A(?:KIA|SIA|BIA|CCA|Iza|A[A-Za-z0-9_-]{33})")


def may_hold(text: str) -> bool:
    """False where surely no token is in a text."""
    # What stands in each form is told by its rarest character: a search for one is fastest.
    return bool(
        ("_" in text and _UNDERSCORE.search(text))
        or ("-" in text and _HYPHEN.search(text))
        or ("A" in text and _CAPITAL.search(text))
        or ("J" in text and "eyJ" in text)
        or ("~" in text and "Q~" in text)
        or ("=" in text and ("sig=" in text or "Key=" in text))
        or "dapi" in text
        or _POINT.search(text)
    )


def find(text: str) -> Iterator[tuple[int, int]]:
    """The places of tokens and keys in a text."""
    long = _LONG in text.encode("ascii", "replace").translate(_RUNS)
    for form in FORMS:
        if (long or form.anchor in _SHORT) and form.anchor in text:
            for found in form.pattern.finditer(text):
                if _is_token(form, found[0]):
                    yield found.span()


def _is_token(form: Form, token: str) -> bool:
    rest = token.partition(form.anchor)[2]
    if form.solid:
        return any(looks_drawn(run, form.solid) for run in re.split("[^A-Za-z0-9]", rest))
    return not form.drawn or looks_drawn(rest, form.drawn)
