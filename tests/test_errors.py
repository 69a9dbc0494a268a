"""Problems as a person reads them: equal ones once, those of one kind with a count, none lost."""

from nicmethods.errors import CaseError, Problem, said_once


def stranger(row):
    return Problem("error", "ties.csv", row, "target", f"Z{row}", f"'target' is 'Z{row}', who is not in roster.csv.")


def test_of_problems_that_differ_in_their_values_alone_twenty_are_shown_and_the_rest_counted():
    other = Problem("warning", "roster.csv", 2, "role", "", "no role is given.")
    said = said_once([*(stranger(row) for row in (*range(2, 10_002), 9_999)), other])
    assert [str(one) for one in said[:2]] == [f"error    ties.csv row {row}: {stranger(row).message}" for row in (2, 3)]
    assert len(said) == 22
    assert sum(one.n for one in said) == 10_002
    assert str(said[20]) == (
        "error    ties.csv row 22: 9,980 more like these, with other values. 'target' is 'Z22', who is not in roster.csv. "
        "(9981 times: ties.csv row 22, ties.csv row 23, ties.csv row 24, …)"
    )
    assert said[21].message == other.message


def test_a_few_alike_are_all_shown_in_their_order():
    problems = [problem for row in range(2, 23) for problem in (stranger(row), Problem("error", "a", row, "", "", "x"))]
    assert [one.places[0] for one in said_once(problems)][:3] == ["ties.csv row 2", "a row 2", "ties.csv row 3"]
    assert len(said_once(problems)) == 22
    assert str(CaseError("a", problems)).count("who is not in roster.csv") == 21
