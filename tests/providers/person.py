"""A person at a browser, without the browser: signs in, consents or says no, by the page's forms.

As a program it is what a test puts where the browser is: `python -m tests.providers.person URL`,
or the file that `opener` writes. It needs the standard library alone.
"""

import argparse
import os
import re
import shlex
import sys
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 45.0
PASSWORD = "of the tests"
MOST_PAGES = 25


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser shows at the end, and the address in its bar."""

    url: str
    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Person:
    """Someone with a browser of their own: cookies stay from one visit to the next.

    `says` is "yes" (sign in and consent) or "no" (the page's way to refuse). `altered` changes the
    URL that the provider sends the browser back to, as an attacker in between would. `user_code` is
    what they type where a device is to be signed in.
    """

    user: str = "alice"
    says: str = "yes"
    altered: Callable[[str], str] = str
    user_code: str = ""
    seen: list[str] = field(default_factory=list)
    _browser: urllib.request.OpenerDirector = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(CookieJar()),
            _Unfollowed(),
        )

    def visit(self, url: str) -> Page:
        """Open the URL, and do what the pages ask until there is nothing more to do."""
        page = self._get(url)
        for _ in range(MOST_PAGES):
            following = self._next(page)
            if following is None:
                return page
            page = following
        raise AssertionError(f"no end to the pages at {page.url}")

    def _next(self, page: Page) -> Page | None:
        target = page.headers.get("location")
        if 300 <= page.status < 400 and target is not None:
            there = urljoin(page.url, target)
            return self._get(self.altered(there) if _is_callback(there) else there)
        refusal = re.search(r'href="([^"]+/abort)"', page.text)
        if self.says == "no" and refusal is not None:
            return self._get(urljoin(page.url, refusal[1]))
        form = _Form.of(page.text)
        return None if form is None else self._submit(page, form)

    def _submit(self, page: Page, form: "_Form") -> Page:
        known = {"login": self.user, "password": PASSWORD, "user_code": self.user_code}
        filled = form.fields | {name: known[name] for name in form.asked if name in known}
        if 'name="logout"' in page.text:
            filled["logout"] = "yes"
        if self.says == "no" and 'name="abort"' in page.text:
            filled["abort"] = "yes"
        return self._get(urljoin(page.url, form.action or page.url), urlencode(filled).encode())

    def _get(self, url: str, data: bytes | None = None) -> Page:
        self.seen.append(url)
        try:
            with self._browser.open(url, data, PATIENCE) as answer:
                return _page(url, answer)
        except HTTPError as error:
            with error:
                return _page(url, error)


class _Unfollowed(urllib.request.HTTPRedirectHandler):
    """Redirects are followed one by one, so that a test sees each."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(slots=True)
class _Form(HTMLParser):
    """The first form of a page that is posted: hidden fields, and what a person fills in."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _at: str = "before"

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    @classmethod
    def of(cls, text: str) -> "_Form | None":
        form = cls()
        form.feed(text)
        return None if form._at == "before" else form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self._at == "before" and given.get("method", "").lower() == "post":
            self._at, self.action = "in", given.get("action", "")
        elif tag == "input" and self._at == "in":
            self._input(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._at == "in":
            self._at = "after"

    def _input(self, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if kind == "hidden":
            self.fields[name] = given.get("value", "")
        elif kind in {"text", "password"}:
            self.asked.append(name)


def opener(
    folder: Path, log: Path, *, user: str = "alice", says: str = "yes", prints: str = ""
) -> Path:
    """Write a program that is this person at a browser, in place of xdg-open; gives its path.

    Each URL it is given becomes a line of the log before it is opened. `prints` goes to the
    program's stdout and stderr, as browsers do.
    """
    folder.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "tests.providers.person", "--log", str(log)]
    words += ["--user", user, "--says", says, "--prints", prints]
    program = folder / "xdg-open"
    program.write_text(
        f'#!/bin/sh\ncd {shlex.quote(str(PROJECT))} && exec {shlex.join(words)} "$1"\n'
    )
    program.chmod(0o755)
    return program


def opened(log: Path) -> list[str]:
    """The URLs that the program of `opener` was given."""
    return log.read_text().splitlines() if log.exists() else []


def _page(url: str, answer: HTTPResponse | HTTPError | IO[bytes]) -> Page:
    assert isinstance(answer, HTTPResponse | HTTPError)
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Page(url, answer.status or 0, answer.read().decode("utf-8", "replace"), headers)


def _is_callback(url: str) -> bool:
    return urlsplit(url).path == "/callback"


def main(arguments: Sequence[str] | None = None) -> None:
    """Be the person, for one URL."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--user", default="alice")
    parser.add_argument("--says", choices=("yes", "no", "nothing"), default="yes")
    parser.add_argument("--log", type=Path)
    parser.add_argument("--prints", default="")
    given = parser.parse_args(arguments)
    if given.log is not None:
        with given.log.open("a") as log:
            log.write(f"{given.url}\n")
    for descriptor in (1, 2):
        os.write(descriptor, given.prints.encode())
    if given.says != "nothing":
        Person(given.user, given.says).visit(given.url)


if __name__ == "__main__":
    main()
