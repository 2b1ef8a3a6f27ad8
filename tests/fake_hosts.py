"""Fakes of GitHub's and GitLab's interfaces: real HTTP servers on loopback that hold comments, and refuse on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = 2
"""Entries of a page, so that a test needs few to have several."""


class FakeHost:
    """The state of a server: what it holds, what it was asked, and how it answers."""

    def __init__(self, user: str = "bot") -> None:
        self.user = user
        self.comments: list[dict[str, Any]] = []
        self.checks: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.asked: list[str] = []
        self.refusals: dict[str, list[tuple[int, dict[str, str]]]] = {}
        """For a method and the end of a path, the answers to give first; code 0 hangs up without one."""
        self.loses_answers = 0
        """How many comments to write without saying so."""
        self.url = ""

    def refuse(self, request: str, code: int, times: int = 9, **headers: str) -> None:
        """Refuse a request, such as `POST comments`, as often as that."""
        self.refusals[request] = [(code, {name.replace("_", "-"): value for name, value in headers.items()})] * times

    def add(self, author: str, body: str) -> dict[str, Any]:
        """Add a comment."""
        number = len(self.comments) + 1
        author_of = {"user": {"login": author}, "author": {"username": author}}
        comment = {"id": number, "html_url": f"{self.url}/c/{number}", "body": body, **author_of}
        self.comments.append(comment)
        return comment

    def answer(self, method: str, path: str, content: Any) -> Any:
        """Return what a request is answered with."""
        place, _, query = path.partition("?")
        last = place.rpartition("/")[2]
        fixed = {"graphql": {"data": {"viewer": {"login": self.user}}}, "user": {"username": self.user}}
        if last in fixed or last == "pulls":
            return fixed.get(last, self.pulls)
        if last == "check-runs":
            self.checks.append(content)
            return {"html_url": f"{self.url}/check"}
        if method == "POST":
            return self.add(self.user, content["body"])
        if method in ("PATCH", "PUT"):
            comment = self.comments[int(last) - 1]
            comment["body"] = content["body"]
            return comment
        page = int(query.partition("&page=")[2] or "1")
        return self.comments[(page - 1) * PAGE : page * PAGE]

    def next_of(self, path: str) -> str:
        """Return the header that names the next page of a list, if there is one."""
        page = int(path.partition("&page=")[2] or "1")
        more = len(self.comments) > page * PAGE
        return f'<{self.url}{path.partition("&page=")[0]}&page={page + 1}>; rel="next"' if more else ""


def _handler(host: FakeHost) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            method, path = self.command, self.path
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            host.asked.append(f"{method} {path}")
            for request, refusals in host.refusals.items():
                wanted, _, end = request.partition(" ")
                if refusals and wanted == method and path.partition("?")[0].endswith(end):
                    code, headers = refusals.pop()
                    self.reply(code, {"message": "as the test wants it"}, headers)
                    return
            answer = host.answer(method, path, json.loads(content or b"null"))
            if method == "POST" and host.loses_answers and path.endswith(("comments", "notes")):
                host.loses_answers -= 1
                self.reply(0, {}, {})
                return
            is_list = method == "GET" and "per_page" in path
            self.reply(200, answer, {"Link": host.next_of(path)} if is_list else {})

        def reply(self, code: int, content: Any, headers: dict[str, str]) -> None:
            if code == 0:
                self.close_connection = True
                return
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(content).encode())

        do_GET = do_POST = do_PATCH = do_PUT = handle_one  # noqa: N815 -- names of the base class

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextmanager
def serving(make: Callable[[], FakeHost] = FakeHost) -> Iterator[FakeHost]:
    """Run a server until the block ends."""
    host = make()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(host)) as server:
        host.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()
