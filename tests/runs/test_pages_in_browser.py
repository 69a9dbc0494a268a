"""The pages in a real browser: what it says of them, and what their script does."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed; on Debian: apt-get install chromium"
)


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        yield driver.chromium.launch(executable_path=CHROMIUM, args=arguments)


@pytest.fixture
def visit(browser):
    """Open a page; whatever the browser complains of, and whatever it asks for elsewhere, is collected."""
    said, asked, opened = [], [], []

    def visit(path, fragment="", **options):
        page = browser.new_page(**options)
        page.set_default_timeout(20_000)
        opened.append(page)
        page.on("console", lambda message: said.append(f"{path.name}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{path.name}: {error}"))
        page.on(
            "request",
            lambda request: asked.append(request.url) if not request.url.startswith(("file:", "data:")) else None,
        )
        page.goto(path.as_uri() + fragment)
        return page

    yield visit
    for page in opened:
        page.close()
    assert said == []
    assert asked == []


def test_no_page_complains_or_asks_for_anything_outside(ran, visit):
    page = visit(ran["index"])
    for path in sorted(ran["reports"].rglob("*.html")):
        page.goto(path.as_uri())
        assert page.title()
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") == "700", "the style applies"


def test_pages_fit_a_phone(ran, visit):
    page = visit(ran["index"], viewport={"width": 360, "height": 740})
    for path in sorted(ran["reports"].rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path.name


def test_the_dark_scheme_is_dark(ran, visit):
    page = visit(ran["index"], color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"


def test_a_quote_leads_to_its_place_in_the_transcript(ran, visit):
    page = visit(ran["reports"] / "tiny" / "index.html")
    page.click("blockquote a")
    page.wait_for_url("**/transcripts/kick-off.html#t-1")
    assert "help me?" in page.inner_text(":target")
    assert page.is_visible(":target + li"), "with the turns around it"


def test_tables_sort_by_keyboard_and_blanks_stay_last(ran, visit):
    page = visit(ran["reports"] / "tiny" / "tables" / "turns.html")
    head = page.locator("th", has_text="end_s")
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    column = page.evaluate("[...document.querySelectorAll('tbody tr')].map(row => row.cells[5].textContent)")
    assert column == ["70", "5", "–"]


def test_code_opens_with_one_click(ran, visit):
    page = visit(ran["reports"] / "tiny" / "notebooks" / "02_coding.html")
    code = page.locator("details.code pre").first
    assert not code.is_visible()
    page.locator("details.code summary").first.click()
    assert code.is_visible()
