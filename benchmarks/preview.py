"""How soon the server answers, and how soon the rendered prompt follows an edit: keystroke to text on the page, in a
real browser.

Run by `make bench`. Needs Chromium; the server has a home of its own and the user's models.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from browser import Server, browser
from workbench.paths import default_paths

EDITS = 15
SHOWN = "word => document.querySelector('pre').innerText.includes(word)"


def main() -> None:
    paths = default_paths()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name in ("data", "cache"):
            (home / name).mkdir()
        (home / "data" / "models").symlink_to(paths.models)
        for made in [*paths.cache.glob("converted-*"), *paths.cache.glob("embeddings")]:
            (home / "cache" / made.name).symlink_to(made)
        server = Server(home)
        server.start()
        server.kill()
        print(f"second start, until the server answers: {server.start():.1f} s")
        try:
            seconds = measure(server)
        finally:
            server.kill()
    print(f"edit to preview, {len(seconds)} edits: median {1000 * statistics.median(seconds):.0f} ms, ", end="")
    print(f"slowest {1000 * max(seconds):.0f} ms; under 300 ms: {sum(s < 0.3 for s in seconds)} of {len(seconds)}")


def measure(server: Server) -> list[float]:
    found = []
    with browser() as page:
        page.goto(server.url)
        page.locator(".cm-content").first.wait_for()
        page.locator("pre").first.wait_for()
        for number in range(EDITS + 2):
            page.locator(".cm-content").first.click()
            page.keyboard.press("Control+End")
            page.wait_for_timeout(1000)
            word = f"edit{number}x"
            started = time.perf_counter()
            page.keyboard.insert_text(f" {word}")
            page.wait_for_function(SHOWN, arg=word, polling=5)
            found.append(time.perf_counter() - started)
    return found[2:]  # the first ones load the tokenizer


if __name__ == "__main__":
    main()
