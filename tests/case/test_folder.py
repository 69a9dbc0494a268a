import pytest

from nicmethods.case.folder import find_case, list_cases, load_case, read_case
from nicmethods.case.summary import case_summary, gaps, response_rates
from nicmethods.errors import CaseError

CASE = """\
title: Small
waves: [{id: w1, opened: 2026-01-05, closed: 2026-01-09}, {id: w2, opened: 2026-03-02, closed: 2026-03-06}]
relations: [{name: help, threshold: 1}]
roles: {hub: [researcher], member: [teacher]}
"""
FILES = {
    "case.yml": CASE,
    "roster.csv": (
        "actor,name,site,role,joined,left\nA,Anselm Quill,north,teacher,,\nB,Bettina Ruhl,north,teacher,,2026-02-01\n"
        "C,Cosima Vane,south,teacher,2026-02-01,\nR,Rurik Oster,hub,researcher,,\n"
    ),
    "ties.csv": "wave,source,target,weight\nw1,A,B,2\nw1,B,A,1\nw1,A,R,0\nw2,A,C,1\nw2,C,R,\n",
}
TALK = {
    "activities.csv": "activity,date,kind\nm1,2026-01-20,meeting\nm2,2026-02-10,meeting\n",
    "transcripts/m1.txt": "Anselm Quill: How do you do it?\nRurik Oster: Like this.\nAnselm Quill: Thanks.\n",
    "codings/c1.csv": "activity,turn,code\nm1,1,help_request\nm1,2,help_given\n",
}


@pytest.fixture
def write(tmp_path):
    def made(files):
        for name, text in files.items():
            path = tmp_path / "data" / "small" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "data" / "small"

    return made


def messages(problems, level):
    return [str(problem).split(None, 1)[1] for problem in problems if problem.level == level]


def answered(case):
    table = case.responses[case.responses["responded"]]
    return set(zip(table["wave"], table["actor"], strict=True))


def test_without_a_response_list_whoever_names_somebody_answered(write):
    case = load_case(write(FILES))
    assert answered(case) == {("w1", "A"), ("w1", "B"), ("w2", "A")}
    assert set(case.responses["basis"]) == {"inferred"}
    said = messages(case.problems, "warning")
    assert any("wave 'w1', relation 'help': 1 of unknown response, who name nobody: R." in line for line in said)
    assert any("wave 'w2', relation 'help': 2 of unknown response, who name nobody: C, R." in line for line in said)


def test_joiners_and_leavers_are_not_present_and_not_silent(write):
    case = load_case(write(FILES))
    present = case.responses[case.responses["present"]]
    assert set(zip(present["wave"], present["actor"], strict=True)) == {
        *(("w1", actor) for actor in "ABR"),
        *(("w2", actor) for actor in "ACR"),
    }
    assert response_rates(case)["n_present"].tolist() == [3, 3]


def test_a_blank_weight_stays_unknown_and_a_zero_stays_zero(write):
    ties = load_case(write(FILES)).ties.set_index(["wave", "source", "target"])["weight"]
    assert ties["w1", "A", "R"] == 0
    assert ties.isna()["w2", "C", "R"]


def test_a_response_list_decides(write):
    listed = "wave,actor,responded\nw1,A,yes\nw1,B,yes\nw1,R,yes\nw2,A,yes\nw2,C,no\nw2,R,yes\n"
    case = load_case(write(FILES | {"responses.csv": listed}))
    assert answered(case) == {("w1", "A"), ("w1", "B"), ("w1", "R"), ("w2", "A"), ("w2", "R")}
    assert set(case.responses["basis"]) == {"listed"}


def test_who_did_not_answer_cannot_name_anybody(write):
    listed = "wave,actor,responded\nw1,A,no\n"
    _, problems = read_case(write(FILES | {"responses.csv": listed}))
    assert messages(problems, "error") == [
        "responses.csv: A is listed as not having answered in wave 'w1' but names people there. Correct the list or the ties."
    ]


def test_a_person_missing_from_the_list_counts_as_not_answered_and_is_listed(write):
    case = load_case(write(FILES | {"responses.csv": "wave,actor,responded\nw1,A,yes\nw1,B,yes\nw2,A,yes\nw2,C,yes\n"}))
    assert ("w1", "R") not in answered(case)
    assert any("counted as not answered (2): R (w1), R (w2)" in m for m in messages(case.problems, "warning"))


def test_without_lists_attendance_and_coverage_are_inferred_and_said(write):
    case = load_case(write(FILES | TALK))
    assert sorted(case.attendance["actor"]) == ["A", "R"]
    assert case.attendance["basis"].tolist() == ["spoke", "spoke"]
    assert case.coverage[["coder", "activity", "first_position", "last_position", "basis"]].to_numpy().tolist() == [
        ["c1", "m1", 1, 3, "inferred"]
    ]
    said = " ".join(messages(case.problems, "warning"))
    assert "no attendance list" in said
    assert "no coverage list" in said


def test_codings_outside_coverage_are_errors(write):
    coverage = "coder,activity\nc1,m2\n"
    _, problems = read_case(write(FILES | TALK | {"codings/coverage.csv": coverage}))
    assert any("c1 has 2 codings in 'm1', which coverage does not say c1 read" in m for m in messages(problems, "error"))


def test_a_talk_only_case_and_a_bare_case_load(write):
    bare = {"case.yml": "title: Bare\n", "roster.csv": "actor\nA\nR\n"}
    case = load_case(write(bare))
    assert not case.has_network
    assert not case.has_talk
    assert len(gaps(case)) == 2
    case = load_case(write(bare | {name: text for name, text in TALK.items() if not name.startswith("codings")}))
    assert case.has_talk
    assert case_summary(case)["suggestions_used"]
    assert case.turns["actor"].isna().all()


def test_all_errors_come_at_once(write):
    files = FILES | {"ties.csv": "wave,source,target,weight\nw1,A,X,1\nw9,A,B,1\nw1,A,B,-1\n", "people.csv": "alias,actor\nAns,Z\n"}
    with pytest.raises(CaseError) as error:
        load_case(write(files))
    assert {(p.file, p.row) for p in error.value.problems if p.level == "error"} == {
        ("ties.csv", 2),
        ("ties.csv", 3),
        ("ties.csv", 4),
        ("people.csv", 2),
    }


def test_a_case_is_found_by_name_from_inside_its_study(write, monkeypatch):
    folder = write(FILES)
    notebooks = folder.parents[1] / "notebooks"
    notebooks.mkdir()
    monkeypatch.chdir(notebooks)
    assert find_case("small").resolve() == folder.resolve()
    assert [case.name for case in list_cases(folder.parent)] == ["small"]
    with pytest.raises(CaseError, match="Cases here: small"):
        find_case("smal")


def test_the_summary_holds_no_names(write):
    files = FILES | TALK | {"transcripts/m1.txt": TALK["transcripts/m1.txt"] + "Zenobia Kray: Hello.\n"}
    summary = str(case_summary(load_case(write(files))))
    for name in ("Anselm", "Quill", "Zenobia", "Kray"):
        assert name not in summary
