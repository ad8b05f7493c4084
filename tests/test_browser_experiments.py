"""Experiments and blind votes in a real browser, over an experiment that a scripted model has answered."""

import re

import pytest
from pages import ScriptedWorkshop
from playwright.sync_api import Page, expect

from browser import PATIENCE, SCREENSHOTS, Server, browser, picture
from workbench.engine.scripted import ScriptedEngine, by_hash
from workbench.experiments.planning import choose_cases, plan_experiment
from workbench.experiments.running import run_experiment
from workbench.paths import Paths, default_paths
from workbench.store.store import Store
from workbench.variant import Choice, TemplateSource, Variant

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TEXT = """---
method: likelihood
---
{}What a viewer liked:{{% for m in history[-3:] %}} {{{{ m.title }}}}{{% endfor %}}
{{{{ user.description }}}} Next:"""
VIEWS = ("Leaderboard", "Case by case", "Slices", "What differs", "Failures", "Other experiments", "Files")


def variant(label, start, **fields):
    method = Choice(name="likelihood", options={"normalisation": "sum"})
    template = TemplateSource(name=f"{label.lower()} words", source=TEXT.format(start))
    settings = {"method": method, "retriever": Choice(name="bm25"), "n_candidates": 20, **fields}
    return Variant(label=label, template=template, **settings)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home whose store holds two experiments over the movies: B is told what is good, C fails without a history; the
    older one asked A of some cases alone."""
    folder = tmp_path_factory.mktemp("home")
    for name in ("data", "cache"):
        (folder / name).mkdir()
    paths = Paths(folder / "data", folder / "cache", default_paths().shipped)
    store = Store(paths.database_url)
    workshop = ScriptedWorkshop(paths, store)
    catalog, qrels = workshop.catalog("movies"), workshop.qrels("movies")
    good = {catalog.item(i).title for grades in qrels.values() for i, grade in grades.items() if grade}
    workshop.scripted = ScriptedEngine(
        lambda prompt, title: by_hash(prompt, title) + 12 * ("Careful" in prompt and title.strip() in good)
    )
    variants = (
        variant("A", ""),
        variant("B", "Careful. "),
        variant("C", "First: {{ history[0].title }}. ", seed=3),
    )
    cases = choose_cases(catalog, qrels)
    some = choose_cases(catalog, qrels, limit=20)
    plan = plan_experiment("Before", catalog, some, variants[:1], catalog="movies", baseline="A", controls=False)
    run_experiment(store, workshop, store.begin_experiment(plan, some))
    plan = plan_experiment("Does care help?", catalog, cases, variants, catalog="movies", baseline="A", worth=0.05)
    run_experiment(store, workshop, store.begin_experiment(plan, cases))
    store.close()
    return folder


@pytest.fixture(scope="module")
def server(home):
    running = Server(home)
    running.start()
    yield running
    running.kill()


def shown(page: Page) -> None:
    expect(page.get_by_text(re.compile("^B is better than A: nDCG"))).to_be_visible()
    quiet(page)


def quiet(page: Page) -> None:
    """Until nothing is computed or loaded any more."""
    page.wait_for_timeout(500)
    expect(page.locator('[data-testid="stSkeleton"]')).to_have_count(0)
    expect(page.locator('[data-testid="stStatusWidget"]')).to_have_count(0)
    expect(page.locator('[data-testid="stSpinner"]')).to_have_count(0)
    assert page.locator('[data-testid="stException"]').count() == 0


def to(page: Page, view: str) -> None:
    page.get_by_role("radio", name=re.compile(f"^{view}")).or_(
        page.get_by_role("button", name=re.compile(f"^{view}"))
    ).first.click()
    page.wait_for_timeout(700)
    quiet(page)


@pytest.mark.parametrize("width", [1400, 900])
def test_the_experiment_is_looked_at_from_every_side(server, width):
    with browser(width=width) as page:
        page.goto(f"{server.url}/experiments")
        shown(page)
        picture(page, f"experiment-leaderboard-{width}")
        for view in VIEWS[1:]:
            to(page, view)
            picture(page, f"experiment-{view.lower().replace(' ', '-')}-{width}")


def test_in_the_dark_everything_is_readable_too(server):
    with browser(width=1400, scheme="dark") as page:
        page.goto(f"{server.url}/experiments")
        shown(page)
        picture(page, "experiment-leaderboard-1400-dark")
        page.get_by_role("link", name="Let people judge these lists").click()
        expect(page.get_by_role("heading", name="Blind vote")).to_be_visible()
        assert "experiment=" in page.url


def test_a_case_is_reached_from_the_table_and_from_its_link(server):
    with browser(width=1400) as page:
        page.goto(f"{server.url}/experiments")
        shown(page)
        to(page, "Case by case")
        table = page.locator('[data-testid="stDataFrame"]').first
        table.scroll_into_view_if_needed()
        box = table.bounding_box()
        page.mouse.click(box["x"] + 14, box["y"] + 52)
        expect(page.get_by_role("heading", name=re.compile("^Case f"))).to_be_visible()
        expect(page.get_by_text("ranks best here")).to_be_visible()
        quiet(page)
        picture(page, "experiment-one-case-1400")
        link = page.url
        assert "case=f" in link
        page.goto(link)
        expect(page.get_by_text("ranks best here")).to_be_visible()
        page.set_viewport_size({"width": 900, "height": 1000})
        quiet(page)
        picture(page, "experiment-one-case-900")


def test_charts_are_saved_and_the_report_opens_alone(server, tmp_path):
    with browser(width=1400) as page:
        page.goto(f"{server.url}/experiments")
        shown(page)
        chart = page.locator('[data-testid="stVegaLiteChart"]').first
        chart.scroll_into_view_if_needed()
        chart.hover()
        with page.expect_download(timeout=PATIENCE) as download:
            page.get_by_role("button", name="Download as PNG").first.click()
        assert download.value.suggested_filename.endswith(".png")
        to(page, "Files")
        with page.expect_download(timeout=PATIENCE) as download:
            page.get_by_role("button", name="Report as HTML").click()
        file = tmp_path / "report.html"
        download.value.save_as(file)
        assert "<script" not in file.read_text(encoding="utf-8")
    for width in (1400, 900):
        with browser(width=width) as page:
            page.set_content(file.read_text(encoding="utf-8"))
            expect(page.locator(".verdict")).to_contain_text("B is better than A")
            SCREENSHOTS.mkdir(exist_ok=True)
            page.screenshot(path=SCREENSHOTS / f"report-{width}.png", full_page=True)


def judged(page: Page, n: int) -> None:
    expect(page.get_by_text(re.compile(f"^{n} of \\d+ judged"))).to_be_visible()


def test_votes_are_cast_by_key_and_by_button(server):
    with browser(width=1400) as page:
        page.goto(f"{server.url}/vote")
        expect(page.get_by_text("Enter your name")).to_be_visible()
        name = page.get_by_label("Your name")
        # Keys that mean votes are letters of a name as well: while it is written they vote for nothing.
        name.press_sequentially("Tabata X")
        name.press("Enter")
        judged(page, 0)
        quiet(page)
        picture(page, "vote-1400")
        page.locator("h2, h3").first.click()
        for n, key in enumerate(("a", "b", "t", "x", "a", "a"), start=1):
            page.keyboard.press(key)
            judged(page, n)
        page.keyboard.press("z")
        judged(page, 5)
        page.get_by_role("button", name=re.compile("Right is better")).click()
        judged(page, 6)
        page.set_viewport_size({"width": 900, "height": 1000})
        quiet(page)
        picture(page, "vote-900")
        to(page, "What came out")
        expect(page.get_by_text("Ratings", exact=False).first).to_be_visible()
        picture(page, "vote-results-900")
        page.set_viewport_size({"width": 1400, "height": 1000})
        picture(page, "vote-results-1400")
