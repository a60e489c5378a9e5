"""A headless Chromium, driven over a pair of pipes: pages at any width, and as they are printed.

What it speaks is the DevTools protocol; every answer is a JSON object with the ``id`` of its command.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from support.server_choice import missing

MISSING: Final = "no Chromium: apt-get install chromium"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_STARTER: Final = """
import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
for place, end in enumerate(ends, start=3):
    os.dup2(end, place)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Puts the pipes where Chromium expects them: it is told by descriptor 3, and tells by 4."""


def program() -> str | None:
    """The system's Chromium, if it has one."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


class Tab:
    """One page. ``asked`` are the URLs that it asked for."""

    def __init__(self, told: int, tells: int) -> None:
        self._told = told
        self._tells = os.fdopen(tells, "rb", closefd=False)
        self._number = 0
        self._session = ""
        self._events: list[dict[str, Any]] = []
        self.asked: list[str] = []

    def open(self) -> Self:
        """Open an empty page."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.ask(f"{domain}.enable")
        return self

    def show(self, page: Path, *, width: int, height: int, mobile: bool = False, scale: float = 1) -> None:
        """Load a file into a window of this size, in pixels of CSS."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
        self.ask("Emulation.setDeviceMetricsOverride", **metrics)
        self._events.clear()
        self.asked.clear()
        self.ask("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._take(self._read())

    def as_on_paper(self) -> None:
        """Lay the page out as it is printed."""
        self.ask("Emulation.setEmulatedMedia", media="print")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def picture(self, box: dict[str, float] | None = None) -> bytes:
        """A PNG of the whole page, or of a part of it: ``x``, ``y``, ``width``, ``height`` from the page's corner."""
        more = {} if box is None else {"clip": {**box, "scale": 1}}
        answer = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=True, **more)
        return base64.b64decode(answer["data"])

    def printed(self) -> bytes:
        """The page as a PDF on A4."""
        centimetre = 1 / 2.54
        paper = {"paperWidth": 21 * centimetre, "paperHeight": 29.7 * centimetre}
        return base64.b64decode(self.ask("Page.printToPDF", printBackground=True, **paper)["data"])

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What Chromium answers to a command."""
        self._number += 1
        command: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            command["sessionId"] = self._session
        _write_all(self._told, json.dumps(command).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                assert "error" not in answer, (method, answer["error"])
                result: dict[str, Any] = answer["result"]
                return result
            self._take(answer)

    def _take(self, event: dict[str, Any]) -> None:
        self._events.append(event)
        if event["method"] == "Network.requestWillBeSent":
            self.asked.append(event["params"]["request"]["url"])

    def _read(self) -> dict[str, Any]:
        read = bytearray()
        while not read.endswith(b"\0"):
            byte = self._tells.read1(1)
            assert byte, "Chromium has ended"
            read += byte
        told: dict[str, Any] = json.loads(read[:-1])
        return told


@contextmanager
def browsing(folder: Path) -> Iterator[Tab]:
    """A page in a Chromium of its own, whose files are in ``folder``. Skips the test where there is none."""
    found = program()
    if found is None:
        missing(MISSING)
    theirs, told = os.pipe()
    tells, their_end = os.pipe()
    command = [
        found,
        "--headless=new",
        "--remote-debugging-pipe",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--no-first-run",
        "--hide-scrollbars",
        f"--user-data-dir={folder}",
        # Chromium's own sandbox wants another user than root.
        *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]
    starter = [sys.executable, "-S", "-c", _STARTER, str(theirs), str(their_end), *command]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(starter, pass_fds=[theirs, their_end], stderr=log, stdout=log)
    os.close(theirs)
    os.close(their_end)
    try:
        tab = Tab(told, tells)
        yield tab.open()
        tab.ask("Browser.close")
    finally:
        process.kill()
        process.wait()
        os.close(told)
        os.close(tells)


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
