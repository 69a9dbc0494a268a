"""Codings and codebooks in other shapes: hand-counted tables, round trips, files that are something else."""

import networkx as nx
import openpyxl
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.codebook import Code, Codebook, load_codebook
from nicmethods.exchange.spreadsheets import (
    read_codebook_table,
    read_tidy_codings,
    read_wide_codings,
    tidy_codings,
    wide_codings,
    write_codebook,
    write_coded_relations,
    write_codings,
)
from nicmethods.tables import RUN_TABLES, WORK_TABLES


def typed(name, *rows):
    table = {**WORK_TABLES, "events": RUN_TABLES["events"]}[name]
    return pd.DataFrame(list(rows)).reindex(columns=table.names).astype({c.name: c.dtype for c in table.columns})


@pytest.fixture
def turns():
    return typed(
        "turns",
        *[
            {"activity": "m1", "turn": str(n), "position": n, "actor": who}
            for n, who in enumerate(["E01", None, "E02", "E01"], 1)
        ],
    )


@pytest.fixture
def coverage():
    row = {"activity": "m1", "basis": "listed"}
    return typed(
        "coverage",
        row | {"coder": "ana", "first_position": 1, "last_position": 3},
        row | {"coder": "ben", "first_position": 2, "last_position": 3},
    )


@pytest.fixture
def codings():
    row = {"activity": "m1", "coder": "ana"}
    return typed(
        "codings",
        row | {"turn": "1", "code": "ask", "start_char": 0, "end_char": 2},
        row | {"turn": "1", "code": "ask", "start_char": 4, "end_char": 9},
        row | {"turn": "3", "code": "give", "memo": "line one\nline two"},
        row | {"coder": "ben", "turn": "3", "code": "ask"},
    )


class TestTables:
    def test_tidy(self, codings, coverage, turns):
        tidy = tidy_codings(codings, coverage, turns)
        assert len(tidy) == 3 * 2 + 2 * 2
        assert tidy[tidy["coded"] == 1][["turn", "coder", "code"]].to_numpy().tolist() == [
            ["1", "ana", "ask"], ["3", "ana", "give"], ["3", "ben", "ask"],
        ]  # fmt: skip
        assert "4" not in set(tidy["turn"])  # nobody read it: neither 1 nor 0

    def test_wide(self, codings, coverage, turns):
        wide = wide_codings(codings, coverage, turns, coder="ana")
        assert wide.columns.tolist() == ["activity", "turn", "position", "actor", "ask", "give"]
        assert wide[["turn", "ask", "give"]].to_numpy().tolist() == [["1", 1, 0], ["2", 0, 0], ["3", 0, 1]]

    def test_wide_of_a_coder_who_coded_nothing(self, coverage, turns):
        wide = wide_codings(typed("codings"), coverage, turns, coder="ben")
        assert wide["turn"].tolist() == ["2", "3"]

    def test_wide_comes_back(self, codings, coverage, turns, tmp_path):
        wide_codings(codings, coverage, turns, coder="ana").to_csv(tmp_path / "w.csv", index=False)
        back, read, problems = read_wide_codings(tmp_path / "w.csv", "w.csv", coder="ana", turns=turns)
        assert problems == []
        assert back[["turn", "code"]].to_numpy().tolist() == [["1", "ask"], ["3", "give"]]
        assert read[["coder", "first_position", "last_position"]].to_numpy().tolist() == [["ana", 1, 3]]
        WORK_TABLES["coverage"].schema().validate(read)

    def test_wide_from_a_workbook(self, turns, tmp_path):
        book = openpyxl.Workbook()
        for row in (["activity", "turn", "ask"], ["m1", 1, "x"], ["m1", 3, None]):
            book.active.append(row)
        book.save(tmp_path / "w.xlsx")
        back, read, problems = read_wide_codings(tmp_path / "w.xlsx", "w.xlsx", coder="ana", turns=turns)
        assert problems == []
        assert back["turn"].tolist() == ["1"]
        assert read[["first_position", "last_position"]].to_numpy().tolist() == [[1, 1], [3, 3]]

    def test_wide_with_faults(self, turns, tmp_path):
        (tmp_path / "w.csv").write_text("activity,turn,ask\nm1,9,1\nm1,2,maybe\n")
        back, read, problems = read_wide_codings(tmp_path / "w.csv", "w.csv", coder="ana", turns=turns)
        assert back.empty
        assert len(read) == 1
        assert [str(problem) for problem in problems] == [
            "error    w.csv row 2: there is no turn '9' in 'm1'. Correct the row.",
            "error    w.csv row 3: 'ask' is 'maybe', which is neither 1 nor 0. Correct it.",
        ]
        (tmp_path / "w.csv").write_text("a,b\n1,2\n")
        assert (
            "must name the columns"
            in read_wide_codings(tmp_path / "w.csv", "w.csv", coder="ana", turns=turns)[2][0].message
        )


class TestTidyTables:
    @pytest.mark.slow
    @given(st.sets(st.tuples(st.sampled_from("ab"), st.integers(1, 4), st.sampled_from("xyz"))))
    @settings(max_examples=30, deadline=None)
    def test_comes_back(self, tmp_path_factory, coded):
        path = tmp_path_factory.mktemp("tidy") / "tidy.csv"
        turns = typed("turns", *[{"activity": "m1", "turn": str(n), "position": n} for n in range(1, 5)])
        said = [{"coder": who, "activity": "m1", "turn": str(n), "code": code} for who, n, code in sorted(coded)]
        row = {"activity": "m1", "first_position": 1, "last_position": 4, "basis": "listed"}
        coverage = typed("coverage", row | {"coder": "a"}, row | {"coder": "b"})
        tidy_codings(typed("codings", *said), coverage, turns).to_csv(path, index=False)
        if not coded:
            return
        codings, read, problems = read_tidy_codings(path, "tidy.csv", turns=turns)
        assert problems == []
        key = ["coder", "activity", "turn", "code"]
        assert codings[key].sort_values(key).to_numpy().tolist() == [list(one.values()) for one in said]
        pd.testing.assert_frame_equal(read, coverage)

    def test_spans_from_a_workbook(self, turns, tmp_path):
        rows = {"activity": "m1", "turn": [1, 3], "code": "ask", "start_char": [0, 4], "end_char": [2, 9], "note": "x"}
        pd.DataFrame(rows).to_excel(tmp_path / "t.xlsx", index=False)
        codings, read, problems = read_tidy_codings(tmp_path / "t.xlsx", "t.xlsx", turns=turns, coder="ana")
        assert problems == []
        assert codings[["coder", "turn", "start_char", "end_char"]].to_numpy().tolist() == [
            ["ana", "1", 0, 2],
            ["ana", "3", 4, 9],
        ]
        assert read.empty
        WORK_TABLES["codings"].schema().validate(codings)

    def test_faults(self, turns, tmp_path):
        (tmp_path / "t.csv").write_text(
            "coder,activity,turn,code,coded\nana,m1,9,ask,1\n,m1,2,ask,1\nana,m1,3,ask,maybe\nana,m1,1,ask,0\n"
        )
        codings, read, problems = read_tidy_codings(tmp_path / "t.csv", "t.csv", turns=turns)
        assert codings.empty
        assert [(p.row, p.field, p.value) for p in problems] == [
            (4, "coded", "maybe"),
            (2, "turn", "9"),
            (3, "coder", ""),
        ]
        assert read[["first_position", "last_position"]].to_numpy().tolist() == [[1, 1]]


class TestFolder:
    def test_one_file_a_coder(self, codings, coverage, turns, tmp_path):
        paths = write_codings(codings, coverage, turns, tmp_path / "codings")
        assert sorted(path.name for path in paths) == ["ana.csv", "ben.csv", "coverage.csv"]
        ana = pd.read_csv(tmp_path / "codings/ana.csv", dtype={"turn": "str"})
        assert ana["turn"].tolist() == ["1", "1", "3"]
        assert ana["memo"].tolist()[2] == "line one\nline two"
        read = pd.read_csv(tmp_path / "codings/coverage.csv", dtype="str")
        assert read[["coder", "first_turn", "last_turn"]].to_numpy().tolist() == [["ana", "1", "3"], ["ben", "2", "3"]]

    def test_nobody_s_codings_are_written_over(self, codings, coverage, turns, tmp_path):
        (tmp_path / "ben.csv").write_text("mine")
        with pytest.raises(FileExistsError, match=r"ben.csv in .* would be written over"):
            write_codings(codings, coverage, turns, tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["ben.csv"]

    @pytest.mark.parametrize("coder", ["../up", "a/b", "C:", "", ".hidden", "coverage", "adjudicated"])
    def test_no_name_leads_elsewhere(self, codings, coverage, turns, tmp_path, coder):
        with pytest.raises(ValueError, match=r"cannot be the name of a file|is no coder"):
            write_codings(codings.assign(coder=coder), coverage, turns, tmp_path / "in")
        assert list(tmp_path.iterdir()) == []


def test_graphml(tmp_path):
    event = {"activity": "m1", "basis": "coded", "source": "ana"}
    events = typed(
        "events",
        event | {"event": "m1/1/1", "kind": "help_request", "seeker": "E01", "helper": "E02"},
        event | {"event": "m1/2/1", "kind": "help_given", "seeker": "E01", "helper": "E02"},
        event | {"event": "m2/2/1", "kind": "help_given", "seeker": "E01", "helper": "E02", "activity": "m2"},
        event | {"event": "m1/3/1", "kind": "shared_practice", "helper": "E02"},
    )
    roster = pd.DataFrame(
        {"actor": ["E01", "E02", "E03"], "name": ["Dana", "Sam", "Lee"], "site": ["north", None, "south"]}, dtype="str"
    )
    write_coded_relations(events, roster, tmp_path / "g.graphml")
    assert "Dana" not in (tmp_path / "g.graphml").read_text()
    graph = nx.read_graphml(tmp_path / "g.graphml", force_multigraph=True)
    assert dict(graph.nodes(data="site")) == {"E01": "north", "E02": None, "E03": "south"}
    edges = [(a, b, data["kind"], data["n"], data["activities"]) for a, b, data in graph.edges(data=True)]
    assert sorted(edges) == [("E01", "E02", "help_request", 1, "m1"), ("E02", "E01", "help_given", 2, "m1;m2")]


class TestCodebooks:
    def test_csv_with_other_headers(self, tmp_path):
        (tmp_path / "c.csv").write_text(
            "Code,Description,Inclusion criteria,Exclusion_criteria,Example 1,Example 2,Owner\n"
            'Help request,Somebody asks,A question,A joke,Could you?,"How\ndo I?",DM\n'
        )
        codebook, problems = read_codebook_table(tmp_path / "c.csv", "c.csv", id="c", title="C")
        assert codebook.codes == (
            Code(
                id="help_request",
                name="Help request",
                definition="Somebody asks",
                use_when="A question",
                not_when="A joke",
                examples=("Could you?", "How", "do I?"),
            ),
        )
        assert [problem.message for problem in problems] == ["column 'Owner' is not used."]

    def test_workbook(self, tmp_path):
        book = openpyxl.Workbook()
        for row in (["ID", "Name", "Definition"], ["hr", "Help request", "Asks"], ["sp", "Shared practice", None]):
            book.active.append(row)
        book.save(tmp_path / "c.xlsx")
        codebook, problems = read_codebook_table(tmp_path / "c.xlsx", "c.xlsx", id="c", title="C")
        assert problems == []
        assert codebook.ids == ("hr", "sp")

    @pytest.mark.parametrize(("text", "message"), [
        ("Code\nHelp\nhelp\n", "two codes have the id 'help'. Rename one."),
        ("Code,Definition\n,Asks\n", "the row names no code. Name it or take it away."),
        ("a,b\n1,2\n", "there is no column for the name of a code ('code', 'name' or 'label' in the first row). Add it."),
    ])  # fmt: skip
    def test_faults(self, tmp_path, text, message):
        (tmp_path / "c.csv").write_text(text)
        codebook, problems = read_codebook_table(tmp_path / "c.csv", "c.csv", id="c", title="C")
        assert codebook is None
        assert message in [problem.message for problem in problems]

    def test_dedooses_tree_stands_in_the_parents_ids(self, tmp_path):
        """Columns as Dedoose's export of codes has them: the id of the code above, 0 or blank at the top."""
        text = "Id,Parent Id,Depth,Title,Description\n11,,0,Help,Any help\n12,11,1,Asked,\n13,12,2,Asked twice,\n14,0,0,Other,\n15,99,1,Lost,\n"
        (tmp_path / "c.csv").write_text(text)
        codebook, problems = read_codebook_table(tmp_path / "c.csv", "c.csv", id="c", title="C")
        parents = {code.name: code.parent for code in codebook.codes}
        ids = {code.name: code.id for code in codebook.codes}
        assert parents == {"Help": "", "Asked": ids["Help"], "Asked twice": ids["Asked"], "Other": "", "Lost": ""}
        said = [problem.message for problem in problems]
        assert "code 'Lost' stands under '99', which is no code of the table." in said

    words = st.text(st.sampled_from("aé: -'\"#\n{"), min_size=1, max_size=12).map(lambda text: f"w{text}".strip())

    @given(
        st.lists(st.tuples(words, words, words, words, st.lists(words, min_size=1, max_size=2)), min_size=1, max_size=3)
    )
    @settings(max_examples=40, deadline=None)
    def test_yaml_comes_back(self, tmp_path_factory, parts):
        codes = tuple(
            Code(id=f"c{n}", name=a, definition=b, use_when=c, not_when=d, examples=examples)
            for n, (a, b, c, d, examples) in enumerate(parts)
        )
        path = tmp_path_factory.mktemp("yaml") / "c.yml"
        write_codebook(Codebook(id="c", title="C", codes=codes), path)
        assert load_codebook(path) == Codebook(id="c", title="C", codes=codes)

    def test_patterns_come_back(self, tmp_path):
        code = Code(
            id="a",
            name="A",
            definition="d",
            use_when="u",
            not_when="n",
            examples=("e",),
            patterns=("how do|did you", ({"LOWER": "can"}, {"LOWER": "you", "OP": "?"})),
        )
        write_codebook(Codebook(id="c", title="C", codes=(code,)), tmp_path / "c.yml")
        assert load_codebook(tmp_path / "c.yml").codes == (code,)
        assert yaml.safe_load((tmp_path / "c.yml").read_text())["codes"][0]["patterns"][0] == "how do|did you"
