"""The ledger's form without a browser: what it shows, what it keeps, and what it never touches."""

import json
import threading
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nicmethods as nic
from nicmethods.case.folder import study_file
from nicmethods.case.propositions import load_propositions
from nicmethods.joint.ledger import LEDGER_VERDICTS, read_ledger

pytest.importorskip("anywidget", reason="the extra 'widgets' is not installed")

ROOT = Path(__file__).resolve().parents[2]
CLAIM = "new_ties_across_schools"
PAIR = "W1/W2/E02/E09"
BROKEN = "subject,researcher,verdict,meta_inference,reason,evidence\n,KM,open,,,A3/9\n"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """One view for many tests; each writes a ledger of its own through `form`."""
    import shutil

    return nic.decide(str(shutil.copytree(ROOT / "data" / "demo", tmp_path_factory.mktemp("study") / "data" / "demo")))


@pytest.fixture
def form(shown):
    """The form over a fresh copy of the demo's ledger."""
    shown.form._path.write_bytes((ROOT / "data" / "demo" / "ledger.csv").read_bytes())
    shown.form.read_ledger()
    return shown.form


def filled(form, subject=CLAIM, researcher="KM", **fields):
    entry = form.read_entry(subject, researcher)
    return {**entry, "verdict": "open", "evidence": ["A3/9"], **fields}


def said(faults):
    return {fault["field"]: fault["message"] for fault in faults}


def test_the_form_begins_blank_and_dated_today(form):
    entry = form.read_entry(CLAIM, "KM")
    blank = {name: entry[name] for name in ("verdict", "meta_inference", "reason")}
    assert blank == {"verdict": "", "meta_inference": "", "reason": ""}
    assert entry["evidence"] == []
    assert entry["decided"] == pd.Timestamp.today().strftime("%Y-%m-%d")
    mine = form.read_entry(PAIR, "synthetic")
    assert (mine["verdict"], mine["evidence"]) == ("coincide", ["A3/9", "A3/10", "W2/E02/E09"])
    assert mine["decided"] == "2025-01-15"


def test_a_saved_verdict_is_in_the_file_and_the_case_reads_it(form):
    before = form._path.read_text()
    entry = filled(
        form, verdict="dissonance", reason='one line\r\nanother; with "quotes", commas', meta_inference="ünï "
    )
    assert form.write_verdict(entry) == []
    assert form._path.read_text().startswith(before), "what others wrote stays as it was, to the byte"
    row = nic.load_case(form._path.parent).ledger.iloc[-1]
    assert row[["subject", "researcher", "verdict", "evidence"]].to_list() == [CLAIM, "KM", "dissonance", "A3/9"]
    assert row["reason"] == 'one line\nanother; with "quotes", commas'
    assert row["meta_inference"] == "ünï"
    assert row["decided"] == pd.Timestamp.today().normalize()


def test_a_second_verdict_takes_the_place_of_ones_own_and_of_nobody_elses(form):
    assert form.write_verdict(filled(form, PAIR, "synthetic", verdict="open")) == []
    ledger = read_ledger(form._path)
    assert ledger["subject"].to_list() == [PAIR, "W1/W2/E10/E15", CLAIM]
    assert ledger["verdict"].to_list() == ["open", "tie_without_help", "agreement"]


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"researcher": " "}, "researcher", "Write who decides."),
        ({"verdict": ""}, "verdict", "Choose a verdict."),
        ({"verdict": "no_data"}, "verdict", "'no_data' is none of: agreement"),
        ({"evidence": []}, "evidence", "rests on evidence"),
        ({"evidence": ["A3/9", "A99/1"]}, "evidence", "'A99/1', which does not exist"),
        ({"evidence": ["W1/E01/E99"]}, "evidence", "does not exist"),
        ({"subject": "W1/W2/E02/E99"}, "subject", "no proposition and no pair"),
        ({"decided": "31.3.2026"}, "decided", "is no day"),
        ({"reason": "a\x00b"}, "reason", "control character"),
        ({"meta_inference": "a\ud800b"}, "meta_inference", "control character"),
    ],
)
def test_a_fault_is_said_at_its_field_and_nothing_is_written(form, fields, field, message):
    before = form._path.read_bytes()
    faults = said(form.write_verdict(filled(form, **fields)))
    assert message in faults[field]
    assert form._path.read_bytes() == before


def test_all_faults_are_said_at_once(form):
    faults = said(form.write_verdict({"subject": CLAIM, "decided": "soon"}))
    assert set(faults) == {"researcher", "verdict", "evidence", "decided"}


def test_a_report_of_nothing_is_evidence_and_a_missing_answer_is_none(form):
    assert form.write_verdict(filled(form, PAIR, evidence=["W1/E02/E09"])) == [], "answered, and named nobody"
    silent = filled(form, PAIR, evidence=["W2/E04/E09"])
    assert "does not exist" in said(form.write_verdict(silent))["evidence"]


def test_a_verdict_changed_meanwhile_is_not_overwritten_unseen(form):
    entry = filled(form)
    assert form.write_verdict(filled(form, verdict="agreement", reason="from another kernel")) == []
    faults = said(form.write_verdict(entry))
    assert "it now says 'agreement'" in faults["file"]
    assert read_ledger(form._path).iloc[-1]["reason"] == "from another kernel"
    assert form.write_verdict({**entry, "basis": form.read_entry(CLAIM, "KM")["basis"]}) == [], "seen, and meant"


def test_a_ledger_edited_elsewhere_is_noticed(shown, form):
    assert not form.is_changed()
    with form._path.open("a") as file:
        file.write(f"{CLAIM},AB,open,,,A3/9,\n")
    assert len(shown.table()) == 4
    assert form.is_changed(), "though somebody looked at the table"
    assert form.write_verdict(filled(form)) == [], "another person's row is no conflict"
    assert not form.is_changed()
    assert read_ledger(form._path)["researcher"].to_list()[-2:] == ["AB", "KM"]


def test_many_researchers_at_once_lose_nothing(form):
    waiting = threading.Barrier(8)
    faults = []

    def decide(researcher):
        entry = filled(form, researcher=researcher)
        waiting.wait()
        faults.extend(form.write_verdict(entry))

    threads = [threading.Thread(target=decide, args=(f"R{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    ledger = read_ledger(form._path)
    assert sorted(ledger["researcher"])[:8] == [f"R{n}" for n in range(8)]
    assert len(ledger) == 3 + 8


def test_a_file_that_cannot_be_read_is_said_and_left_alone(form):
    form._path.write_text(BROKEN)
    entry = {"subject": CLAIM, "researcher": "KM", "verdict": "open", "evidence": ["A3/9"], "basis": []}
    fault = said(form.write_verdict(entry))["file"]
    assert "Nothing was saved" in fault
    assert "ledger.csv row 2" in fault
    assert form._path.read_text() == BROKEN


def test_other_columns_and_ways_of_writing_stay(form):
    mine = f"{CLAIM};KM;open;;;A3/9;to discuss\r\n"
    form._path.write_text(
        f"\ufeffsubject;researcher;verdict;meta_inference;reason;evidence;note\r\nP9;AB;;;;;mine\r\n{mine * 2}",
        newline="",
    )
    assert form.write_verdict(filled(form, verdict="silence")) == []
    text = form._path.read_bytes().decode()
    assert text.startswith("\ufeffsubject;researcher;verdict;meta_inference;reason;evidence;note")
    assert "P9;AB;;;;;mine" in text
    assert text.count(f"{CLAIM};KM;silence;;;A3/9;to discuss") == 1, "entered twice by hand, and now once"
    assert text.count("\n") == text.count("\r\n")
    assert read_ledger(form._path)["researcher"].to_list() == ["AB", "KM"]


def test_a_case_without_a_ledger_gets_one(form):
    form._path.unlink()
    assert form.read_entry(CLAIM, "KM")["is_new"]
    assert form.write_verdict(filled(form)) == []
    assert len(nic.load_case(form._path.parent).ledger) == 1
    assert form.write_withdrawal(CLAIM, "KM", form.read_entry(CLAIM, "KM")["basis"]) == []
    assert len(read_ledger(form._path)) == 0


def test_a_verdict_taken_back_leaves_the_others(form):
    before = form._path.read_bytes()
    assert form.write_verdict(filled(form)) == []
    assert "changed" in said(form.write_withdrawal(CLAIM, "KM", []))["file"]
    assert form.write_withdrawal(CLAIM, "KM", form.read_entry(CLAIM, "KM")["basis"]) == []
    assert form._path.read_bytes() == before


def test_a_full_disk_is_said_and_the_ledger_stays(form, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = form._path.read_bytes()
    monkeypatch.setattr("nicmethods.lab.ledger_form.write_atomically", full)
    assert "Nothing was saved" in said(form.write_verdict(filled(form)))["file"]
    assert "No space left" in said(form.write_verdict(filled(form)))["file"]
    assert form._path.read_bytes() == before


KEPT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=60)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reason=KEPT, meta_inference=KEPT)
def test_whatever_a_person_writes_comes_back(form, reason, meta_inference):
    assert form.write_verdict(filled(form, reason=reason, meta_inference=meta_inference)) == []
    entry = form.read_entry(CLAIM, "KM")
    assert (entry["reason"], entry["meta_inference"]) == (reason.strip(), meta_inference.strip())
    assert "KM" in read_ledger(form._path)["researcher"].to_list()


def test_claims_stand_with_their_evidence(shown, form):
    shown._refresh()
    listed = {row["id"]: row for row in shown.subjects}
    propositions = load_propositions(study_file("codebooks", "propositions.yml"))
    assert list(listed)[: len(propositions.propositions)] == [claim.id for claim in propositions.propositions]
    assert [row["id"] for row in shown.subjects if row["group"] == "Pairs in the ledger"] == [PAIR, "W1/W2/E10/E15"]
    assert listed["W1/W2/E17/R2"]["proposed"] == "help without a tie"
    shown.subject = CLAIM
    claim = shown.claim
    assert claim["proposed"] == "agreement: both strands show it, on the same pairs"
    assert claim["network"]["words"].startswith("32 ties began and 3 ended, of 546 reports known in both waves")
    assert claim["talk"]["words"].startswith("17 of 167 pairs that were together in read talk had help")
    assert claim["together"]["words"].startswith(
        "Of 262 occasions of 149 pairs, 20 had help and 23 a new tie; 17 had both"
    )
    assert [claim[part]["stance"] for part in ("network", "talk", "together")] == ["supports"] * 3
    assert claim["together"]["claimed"] == "New ties and help fall on the same pairs of different schools."
    ties = [row for row in claim["rows"] if row["strand"] == "network"]
    assert ties[0] == {
        "id": "W1/W2/E01/E08", "strand": "network", "speaker": None, "text": None,
        "said": "E01 on E08, W1 to W2: new (0 → 2)",
    }  # fmt: skip
    turn = next(row for row in claim["rows"] if row["id"] == "A3/9")
    assert turn["said"] == "E02 asks E09 for help; E09 helps E02"
    assert turn["text"].startswith("So when do they do it")
    assert [row["researcher"] for row in claim["verdicts"]] == ["synthetic"]


def test_all_evidence_that_is_offered_may_be_named(shown, form):
    for subject in (CLAIM, "trust_pathway", PAIR, "W1/W2/E10/E15", "W2/W3/E01/E02"):
        shown.subject = subject
        named = [row["id"] for row in shown.claim["rows"]]
        assert named
        assert form.write_verdict(filled(form, subject, evidence=named)) == []


def test_a_pair_stands_with_its_reports_and_turns(shown):
    shown.subject = PAIR
    claim = shown.claim
    assert (claim["network"]["stance"], claim["proposed"]) == ("new", "coincide")
    assert [row["id"] for row in claim["rows"]][:4] == ["W1/E02/E09", "W1/E09/E02", "W2/E02/E09", "W2/E09/E02"]
    assert [row["id"] for row in claim["rows"]][4:] == ["A3/5", "A3/9", "A3/10", "A3/11", "A3/13"]


def test_a_subject_that_does_not_exist_is_refused_but_a_misspelt_one_of_the_ledger_is_shown(shown, form):
    import traitlets

    with pytest.raises(traitlets.TraitError, match="give a proposition, or a pair"):
        shown.subject = "W1/W2/E02/E99"
    with form._path.open("a") as file:
        file.write("W1/W2/E02/E99,AB,open,,,A3/9,\n")
    shown._refresh()
    shown.subject = "W1/W2/E02/E99"
    assert "is no proposition" in shown.claim["statement"]
    shown.subject = CLAIM


def test_what_is_written_goes_to_the_browser_and_not_into_the_notebook(shown, form, monkeypatch):
    roster = pd.read_csv(form._path.parent / "roster.csv")
    name = roster.loc[roster["actor"] == "E09", "name"].item()
    sent = []
    monkeypatch.setattr(shown, "send", lambda content, buffers=None: sent.append(content))
    entry = filled(form, reason=f"<script>alert(1)</script> {name} said so")
    shown._handle_custom_msg({"ask": "save", "key": "1", "entry": entry}, [])
    shown._handle_custom_msg({"ask": "open", "key": "2", "subject": CLAIM, "researcher": "KM"}, [])
    shown._handle_custom_msg({"ask": "save", "key": "3", "entry": {**entry, "verdict": ""}}, [])
    shown._handle_custom_msg({"ask": "look", "key": "4"}, [])
    saved, opened, refused, looked = sent
    assert saved["faults"] == []
    assert opened["entry"]["reason"].endswith(f"{name} said so"), "one's own words come back as they were"
    assert refused["faults"][0]["field"] == "verdict"
    assert looked["is_changed"] is False
    shown.subject = CLAIM
    state = json.dumps(shown.get_state(), ensure_ascii=False)
    assert "E09 said so" in state
    for person in roster["name"]:
        assert person not in state + shown.twin()
    assert "&lt;script&gt;" in shown.twin()
    assert "<script" not in shown.twin()


def test_a_change_that_cannot_be_read_is_told_and_the_view_stays(shown, form):
    shown._refresh()
    before = shown.subjects
    form._path.write_text(BROKEN)
    assert shown._ask_look({})["is_changed"]
    assert "ledger.csv row 2" in shown.trouble
    assert shown.subjects == before
    form._path.write_bytes((ROOT / "data" / "demo" / "ledger.csv").read_bytes())
    assert shown._ask_look({})["is_changed"]
    assert shown.trouble == ""


@pytest.mark.parametrize("case", ["network_only", "talk_only"])
def test_one_strand_is_enough_to_decide_on(case, tmp_path):
    view = nic.decide(nic.load_case(ROOT / "tests" / "cases" / "odd" / case))
    missing = "talk" if case == "network_only" else "network"
    assert view.claim[missing]["stance"] == "not observable"
    assert view.claim["proposed"].startswith("not observable: ")
    json.dumps(view.get_state())


def test_the_verdicts_offered_are_the_ledgers(shown):
    assert [name for name, _ in shown.verdicts] == list(LEDGER_VERDICTS)
