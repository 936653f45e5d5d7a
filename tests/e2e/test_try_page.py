"""The form for people, in a real browser: it shows what the API answers, and logs nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """A server with an endpoint whose columns are of every kind that a form has, with Korean names."""
    import penstock
    from penstock.server.run import background_server

    folder = tmp_path_factory.mktemp("form")
    (folder / "penstock.toml").touch()
    with penstock.connect(folder) as connection:
        connection.sql("""
            CREATE TABLE 방문 AS
            SELECT (range % 40)::DOUBLE AS "체류 시간(분)", range % 12 AS pages,
                   ['서울특별시', '부산광역시', '<b>대구</b>'][range % 3 + 1] AS 도시, range % 5 = 0 AS member,
                   DATE '2026-01-01' + (range % 90)::INT AS visited_on,
                   CASE WHEN range % 40 + 3 * (range % 12) + 20 * (range % 3) > 50 THEN '구매' ELSE '이탈' END AS 결과
            FROM range(600)
        """)
        connection.sql("""
            CREATE MODEL 구매예측 OPTIONS (model_type = 'boosted_tree_classifier', input_label_cols = ['결과'],
                                       max_iterations = 20) AS SELECT * FROM 방문
        """)
        connection.sql("CREATE ENDPOINT buyers ON MODEL 구매예측")
        plane = connection._open_plane()
        with background_server(plane) as opened:
            yield opened


@pytest.fixture
def page(browser, address):
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    problems: list[str] = []
    opened.on("pageerror", lambda problem: problems.append(str(problem)))
    opened.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    opened.goto(f"{address}/try/buyers")
    opened.wait_for_selector("#answer .big")
    yield opened
    opened.close()
    assert problems == []


def shot(page, name: str) -> None:
    """Keep a picture where SCREENSHOTS says, for people to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_the_answer_is_that_of_the_api_and_follows_the_form(page, address):
    import httpx

    row = httpx.get(f"{address}/endpoints/buyers/schema").json()["example"]
    told = httpx.post(f"{address}/predict/buyers", json={"rows": [row]}).json()["predictions"][0]
    assert page.inner_text("#answer .big") == told["prediction"]
    shot(page, "try")
    slider = page.get_by_role("slider", name="체류 시간(분)")
    before = page.inner_text("#answer .bars >> nth=0")
    slider.fill("0")
    page.wait_for_function("before => document.querySelector('#answer .bars').innerText !== before", arg=before)
    row["체류 시간(분)"] = 0.0
    told = httpx.post(f"{address}/predict/buyers", json={"rows": [row]}).json()["predictions"][0]
    assert page.inner_text("#answer .big") == told["prediction"]
    shown = page.inner_text("#answer .bars >> nth=0")
    assert f"{100 * told['probabilities'][told['prediction']]:.1f} %" in shown


def test_why_and_what_if_are_drawn(page):
    assert "What made it" in page.inner_text("#answer")
    assert "If only 체류 시간(분) changed" in page.inner_text("#answer")
    assert page.locator("#answer svg path").get_attribute("d").count("L") > 5


def test_a_value_can_be_not_known_and_one_that_was_never_seen(page):
    page.locator(".unknown input").first.check()
    page.wait_for_timeout(400)
    assert page.get_by_role("slider", name="체류 시간(분)").is_disabled()
    page.get_by_label("도시", exact=True).select_option(label="another value …")
    page.get_by_label("도시: another value").fill("제주 <script>alert(1)</script>")
    page.wait_for_timeout(400)
    assert page.inner_text("#answer .big") in ("구매", "이탈")
    assert page.locator("#trouble").is_hidden()


def test_nothing_that_is_tried_is_logged(page, address):
    import httpx

    before = httpx.get(f"{address}/metrics").text
    page.get_by_role("spinbutton", name="pages").fill("3")
    page.wait_for_timeout(400)
    lag = [
        line for line in httpx.get(f"{address}/metrics").text.splitlines() if line.startswith("penstock_log_lag_bytes")
    ]
    assert lag == [line for line in before.splitlines() if line.startswith("penstock_log_lag_bytes")]


@pytest.mark.parametrize(("name", "width", "scheme"), [("phone", 390, "light"), ("dark", 1280, "dark")])
def test_it_fits(browser, address, name, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.goto(f"{address}/try/buyers")
    page.wait_for_selector("#answer .big")
    shot(page, f"try-{name}")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.close()


def test_endpoints_are_listed_and_one_that_is_not_there_is_said(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/try")
    page.get_by_role("link", name="buyers").click()
    page.wait_for_selector("#answer .big")
    page.goto(f"{address}/try/buyer")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "buyers" in page.inner_text("#trouble")
    page.close()
