"""Files as survey tools write them, through `nicmethods survey` and read_case: what goes in, and what is refused with which words.

The files under tests/cases/surveys were written by hand for four people, each after what its tool documents or writes:
Qualtrics: qualtrics.com/support, "Understanding Your Dataset" and "Exporting Response Data" (three header rows; legacy: V1…V10); "Side by Side Question" (a column
of it is a question: Q7#1_4, with several answers Q7#2_4_1); "Loop & Merge" (the number of the turn stands before the question: 4_Q9).
Google Forms: support.google.com/docs, "View & manage form responses". Microsoft Forms: support.microsoft.com, "Check and share your form results".
SurveyMonkey: help.surveymonkey.com, "Response Data Exports" (two header rows). LimeSurvey: manual.limesurvey.org, "Exporting results".
REDCap: the data export tool's help (checkbox fields, form status), data dictionary. KoboToolbox: support.kobotoolbox.org, "Exporting and downloading your data".
Network Canvas: documentation.networkcanvas.com, "Interviewer data export". Kumu: docs.kumu.io, guides/import.
Pajek: Reference manual, section on input files. UCINET DL: analytictech.com/ucinet/help/hs5000.htm. GraphML: graphml.graphdrawing.org/primer.
GEXF: gexf.net/1.2/primer.
"""

import os
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from nicmethods.case.folder import read_case
from nicmethods.cli import app

FILES = Path(__file__).parents[1] / "cases" / "surveys"
REAL = os.environ.get("NICMETHODS_REAL_DATA")
SCALE = "scale: {0: never, 1: sometimes, 2: often}"
ONE = f"title: T\n# ours\nwaves: [{{id: w1}}, {{id: w2}}]\nrelations:\n  - {{name: help, {SCALE}}}\n"
TWO = ONE + f"  - {{name: trust, {SCALE}}}\n"
ROSTER = 'actor,name,email\nA,Ana Ruiz,ana@x.org\nB,Ben Okafor,ben@x.org\nC,"Levi-Montalcini, Rita",rita@x.org\nD,Cy Dale,cy@x.org\n'
W1 = ("--wave", "w1")
SPLIT = ("--relation", "help=How often?", "--relation", "trust=Do you trust?")


@pytest.fixture
def case(tmp_path):
    def made(config=ONE, roster=ROSTER, people=""):
        folder = tmp_path / "data" / "c"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "case.yml").write_text(config)
        (folder / "roster.csv").write_text(roster)
        if people:
            (folder / "people.csv").write_text(people)
        return folder

    return made


def run(folder, *files, options=(), typed=None):
    paths = [str(file) for file in files]
    yes = [] if typed is not None else ["--yes"]
    result = CliRunner().invoke(app, ["survey", *paths, "--case", str(folder), *yes, *options], input=typed)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def read(folder):
    """Ties, zeros, unknowns and who answered in w1, in words that can be written down."""
    case, problems = read_case(folder)
    assert case is not None, [str(problem) for problem in problems if problem.level == "error"]
    first = case.relations["relation"].iloc[0]
    said = {"ties": [], "zero": [], "unknown": []}
    for tie in case.ties.itertuples():
        kind = "unknown" if pd.isna(tie.weight) else "ties" if tie.weight > 0 else "zero"
        where = ("" if tie.wave == "w1" else f"{tie.wave} ") + ("" if tie.relation == first else f"{tie.relation} ")
        said[kind].append(f"{where}{tie.source}{tie.target}" + (f"{tie.weight:g}" if kind == "ties" else ""))
    rows = case.responses[(case.responses["wave"] == "w1") & (case.responses["relation"] == first)]
    answered = "".join(rows.loc[rows["responded"], "actor"])
    return *(" ".join(sorted(words)) for words in said.values()), answered


LOOPS = ("--relation", "help=Q9", "--relation", "trust=Q10")
TURNS = ("AB2 AD1 BA2 trust AD2 trust BA2", "AC trust AB", "BC BD trust AC trust BC trust BD", "AB")

# file: (options, relations, ties with their value, reported zeros, unknown, who answered in w1). Counted by hand.
GOOD = {
    "qualtrics_three_headers.csv": (W1, ONE, "AB2 AD1 BA2", "AC", "BC BD", "AB"),
    "qualtrics_two_headers.csv": (W1, ONE, "AB2 AD1 BA2", "AC", "BC BD", "AB"),
    "qualtrics_legacy.csv": (W1, ONE, "AB2 BA1", "AD BD", "AC BC", "AB"),
    "qualtrics_select_all.csv": (W1, ONE, "AB1", "AD BA BD", "AC BC", "AB"),
    "qualtrics_side_by_side.csv": (
        (*W1, "--relation", "help=Q7#1", "--relation", "trust=Q7#2"), TWO, *TURNS,
    ),
    "qualtrics_loop.csv": ((*W1, *LOOPS), TWO, *TURNS),
    "qualtrics_loop_without_names.csv": (
        (*W1, *LOOPS, *(one for turn in ("1=A", "2=B", "4=C", "6=D") for one in ("--person", f"loop {turn}"))), TWO, *TURNS,
    ),
    "google_grid.csv": (W1, ONE, "AB2 AD1 DA1 DB2", "AC", "DC", "AD"),
    "google_grid_two_questions.csv": (
        (*W1, *SPLIT), TWO, "AB2 BA1 trust BA2", "trust AB", "AC AD BC BD trust AC trust AD trust BC trust BD", "AB",
    ),
    "google_checkboxes.csv": (W1, ONE, "AB1 AC1", "", "", "AB"),
    "surveymonkey.csv": (W1, ONE, "AB2 AD1 BA2", "AC", "BC BD", "AB"),
    "microsoft_forms.csv": (W1, ONE, "AB1 AD1 BA1", "", "", "AB"),
    "microsoft_forms_likert_twice.csv": (
        (*W1, "--relation", "help=1", "--relation", "trust=2"), TWO, "AB2 BA1 trust BA2", "trust AB",
        "AC AD BC BD trust AC trust AD trust BC trust BD", "AB",
    ),
    "limesurvey_full.csv": (W1, ONE, "AB2 AD1", "", "AC", "A"),
    "limesurvey_short.csv": (W1, ONE, "AB1 AD1 BA1", "BD", "AC BC", "AB"),
    "redcap.csv": (W1, ONE, "AB1 AD1 BA1", "BD", "AC BC", "AB"),
    "redcap_labels.csv": (W1, ONE, "AB1 AD1 BA1", "BD", "AC BC", "AB"),
    "kobo_doubled.csv": (W1, ONE, "AB1 AD1 BA1", "BD", "AC BC", "AB"),
    "network_canvas_attributeList_Person.csv": ((*W1, "--weight", "closeness"), ONE, "AB2 AD1 BA2", "", "", "AB"),
    "kumu.csv": (W1, ONE, "AB2 AD2 BD1 DB1", "", "", "ABD"),
    "kumu_without_direction.csv": ((*W1, "--direction", "one-way"), ONE, "AB2 AD2 DA1", "", "", "AD"),
    "edges_without_weight.csv": (W1, ONE, "AB1 BC1 DA1", "", "", "ABD"),
    "edges_by_name.tsv": (W1, ONE, "AB2 BC1", "DA", "", "ABD"),
    "edges_waves_in_a_column.csv": ((), ONE, "AB2 w2 AB1", "w2 BA", "", "A"),
    "nodelist_ragged.csv": (W1, ONE, "AB1 AC1 AD1 BA1", "", "", "AB"),
    "nodelist_with_strength.csv": (W1, ONE, "AB2 AD1 BA1", "", "", "AB"),
    "matrix_by_name.csv": (W1, ONE, "AB2 AD1 BA1", "AC BC BD DA DB DC", "CA CB CD", "ABD"),
    "matrix_rectangular.csv": (W1, ONE, "AB2 BA1", "AD BD", "AC BC", "AB"),
    "matrix_likert.csv": (W1, ONE, "AB2 BA1 BD2", "AC AD BC DA DB DC", "CA CB CD", "ABD"),
    "matrix_by_position.csv": (W1, ONE, "AB2 AD1 BA1 DB1", "AC BC BD CA CB CD DA DC", "", "ABD"),
    "wide_by_id.csv": (W1, ONE, "AB2 AD1 BA1", "AC BC", "BD", "AB"),
    "wide_prefix_waves.csv": ((), ONE, "AB2 BA1 w2 AB1", "w2 BA", "AC AD BC BD w2 AC w2 AD w2 BC w2 BD", "AB"),
    "pajek.net": (W1, ONE, "AB2 AD1 BC1 DA1", "", "", "ABD"),
    "pajek_relations.net": (W1, TWO, "AB2 BD1 DA1 DB1 trust AD1", "", "", "ABD"),
    "matrix.dl": (W1, ONE, "AC2 AD1 DA1", "", "", "AD"),
    "relations.dl": (W1, TWO, "AB2 BA1 trust AB1", "", "", "AB"),
    "people.graphml": (W1, ONE, "AB2 DA1", "", "", "AD"),
    "people.gexf": (W1, ONE, "AB2 BA1", "", "", "AB"),
}  # fmt: skip
BESIDE = {"redcap.csv": "redcap_dictionary.csv", "network_canvas_attributeList_Person.csv": "network_canvas_ego.csv"}


@pytest.mark.parametrize("name", GOOD)
def test_a_tools_file_goes_in_by_command_alone(case, name):
    options, config, *expected = GOOD[name]
    folder = case(config)
    before = (FILES / name).read_bytes()
    beside = [FILES / BESIDE[name]] if name in BESIDE else []
    result = run(folder, FILES / name, *beside, options=options)
    assert result.exit_code == 0, result.output
    assert list(read(folder)) == expected
    assert (folder / "surveys" / name).read_bytes() == before
    assert (folder / "case.yml").read_text().startswith("title: T\n# ours\n")


# file: (options, relations, what is said)
BAD = {
    "qualtrics_only_previews.csv": (W1, ONE, "Every row is a preview, a test or spam by 'Status'"),
    "qualtrics_codes_without_names.csv": (W1, ONE, "If columns have codes alone, export with labels, or say --person COLUMN=ID"),
    "qualtrics_side_by_side.csv": (W1, TWO, "(RELATION=Q7#1, RELATION=Q7#2) Say it with --relation."),
    "qualtrics_loop.csv": (W1, TWO, "(RELATION=Q9, RELATION=Q10) Say it with --relation."),
    "qualtrics_loop_without_names.csv": (W1, TWO, "Q9, Q10 are asked in a loop of 4 turns, and the export does not say about whom each turn is."),
    "google_grid_two_questions.csv": (W1, TWO, "Several questions name people. Which is which relation? (RELATION=How often?, RELATION=Do you trust?) Say it with --relation."),
    "google_grid.csv": ((), ONE, "Of which wave are the answers? (w1, w2) Say it with --wave."),
    "microsoft_forms_likert_twice.csv": (W1, TWO, "Several questions name people: 1 is asked in 'Ana Ruiz', …; 2 is asked in 'Ana Ruiz2', …. Which is which relation?"),
    "network_canvas_edgeList_Knows.csv": (W1, ONE, "ties between alters"),
    "kumu_without_direction.csv": (W1, ONE, "whether its connections go one way"),
    "kumu_people.csv": (W1, ONE, "Kumu's list of people; it holds no ties"),
    "bad_pajek_vertex.net": (W1, ONE, "row 5: this seems to be a Pajek file. '3' is no vertex from 1 to 2."),
    "bad_pajek_two_networks.paj": (W1, ONE, "It holds several networks. Which is meant? (one, two) Say it with --sheet."),
    "bad_pajek_equal_labels.net": (W1, ONE, "the label 'A' stands twice"),
    "bad_dl_short.dl": (W1, ONE, "row 5: this seems to be a DL file. the data end here, but 1 more values are meant."),
    "bad_dl_too_long.dl": (W1, ONE, "row 4: this seems to be a DL file. '1' stands behind the last value"),
    "bad_dl_unquoted_labels.dl": (W1, ONE, "4 labels are listed where 2 are meant"),
    "bad_graphml_two_graphs.graphml": (W1, ONE, "it holds several graphs"),
    "bad_graphml_cut.graphml": (W1, ONE, "the XML is broken"),
    "bad_gexf_nobody.gexf": (W1, ONE, "an edge names 'Z', who is no node of the file."),
    "bad_spss.sav": (W1, ONE, "an SPSS file (.sav), which is not read. In SPSS: File > Export > CSV"),
    "bad_ucinet.##h": (W1, ONE, "In UCINET: Data > Export > DL."),
    "bad_vna.vna": (W1, ONE, "a VNA file"),
    "bad_edges_stranger.csv": (W1, ONE, "'Zed Quoy'"),
    "bad_edges_half_known.csv": (W1, ONE, "1 spelling (who is named in it) known neither to roster.csv nor to people.csv: 'Zed Quoy'."),
    "bad_answers_twice.csv": (W1, ONE, "A answers twice, in rows 2 and 3."),
    "bad_label_off_the_scale.csv": (W1, ONE, "An answer is 'daily' (12 times), which is on no scale. What is it worth?"),
    "bad_nobody_known.csv": (W1, ONE, "no column, no header and no cell names people of the roster"),
    "bad_row_without_a_name.csv": (W1, ONE, "row 4: a row does not say who answers."),
    "bad_negative.csv": (W1, ONE, "An answer is '-2' (1 times), which is below 0. What is it worth?"),
    "bad_cut_quote.csv": (W1, ONE, "row 2: the row cannot be cut into cells"),
    "bad_empty.csv": (W1, ONE, "the file is empty"),
    "bad_checkbox_leftover.csv": (W1, ONE, "'Cy Dael'"),
    "bad_two_columns_one_person.csv": (W1, ONE, "stands twice. Every person has one row and one column."),
    "bad_two_rows_run_together.csv": (W1, ONE, "row 2: the row has 7 cells where the header has 5."),
    "bad_total_row.csv": (W1, ONE, "'Total'"),
    "bad_matrix_lost_comma.csv": (W1, ONE, "row 3: the row has fewer than 5 cells, which others near it have."),
    "bad_surveymonkey_misspelt.csv": (W1, ONE, "(Ben Okafo) names nobody in the roster. Whom does it mean?"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_plain_is_refused_with_what_to_do(case, name):
    options, config, words = BAD[name]
    folder = case(config)
    before = (folder / "case.yml").read_text()
    result = run(folder, FILES / name, options=options)
    assert result.exit_code == 1
    assert words in result.output
    assert (folder / "case.yml").read_text() == before
    assert not (folder / "surveys").exists()


def test_every_file_is_tested():
    assert {path.name for path in FILES.iterdir()} == {*GOOD, *BAD, *BESIDE.values()}
    assert len(GOOD) + len(BAD) > 60


# What is typed here is small: the name of a file, what stands in it, and ties, zeros, unknowns and who answered, counted by hand.
TYPED = {
    "no_header.csv": (W1, ONE, "A,B,2\nA,D,1\nB,A,0\n", "AB2 AD1", "BA", "", "AB"),
    "nodelist_no_header.csv": (W1, ONE, "A,B,C\nB,A\nD,A,B,C\n", "AB1 AC1 BA1 DA1 DB1 DC1", "", "", "ABD"),
    "rows_numbered_by_r.csv": (W1, ONE, '"","from","to","weight"\n"1","A","B",2\n"2","B","A",1\n', "AB2 BA1", "", "", "AB"),
    "decimal_commas.csv": (W1, ONE, "source;target;weight\nA;B;1,5\nB;A;2\n", "AB1.5 BA2", "", "", "AB"),
    "title_above.csv": (W1, ONE, "Help,,\n,,\n,A,B\nA,,2\nB,1,\n", "AB2 BA1", "", "AC AD BC BD", "AB"),
    "two_header_rows.csv": (
        W1, TWO, "Name,Help,,Trust,\n,Ana Ruiz,Ben Okafor,Ana Ruiz,Ben Okafor\nAna Ruiz,,2,,0\nBen Okafor,1,,2,\n",
        "AB2 BA1 trust BA2", "trust AB", "AC AD BC BD trust AC trust AD trust BC trust BD", "AB",
    ),
    "unfinished_and_nameless.csv": (W1, ONE, "record_id,me,h___a,h___b,f_complete\n1,A,0,1,2\n2,,0,0,0\n", "AB1", "", "AC AD", "A"),
    "parted_by_bars.csv": (W1, ONE, "Name,Helpers\nAna Ruiz,Ben Okafor|Cy Dale\nBen Okafor,Ana Ruiz\n", "AB1 AD1 BA1", "", "", "AB"),
    "parted_in_two_ways.csv": (W1, ONE, 'Name,Helpers\nAna Ruiz,"Ben Okafor, Cy Dale"\nBen Okafor,Ana Ruiz; Cy Dale\n', "AB1 AD1 BA1 BD1", "", "", "AB"),
    "parted_by_and.csv": (W1, ONE, "Name,Helpers\nAna Ruiz,Ben Okafor and Cy Dale\nBen Okafor,Ana Ruiz\n", "AB1 AD1 BA1", "", "", "AB"),
    "two_who_name_one.csv": (W1, ONE, "source,target,weight\nA|Cy Dale,B,2\n", "AB2 DB2", "", "", "AD"),
    "relations_as_columns.csv": (W1, TWO, "ego,alter,help,trust\nA,B,2,0\nB,A,0,1\n", "AB2 trust BA1", "BA trust AB", "", "AB"),
    "relation_as_type.csv": (W1, TWO, "From,To,Direction,Type\nA,B,directed,trust\nA,D,directed,help\n", "AD1 trust AB1", "", "", "A"),
    "waves_in_words.csv": (("--wave", "w1=Round 1", "--wave", "w2=Round 2"), ONE, "Wave,ego,alter\nRound 1,A,B\nRound 2,B,A\n", "AB1 w2 BA1", "", "", "A"),
    "event_names.csv": ((), ONE, "record_id,redcap_event_name,name,h___a,h___b,f_complete\n1,w1_arm_1,A,0,1,2\n1,w2_arm_1,A,0,0,2\n", "AB1", "w2 AB", "AC AD w2 AC w2 AD", "A"),
    "nobody_in_a_list.csv": (W1, ONE, "source,target,weight\nA,B,2\nB,nobody,\n", "AB2", "", "", "AB"),
    "strength_of_a_slot_left_empty.csv": (W1, ONE, "Name,Alter 1,How often 1,Alter 2,How often 2\nA,B,often,D,\nB,A,sometimes,,\n", "AB2 BA1", "", "AD", "AB"),
    "name_inside_the_question.csv": (
        W1, ONE, "Timestamp,Email Address,How often does Ana Ruiz help?,How often does Ben Okafor help?\n1,ana@x.org,,2\n2,ben@x.org,1,\n",
        "AB2 BA1", "", "AC AD BC BD", "AB",
    ),
    "two_lists.csv": (
        (*W1, "--relation", "help=Help from?", "--relation", "trust=Whom do you trust?"), TWO,
        'Timestamp,Email Address,Help from?,Whom do you trust?\n1,ana@x.org,"Ben Okafor, Cy Dale",Ben Okafor\n2,ben@x.org,Ana Ruiz,Cy Dale\n',
        "AB1 AD1 BA1 trust AB1 trust BD1", "", "", "AB",
    ),
    "diagonal_of_crosses.csv": (W1, ONE, ",A,B,D\nA,x,2,0\nB,1,x,0\nD,0,1,x\n", "AB2 BA1 DB1", "AD BD DA", "AC BC DC", "ABD"),
    "empty_other.csv": (W1, ONE, "id,submitdate,q1,q2[A],q2[B],q2[other]\n1,2026,A,,Y,\n2,2026,B,Y,,\n", "AB1 BA1", "", "AC AD BC BD", "AB"),
    "lines.dl": (W1, ONE, "dl n=2\nlabels:\nAna Ruiz\nBen Okafor\ndata:\n0 2\n1 0\n", "AB2 BA1", "", "", "AB"),
    "embedded.dl": (W1, ONE, "dl n=2 format=edgelist1\nlabels embedded:\ndata:\nA B 2\nB A 1\n", "AB2 BA1", "", "", "AB"),
    "relation_of_a_line.net": (W1, TWO, '*Vertices 2\n1 "A"\n2 "B"\n*Arcs :1 "help"\n1 2 2\n*Arcs :2 "trust"\n2 1 1\n', "AB2 trust BA1", "", "", "A"),
    "drawn.graphml": (
        (*W1, "--weight", "label"), ONE,
        ('<graphml><key id="d" for="edge" yfiles.type="edgegraphics"/><graph edgedefault="directed"><node id="A"/><node id="B"/><node id="D"/>'
        '<edge source="A" target="B"><data key="d"><E><Arrows source="standard" target="none"/><EdgeLabel>2</EdgeLabel></E></data></edge>'
        '<edge source="A" target="D"><data key="d"><E><Arrows source="none" target="none"/><EdgeLabel>1</EdgeLabel></E></data></edge></graph></graphml>'),
        "AD1 BA2 DA1", "", "", "ABD",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TYPED)
def test_a_plain_file_goes_in_whatever_its_habits(case, tmp_path, name):
    options, config, text, *expected = TYPED[name]
    (tmp_path / name).write_text(text)
    folder = case(config)
    result = run(folder, tmp_path / name, options=options)
    assert result.exit_code == 0, result.output
    assert list(read(folder)) == expected


# Files from which a tie would be lost, or a number taken for another, without a question.
DOUBTFUL = {
    "numbers_from_one.csv": (W1, ONE, "source,target,weight\nA,B,3\nB,A,1\n", "An answer is '3' (1 times), which is beyond the scale (0 'never' to 2 'often')."),
    "two_lists.csv": (W1, ONE, "Name,Helpers,Lunch\nAna Ruiz,Ben Okafor;Cy Dale,Ben Okafor\nBen Okafor,Ana Ruiz,Cy Dale\n", "Cells of several questions hold names: 'Helpers', 'Lunch'."),
    "worth_unsaid.csv": (W1, ONE, "ego,alter,hours,days\nA,B,2,1\nA,D,1,1\nB,A,2,2\n", "Which says what a tie is worth? none: each is worth 1. (hours, days, none) Say it with --weight."),
    "waves_unsaid.csv": (W1, ONE, "Wave,ego,alter\nspring,A,B\nautumn,B,A\n", "Column 'Wave' says 'spring', 'autumn'. Which is which wave?"),
    "who_is_a_stranger.csv": (W1, ONE, "Name,Helper\nZed Quoy,Ana Ruiz\nBen Okafor,Cy Dale\n", "1 spelling (who answers) known neither to roster.csv nor to people.csv: 'Zed Quoy'."),
    "somebody_in_brackets.csv": (W1, ONE, "source,target\nA,Ben Okafor (Cy Dale)\n", "'Ben Okafor (Cy Dale)'"),
    "strengths_left_over.csv": (W1, ONE, "Name,Alter 1,Alter 2,Often 1,Often 2,Often 3\nA,B,D,2,1,2\nB,A,,1,,\n", "Say it with --strength."),
    "blocks.csv": (W1, ONE, "w1,,\n,A,B\nA,,1\nB,1,\nw2,,\n,A,B\nA,,2\nB,1,\n", "row 2 stands again as row 6: several tables seem to stand one below the other."),
    "lost_comma.csv": (W1, ONE, "Site,Name,Helper\nN,Ana Ruiz,Cy Dale\nN Ben Okafor,Cy Dale\n", "row 3: the row has fewer than 3 cells"),
    "blanks.txt": (W1, ONE, "A B 1\nB A 2\n", "every row is one cell."),
    "relation_unknown.dl": ((*W1, "--relation", "help=advise"), TWO, "dl n=2 nm=2\nlabels:\nA,B\nmatrix labels:\nADVICE,TRUST\ndata:\n0 1\n1 0\n0 2\n0 0\n", "there is no relation 'advise' in the file. There is 'ADVICE', 'TRUST'."),
    "moving.net": (W1, ONE, '*Vertices 2\n1 "A"\n2 "B"\n*Arcs\n1 2 2 [1-3]\n', "row 5: this seems to be a Pajek file. it changes over time"),
    "attribute.graphml": (
        W1, ONE, ('<graphml><key id="d" for="edge" attr.name="frequency_of_talk"/><graph edgedefault="directed"><node id="A"/><node id="B"/>'
        '<edge source="A" target="B"><data key="d">2</data></edge><edge source="B" target="A"><data key="d">1</data></edge>'
        '<edge source="A" target="A"><data key="d">1</data></edge></graph></graphml>'), "(frequency_of_talk, none) Say it with --weight.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_might_be_misread_is_asked_about(case, tmp_path, name):
    options, config, text, words = DOUBTFUL[name]
    (tmp_path / name).write_text(text)
    folder = case(config)
    result = run(folder, tmp_path / name, options=options)
    assert result.exit_code == 1
    assert words in result.output
    assert not (folder / "surveys").exists()


def test_what_was_asked_and_said_settles_it(case):
    folder = case()
    options = (*W1, "--value", "daily=2")
    assert run(folder, FILES / "bad_label_off_the_scale.csv", options=options).exit_code == 0
    assert read(folder)[0] == "AB2 AC2 AD2 BA2 BC2 BD2 CA2 CB2 CD2 DA2 DB2 DC2"


def test_people_may_be_said_for_codes_without_names(case):
    folder = case()
    options = (*W1, "--person", "Q12_1=A", "--person", "Q12_3=B")
    assert run(folder, FILES / "qualtrics_codes_without_names.csv", options=options).exit_code == 0
    assert read(folder)[0] == "AB2"


def test_a_total_is_nobody_once_it_is_said(case):
    folder = case()
    assert run(folder, FILES / "bad_total_row.csv", options=(*W1, "--person", "Total=?")).exit_code == 0
    assert read(folder)[0] == "AB2 BA1"


def test_the_command_shows_the_first_ties_in_words_and_asks_before_it_writes(case):
    folder = case()
    result = run(folder, FILES / "google_grid.csv", options=W1, typed="n\n")
    assert "Ana Ruiz reports 'often' to Ben Okafor" in result.output
    assert result.exit_code == 1
    assert not (folder / "surveys").exists()
    assert run(folder, FILES / "google_grid.csv", options=W1, typed="y\n").exit_code == 0
    assert read(folder)[0] == "AB2 AD1 DA1 DB2"


def test_answers_without_consent_are_left_out_and_counted(case, tmp_path):
    lines = (FILES / "google_grid.csv").read_text().splitlines()
    lines = [f"{line},{more}" for line, more in zip(lines, ("Do you consent to the study?", "Yes", "No"), strict=True)]
    (tmp_path / "g.csv").write_text("\n".join(lines) + "\n")
    folder = case()
    result = run(folder, tmp_path / "g.csv", options=W1)
    assert "left out without consent ('Do you consent to the study?'): 1" in result.output
    assert read(folder)[0] == "AB2 AD1"


def test_leaving_out_a_second_answer_leaves_previews_out_too(case, tmp_path):
    head = "StartDate,EndDate,Status,ResponseId,RecipientEmail,Q1_1,Q1_2\nStartDate,EndDate,Status,ResponseId,Email,x - Ana Ruiz,x - Ben Okafor\n"
    rows = ["R1,ana@x.org,,2", "R2,ana@x.org,,0", "R3,ana@x.org,,1", "R4,ben@x.org,1,"]
    text = head + "".join(f"2024-09-01,2024-09-01,IP Address,{row}\n" for row in rows)
    (tmp_path / "q.csv").write_text(text + "2024-09-01,2024-09-01,Survey Preview,R5,cy@x.org,2,2\n")
    folder = case()
    assert "A answers twice, in rows 3 and 4." in run(folder, tmp_path / "q.csv", options=W1).output
    options = (*W1, "--leave-out", "ResponseId=R2", "--leave-out", "ResponseId=R3")
    assert run(folder, tmp_path / "q.csv", options=options).exit_code == 0
    assert read(folder)[0] == "AB2 BA1"


def test_a_question_asked_within_a_site_of_another_name_does_not_warn(case):
    folder = case(
        ONE.replace("title: T\n", "title: T\nsite: school\n").replace(
            "{name: help,", "{name: help, asked: {within: site},"
        ),
        "actor,school\nA,north\nB,south\n",
    )
    _, problems = read_case(folder)
    assert not [problem for problem in problems if "site" in problem.message]


def test_a_file_goes_in_once(case):
    folder = case()
    run(folder, FILES / "google_grid.csv", options=W1)
    result = CliRunner().invoke(app, ["survey", str(FILES / "google_grid.csv"), "--case", str(folder), "--yes", *W1])
    assert "is in case.yml already" in str(result.exception)


def test_typed_names_are_proposed_and_never_guessed(case, tmp_path):
    file = tmp_path / "typed.csv"
    file.write_text('Timestamp,Name,Whom?\n1,Ana Ruis,Ben Okafor\n2,Ben Okafor,"Cy Dale"\n')
    folder = case()
    result = run(folder, file, options=W1)
    assert result.exit_code == 1
    assert "Ana Ruis,A" in result.output.splitlines()
    folder = case(people="alias,actor\nAna Ruis,A\n")
    assert run(folder, file, options=W1).exit_code == 0
    assert read(folder)[0] == "AB1 BD1"


@pytest.mark.parametrize(("titles", "relations", "expected"), [(["w1", "w2"], ONE, "AB2 w2 AB1"), (["help", "trust"], TWO, "AB2 trust AB1")])  # fmt: skip
def test_waves_or_questions_may_be_sheets(case, tmp_path, titles, relations, expected):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, value in zip(titles, (2, 1), strict=True):
        sheet = book.create_sheet(title)
        for row in (["", "A", "B"], ["A", None, value], ["B", 0, None]):
            sheet.append(row)
    book.save(tmp_path / "answers.xlsx")
    folder = case(relations)
    options = () if titles == ["w1", "w2"] else W1
    assert run(folder, tmp_path / "answers.xlsx", options=options).exit_code == 0
    assert read(folder)[0] == expected


def test_a_later_wave_a_grown_roster_and_a_renamed_site_keep_working(case, tmp_path):
    folder = case()
    assert run(folder, FILES / "matrix_by_name.csv", options=W1).exit_code == 0
    grown = ROSTER.replace("actor,name,email", "actor,name,email,school,joined").replace(".org\n", ".org,north,\n")
    (folder / "roster.csv").write_text(grown + "E,Eve Lund,eve@x.org,south,2026-02-01\n")
    config = (folder / "case.yml").read_text().replace("title: T\n", "title: T\nsite: school\n")
    (folder / "case.yml").write_text(config.replace("[{id: w1}", "[{id: w1, opened: 2026-01-01, closed: 2026-01-05}").replace("{id: w2}", "{id: w2, opened: 2026-03-01}"))  # fmt: skip
    later = tmp_path / "later.csv"
    later.write_text(",A,B,E\nA,,1,2\nB,0,,0\nE,1,0,\n")
    assert run(folder, later, options=("--wave", "w2")).exit_code == 0
    found, _ = read_case(folder)
    assert found.roster["site"].tolist() == ["north"] * 4 + ["south"]
    present = found.responses.set_index(["wave", "actor"])["present"]
    assert not present["w1", "E"]
    assert present["w2", "E"]
    ties = found.ties.set_index(["wave", "source", "target"])["weight"]
    assert (ties["w1", "A", "B"], ties["w2", "A", "E"], ties["w2", "E", "A"]) == (2, 2, 1)
    assert ties.isna()["w1", "A", "E"]


@pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA is not set")
def test_real_exports_go_in_by_command_alone(case):
    real = Path(str(REAL))
    leaders = case(
        "title: S\nwaves: [{id: year 1}, {id: year 3}]\nrelations: [{name: collaboration, threshold: 3}]\n",
        "actor\n" + "".join(f"{n}\n" for n in range(1, 44)),
    )
    files = [real / "school_leaders" / f"year-{year}-collaboration-ties.xlsx" for year in (1, 3)]
    assert run(leaders, *files).exit_code == 0
    found, _ = read_case(leaders)
    # counts from the README beside the files
    assert (found.ties["weight"] > 0).groupby(found.ties["wave"]).sum().tolist() == [82, 1304]
    assert (found.responses["wave"].eq("year 1") & ~found.responses["responded"]).sum() == 3


@pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA is not set")
@pytest.mark.parametrize(
    ("file", "people", "options", "n"),
    [
        ("qualtrics/Sample_Survey.csv", ["Cantaloupe", "Kiwi", "Pomegranate"], ["--leave-out", "none", "--relation", "help=q3_volunteer", "--blank", "zero", "--who", "ResponseID"], (0, 6)),  # the README: two ticked "None of the above", nobody anybody
        ("graphml/miserables.graphml", [], [], (508, 0)),
        ("graphml/mixed_multigraph.graphml", [], ["--again", "sum"], (12, 0)),
        ("gexf/les_miserables.gexf", [], [], (254, 0)),
        ("gexf/mixed.gexf", [], [], (4, 0)),
    ],
)  # fmt: skip
def test_real_files_of_other_people_go_in(case, file, people, options, n):
    from nicmethods.files.graphfiles import read_graph

    path = Path(str(REAL)) / "survey_exports" / file
    graph, _ = read_graph(path, path.name)
    names = graph.people if graph else people
    alone = [] if graph else [line.split(",")[0] for line in path.read_text().splitlines()[3:]]
    roster = (
        "actor,name\n"
        + "".join(f"N{k},{name}\n" for k, name in enumerate(names))
        + "".join(f"{one},\n" for one in alone)
    )
    folder = case(roster=roster)
    result = run(folder, path, options=(*W1, *options))
    assert result.exit_code == 0, result.output
    found, _ = read_case(folder)
    assert (int((found.ties["weight"] > 0).sum()), int((found.ties["weight"] == 0).sum())) == n


HEAD = "Timestamp,Your name,Ana Ruiz,Ben Okafor"
FOUR = f"title: T\nwaves: [{{id: w1}}]\nrelations:\n  - {{name: help, {SCALE}, threshold: 2}}\n"
GRAPH = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="k" for="edge" attr.name="wave" attr.type="int"/>'
    '<graph edgedefault="directed"><node id="A"/><node id="B"/><node id="C"/><edge source="A" target="B"><data key="k">1</data></edge>'
    '<edge source="B" target="C"><data key="k">2</data></edge></graph></graphml>'
)


@pytest.mark.parametrize(
    ("text", "config", "said"),
    [
        (f"{HEAD},Cy Dal\nt,Ana Ruiz,,often,sometimes\nt,Ben Okafor,never,,often\n", ONE, "Column 'Cy Dal' is answered"),
        ("Timestamp,Your name,Whom? [often],Whom? [sometimes]\nt,Ana Ruiz,Ben Okafor,Cy Dale\nt,Ben Okafor,Ana Ruiz,Cy Dale\n", ONE, "one answer of the scale"),
        ('name,whom\nAna Ruiz,"Ben Okafor, Cy Dale"\nBen Okafor,Ana Ruiz\n', FOUR, "counts as a tie from 2 on"),
        ('name,whom\nAna Ruiz,"Ben Okafor (3), Cy Dale (not any more)"\nBen Okafor,Ana Ruiz\n', ONE, "says more than a name"),
        ("ego,alter,alter2\nAna Ruiz,Ben Okafor,Cy Dale\nBen Okafor,Ana Ruiz,Cy Dale\n", ONE, "Is a row one tie"),
        ("ego,alter1,alter2\nZ,Ben Okafor,Cy Dale\n", ONE, "holds nobody of the roster"),
        (GRAPH, ONE, "ties are of several times"),
    ],
    ids=["misspelt", "answers as columns", "below the threshold", "more than a name", "further columns", "unknown ego", "waves in a graph"],
)  # fmt: skip
def test_what_was_read_past_in_silence_is_asked_or_refused(case, tmp_path, text, config, said):
    file = tmp_path / ("f.graphml" if text == GRAPH else "f.csv")
    file.write_text(text)
    result = run(case(config), file, options=W1)
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())


def test_ties_without_direction_count_both_ways_and_status_and_headings_with_codes_are_read(case, tmp_path):
    file = tmp_path / "f.csv"
    file.write_text("Source,Target,Type,Weight\nA,B,Undirected,2\nB,D,Directed,1\n")
    folder = case()
    assert "1 count both ways" in run(folder, file, options=W1).output
    assert read(folder)[0] == "AB2 BA2 BD1"
    file.write_text(
        "Response Status,Your name,Ana Ruiz,Ben Okafor\nTest,Ana Ruiz,,often\nComplete,Ana Ruiz,,sometimes\n"
    )
    folder = case()
    assert run(folder, file, options=W1).exit_code == 0
    assert read(folder)[0] == "AB1"
    file.write_text("submitdate. Date submitted,G1. Your name,G2[S1]. Whom? [Ben Okafor],G2[S2]. Whom? [Cy Dale]\n,Ana Ruiz,No,\n2026-01-12,Ben Okafor,,Yes\n")  # fmt: skip
    folder = case()
    assert run(folder, file, options=W1).exit_code == 0
    ties, zero, _, answered = read(folder)
    assert (ties, zero, answered) == ("BD1", "", "B")


def test_a_file_is_not_taken_twice_with_another_option(case, tmp_path):
    file = tmp_path / "f.csv"
    file.write_text(f"{HEAD},Cy Dale\nt,Ana Ruiz,,often,sometimes\nt,Ben Okafor,never,,often\n")
    folder = case()
    assert run(folder, file, options=W1).exit_code == 0
    options = ["survey", str(file), "--case", str(folder), "--yes", *W1, "--person", "Cy Dale=?"]
    assert "is in case.yml already" in str(CliRunner().invoke(app, options).exception)
