"""No words of a case act in a widget: the same that tests/site puts on pages."""

import pytest


@pytest.mark.parametrize("widget", ["desk", "explore", "decide"])
def test_no_words_of_a_case_act_in_a_widget(open_notebook, hostile_case, widget, tmp_path_factory):
    case = hostile_case(tmp_path_factory.mktemp("study") / "data" / "hostile")
    held = repr(str(case)) if widget == "desk" else f"nic.load_case({str(case)!r})"
    page = open_notebook(["import nicmethods as nic", f"nic.{widget}({held})"])
    assert page.locator(".jp-OutputArea-output").count()
    page.wait_for_timeout(1000)
    assert page.evaluate("window.pwned") is None
    assert page.locator(".jp-OutputArea-output iframe").count() == 0
    assert page.complaints == []
