"""What tests of several rooms share."""

import shutil

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("nicmethods", deadline=None)
settings.load_profile("nicmethods")

# Whoever asks for one of these drives a browser, or runs notebooks or processes.
MARKED = {
    "browser": {"browser"},
    "slow": {"add_notebook", "command", "module_is_known", "published", "ran", "two_workers"},
}


def pytest_collection_modifyitems(items):
    for item in items:
        for mark, fixtures in MARKED.items():
            if fixtures & set(item.fixturenames):
                item.add_marker(mark)


@pytest.fixture(scope="module")
def browser():
    """A real Chromium; one a module, since two of them cannot be driven from one process at a time."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed; on Debian: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        opened = driver.chromium.launch(executable_path=chromium, args=flags)
        yield opened
        opened.close()
