"""Who speaks, and whose names stand in text."""

import sys
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.folder import load_case
from nicmethods.case.names import COMMON_WORDS, SOMEBODY, fold, without_aside
from nicmethods.case.people import find_names, match_speakers, pseudonymise, pseudonymise_spans
from nicmethods.case.published import public_codings

ROSTER = pd.DataFrame(
    {
        "actor": ["E01", "E02", "E03", "E04", "E05", "E06", "E07"],
        "name": [
            "Dana Miller",
            "Dana O'Brien",
            "José Núñez-Ruiz",
            "Grace Hopewell",
            "Will Tran",
            "王伟",
            None,
        ],
    }
).astype("str")
PEOPLE = pd.DataFrame(
    {
        "alias": ["Dana M.", "DO", "Pepe", "Room 12", "Kim", "Sam (hub)", "Sam (school)", "E07"],
        "actor": ["E01", "E02", "E03", "E04", "?", "E05", "E06", "E07"],
    }
).astype("str")


def said(problems):
    return [str(problem) for problem in problems]


def spoken(*speakers):
    return pd.DataFrame(
        {"speaker": pd.Series(speakers, dtype="str"), "actor": pd.Series([None] * len(speakers), dtype="str")}
    )


@pytest.mark.parametrize(
    ("speaker", "actor"),
    [
        ("Dana Miller", "E01"),
        ("  dana   MILLER ", "E01"),
        ("Miller, Dana", "E01"),
        ("MILLER, Dr. Dana (Guest)", "E01"),
        ("Prof. Dana Miller", "E01"),
        ("Dana Miller, Ph.D.", "E01"),
        ("Ms. Miller", None),
        ("Dana Miller (she/her)", "E01"),
        ("Dana Miller | Riverside [Host]", "E01"),
        ("dana m.", "E01"),
        ("Jose Nunez-Ruiz", "E03"),
        ("JOSÉ NÚÑEZ-RUIZ", "E03"),
        (unicodedata.normalize("NFD", "José Núñez-Ruiz"), "E03"),
        ("pepe", "E03"),
        ("Room 12", "E04"),
        ("Sam (hub)", "E05"),
        ("SAM (School)", "E06"),
        ("e07", "E07"),
        ("王伟", "E06"),
        ("Dana", None),
        ("Kim", None),
        ("Sam", None),
        ("Nobody Known", None),
        (None, None),
    ],
)
def test_who_a_spelling_means(speaker, actor):
    turns, problems = match_speakers(spoken(speaker), ROSTER, PEOPLE, "t.vtt")
    found = turns["actor"].iloc[0]
    assert (None if pd.isna(found) else found) == actor
    assert bool(problems) == (actor is None and speaker is not None)


def test_each_unmatched_spelling_is_listed_once_with_its_turns():
    turns = spoken("Guest", "Kim", "Guest", "Sam", None, "Dana Miller")
    _, problems = match_speakers(turns, ROSTER, PEOPLE, "transcripts/t.vtt")
    assert said(problems) == [
        (
            "warning  transcripts/t.vtt: speaker 'Guest' (2 turns) is not known. Add the spelling to people.csv with an actor, "
            "with ? to leave it open, or with - if it is no speaker."
        ),
        "warning  transcripts/t.vtt: speaker 'Kim' (1 turn) is left open in people.csv; nothing is said about this person.",
        (
            "warning  transcripts/t.vtt: speaker 'Sam' (1 turn) may be E05 or E06. Settle it in people.csv, with ? to leave it "
            "open."
        ),
    ]


def test_two_people_of_one_name_are_not_guessed():
    roster = pd.DataFrame({"actor": ["a", "b"], "name": ["Ann Lee", "ann  lee"]}).astype("str")
    turns, problems = match_speakers(spoken("Ann Lee"), roster, PEOPLE.iloc[:0], "t")
    assert turns["actor"].isna().all()
    assert "may be a or b" in problems[0].message


def test_empty_tables():
    turns, problems = match_speakers(spoken(), ROSTER, PEOPLE.iloc[:0], "t")
    assert len(turns) == len(problems) == 0
    assert turns["actor"].dtype == "str"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thanks, Dana Miller.", "Thanks, E01."),
        ("DANA MILLER and dana miller's and Dana-Miller", "E01 and E01's and E01"),
        ("mail dana.miller@x.org or danamiller", "mail E01@x.org or E01"),
        ("Ask Miller; the Miller's tale", "Ask E01; the E01's tale"),
        ("a miller grinds", "a miller grinds"),
        ("Dana said", f"{SOMEBODY} said"),
        ("O'Brien, O’Brien, O Brien", "E02, E02, E02"),
        ("jose nunez ruiz", "E03"),
        (unicodedata.normalize("NFD", "José, and Núñez-Ruiz"), "E03, and E03"),
        ("Pepe pepe pepper", "E03 E03 pepper"),
        ("By the grace of Grace, gracefully", "By the grace of E04, gracefully"),
        ("Will you? I will. I asked Will, and Will's class.", "Will you? I will. I asked E05, and E05's class."),
        ("in room 12 or room 120", "in E04 or room 120"),
        ("我们问王伟了吗", "我们问E06了吗"),
        ("Kim or kimono", f"{SOMEBODY} or kimono"),
        ("Danas Milleresque _dana_", f"{SOMEBODY}s Milleresque _{SOMEBODY}_"),
        ("", ""),
        ("E07 stays", "E07 stays"),
    ],
)
def test_names_in_text(text, expected):
    assert pseudonymise(pd.Series([text], dtype="str"), ROSTER, PEOPLE).tolist() == [expected]


def test_missing_text_stays_missing_and_the_index_is_kept():
    text = pd.Series(["Dana Miller", None], index=[7, 9], dtype="str")
    result = pseudonymise(text, ROSTER, PEOPLE)
    assert result.index.tolist() == [7, 9]
    assert result.isna().tolist() == [False, True]
    assert text.tolist()[0] == "Dana Miller"


def test_spans_move_with_the_text():
    text = "I asked Dana Miller about José."
    turns = pd.DataFrame({"activity": ["m"], "turn": ["1"], "text": [text]})
    spans = [(0, 7), (8, 19), (8, 12), (13, 25), (20, 31), (26, 28), (0, 31), (None, None)]
    codings = pd.DataFrame(
        {"activity": "m", "turn": "1", "start_char": [s for s, _ in spans], "end_char": [e for _, e in spans]}
    )
    codings = codings.astype({"start_char": "Int64", "end_char": "Int64"})
    moved = pseudonymise_spans(codings, turns, ROSTER, PEOPLE)
    after = pseudonymise(turns["text"], ROSTER, PEOPLE)[0]
    assert after == "I asked E01 about E03."
    slices = [after[s:e] for s, e in zip(moved["start_char"][:-1], moved["end_char"][:-1], strict=True)]
    assert slices == ["I asked", "E01", "E01", "E01 about", "about E03.", "E03", after]
    assert moved.iloc[-1][["start_char", "end_char"]].isna().all()
    assert codings["start_char"].tolist()[4] == 20


_WORDS = st.lists(
    st.sampled_from(
        ["Dana Miller", "dana", "Pepe", "José", "Grace", "grace", "Will", "it", "is", "—", "Kim.", "王伟", "12"]
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=60)
@given(_WORDS)
def test_the_scan_finds_nothing_but_words_after_pseudonymising(words):
    text = pseudonymise(pd.Series([" ".join(words)], dtype="str"), ROSTER, PEOPLE)[0]
    assert {kind for _, kind, _ in find_names(text, ROSTER, PEOPLE)} <= {"word"}
    assert pseudonymise(pd.Series([text], dtype="str"), ROSTER, PEOPLE)[0] == text


@settings(deadline=None, max_examples=60)
@given(_WORDS, st.data())
def test_a_span_keeps_what_it_held(words, data):
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    turns = pd.DataFrame({"activity": ["m"], "turn": ["1"], "text": [text]})
    codings = pd.DataFrame({"activity": ["m"], "turn": ["1"], "start_char": [start], "end_char": [end]}).astype(
        {"start_char": "Int64", "end_char": "Int64"}
    )
    moved = pseudonymise_spans(codings, turns, ROSTER, PEOPLE).iloc[0]
    after = pseudonymise(turns["text"], ROSTER, PEOPLE)[0]
    assert 0 <= moved["start_char"] <= moved["end_char"] <= len(after)
    outside = [name for name, _, _ in find_names(text, ROSTER, PEOPLE)]
    if not outside:
        assert after[moved["start_char"] : moved["end_char"]] == text[start:end]


def test_the_scan_says_kind_and_place():
    text = "Will Dana Miller, DO, José or Hopewell? Grace is with grace; the will is Will's."
    found = find_names(text, ROSTER, PEOPLE)
    assert found == [
        ("Will", "word", 0),
        ("Dana Miller", "full", 5),
        ("DO", "word", 18),
        ("José", "part", 22),
        ("Hopewell", "part", 30),
        ("Grace", "word", 40),
        ("Will", "word", 73),
    ]
    assert [name for name, _, _ in find_names(text, ROSTER, PEOPLE, allow=["grace", "WILL"])] == [
        name for name, _, _ in found if name not in ("Grace", "Will")
    ]


def test_fold_and_asides():
    assert fold("  Łukasz   ØRSTED ") == "lukasz orsted"
    assert without_aside("Ann [host] Lee (she/her) | Site | x") == "Ann Lee"
    assert all(word == fold(word) for word in COMMON_WORDS)


FOLDED = pd.DataFrame({
    "actor": ["E03", "E07", "E09", "E11", "E12"],
    "name": ["Dana Miller", "Jean Luc Picard", "Grace Núñez", "İpek Şahin", "Mo Straße"],
})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("Danas book and the Millers", "E03s book and the E03s"),
        ("DANAS list, danas list", "E03S list, E03s list"),
        ("Dana Millers work", "E03s work"),
        ("JeanLuc, JEANLUC and JeanLucs", "E07, E07 and E07s"),
        ("LucPicard or jeanlucpicard", "E07 or E07"),
        ("ＤＡＮＡ and 𝐃ana", "E03 and E03"),
        ("IPEK, ıpek, İPEK and i̇pek", "E11, E11, E11 and E11"),
        ("STRASSE, straße and STRAẞE", "E12, E12 and E12"),
        ("the Graces", "the E09s"),
        ("by the grace of it; grades, mos, moss, millers", "by the grace of it; grades, mos, moss, millers"),
    ],
)
def test_names_inside_other_forms_are_replaced_and_found(text, hidden):
    nobody = PEOPLE.iloc[:0]
    assert pseudonymise(pd.Series([text]), FOLDED, nobody)[0] == hidden
    assert bool(find_names(text, FOLDED, nobody)) == (text != hidden)
    assert find_names(hidden, FOLDED, nobody) == []


@pytest.mark.parametrize("text", ["This is right. Thus it was. Does it? Goes on.", "THIS DOES", "News of a class"])
def test_words_of_their_own_are_no_plural_of_a_name(text):
    roster = pd.DataFrame({"actor": ["E02", "E04", "E12"], "name": ["Thu Goe", "Clas Doe", "Nguyễn Thị New"]})
    assert pseudonymise(pd.Series([text]), roster, PEOPLE.iloc[:0])[0] == text
    assert find_names(text, roster, PEOPLE.iloc[:0]) == []
    assert (
        pseudonymise(pd.Series(["Thus's, Thus book, Doe's"]), roster, PEOPLE.iloc[:0])[0] == "Thus's, Thus book, E04's"
    )


def test_every_letter_of_unicode_folds_alike_in_every_case():
    letters = (c for c in map(chr, range(sys.maxunicode + 1)) if c.isalpha() and not "\ud800" <= c <= "\udfff")
    differing = [
        c for c in letters if len({fold(c), fold(c.upper()), fold(c.lower()), fold(c.title()), fold(c.casefold())}) > 1
    ]
    assert differing == []


def test_what_a_suggestion_rests_on_is_published_under_pseudonyms():
    case = load_case(Path(__file__).parents[2] / "data" / "demo")
    name = case.roster.loc[case.roster["name"].notna(), "name"].iloc[0]
    rows = pd.DataFrame(
        {"activity": ["A1"], "turn": ["1"], "code": ["x"], "basis": [f"rules: Thanks, {name}. So"], "layer": ["rules"]}
    )
    shown = public_codings(case, rows)["basis"][0]
    assert name.split()[0] not in shown
    assert find_names(shown, case.roster, case.people) == []
