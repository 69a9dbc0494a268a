"""Every page of every shipped case in words that a person would use; and that the search for others finds them."""

import runpy
from pathlib import Path

import pytest

faults = runpy.run_path(str(Path(__file__).with_name("page_words.py")))["faults"]


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("<p>1 pairs helped.", "a wrong plural"),
        ("<td>21 ties, 1.1 pairs", ""),
        ("<p>3 meeting", "a wrong singular"),
        ("<p>3 meetings, 13 pairs", ""),
        ("<th>help_given", "a name of a column or label"),
        ("<code>help_given</code> <a href='tables/error_rates.html'>rates</a>", ""),
        ("<th>n present", "a count of columns"),
        ("<td>nan</td>", "no number"),
        ("<td>None</td>", "no number"),
        ("<p>None was heard", ""),
        ("<td>p 0.000", "a p of nothing"),
        ("<p>p = .000", "a p of nothing"),
        ("<p>p = .004", ""),
        ("<p>The table has no rows.", "an empty table"),
        ("<table><tbody></tbody></table>", "an empty table"),
        ("<p>above eve…", "a word cut in two"),
        ("<p>above everything […] and more …", ""),
    ],
)
def test_the_search_finds_what_it_is_for_and_nothing_else(page, fault):
    assert [found.partition(":")[0] for found in faults(page)] == ([fault] if fault else [])


def test_no_page_of_a_shipped_case_says_what_no_person_would(shipped):
    said = {
        path.relative_to(shipped).as_posix(): found
        for path in sorted(shipped.rglob("*.html"))
        if (found := faults(path.read_text()))
    }
    assert len(list(shipped.rglob("*.html"))) > 100
    assert said == {}
