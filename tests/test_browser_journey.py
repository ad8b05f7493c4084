"""The main job in a real browser: from an edited template to a bundle that reruns to the same list."""

import csv
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser import PATIENCE, Server, browser, picture

pytestmark = [pytest.mark.browser, pytest.mark.model, pytest.mark.timeout(900)]

TEMPLATE = """---
description: written by the test
method: likelihood
---
What a viewer of {{ catalog.noun }}s liked:
{% for m in history[-3:] %}
{{ loop.index }}. {{ m.title }}
{% endfor %}
Next, they will love:"""


@pytest.fixture(scope="module")
def server(home):
    running = Server(home)
    running.start()
    yield running
    running.kill()


def opened(page: Page, server: Server, path: str = "") -> None:
    page.goto(server.url + path)
    # Both columns: the second may be there before the first.
    expect(page.locator(".cm-content")).to_have_count(2)
    expect(page.locator("pre").nth(1)).to_be_visible()


def write(page: Page, column: int, text: str) -> None:
    editor = page.locator(".cm-content").nth(column)
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def run_button(page: Page):
    return page.get_by_role("button", name="Run").first


def finished(page: Page) -> None:
    expect(page.get_by_text("ranks best here")).to_be_visible()
    expect(page.locator('[data-testid="stProgress"]')).to_have_count(0)
    expect(page.get_by_text("s in the model")).to_have_count(2)


def saved(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download(timeout=PATIENCE) as download:
        page.get_by_role("button", name=button).first.click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def cli(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "WORKBENCH_HOME": str(server.home)}
    command = [sys.executable, "-m", "workbench", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


def test_an_analyst_reaches_an_exported_winner(server, tmp_path):
    with browser() as page:
        opened(page, server)
        expect(page.get_by_text("to rank the candidates with every variant")).to_be_visible()
        picture(page, "compare-first-start-1280")

        # An error is marked in the gutter and said in words, with the nearest name, before any run.
        write(page, 0, TEMPLATE.replace("in history", "in histroy"))
        expect(page.locator(".cm-lint-marker-error")).to_be_visible()
        expect(page.get_by_text("did you mean").first).to_be_visible()
        picture(page, "compare-error-1280")
        write(page, 0, TEMPLATE)
        expect(page.locator(".cm-lint-marker-error")).to_have_count(0)
        expect(page.locator("pre").first).to_contain_text("What a viewer of films liked:")

        # Exemplars by hand: the dialog begins with what the policy shows.
        page.get_by_role("button", name=re.compile("exemplars: nearest")).click()
        expect(page.get_by_text("Pick by hand")).to_be_visible()
        page.get_by_role("dialog").get_by_role("button", name="Add", exact=True).first.click()
        expect(page.get_by_role("dialog").get_by_text("In the prompt, in this order: 3")).to_be_visible()
        picture(page, "exemplars-1280")
        page.get_by_role("dialog").get_by_role("button", name="Close", exact=True).click()
        expect(page.get_by_role("button", name=re.compile("3 exemplars: by hand"))).to_be_visible()

        # Typed and run at once: the run uses the text on the screen.
        page.locator(".cm-content").first.click()
        page.keyboard.press("Control+End")
        page.keyboard.insert_text(" quagga")
        run_button(page).click()
        finished(page)
        picture(page, "compare-result-1280")
        page.get_by_text("Prompts", exact=True).click()
        expect(page.locator(".cm-mergeView")).to_contain_text("quagga")

        # The movement, as a table that a person can read.
        rows = list(csv.DictReader(saved(page, "Comparison as CSV", tmp_path).open(encoding="utf-8")))
        assert {row["list"] for row in rows} == {"A", "B", "Retrieval", "Popularity"}
        assert all(row["movement"] == "=" for row in rows if row["list"] == "A")
        assert all(re.fullmatch(r"=|new|dropped|[▲▼]\d+", row["movement"]) for row in rows)
        listed = [row["item_id"] for row in rows if row["list"] == "B" and row["rank"]]

        # A refreshed browser, and then a killed and restarted server, show it all again.
        permalink = page.url
        page.reload()
        finished(page)
        expect(page.locator(".cm-content").first).to_contain_text("quagga")
        server.kill()
        server.start()
        page.goto(permalink)
        finished(page)
        expect(page.locator(".cm-content").first).to_contain_text("quagga")
        expect(page.get_by_role("button", name=re.compile("3 exemplars: by hand"))).to_be_visible()

        # The winner as a bundle, rerun elsewhere to the same list.
        page.get_by_text("Export", exact=True).click()
        bundle = saved(page, "Export B as a bundle", tmp_path)
    assert {"manifest.json", "template.j2", "rankings.json"} <= set(zipfile.ZipFile(bundle).namelist())
    rerun = cli(server, "rank", "--bundle", str(bundle), "--json")
    assert rerun.returncode == 0, rerun.stderr
    (check,) = json.loads(rerun.stdout)["cases"]
    assert check["reproduced"]
    assert [row["item_id"] for row in check["ranked"]][: len(listed)] == listed


def test_a_saved_version_is_restored_after_another_edit(server):
    with browser() as page:
        opened(page, server)
        write(page, 0, TEMPLATE + " the first text")
        expect(page.locator("pre").first).to_contain_text("the first text")
        page.get_by_role("button", name="Save version").first.click()
        expect(page.get_by_role("dialog").locator(".cm-mergeView")).to_be_visible()
        picture(page, "save-version-1280")
        page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text(re.compile(r"^Version \d+ · every edit is kept"))).to_be_visible()
        write(page, 0, TEMPLATE + " another text")
        expect(page.locator("pre").first).to_contain_text("another text")
        page.get_by_role("button", name="History").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Restore this version").click()
        expect(page.locator("pre").first).to_contain_text("the first text")
        expect(page.locator(".cm-content").first).to_contain_text("the first text")


def test_a_second_tab_sees_the_edit_of_the_first(server):
    with browser() as page:
        opened(page, server)
        other = page.context.new_page()
        write(page, 1, TEMPLATE + " from the first tab")
        expect(page.locator("pre").nth(1)).to_contain_text("from the first tab")
        opened(other, server, page.url.removeprefix(server.url))
        expect(other.locator(".cm-content").nth(1)).to_contain_text("from the first tab")


def test_a_case_typed_by_hand_is_ranked(server):
    with browser() as page:
        opened(page, server)
        page.get_by_text("Typed by hand", exact=True).click()
        history = page.get_by_label("History, oldest first, one title or id a line")
        history.fill("Alien\nThe Matrix\nA film that nobody made")
        history.blur()
        expect(page.get_by_text("A film that nobody made", exact=False).first).to_be_visible()
        expect(page.locator("pre").first).to_contain_text("The Matrix")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text("This case has no known answer")).to_be_visible()
        expect(page.locator('[data-testid="stProgress"]')).to_have_count(0)
        page.get_by_text("From the catalog", exact=True).click()
        expect(page.get_by_text("Which case")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (1920, "light"), (1920, "dark")])
def test_every_page_is_drawn_without_an_error(server, width, scheme):
    with browser(width=width, scheme=scheme) as page:
        opened(page, server)
        picture(page, f"compare-{width}-{scheme}")
        for name in ("Experiments", "Search", "Vote", "Templates", "Exemplars", "Catalogs", "Models"):
            page.get_by_role("link", name=name).first.click()
            expect(page.get_by_role("heading", name=name)).to_be_visible()
            page.wait_for_timeout(1500)
            assert page.locator('[data-testid="stException"]').count() == 0
            picture(page, f"{name.lower()}-{width}-{scheme}")
