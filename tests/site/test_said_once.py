"""A warning is told once in a report; other pages lead there."""

import html

PROBLEM = "E01 names E01; the self-tie is dropped."


def test_a_warning_stands_once_in_the_report_and_on_no_other_page(ran):
    folder = ran["reports"] / "tiny"
    paths = [
        path for path in folder.rglob("*.html") if path.parent.name != "notebooks"
    ]  # whose code writes the sentence
    pages = {path.relative_to(folder).as_posix(): html.unescape(path.read_text()) for path in paths}
    assert {name: page.count(PROBLEM) for name, page in pages.items() if PROBLEM in page} == {"data.html": 1}
    assert all('data.html#problems"' in page for page in pages.values())
