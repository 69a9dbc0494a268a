import pytest

from nicmethods.across.gather import LEVELS, load_ratings, read_across
from nicmethods.errors import CaseError
from nicmethods.results import write_results

HEADER = "case,year,domain,level,rater,evidence\n"


def test_ratings_are_read_as_declared(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(HEADER + "a,2021,overall,Dev (Mid),r1,two reports\na,2022,connections,,r1,\n")
    ratings = load_ratings(path)
    assert ratings["year"].tolist() == [2021, 2022]
    assert ratings["level"].isna().tolist() == [False, True]
    assert ratings["focus"].isna().all()
    assert LEVELS == ("Least", "Dev (Low)", "Dev (Mid)", "Dev (High)", "Most")


def test_a_study_may_have_none(tmp_path):
    assert load_ratings(tmp_path / "ratings.csv").empty


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("a,2021,overall,Mid,r1,\n", "level"),
        ("a,2021,trust,Most,r1,\n", "domain"),
        ("a,last year,overall,Most,r1,\n", "year"),
        ("a,2021,overall,Most,,\n", "rater"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(tmp_path, row, field):
    path = tmp_path / "ratings.csv"
    path.write_text(HEADER + "b,2020,overall,Most,r1,\n" + row)
    with pytest.raises(CaseError, match=r"ratings\.csv row 3") as found:
        load_ratings(path)
    assert [(p.level, p.row, p.field) for p in found.value.problems] == [("error", 3, field)]


def test_one_rater_rates_once(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(HEADER + "a,2021,overall,Most,r1,\n" * 2)
    with pytest.raises(CaseError) as found:
        load_ratings(path)
    assert [p.level for p in found.value.problems] == ["error"]


def test_ratings_of_synthetic_cases_go_with_them_as_soon_as_a_real_case_has_run(tmp_path):
    rows = [f"{case},2024,overall,Most,r1" for case in ("real", "made_up", "never_run")]
    (tmp_path / "ratings.csv").write_text("\n".join(["case,year,domain,level,rater", *rows]) + "\n")
    reports = tmp_path / "reports"
    write_results(reports, "made_up", {}, summary={"synthetic": True})
    rated = read_across(reports, ratings=tmp_path / "ratings.csv").tables["ratings"]
    assert rated["case"].tolist() == ["real", "made_up", "never_run"]
    write_results(reports, "real", {}, summary={"synthetic": False})
    rated = read_across(reports, ratings=tmp_path / "ratings.csv").tables["ratings"]
    assert rated["case"].tolist() == ["real", "never_run"]
