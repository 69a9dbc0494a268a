"""What tests of several rooms share: a browser, and a tiny study whose notebooks work and do not."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("nicmethods", deadline=None)
settings.load_profile("nicmethods")

PARAMETERS = 'case: str = "demo"  # folder under data/, or a path\nreports: str = "../reports"  # where results go\n'

NETWORK = """
import base64
from pathlib import Path
import pandas as pd
from IPython.display import display
from nicmethods.tables import RUN_TABLES
from nicmethods.results import write_results
"""
PICTURE = """
png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
display({"image/png": png, "text/plain": "a dot"}, raw=True, metadata={"image/png": {"alt": "One \\"dot\\" & nothing", "width": 20, "height": 20}})
"""
TABLE = 'pd.DataFrame({"wave": ["w1", "w2"], "ties <b>now</b>": [1.5, 2]}, index=["a", "b"])'
CLAIM = {
    "proposition": "p",
    "statement": "Help happens.",
    "relation": "help",
    "claim": "coincidence",
    "pairs": "all",
    "survey_claim": "Ties begin.",
    "survey_evidence": "2 ties began.",
    "survey_value": 0.25,
    "survey_low": 0.1,
    "survey_high": 0.4,
    "survey_n": 12,
    "survey_up": 4,
    "survey_down": 1,
    "survey_answer": "no direction that can be told",
    "change_said": "new ties",
    "talk_said": "help",
    "talk_answer": "yes",
    "n_row_pairs": 3,
    "together_answer": "too little to say",
    "survey_stance": "open",
    "talk_claim": "People help.",
    "talk_evidence": "1 of 3 pairs had help.",
    "n_seen": 1,
    "n_pairs": 3,
    "seen_low": 0.01,
    "seen_high": 0.91,
    "talk_stance": "supports",
    "together_claim": "On the same pairs.",
    "together_evidence": "Too little to say.",
    "n_rows": 3,
    "n_talk": 1,
    "n_change": 1,
    "n_both": 1,
    "together_stance": "too_little",
    "proposed_verdict": "partial_agreement",
    "reason": "both strands show it",
}
"""A row of ``propositions`` with all that may not be blank."""
WRITE = (
    f"CLAIM = {CLAIM!r}"
    """
turns = pd.DataFrame({"activity": ["kick-off"] * 3, "turn": ["1", "2", "3"], "position": [1, 2, 3], "actor": ["E01", "E02", None],
                      "start_s": [0.0, 61.5, 3700.0], "end_s": [5.0, 70.0, None],
                      "text": ["Could someone <script>alert(1)</script> help me?", "I can, $x^2$ **bold** \\x1b[31mred", "…"]})
codings = pd.DataFrame({"coder": ["ann"], "activity": ["kick-off"], "turn": ["1"], "start_char": [None], "end_char": [None],
                        "code": ["help_request"], "addressee": [None], "reply_to": [None], "seeker": ["E01"], "helper": ["E02"], "memo": [None]})
propositions = pd.DataFrame([CLAIM | {"proposition": "new-ties", "statement": "New ties <i>across</i> schools form.",
    "turns": "kick-off/1;kick-off/9", "ties": "w1/w2/E01/E02"}]).reindex(columns=RUN_TABLES["propositions"].names)
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
)


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
    from nicmethods.batch.plan import plan_runs
    from nicmethods.batch.run import run_batch
    from nicmethods.site.site import build_site

    root = tmp_path_factory.mktemp("ran") / "a study"
    cases = [make_case(root / "data" / "tiny"), make_case(root / "data" / "broken", broken=True)]
    (root / "notebooks").mkdir()
    texts = {
        "01_network": notebook(NETWORK, PICTURE, TABLE, WRITE, title="The network"),
        "02_coding": notebook("print('begun')", "1 / 0", "print('never')", title="The talk"),
        "04_across_cases": notebook(
            "from nicmethods.across.gather import read_across",
            "read_across(reports).numbers[['case', 'id', 'value']]",
            parameters='reports: str = "../reports"  # where results are\n',
            title="Across cases",
        ),
    }
    for name, text in texts.items():
        (root / "notebooks" / f"{name}.ipynb").write_text(text)
    events = []
    runs = plan_runs(cases, sorted((root / "notebooks").glob("*.ipynb")), reports=root / "reports")
    manifest = run_batch(runs, workers=2, timeout_s=60, on_event=events.append)
    build_site(root / "reports")
    return {
        "root": root,
        "reports": root / "reports",
        "manifest": manifest,
        "events": events,
        "index": root / "reports" / "index.html",
    }


@pytest.fixture(scope="session")
def claim():
    """Makes a row of ``propositions``."""
    from nicmethods.tables import RUN_TABLES

    return lambda **more: dict.fromkeys(RUN_TABLES["propositions"].names) | CLAIM | more


PAYLOADS = [
    "<script>window.pwned = 1</script>",
    "<img src=x onerror=window.pwned=1>",
    "</script><script>window.pwned = 1</script>",
    "<svg onload=window.pwned=1>",
    '"><img src=x onerror=window.pwned=1>',
    "' onmouseover='window.pwned=1",
    "[a](javascript:window.pwned=1)",
    '<a href="javascript:window.pwned=1">x</a>',
    "{{ 7 * 7 }}{% for x in y %}{# #}",
    r"$x^2$ \(\href{javascript:window.pwned=1}{a}\)",
    '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
    "<style>@import 'http://example.invalid/x.css'; * { display: none }</style>",
    "<!--old--><!--/old--><script>window.pwned = 1</script>",
    "<math><mtext></p><img src=x onerror=window.pwned=1>",
    "\u202e<details open ontoggle=window.pwned=1>",
]


@pytest.fixture(scope="session")
def hostile_case():
    """Writes a case whose words would act in a browser, wherever words of people are shown."""

    def write(folder):
        files = {
            "roster.csv": [["actor", "name", "site", "role"], *([f"E{n:02}", f"Person{n} Sur{n}", PAYLOADS[n], "teacher"] for n in range(4))],
            "ties.csv": [["wave", "source", "target", "weight"], ["w1", "E00", "E01", "1"], ["w2", "E01", "E02", "1"], ["w2", "E03", "E00", "1"]],
            "activities.csv": [["activity", "date", "title", "kind"], ["A1", "2024-02-01", PAYLOADS[4], "meeting"]],
            "transcripts/A1.csv": [["turn", "speaker", "text"], *([n + 1, f"Person{n % 4} Sur{n % 4}", words] for n, words in enumerate(PAYLOADS))],
            "codings/ann.csv": [["activity", "turn", "code", "memo"], *(["A1", n + 1, "help_request", words] for n, words in enumerate(PAYLOADS))],
            "codings/coverage.csv": [["coder", "activity", "codebook"], ["ann", "A1", "help"]],
        }  # fmt: skip
        for name, rows in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with (folder / name).open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(rows)
        waves = [("w1", "2024-01-08", "2024-01-12"), ("w2", "2024-03-04", "2024-03-08")]
        config = {"title": PAYLOADS[1], "description": PAYLOADS[0], "question": PAYLOADS[2], "synthetic": True,
                  "waves": [dict(zip(("id", "opened", "closed"), wave, strict=True)) for wave in waves],
                  "relations": [{"name": "help", "question": PAYLOADS[3]}]}  # fmt: skip
        (folder / "case.yml").write_text(json.dumps(config), encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def notebook_text():
    """Makes a notebook as JSON text."""
    return notebook


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
