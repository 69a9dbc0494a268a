"""REFI-QDA: a real project, what several exporters write, schemas, round trips, and archives that mean harm."""

import csv
import hashlib
import io
import os
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from nicmethods.case.codebook import Code, Codebook
from nicmethods.errors import CaseError
from nicmethods.exchange.bring import bring
from nicmethods.exchange.offsets import NVIVO, Counting, best_counting, to_code_points, to_offsets
from nicmethods.exchange.projects import codebook_from_refi, codes_for_refi, refi_project
from nicmethods.exchange.refi import (
    CASES,
    CODES,
    CODINGS,
    REFERENCES,
    SOURCES,
    USERS,
    VALUES,
    RefiProject,
    frame,
    read_qdc,
    read_refi,
    write_qdc,
    write_refi,
)
from nicmethods.exchange.segments import read_coded
from nicmethods.files.archives import parse_xml
from nicmethods.tables import WORK_TABLES

REAL = os.environ.get("NICMETHODS_REAL_DATA")
real_data = pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA names no folder with real files")
TABLES = ["codes", "users", "sources", "codings", "cases", "references", "variables"]

GUID = "00000000-0000-4000-8000-{:012d}"
USER, CODE, SOURCE = GUID.format(1), GUID.format(2), GUID.format(3)
TEXT = "We tried it in grade four.\nCould you show me how?\nSure, I can share it."


def selection(number, start, end, code=CODE):
    coding = f'<Coding guid="{GUID.format(number + 500)}" creatingUser="{USER}"><CodeRef targetGUID="{code}"/></Coding>'
    return (
        f'<PlainTextSelection guid="{GUID.format(number)}" startPosition="{start}" endPosition="{end}">'
        f"{coding if code else '<Description>look here</Description>'}</PlainTextSelection>"
    )


SOUND = "".join(selection(100 + n, *span) for n, span in enumerate([(0, 26), (27, 49), (50, 71), (33, 45)]))


def project_xml(
    *, selections=SOUND, codes=f'<Code guid="{CODE}" name="help" isCodable="true"/>', namespace="urn:QDA-XML:project:1.0",
    path=f"internal://{SOURCE}.txt", before="", after="", more="", root="Project",
):  # fmt: skip
    xmlns = f' xmlns="{namespace}"' if namespace else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{before}<{root}{xmlns} name="p" origin="test">'
        f'<Users><User guid="{USER}" name="ana"/></Users><CodeBook><Codes>{codes}</Codes></CodeBook>{after}'
        f'<Sources><TextSource guid="{SOURCE}" name="m1" plainTextPath="{path}">{selections}</TextSource>{more}</Sources>'
        f"</{root}>"
    )


def make(tmp_path, xml=None, *, qde="project.qde", folder="Sources", text=TEXT, members=()):
    path = tmp_path / "p.qdpx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(qde, project_xml() if xml is None else xml)
        archive.writestr(f"{folder}/{SOURCE}.txt", text if isinstance(text, bytes) else text.encode())
        for name, data in members:
            archive.writestr(name, data)
    return path


def refused(path):
    project, problems = read_refi(path, "p.qdpx")
    assert project is None
    errors = [problem for problem in problems if problem.level == "error"]
    assert errors
    assert all(problem.file == "p.qdpx" for problem in errors)
    return " ".join(problem.message for problem in errors)


def read(path):
    project, problems = read_refi(path, "p.qdpx")
    assert project is not None, problems
    return project, [problem.message for problem in problems]


@pytest.fixture(scope="module")
def project():
    project, problems = read_refi(Path(REAL, "refi/nvivo-win-12.6-redacted.qdpx"), "nvivo.qdpx")
    assert project is not None
    assert problems == []
    return project


@real_data
class TestRealProject:
    def test_every_coding_lands(self, project):
        texts = dict(zip(project.sources["name"], project.sources["text"], strict=True))
        names = dict(zip(project.sources["guid"], project.sources["name"], strict=True))
        found = project.codings.set_index("selection")
        with Path(REAL, "refi/nvivo-win-12.6-expected.csv").open(encoding="utf-8-sig", newline="") as file:
            expected = list(csv.DictReader(file))
        assert len(expected) == len(project.codings) == 303
        for row in expected:
            coding = found.loc[row["selection_guid"]]
            assert (coding["start"], coding["end"]) == (int(row["start_codepoint"]), int(row["end_codepoint"]))
            assert names[coding["source"]] == row["source"]
            assert coding["code"] == row["code_guid"]
            words = texts[row["source"]][coding["start"] : coding["end"]]
            assert hashlib.sha1(words.encode()).hexdigest()[:12] == row["sha1_12_of_slice"]

    def test_says_how_it_counts(self, project):
        assert project.counting == "UTF-16 units, CR LF as two, byte-order mark not counted"
        assert project.confidence > 0.99

    def test_comes_back_identical_and_valid(self, project, tmp_path):
        write_refi(project, tmp_path / "again.qdpx")
        again, problems = read_refi(tmp_path / "again.qdpx", "again.qdpx")
        assert problems == []
        for table in TABLES:
            pd.testing.assert_frame_equal(getattr(again, table), getattr(project, table))
        check_schema(zipfile.ZipFile(tmp_path / "again.qdpx").read("project.qde"), "Project.xsd")
        write_refi(again, tmp_path / "third.qdpx")
        assert (tmp_path / "third.qdpx").read_bytes() == (tmp_path / "again.qdpx").read_bytes()

    def test_codebook_comes_back_identical_and_valid(self, project, tmp_path):
        write_qdc(project.codes, tmp_path / "codes.qdc")
        codes, problems = read_qdc(tmp_path / "codes.qdc", "codes.qdc")
        assert problems == []
        pd.testing.assert_frame_equal(codes, project.codes)
        check_schema((tmp_path / "codes.qdc").read_bytes(), "Codebook.xsd")
        codebook = codebook_from_refi(codes, id="study", title="Study")
        assert len(set(codebook.ids)) == len(codebook.codes) == 152


def check_schema(data, schema):
    if REAL:
        etree.XMLSchema(file=str(Path(REAL, "refi", schema))).assertValid(etree.fromstring(data))


class TestExporters:
    @pytest.mark.parametrize("qde", ["project.qde", "My Study.QDE", "inner/Project.Qde"])
    @pytest.mark.parametrize("folder", ["sources", "Sources", "SOURCES"])
    def test_names_and_case(self, tmp_path, qde, folder):
        project, problems = read(make(tmp_path, qde=qde, folder=folder))
        assert len(project.codings) == 4
        assert problems == []

    @pytest.mark.parametrize(
        "path", [f"internal://{SOURCE}.txt", f"{SOURCE}.txt", f"sources/{SOURCE}.txt", f"Sources\\{SOURCE}.TXT"]
    )
    def test_path_of_a_text(self, tmp_path, path):
        assert len(read(make(tmp_path, project_xml(path=path)))[0].codings) == 4

    @pytest.mark.parametrize(
        "namespace", ["urn:QDA-XML:project:1:0", "http://schema.qdasoftware.org/versions/Project/v1.0/Project.xsd", ""]
    )
    def test_namespaces(self, tmp_path, namespace):
        assert len(read(make(tmp_path, project_xml(namespace=namespace)))[0].codings) == 4

    @pytest.mark.parametrize(
        "namespace", ["urn:QDA-XML:codebook:1.0", "urn:QDA-XML:codebook:1:0", "http://www.qdasoftware.org/codebook", ""]
    )
    def test_namespaces_of_codebooks(self, tmp_path, namespace):
        xmlns = f' xmlns="{namespace}"' if namespace else ""
        code = f'<Code guid="{{{CODE.upper()}}}" name="help" isCodable="true"/>'
        (tmp_path / "c.qdc").write_text(f"<CodeBook{xmlns}><Codes>{code}</Codes></CodeBook>")
        codes, problems = read_qdc(tmp_path / "c.qdc", "c.qdc")
        assert problems == []
        assert codes["guid"].tolist() == [CODE]

    def test_text_inside_the_xml(self, tmp_path):
        xml = project_xml().replace(
            f' plainTextPath="internal://{SOURCE}.txt">', f"><PlainTextContent>{TEXT}</PlainTextContent>"
        )
        assert read(make(tmp_path, xml))[0].sources["text"].tolist() == [TEXT]

    def test_memos_cases_without_names_and_variables(self, tmp_path):
        variable, case, note = GUID.format(7), GUID.format(8), GUID.format(9)
        value = f'<VariableValue><VariableRef targetGUID="{variable}"/><TextValue>north</TextValue></VariableValue>'
        after = (
            f'<Variables><Variable guid="{variable}" name="site" typeOfVariable="Text"/></Variables>'
            f'<Cases><Case guid="{case}">{value}<SourceRef targetGUID="{SOURCE}"/></Case></Cases>'
        )
        notes = f'<Notes><Note guid="{note}" name="n"><PlainTextContent>a thought</PlainTextContent></Note></Notes></Project>'
        noted = selection(301, 0, 2).replace("</Coding>", f'<NoteRef targetGUID="{note}"/></Coding>')
        xml = project_xml(after=after, selections=SOUND + selection(300, 27, 32, code=None) + noted + value)
        path = make(tmp_path, xml.replace("</Project>", notes))
        project, problems = read(path)
        assert problems == []
        assert project.cases[["guid", "name"]].to_numpy().tolist() == [[case, "case 1"]]
        assert project.references.to_numpy().tolist() == [[case, "source", SOURCE]]
        assert project.variables["owner"].tolist() == [case, SOURCE]
        assert project.codings["memo"].dropna().tolist() == ["look here", "a thought"]
        assert project.codings["code"].isna().sum() == 1
        write_refi(project, tmp_path / "again.qdpx")
        again, _ = read(tmp_path / "again.qdpx")
        for table in TABLES:
            pd.testing.assert_frame_equal(getattr(again, table), getattr(project, table))
        check_schema(zipfile.ZipFile(tmp_path / "again.qdpx").read("project.qde"), "Project.xsd")
        _, more = read_coded(path, "p.qdpx")
        assert [str(problem) for problem in more] == [
            "warning  p.qdpx: 1 memos on text without a code have no place among codings of turns and stay in the project."
        ]

    def test_what_is_not_carried_is_listed(self, tmp_path):
        picture = f'<PictureSource guid="{GUID.format(20)}" path="internal://a.png"/>'
        _, problems = read(make(tmp_path, project_xml(more=picture * 2)))
        assert problems == ["pictures are not carried: 2 left out, with what is coded in them."]

    def test_a_source_without_its_text_is_listed(self, tmp_path):
        there = selection(400, 0, 4) + selection(401, 5, 9)
        outside = (
            f'<TextSource guid="{GUID.format(21)}" name="far" plainTextPath="relative:///far.txt">{there}</TextSource>'
        )
        project, problems = read(make(tmp_path, project_xml(more=outside)))
        assert len(project.sources) == 1
        assert len(problems) == 1
        assert problems[0].startswith(
            "source 'far' has its text in 'relative:///far.txt', which is no file of the archive"
        )
        assert "left out, with 2 codings" in problems[0]


TALK = "So 😀 we tried it.\r\nCould you 👍🏽 show me?\r\nI'd be glad to, yes!\r\nNaïve question: why?\r\n"
SLICES = ["we tried it.", "Could you", "show me?", "I'd be glad to, yes!", "why", "question"]


def spans_of(text, slices):
    return [(text.index(part), text.index(part) + len(part)) for part in slices]


class TestOffsets:
    @pytest.mark.parametrize("utf16", [True, False])
    @pytest.mark.parametrize("crlf_is_two", [True, False])
    @pytest.mark.parametrize("bom", [True, False])
    def test_each_way_of_counting_gives_itself_away(self, utf16, crlf_is_two, bom):
        counting = Counting(utf16, crlf_is_two, bom)
        spans = [tuple(to_offsets(TALK, span, counting).tolist()) for span in spans_of(TALK, SLICES)]
        found, confidence, rivals = best_counting([TALK], [spans])
        assert (found, confidence, rivals) == (counting, 1.0, ())

    def test_atlas_ti_project(self, tmp_path):
        atlas = Counting(utf16=True, crlf_is_two=False)
        spans = [to_offsets(TALK, span, atlas).tolist() for span in spans_of(TALK, SLICES)]
        xml = project_xml(selections="".join(selection(100 + n, *span) for n, span in enumerate(spans)))
        project, problems = read(make(tmp_path, xml, text=TALK))
        assert problems == []
        assert [TALK[c.start : c.end] for c in project.codings.itertuples()] == SLICES

    def test_utf16_file(self, tmp_path):
        assert read(make(tmp_path, text=TEXT.encode("utf-16")))[0].sources["text"].tolist() == [TEXT]

    @given(st.text(st.sampled_from("aé😀\r\n .")), st.data())
    @settings(max_examples=60, deadline=None)
    def test_there_and_back(self, text, data):
        counting = Counting(data.draw(st.booleans()), True, data.draw(st.booleans()))
        points = data.draw(st.lists(st.integers(0, len(text))))
        assert to_code_points(text, to_offsets(text, points, counting).tolist(), counting).tolist() == points

    def test_no_codings_is_no_confidence(self, tmp_path):
        project, problems = read(make(tmp_path, project_xml(selections="")))
        assert problems == []
        assert pd.isna(project.confidence)

    def test_ways_that_fit_as_well_are_said(self, tmp_path):
        text = "one two\r\nthree four\r\n"
        project, problems = read(make(tmp_path, project_xml(selections=selection(1, 9, 19)), text=text))
        assert project.counting == str(NVIVO)
        assert problems == []
        project, problems = read(make(tmp_path, project_xml(selections=selection(1, 5, 7)), text="--\r\n------"))
        assert project.counting == str(NVIVO)
        assert "other ways fit as well (UTF-16 units, CR LF as two, byte-order mark counted; or" in problems[0]

    def test_text_changed_after_the_export(self, tmp_path):
        message = refused(make(tmp_path, text="Naturally! " + TEXT))
        assert "positions of the 4 selections fit no known way of counting" in message


class TestTables:
    codebook = Codebook(
        id="help", title="Help",
        codes=(
            Code(id="help_request", name="Help request", definition="Somebody asks.\n\nTwo paragraphs.", use_when="A question", not_when="A joke", examples=("Could you?", "How\ndo I?")),
            Code(id="shared", name="Shared practice"),
        ),
    )  # fmt: skip

    @pytest.fixture
    def tables(self):
        lines = [("E01", "We tried it 😀 in grade four."), ("E02", "Could you\nshow me?"), (None, ""), ("E01", "Sure.")]
        turns = pd.DataFrame(
            [
                {"activity": "m1", "turn": str(n), "position": n, "actor": who, "text": text}
                for n, (who, text) in enumerate(lines, 1)
            ]
        )
        turns = pd.concat([turns, turns.assign(activity="m2")])
        rows = [
            {
                "coder": "ana",
                "activity": "m1",
                "turn": "2",
                "code": "help_request",
                "helper": "E01",
                "seeker": "E02",
                "memo": "clear\ncase",
            },
            {"coder": "ben", "activity": "m1", "turn": "1", "code": "shared", "start_char": 12, "end_char": 13},
            {"coder": "ben", "activity": "m1", "turn": "1", "code": "help_request"},
            {
                "coder": "ben",
                "activity": "m2",
                "turn": "4",
                "code": "help_request",
                "reply_to": "2",
                "addressee": "E02",
            },
        ]
        return typed("turns", turns), typed("codings", pd.DataFrame(rows))

    def case_of(self, folder, turns):
        """A case with the turns, whose speakers are its people."""
        talk = turns.assign(speaker=turns["actor"])[["activity", "turn", "speaker", "text"]]
        (folder / "transcripts").mkdir(parents=True)
        (folder / "case.yml").write_text("title: Case\n")
        actors = sorted(turns["actor"].dropna().unique())
        pd.DataFrame({"actor": actors, "name": [f"Name {n}" for n in actors]}).to_csv(
            folder / "roster.csv", index=False
        )
        for activity, rows in talk.groupby("activity"):
            rows.drop(columns="activity").to_csv(folder / "transcripts" / f"{activity}.csv", index=False)
        return folder

    def test_codings_come_back_to_their_turns(self, tables, tmp_path):
        turns, codings = tables
        write_refi(refi_project(turns, codings, self.codebook, name="study"), tmp_path / "p.qdpx")
        check_schema(zipfile.ZipFile(tmp_path / "p.qdpx").read("project.qde"), "Project.xsd")
        project, problems = read(tmp_path / "p.qdpx")
        assert problems == []
        folder = self.case_of(tmp_path / "case", turns)
        done = bring(tmp_path / "p.qdpx", folder)
        assert done.outcomes["outcome"].tolist() == ["placed"] * len(codings)
        back = pd.concat([
            pd.read_csv(path, dtype="str").assign(coder=path.stem) for path in sorted((folder / "codings").glob("*.csv"))
        ])  # fmt: skip
        columns = [
            "coder",
            "activity",
            "turn",
            "code",
            "start_char",
            "end_char",
            "addressee",
            "reply_to",
            "seeker",
            "helper",
            "memo",
        ]

        def plain(table):
            return sorted(
                map(tuple, table.reindex(columns=columns).astype("object").fillna("").astype("str").to_numpy())
            )

        assert plain(back) == plain(codings)
        assert codebook_from_refi(project.codes, id="help", title="Help") == self.codebook

    def test_a_coding_over_two_lines_is_on_both_turns(self, tables, tmp_path):
        turns, codings = tables
        project = refi_project(turns, codings.iloc[:0], self.codebook, name="study")
        text = project.sources["text"][0]
        row = {"guid": GUID.format(1), "selection": GUID.format(2), "source": project.sources["guid"][0],
               "code": project.codes["guid"][0], "start": text.index("grade"), "end": text.index("show") - 1}  # fmt: skip
        both = replace(project, codings=frame(CODINGS, [row]))
        write_refi(both, tmp_path / "p.qdpx")
        done = bring(tmp_path / "p.qdpx", self.case_of(tmp_path / "case", turns))
        back = pd.read_csv(tmp_path / "case" / "codings" / "unknown.csv", dtype="str")
        assert done.outcomes["outcome"].tolist() == ["placed"]
        assert back["turn"].tolist() == ["1", "2"]
        assert back["start_char"].tolist() == ["17", "0"]

    def test_what_cannot_be_placed_is_refused(self, tables):
        turns, codings = tables
        with pytest.raises(CaseError, match="turn m1/99, which there is not") as caught:
            refi_project(turns, codings.assign(turn="99", code="fun"), self.codebook, name="study")
        assert "code 'fun' is not in codebook 'help'" in str(caught.value)

    def test_from_a_program_into_a_case(self, tmp_path):
        other, name = GUID.format(4), "../../Coder One"
        xml = (
            project_xml()
            .replace('name="ana"', f'name="{name}"')
            .replace('name="m1"', 'name="Interview 1: north/south"')
        )
        path = make(tmp_path, xml.replace("</Users>", f'<User guid="{other}" name="ana"/></Users>'))
        bring(path, tmp_path / "data" / "study")
        folder = tmp_path / "data" / "study"
        written = {p.relative_to(folder).as_posix() for p in tmp_path.rglob("*Coder One*")}
        assert written == {"codings/__.._Coder One.csv"}
        (talk,) = (folder / "transcripts").glob("Interview*")
        assert talk.name == "Interview 1_ north_south.txt"
        assert talk.read_text(encoding="utf-8") == TEXT

    def test_codes_with_one_name(self, tmp_path):
        nested = [
            f'<Code guid="{GUID.format(30 + n)}" name="{above}" isCodable="true"><Code guid="{GUID.format(40 + n)}" name="Késő!" isCodable="true"/></Code>'
            for n, above in enumerate(["before", "after"])
        ]
        codes = f'<Code guid="{CODE}" name="help" isCodable="true"/>' + "".join(nested)
        project, problems = read(make(tmp_path, project_xml(codes=codes)))
        assert problems == [
            "2 codes are called 'Késő!'; they are told apart by the code above them. Rename them to be sure."
        ]
        ids = codebook_from_refi(project.codes, id="c", title="C").ids
        assert ids == ("help", "before", "before.keso", "after", "after.keso")


def typed(name, frame):
    table = WORK_TABLES[name]
    return frame.reindex(columns=table.names).astype({c.name: c.dtype for c in table.columns})


class TestHarm:
    def test_truncated(self, tmp_path):
        path = make(tmp_path)
        path.write_bytes(path.read_bytes()[:-40])
        assert "no archive, or is cut off" in refused(path)

    def test_damaged_member(self, tmp_path):
        path = make(tmp_path)
        data = bytearray(path.read_bytes())
        data[60:90] = bytes(30)
        path.write_bytes(data)
        assert "cannot be read" in refused(path)

    def test_not_there(self, tmp_path):
        assert "not there" in refused(tmp_path / "none.qdpx")

    def test_zip_bomb(self, tmp_path):
        path = make(tmp_path, members=[(f"{n}.bin", bytes(2**20)) for n in range(2)])
        lie_about_sizes(path, 2**31)
        assert "too large to be read safely" in refused(path)

    def test_one_huge_text(self, tmp_path, monkeypatch):
        monkeypatch.setattr("nicmethods.files.archives.MAX_BYTES", 2**10)
        assert "unpacks to more than" in refused(make(tmp_path, text=b"a " * 2**20))

    @pytest.mark.parametrize("bomb", [
        '<!DOCTYPE Project [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE Project [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Project SYSTEM "http://localhost/x.dtd">',
    ])  # fmt: skip
    def test_entities(self, tmp_path, bomb):
        assert "declares a document type or entities" in refused(make(tmp_path, project_xml(before=bomb)))

    def test_deep_nesting(self):
        deep = b"<CodeBook>" + b"<Code>" * 5000 + b"</Code>" * 5000 + b"</CodeBook>"
        tree, problems = parse_xml(deep, "c.qdc", root="CodeBook")
        assert tree is None
        assert "nested more than" in problems[0].message

    @pytest.mark.parametrize(
        "path", ["internal://../secret.txt", "../../secret.txt", "/etc/passwd", "file:///etc/passwd", "C:\\secret.txt"]
    )
    def test_no_path_leaves_the_archive(self, tmp_path, path):
        (tmp_path / "secret.txt").write_text("secret")
        project, problems = read(make(tmp_path, project_xml(path=path), members=[("../secret.txt", "inner")]))
        assert project.sources.empty
        assert "no file of the archive" in problems[0]
        assert sorted(p.name for p in tmp_path.iterdir()) == ["p.qdpx", "secret.txt"]

    def test_wrong_schema(self, tmp_path):
        assert "holds a 'html' where a 'Project' is expected" in refused(make(tmp_path, project_xml(root="html")))

    def test_broken_xml(self, tmp_path):
        assert "XML is broken" in refused(make(tmp_path, project_xml()[:-20]))

    @pytest.mark.parametrize("members", [[("second.qde", "<Project/>")], None])
    def test_other_than_one_manifest(self, tmp_path, members):
        path = make(tmp_path, members=members or (), qde="project.qde" if members else "project.xml")
        assert "files where there should be one" in refused(path)

    def test_a_mac_s_hidden_files_are_no_manifest(self, tmp_path):
        read(make(tmp_path, members=[("__MACOSX/._project.qde", b"\0"), ("._project.qde", b"\0")]))

    def test_offsets_past_the_end(self, tmp_path):
        wide = "".join(selection(200 + n, 27, 32) for n in range(20))
        message = refused(make(tmp_path, project_xml(selections=SOUND + wide + selection(300, 60, 9999))))
        assert f"selection {GUID.format(300)} from 60 to 9999 does not lie in its text" in message

    @pytest.mark.parametrize("start", ["x", "", "1.5", "9" * 30])
    def test_offsets_that_are_no_numbers(self, tmp_path, start):
        assert "no whole number as position" in refused(
            make(tmp_path, project_xml(selections=SOUND + selection(300, start, 9)))
        )

    def test_unknown_code(self, tmp_path):
        message = refused(make(tmp_path, project_xml(selections=SOUND + selection(300, 0, 26, code=GUID.format(99)))))
        assert f"1 codings name a code {GUID.format(99)} that there is not" in message

    def test_one_id_for_two_codes(self, tmp_path):
        codes = f'<Code guid="{CODE}" name="help" isCodable="true"/><Code guid="{CODE}" name="fun" isCodable="true"/>'
        assert f"the id {CODE} stands for 2 things (Code)" in refused(make(tmp_path, project_xml(codes=codes)))

    def test_selections_without_an_id(self, tmp_path):
        xml = project_xml(
            selections=SOUND.replace(f' guid="{GUID.format(101)}"', "").replace(GUID.format(102), GUID.format(100))
        )
        message = refused(make(tmp_path, xml))
        assert "a PlainTextSelection has no id" in message
        assert f"the id {GUID.format(100)} stands for 2 things (PlainTextSelection)" in message

    def test_text_in_no_encoding(self, tmp_path):
        assert "is not text in utf-8" in refused(make(tmp_path, text=b"\x81\xff\xfe bad"))

    @given(st.binary(max_size=200))
    @settings(max_examples=50, deadline=None)
    def test_any_bytes_give_problems(self, tmp_path_factory, data):
        path = tmp_path_factory.mktemp("any") / "p.qdpx"
        path.write_bytes(data)
        refused(path)
        codes, problems = read_qdc(path, "p.qdpx")
        assert codes is None
        assert problems


def lie_about_sizes(path, size):
    """Set the size that the directory at the end states for every member."""
    data = bytearray(path.read_bytes())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 24 : at + 28] = size.to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 4)
    path.write_bytes(io.BytesIO(data).getvalue())


def test_codebook_round_trip_of_any_text(tmp_path):
    codebook = Codebook(
        id="c",
        title="C",
        codes=(
            Code(id="a", name="A", definition="one\ntwo", not_when="never: ever"),
            Code(id="b.2", name="A", use_when="x", examples=("e",)),
        ),
    )
    assert codebook_from_refi(codes_for_refi(codebook), id="c", title="C") == codebook


@pytest.mark.parametrize("utf16", [True, False])
def test_positions_are_written_as_the_program_counts(tmp_path, utf16):
    text = "Ann: 😀 we tried it.\nBo: 🎉 show me how you did it."
    words = ("tried it", "show me how")
    spans = [(text.index(one), text.index(one) + len(one)) for one in words]
    project = RefiProject(
        name="P", origin="", codes=frame(CODES, [{"guid": "c", "name": "asks", "is_codable": True}]), users=frame(USERS),
        sources=frame(SOURCES, [{"guid": "s", "name": "m", "text": text}]),
        codings=frame(CODINGS, [
            {"guid": f"g{n}", "selection": f"l{n}", "source": "s", "start": start, "end": end, "code": "c"} for n, (start, end) in enumerate(spans)
        ]),
        cases=frame(CASES), references=frame(REFERENCES), variables=frame(VALUES),
    )  # fmt: skip
    write_refi(project, tmp_path / "p.qdpx", counting=Counting(utf16=utf16))
    written = zipfile.ZipFile(tmp_path / "p.qdpx").read("project.qde").decode()
    starts = [len(text[:start].encode("utf-16-le")) // 2 if utf16 else start for start, _ in spans]
    assert [int(found) for found in re.findall(r'startPosition="(\d+)"', written)] == starts
    again, _ = read_refi(tmp_path / "p.qdpx", "p")
    assert [text[coding.start : coding.end] for coding in again.codings.itertuples()] == list(words)
