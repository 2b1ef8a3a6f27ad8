"""A headless Chromium, driven by the DevTools protocol over a pipe."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """A headless Chromium with one page, and everything that it logs and requests."""

    def __init__(self, folder: Path, width: int = 1280, height: int = 20_000) -> None:
        self._folder, self._size = folder, f"{width},{height}"
        self._number = 0
        self._rest = b""
        self._session: str | None = None
        self.logged: list[str] = []
        self.requests: list[str] = []

    def __enter__(self) -> Self:
        (to_read, self._write), (self._read, to_write) = os.pipe(), os.pipe()
        command = [
            "bash", "-c", f'exec "$@" 3<&{to_read} 4>&{to_write}', "bash", str(CHROMIUM), "--headless=new",
            "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe",
            f"--user-data-dir={self._folder}", f"--window-size={self._size}", "about:blank",
        ]  # fmt: skip
        self._process = subprocess.Popen(
            command, pass_fds=(to_read, to_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_read)
        os.close(to_write)
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        with suppress(OSError, EOFError):
            self.ask("Browser.close")
        try:
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()
            os.close(self._write)
            os.close(self._read)

    def open(self, file: Path, drawn: str = "every") -> None:
        """Open a file, and wait until `every` chart is drawn, or `some` chart, which is the first."""
        self.ask("Page.navigate", url=file.as_uri())
        self.wait_for("document.readyState === 'complete' && location.protocol === 'file:'")
        charts = "figure => figure.querySelector('.chart svg, .chart canvas')"
        self.wait_for(f"[...document.querySelectorAll('figure')].{drawn}({charts})")

    def forget(self) -> None:
        """Leave the page, and clear what it logged and requested."""
        self.ask("Emulation.setEmulatedMedia", features=[])
        self.ask("Page.navigate", url="about:blank")
        self.wait_for("location.href === 'about:blank'")
        self.logged.clear()
        self.requests.clear()

    def wait_for(self, expression: str) -> None:
        """Let the page run until an expression is true; give up after a minute."""
        look = f"if ({expression}) resolve(); else if (Date.now() > end) reject(); else requestAnimationFrame(look);"
        program = f"const end = Date.now() + 60000; const look = () => {{ {look} }}; look();"
        self.evaluate(f"new Promise((resolve, reject) => {{ {program} }})")

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its answer; record the events that arrive in the meantime."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self._note(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            if not (more := os.read(self._read, 1 << 20)):
                raise EOFError("Chromium has gone")
            self._rest += more
        message, _, self._rest = self._rest.partition(b"\0")
        parsed: dict[str, Any] = json.loads(message)
        return parsed

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        if event["method"] == "Runtime.consoleAPICalled":
            self.logged.append(str(parameters["args"]))
        elif event["method"] in ("Log.entryAdded", "Runtime.exceptionThrown", "Page.javascriptDialogOpening"):
            self.logged.append(str(parameters))
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
