import pandas as pd
import pytest

from nicmethods.site.notebook_page import plain, safe_html


def heads(html):
    return html.partition("<tbody>")[0]


def test_row_labels_and_column_labels_share_one_header_line():
    frame = pd.DataFrame(
        {"n": [1, 2]}, index=pd.MultiIndex.from_tuples([("A", "x"), ("B", "y")], names=["from_wave", "to"])
    )
    frame.columns.name = "kind"
    found = heads(safe_html(frame._repr_html_()))
    assert found.count("<tr>") == 1
    assert '<th scope="col">from wave</th><th scope="col">to</th><th scope="col" class="n">n</th>' in found
    assert "kind" not in found


def test_headers_over_several_columns_stay_as_they_are():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", "x"), ("a", "y")]))
    assert 'colspan="2"' in safe_html(frame._repr_html_())


def test_labels_of_rows_that_mean_something_stay():
    html = safe_html(pd.DataFrame({"n": [1]}, index=[7])._repr_html_())
    assert '<th scope="row">7</th>' in html


@pytest.mark.parametrize(
    ("value", "is_number"),
    [(1, True), (-0.5, True), ("12 %", True), ("0.1 (0.05 to 0.2)", True), ("E01", False), ("1 of 2", False)],
)
def test_columns_of_numbers_are_set_to_the_right(value, is_number):
    html = safe_html(pd.DataFrame({"n": [value, value]})._repr_html_())
    assert ('<th scope="col" class="n">n</th>' in html) is is_number


def test_the_caption_is_escaped():
    html = safe_html("<table><tbody><tr><td>1</td></tr></tbody></table>", 'A "b" <c>')
    assert "A &#34;b&#34; &lt;c&gt;" in html
    assert "<c>" not in html


@pytest.mark.parametrize(
    "bad",
    [
        "<img src=x onerror=alert(1)>", "<a href='javascript:alert(1)'>a</a>", "<iframe src=x></iframe>",
        "<svg onload=alert(1)>", "<p style='position:fixed'>a</p>", "<STYLE>p{}</STYLE>", "<script>a</script>", "<!-- a -->",
        "<table><tr><td onclick=alert(1)>a</td></tr></table>", "<form action=x><input></form>",
    ],
)  # fmt: skip
def test_nothing_that_acts_or_styles_is_left(bad):
    html = safe_html(bad)
    for part in ("onerror", "javascript:", "<iframe", "<svg", "style", "<script", "<!--", "onclick", "<form", "<input"):
        assert part not in html.lower()


def test_terminal_colours_go_and_the_rest_is_escaped():
    assert plain("\x1b[31m<b>\x1b[0m &") == "&lt;b&gt; &amp;"


def test_a_table_without_rows_is_no_table():
    assert "table" not in safe_html(pd.DataFrame({"a": []})._repr_html_())


def test_no_p_is_zero():
    html = safe_html(pd.DataFrame({"p_adjusted": ["0.000", "0.010"], "n": [0, 1]})._repr_html_())
    assert '<td class="n">&lt; 0.001</td>' in html
    assert '<td class="n">0</td>' in html


def test_columns_of_sentences_get_room_and_are_named_for_narrow_screens():
    with pd.option_context("display.max_colwidth", None):
        html = safe_html(pd.DataFrame({"a_b": ["x"], "quote": ["word " * 30], "blank": [""]})._repr_html_())
    assert 'class="data sorts stacks"' in html
    assert '<th scope="col" class="long">quote</th>' in html
    assert '<td class="short" data-name="a b">x</td>' in html
    assert "stacks" not in safe_html(pd.DataFrame({"a": ["x"]})._repr_html_())


@pytest.mark.parametrize(("n_rows", "fold", "is_folded"), [(12, True, False), (13, True, True), (13, False, False)])
def test_a_long_table_beside_a_figure_is_folded(n_rows, fold, is_folded):
    html = safe_html(pd.DataFrame({"a": range(n_rows)})._repr_html_(), fold=fold)
    assert (f"<summary>The table: {n_rows} rows</summary>" in html) is is_folded
