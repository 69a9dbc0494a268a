"""The demo through the real command, and its pages in a real browser."""

import json
import re
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest

from nicmethods.case.folder import load_case
from nicmethods.tables import quoted


def test_one_bad_case_does_not_stop_the_other_and_does_not_hide(study):
    folder, said = study
    manifest = pd.read_csv(folder / "reports" / "manifest.csv").set_index(["case", "notebook"])
    assert (manifest.loc["demo", "status"] == "ok").all()
    assert (manifest.loc["broken", "status"] == "failed").all()
    assert "case.yml" in manifest.loc["broken", "error"].iloc[0]
    assert manifest.loc[("across_cases", "04_across_cases"), "status"] == "ok"
    assert "failed  broken 01_network" in said
    assert said.strip().splitlines()[-1] == f"Open {folder / 'reports' / 'index.html'}"


def test_a_run_leaves_what_the_contract_names(study):
    folder, _ = study
    case = folder / "reports" / "demo"
    for name in ("turns", "codings", "events", "dyads", "propositions", "agreement", "network_measures", "actor_measures",
                 "mixing", "change", "dyad_change", "qap", "stergm"):  # fmt: skip
        assert len(pd.read_csv(case / "tables" / f"{name}.csv")), name
    numbers = json.loads((case / "numbers.json").read_text())
    assert set(numbers[0]) == {"id", "value", "low", "high", "p", "n", "unit", "table", "row", "interval"}
    assert len({number["id"] for number in numbers}) == len(numbers)
    for stem in ("01_network", "02_coding", "03_triangulation"):
        assert (case / "notebooks" / f"{stem}.ipynb").exists()
        assert (case / "notebooks" / f"{stem}.html").exists()


def test_all_pages_of_a_case_and_the_report_with_its_figures_are_small(study):
    folder, _ = study
    case = folder / "reports" / "demo"
    report = [*case.glob("*.html"), *case.glob("notebooks/*.html"), *case.glob("figures/*.png")]
    assert len(report) > 15
    assert sum(path.stat().st_size for path in report) < 3_000_000
    assert (case / "index.html").stat().st_size < 120_000
    tables = list(case.glob("tables/*.html"))
    assert sum(path.stat().st_size for path in tables) < 50_000 * len(tables)


def test_a_quoted_number_stands_in_its_table(study):
    folder, _ = study
    case = folder / "reports" / "demo"
    for number in json.loads((case / "numbers.json").read_text()):
        table = pd.read_csv(case / "tables" / f"{number['table']}.csv")
        row = table.iloc[int(number["row"]) - 2]
        ways = [
            how
            for how in quoted(number["table"])
            if f".{number['id']}".endswith(f".{how['suffix']}") or not how["suffix"]
        ]
        value = table.eval(max(ways, key=lambda how: len(how["suffix"]))["value"]).loc[row.name]
        assert value == pytest.approx(number["value"], nan_ok=True) or (pd.isna(value) and number["value"] is None)


def test_no_name_of_the_roster_leaves_the_case_folder(study):
    folder, _ = study
    case = load_case(folder / "data" / "demo")
    names = {
        part for name in [*case.roster["name"], *case.people["alias"]] for part in re.findall(r"[A-Z][a-z]{3,}", name)
    }
    names -= {"Alder", "Esker", "Cedar", "Library", "Laptop"}  # schools and things
    pattern = re.compile(r"\b(" + "|".join(sorted(names)) + r")\b", re.IGNORECASE)
    for path in (folder / "reports").rglob("*"):
        if path.is_file() and path.suffix != ".png":
            assert not pattern.search(path.read_text()), path


def test_every_page_opens_offline_and_every_link_leads_somewhere(study, browser):
    folder, _ = study
    reports = folder / "reports"
    page = browser.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append((page.url, message.text)))
    waiting, seen, fragments = [(reports / "index.html").as_uri()], set(), set()
    while waiting:
        url = waiting.pop()
        if url in seen:
            continue
        seen.add(url)
        page.goto(url)
        assert page.evaluate("document.compatMode") == "CSS1Compat", url
        ids = set(page.eval_on_selector_all("[id]", "nodes => nodes.map(node => node.id)"))
        fragments |= {(url, name) for name in ids}
        for link in page.eval_on_selector_all("a[href]", "nodes => nodes.map(node => node.href)"):
            target, _, fragment = link.partition("#")
            path = unquote(urlsplit(target).path)
            assert (reports.parent / path).exists(), (url, link)
            if target.endswith(".html"):
                waiting.append(target)
                if fragment:
                    fragments.add(("wanted", target, unquote(fragment)))
        for image in page.eval_on_selector_all("img", "nodes => nodes.map(node => [node.alt, node.naturalWidth])"):
            assert len(image[0]) > 20, (url, image)
            assert image[1] > 0, url
    wanted = {item[1:] for item in fragments if item[0] == "wanted"}
    assert wanted <= fragments
    assert len(seen) > 10
    assert all(url.startswith(("file:", "data:")) for url in asked)
    assert said == []


def test_the_report_says_that_it_is_synthetic_on_every_page(study, browser):
    folder, _ = study
    paths = list((folder / "reports" / "demo").rglob("*.html"))
    for path in paths:
        assert "Synthetic." in path.read_text(encoding="utf-8").partition("<h1")[0], path
    page = browser.new_page(viewport={"width": 360, "height": 800})
    for path in [path for path in paths if path.parent.name != "tables"] + [
        path for path in paths if path.stem in ("dyads", "propositions", "numbers")
    ]:
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
