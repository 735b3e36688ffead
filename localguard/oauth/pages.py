"""The page that the browser ends on: what came of the sign-in, for a person to read.

No script, no image and nothing from elsewhere; the one style is named by its digest, so that a text
that got past the escaping could still do nothing.
"""

import html
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from localguard.text import safe

_STYLE: Final = """
:root{color-scheme:light dark}
body{font:1.05rem/1.55 system-ui,sans-serif;margin:0;min-height:100vh}
body{display:grid;place-items:center}
main{max-width:34rem;padding:2rem}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .8rem;overflow-wrap:anywhere}
h1::before{content:"";display:block;width:2.4rem;height:.35rem;margin-bottom:1.2rem}
h1::before{border-radius:.2rem;background:#2f9e6e}
.failed h1::before{background:#cf3a3a}
p{margin:.5rem 0;overflow-wrap:anywhere}
button{font:inherit;margin-top:1.2rem;padding:.5rem 1.1rem;cursor:pointer}
footer{margin-top:1.8rem;font-size:.85rem;opacity:.65}
""".strip()
_DIGEST: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; frame-ancestors 'none';"
    " form-action "
)
_LIMIT: Final = 600


@dataclass(frozen=True, slots=True)
class Page:
    """A page; `title` and `lines` are plain text, whoever wrote them.

    With a `button` it can be posted to its own address, with the `token`. With `onward` the browser
    goes to that address from it, which is one that is safe to open.
    """

    status: int
    title: str
    lines: tuple[str, ...] = ()
    failed: bool = False
    button: str = ""
    token: str = field(default="", repr=False)
    onward: str = field(default="", repr=False)


def signed_in(words: str) -> Page:
    """The page for a success. `words`: who signed in, and for what."""
    closing = "You can close this tab and go back to where you came from."
    return Page(200, "You are signed in", (words, closing))


def not_signed_in(what: str, fix: str) -> Page:
    """The page for a failure, by a fault's words."""
    lines = (f"{_sentence(what)}", _sentence(f"What to do: {fix}")) if fix else (_sentence(what),)
    return Page(200, "You are not signed in", lines, failed=True)


def turned_away(status: int, why: str) -> Page:
    """The page for a request that is no part of the sign-in."""
    return Page(status, HTTPStatus(status).phrase, (why,), failed=True)


def response(page: Page, *, body: bool = True) -> bytes:
    """The page as a whole HTTP/1.1 response, after which the connection ends."""
    content, own, none = _markup(page).encode("utf-8", "replace"), "'self'", "'none'"
    head = (
        f"HTTP/1.1 {page.status} {HTTPStatus(page.status).phrase}\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(content)}\r\n"
        "Connection: close\r\n"
        "Cache-Control: no-store\r\n"
        f"Content-Security-Policy: {_POLICY}{own if page.button else none}\r\n"
        "Cross-Origin-Opener-Policy: same-origin\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        f"Referrer-Policy: {'same-origin' if page.button else 'no-referrer'}\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "X-Frame-Options: DENY\r\n\r\n"
    )
    return head.encode("ascii") + (content if body else b"")


def _markup(page: Page) -> str:
    lines = "".join(f"<p>{_escaped(line)}</p>" for line in page.lines)
    kind = "failed" if page.failed else "done"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"{_refresh(page)}"
        f"<title>{_escaped(page.title)} - localguard</title><style>{_STYLE}</style></head>"
        f'<body><main class="{kind}"><h1>{_escaped(page.title)}</h1>{lines}{_form(page)}'
        "<footer>localguard, on this machine</footer></main></body></html>"
    )


def _form(page: Page) -> str:
    if page.onward:
        return f'<p><a href="{html.escape(page.onward)}">Go on</a></p>'
    if not page.button:
        return ""
    return (
        f'<form method="post"><input type="hidden" name="token" value="{html.escape(page.token)}">'
        f'<button type="submit">{_escaped(page.button)}</button></form>'
    )


def _refresh(page: Page) -> str:
    """No redirect: some browsers hold what a form leads to against `form-action`, all the way."""
    if not page.onward:
        return ""
    return f'<meta http-equiv="refresh" content="0;url={html.escape(page.onward)}">'


def _escaped(text: str) -> str:
    return html.escape(safe(text, _LIMIT))


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."
