"""JSON over HTTP, for the few calls that publishing makes: bounded in time, in tries, and in what is read."""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from execbench.errors import BadInput
from execbench.records.decode import decode

TRIES = 3
SECONDS = 20.0
"""How long one answer may take."""

MAX_WAIT = 30.0
"""Between two tries, whatever the server asks for: the job costs money."""

MAX_BYTES = 10_000_000
MAX_PAGES = 30
"""Of a list, with a hundred entries each."""

_AGAIN = (429, 500, 502, 503, 504)
_DENIED = (401, 403, 404)
"""What is not to be seen does not exist, for a token that may not see it."""

Kind = TypeVar("Kind")


class Refused(Exception):
    """The server did not do what it was asked to: the message says why."""

    def __init__(self, message: str, *, denied: bool = False) -> None:
        super().__init__(message)
        self.denied = denied
        """Whether the token may not do it."""


class Again(Refused):
    """It may do so a little later."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after
        """In how many seconds, if it said so."""


@dataclass(frozen=True)
class Client:
    """A server, and how to log in there."""

    url: str
    headers: Mapping[str, str]

    def get(self, path: str, kind: type[Kind]) -> Kind:
        """Return what the server holds."""
        return self._ask("GET", self.url + path, kind)[0]

    def pages(self, path: str, kind: type[list[Kind]]) -> Iterator[Kind]:
        """Yield the entries of a list, page by page."""
        url: str | None = self.url + path
        for _ in range(MAX_PAGES):
            if url is None:
                return
            entries, links = self._ask("GET", url, kind)
            yield from entries
            url = _next(links, self.url)

    def send(self, method: str, path: str, content: Mapping[str, Any], kind: type[Kind]) -> Kind:
        """Send JSON, and return the answer."""
        return self._ask(method, self.url + path, kind, msgspec.json.encode(content))[0]

    def _ask(self, method: str, url: str, kind: type[Kind], data: bytes | None = None) -> tuple[Kind, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "execbench", **self.headers}
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with _OPENER.open(request, timeout=SECONDS) as answer:
                content, links = answer.read(MAX_BYTES + 1), answer.headers.get("Link", "")
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from error
        except (OSError, http.client.HTTPException) as error:  # nobody there, cut off, or too slow
            reason = getattr(error, "reason", error)
            raise Again(f"{_host(url)} does not answer: {reason}") from error
        if len(content) > MAX_BYTES:
            raise Refused(f"{_host(url)} answered with more than {MAX_BYTES / 1e6:.0f} MB")
        try:
            return decode(content, kind, "the expected answer"), links
        except BadInput as error:
            raise Refused(f"{_host(url)}: {error}") from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows no redirection, which would carry the token along."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def persistently(act: Callable[[], Kind], wait: Callable[[float], object] = time.sleep) -> Kind:
    """Do something that a server may refuse for now, up to `TRIES` times; raise Refused if it never works."""
    for number in range(1, TRIES):
        try:
            return act()
        except Again as refusal:
            wait(min(MAX_WAIT, 2.0**number if refusal.after is None else refusal.after))
    return act()


def _refusal(error: urllib.error.HTTPError) -> Refused:
    message = f"{_host(error.url or '')} answers {error.code} {error.reason}{_said(error)}"
    after = error.headers.get("Retry-After", "")
    seconds = float(after) if after.isdecimal() else None
    limited = error.code == 403 and (seconds is not None or error.headers.get("X-RateLimit-Remaining") == "0")
    if limited or error.code in _AGAIN:
        return Again(message, seconds)
    return Refused(message, denied=error.code in _DENIED)


class _Message(msgspec.Struct, frozen=True):
    message: str = ""


def _said(error: urllib.error.HTTPError) -> str:
    try:
        said = msgspec.json.decode(error.read(10_000), type=_Message).message
    except (OSError, http.client.HTTPException, ValueError):
        return ""
    return f" ({said[:200]})" if said else ""


def _next(links: str, url: str) -> str | None:
    """Return the address of the next page, if the server names one of its own."""
    for link in links.split(","):
        address, _, relation = link.partition(";")
        address = address.strip().strip("<>")
        if 'rel="next"' in relation and address.startswith(url):
            return address
    return None


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc
