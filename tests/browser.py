"""A real server and a real browser for the tests that look at the page."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SCREENSHOTS = Path(__file__).resolve().parent.parent / "screenshots"
PATIENCE = 120_000
"""Milliseconds: the first run loads the model, on a small machine beside a browser."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`workbench app`, as a user starts it, with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Returns the seconds until the server answers."""
        started = time.monotonic()
        command = [sys.executable, "-m", "workbench", "app", "--headless", "--offline", "--port", str(self.port)]
        environment = {**os.environ, "WORKBENCH_HOME": str(self.home)}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self._answers():
            assert self.process.poll() is None, "the server ended before it answered"
            assert time.monotonic() - started < 60, "the server did not answer within a minute"
            time.sleep(0.1)
        return time.monotonic() - started

    def kill(self) -> None:
        """kill -9: nothing gets the chance to save itself."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def browser(*, width: int = 1280, height: int = 1000, scheme: str = "light") -> Iterator[Page]:
    """A fresh page. Fails when it asked any host but this one, or threw an error."""
    wrong: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: wrong.append(f"error in the page: {error}"))
        page.on("request", lambda r: None if _is_ours(r.url) else wrong.append(f"asked another host: {r.url}"))
        expect.set_options(timeout=PATIENCE)
        try:
            yield page
        except BaseException:
            picture(page, "failure")
            raise
        chromium.close()
    assert not wrong


def _is_ours(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:"))


def picture(page: Page, name: str) -> None:
    """A screenshot of the whole page, kept for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": min(height + 20, 6000)})
    page.wait_for_timeout(800)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
    page.set_viewport_size(size)
