"""A tiny study that every test of the room can run: one case that works, notebooks that work and that do not."""

import json
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from nicmethods.case.tables import RUN_TABLES, WORK_TABLES

PARAMETERS = 'case: str = "demo"  # folder under data/, or a path\nreports: str = "../reports"  # where results go\n'

NETWORK = """
import base64
from pathlib import Path
import pandas as pd
from IPython.display import display
from nicmethods.case.tables import RUN_TABLES
from nicmethods.runs.results import write_results
"""
PICTURE = """
png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
display({"image/png": png, "text/plain": "a dot"}, raw=True, metadata={"image/png": {"alt": "One \\"dot\\" & nothing", "width": 20, "height": 20}})
"""
TABLE = 'pd.DataFrame({"wave": ["w1", "w2"], "ties <b>now</b>": [1.5, 2]}, index=["a", "b"])'
WRITE = """
turns = pd.DataFrame({"activity": ["kick-off"] * 3, "turn": ["1", "2", "3"], "position": [1, 2, 3], "actor": ["E01", "E02", None],
                      "start_s": [0.0, 61.5, 3700.0], "end_s": [5.0, 70.0, None],
                      "text": ["Could someone <script>alert(1)</script> help me?", "I can, $x^2$ **bold** \\x1b[31mred", "…"]})
codings = pd.DataFrame({"coder": ["ann"], "activity": ["kick-off"], "turn": ["1"], "start_char": [None], "end_char": [None],
                        "code": ["help_request"], "addressee": [None], "reply_to": [None], "seeker": ["E01"], "helper": ["E02"], "memo": [None]})
propositions = pd.DataFrame({"proposition": ["new-ties"], "statement": ["New ties <i>across</i> schools form."],
    "network_evidence": ["2 new ties"], "network_value": [0.25], "network_low": [0.1], "network_high": [0.4], "network_p": [0.01], "network_n": [12],
    "network_stance": ["supports"], "talk_evidence": ["1 help event"], "talk_value": [1.0], "talk_low": [None], "talk_high": [None], "talk_n": [3],
    "talk_stance": ["open"], "turns": ["kick-off/1;kick-off/9"], "ties": ["w1/w2/E01/E02"], "proposed_verdict": ["partial_agreement"],
    "researcher_verdict": [None], "meta_inference": [None]}).reindex(columns=RUN_TABLES["propositions"].names)
changes = pd.DataFrame({"from_wave": ["w1"], "to_wave": ["w2"], "relation": ["help"], "source": ["E01"], "target": ["E02"],
    "weight_from": [0.0], "weight_to": [2.0], "kind": ["created"], "reason": [None], "scope": ["across"], "role_pair": [None],
    "threshold_from": [1.0], "threshold": [1.0], "policy": ["observed"]}).reindex(columns=RUN_TABLES["dyad_change"].names)
name = Path(case).name
summary = {"title": "Tiny & true", "description": "A case for tests.", "synthetic": True, "strands": ["network", "talk"], "n_actors": 2,
    "n_sites": 2, "waves": [{"wave": "w1", "relation": "help", "opened": "2024-01-08", "closed": "2024-01-12", "n_present": 2, "n_responded": 1, "response_rate": 0.5}],
    "activities": [{"activity": "kick-off", "date": "2024-01-20", "title": "Kick-off", "kind": "meeting", "n_turns": 3, "coded": True}],
    "coders": ["ann"], "codes": {"help_request": "Help request"},
    "problems": [{"level": "warning", "file": "ties.csv", "row": 4, "field": "target", "value": "", "message": "E01 names E01; the self-tie is dropped."}]}
write_results(reports, name, {"turns": turns, "codings": codings, "propositions": propositions, "dyad_change": changes},
              [{"id": "network.ties.w1", "value": 1.0, "n": 2, "table": "dyad_change", "row": "2"}], summary=summary)
"""


def notebook(*cells, parameters=PARAMETERS, title="A title"):
    """A notebook as JSON text; text that begins with # is Markdown."""
    made = [{"cell_type": "markdown", "id": "t", "metadata": {}, "source": f"# {title}\n\n## Who is connected?"}]
    for number, source in enumerate((parameters, *cells)):
        tags = {"tags": ["parameters"]} if number == 0 else {}
        if source == PICTURE:
            tags = {"tags": ["table:dyad_change"]}
        made.append(
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": tags,
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
        )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


def make_case(folder: Path, *, broken: bool = False) -> Path:
    folder.mkdir(parents=True)
    (folder / "case.yml").write_text("title: Tiny\nsynthetic: true\n" + ("nonsense: 1\n" if broken else ""))
    (folder / "roster.csv").write_text("actor,name,site,role\nE01,Ada Quill,north,teacher\nE02,Bo Reed,south,teacher\n")
    return folder


@pytest.fixture
def study(tmp_path):
    """A study folder with a space in its name, one case and no notebooks yet."""
    root = tmp_path / "a study"
    make_case(root / "data" / "tiny")
    (root / "notebooks").mkdir()
    return root


@pytest.fixture
def add_notebook(study):
    def add(name, *cells, **more):
        path = study / "notebooks" / f"{name}.ipynb"
        path.write_text(notebook(*cells, **more))
        return path

    return add


@pytest.fixture(scope="session")
def ran(tmp_path_factory):
    """A study that has run: one case that works, one notebook that stops, one case that cannot be read."""
    from nicmethods.runs.execute import run_batch
    from nicmethods.runs.plan import plan_runs
    from nicmethods.runs.site import build_site

    root = tmp_path_factory.mktemp("ran") / "a study"
    cases = [make_case(root / "data" / "tiny"), make_case(root / "data" / "broken", broken=True)]
    (root / "notebooks").mkdir()
    texts = {
        "01_network": notebook(NETWORK, PICTURE, TABLE, WRITE, title="The network"),
        "02_coding": notebook("print('begun')", "1 / 0", "print('never')", title="The talk"),
        "04_across_cases": notebook(
            "from nicmethods.runs.results import read_across",
            "read_across(reports).numbers[['case', 'id', 'value']]",
            parameters='reports: str = "../reports"  # where results are\n',
            title="Across cases",
        ),
    }
    for name, text in texts.items():
        (root / "notebooks" / f"{name}.ipynb").write_text(text)
    events = []
    runs = plan_runs(cases, sorted((root / "notebooks").glob("*.ipynb")), reports=root / "reports")
    manifest = run_batch(runs, workers=2, timeout_s=600, on_event=events.append)
    return {
        "root": root,
        "reports": root / "reports",
        "manifest": manifest,
        "events": events,
        "index": build_site(root / "reports"),
    }


@pytest.fixture(scope="session")
def notebook_text():
    """Makes a notebook as JSON text."""
    return notebook


@pytest.fixture
def visit(browser):
    """Open a page; whatever the browser complains of, asks for elsewhere or pops up is collected."""
    said, asked, opened = [], [], []

    def visit(path, fragment="", **options):
        page = browser.new_page(**options)
        page.set_default_timeout(300_000)
        opened.append(page)
        page.on("console", lambda message: said.append(f"{path.name}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{path.name}: {error}"))
        page.on("dialog", lambda dialog: (said.append(f"{path.name}: {dialog.message}"), dialog.dismiss()))
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


def table(name, rows):
    """A declared table with some of its columns filled in."""
    declared = RUN_TABLES.get(name) or WORK_TABLES[name]
    return pd.DataFrame(rows).reindex(columns=declared.names)


def network_tables(said="I can help.", site="North"):
    """Three people in two waves: A1 and B1 come to be tied after help, A1 and C1 had help and no tie, B1 left."""
    turns = [
        {
            "activity": "kick-off",
            "turn": str(n),
            "position": n,
            "actor": actor,
            "text": text,
            "start_s": None,
            "end_s": None,
        }
        for n, (actor, text) in enumerate([("A1", "Could you help?"), ("B1", said), ("C1", said)], start=1)
    ]
    event = {"activity": "kick-off", "kind": "help_given", "seeker": "A1", "basis": "coded", "source": "adjudicated"}
    events = [
        event | {"event": "kick-off/1/1", "helper": "B1", "request_turn": "1", "response_turn": "2"},
        event | {"event": "kick-off/1/2", "helper": "C1", "request_turn": "1", "response_turn": "3"},
    ]
    pair = {
        "from_wave": "w1",
        "to_wave": "w2",
        "relation": "help",
        "policy": "observed",
        "threshold": 1.0,
        "scope": "across",
    }
    counts = dict.fromkeys([c for c in RUN_TABLES["dyads"].names if c.startswith("n_")], 0) | {
        "reciprocated_talk": False
    }
    pair |= counts | {"n_together": 1, "n_together_coded": 1, "change_ba": "absent"}
    dyads = [
        pair
        | {
            "a": "A1",
            "b": "B1",
            "change_ab": "created",
            "change": "created",
            "verdict": "agreement",
            "events": "kick-off/1/1",
        },
        pair
        | {
            "a": "A1",
            "b": "C1",
            "change_ab": "absent",
            "change": "absent",
            "verdict": "dissonance",
            "events": "kick-off/1/2",
        },
        pair | {"a": "B1", "b": "C1", "change_ab": "absent", "change": "absent", "verdict": "agreement_on_absence"},
    ]
    answers = [
        {
            "relation": "help",
            "wave": wave,
            "actor": actor,
            "present": True,
            "responded": (wave, actor) != ("w2", "B1"),
            "basis": "listed",
        }
        for wave in ("w1", "w2")
        for actor in ("A1", "B1", "C1")
    ]
    ties = [("w1", "C1", "A1", 1.0), ("w2", "A1", "B1", 3.0), ("w2", "C1", "A1", 1.0)]
    actors = [("A1", site, "hub"), ("B1", "South", "member"), ("C1", "South", "member")]
    places = [("A1", -1.0, 0.0), ("B1", 1.0, 0.0), ("C1", 0.0, 1.0)]
    return {
        "turns": table("turns", turns),
        "events": table("events", events),
        "dyads": table("dyads", dyads),
        "responses": table("responses", answers),
        "ties": table("ties", [dict(zip(("wave", "source", "target", "weight"), row, strict=True), relation="help") for row in ties]),
        "actors": table("actors", [dict(zip(("actor", "site", "group"), row, strict=True)) for row in actors]),
        "places": table("places", [dict(zip(("actor", "x", "y"), row, strict=True), radius=0.1) for row in places]),
    }  # fmt: skip


NETWORK_SUMMARY = {
    "title": "Three",
    "strands": ["network", "talk"],
    "relations": [{"relation": "help", "threshold": 1.0, "directed": True}],
    "waves": [{"relation": "help", "wave": wave, "response_rate": 1.0} for wave in ("w1", "w2")],
    "activities": [{"activity": "kick-off", "title": "Kick-off", "coded": True}],
}


@pytest.fixture(scope="session")
def network():
    """What a case leaves whose network can be moved."""
    return SimpleNamespace(tables=network_tables, summary=NETWORK_SUMMARY)
