"""Nothing in a page acts, whatever stands in a case; the same words are put before the widgets in tests/lab."""

import nicmethods as nic
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.run import run_batch
from nicmethods.site.site import build_site

SHOWS = (
    "import pandas as pd\nimport nicmethods as nic\nfrom IPython.display import HTML, Markdown, display\n"
    "from nicmethods.case.published import public_codings, public_turns\nfrom nicmethods.case.summary import case_summary\n"
    "study = nic.load_case(case)\nturns = public_turns(study)\n"
    "for words in turns['text']:\n    display(HTML(words), Markdown(words))\n    print(words)\n"
    "display(pd.DataFrame(turns), HTML(pd.DataFrame(turns).to_html(escape=False)))\n"
    "tables = {'turns': turns, 'codings': public_codings(study, study.codings), 'ties': study.ties}\n"
    "nic.write_results(reports, study.name, tables, summary=case_summary(study))"
)


def test_no_words_of_a_case_act_in_a_page(study, hostile_case, add_notebook, visit):
    case = hostile_case(study / "data" / "hostile")
    runs = plan_runs([case], [add_notebook("01", SHOWS)], reports=study / "reports")
    manifest = run_batch(runs, workers=1)
    assert manifest["status"].tolist() == ["ok"], manifest["error"].tolist()
    build_site(study / "reports", [case])
    pages = sorted((study / "reports").rglob("*.html"))
    assert len(pages) > 4
    assert len(nic.load_case(case).turns) == 15
    page = visit(study / "reports" / "index.html")
    for path in pages:
        page.goto(path.as_uri())
        for element in page.query_selector_all("main a, main td, main p")[:40]:
            element.dispatch_event("mouseover")
        assert page.evaluate("[window.pwned, document.querySelectorAll('main iframe, main svg').length]") == [
            None,
            0,
        ], path
        assert page.evaluate("[...document.links].every(link => link.protocol !== 'javascript:')"), path
