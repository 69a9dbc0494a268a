"""The linked view and the ledger's form in a real JupyterLab, in a real Chromium."""

import pandas as pd

import nicmethods as nic

DRAWN = "document.querySelector('.nic-canvas')?.cy?.edges().length > 0"
NETWORK = """() => { const cy = document.querySelector('.nic-canvas').cy; return {
    places: Object.fromEntries(cy.nodes('.person').map((person) => [person.id(), person.position()])),
    kinds: [...new Set(cy.edges().map((tie) => tie.classes()[0]))],
    chosen: cy.edges('.chosen').map((tie) => tie.id()), people: cy.nodes('.chosen').map((person) => person.id()),
    ink: cy.nodes('.hub').style('background-color') } }"""


def run_cell(page, source):
    """Write a cell at the end, run it and give what it printed."""
    page.locator(".jp-Notebook").get_by_role("button", name="Click to add a cell.").click()
    cell = page.locator(".jp-Notebook .jp-CodeCell").last
    cell.locator(".cm-content").click()
    page.keyboard.insert_text(source)
    page.keyboard.press("Control+Enter")
    cell.locator(".jp-OutputArea-output").first.wait_for()
    return cell.locator(".jp-OutputArea-output").first.inner_text().strip()


def test_choose_in_one_part_and_the_others_follow(open_notebook, demo):
    activities = pd.read_csv(demo / "activities.csv")
    hostile = "<img src=x onerror=document.title=1>"
    activities.loc[activities["activity"] == "A2", "title"] = hostile
    activities.to_csv(demo / "activities.csv", index=False)
    page = open_notebook([f"import nicmethods as nic\nview = nic.explore({str(demo)!r})\nview"], height=1700)
    page.wait_for_function(DRAWN)
    first = page.evaluate(NETWORK)
    assert first["kinds"] == ["tie"]
    assert hostile in page.locator("[data-activity=A2]").inner_text(), "a title is text, never markup"

    # A pair in the table: network, time axis and quotes follow.
    detail = page.locator(".nic-detail")
    page.locator(".nic-explore").get_by_label("Person", exact=True).fill("E02 – E09")
    page.locator("tr[data-row='W1/W2/E02/E09'] button").press("Enter")
    detail.get_by_role("heading", name="E02 and E09", exact=True).wait_for()
    then = page.evaluate(NETWORK)
    assert (then["people"], then["chosen"]) == (["E02", "E09"], ["W2/E02/E09"])
    assert then["places"] == first["places"], "everybody keeps their place over the waves"
    assert {"created", "dissolved", "not_observable"} <= set(then["kinds"])
    assert page.locator(".nic-follows button").evaluate_all("all => all.map((one) => one.dataset.activity)") == [
        "A1", "A3", "A4", "A5", "A6",
    ]  # fmt: skip
    assert page.locator(".nic-waves input:checked").get_attribute("value") == "W2"
    assert page.locator(".nic-explore [role=status]").last.inner_text().startswith("E02 and E09: 8 coded events")

    # The turns around a quote, on demand.
    quote = detail.locator("[data-turn='A3/9']").first
    assert quote.locator("p").count() == 1
    quote.get_by_role("button", name="Turns around A3/9").press("Enter")
    quote.locator("p").nth(6).wait_for()
    assert "So when do they do it" in quote.locator(".nic-it").inner_text()

    # An activity on the time axis, by keyboard: the pair's events in it; then Escape and the activity alone.
    page.locator("[data-activity=A1]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    detail.get_by_role("heading", name="E02 and E09 in A3, Design session 1").wait_for()
    page.keyboard.press("Escape")
    detail.get_by_role("heading", name="Where to look first").wait_for()
    page.locator(".nic-explore").get_by_label("Person", exact=True).fill("")
    page.get_by_label("Activity", exact=True).select_option("A3")
    detail.get_by_role("heading", name="A3, Design session 1", exact=True).wait_for()
    assert page.locator(".nic-rows tbody tr").count() == 18
    chosen = page.evaluate(NETWORK)["chosen"]
    assert len({frozenset(tie.split("/")[1:]) for tie in chosen}) == 14, "the pairs whose ties it preceded"
    assert {tie.split("/")[0] for tie in chosen} == {"W2"}

    # A tie in the drawing, with the mouse.
    place = page.evaluate(
        "() => { const cy = document.querySelector('.nic-canvas').cy; cy.getElementById('E01').emit('tap'); "
        "return cy.getElementById('W2/E09/R3').renderedMidpoint() }"
    )
    page.locator(".nic-canvas").click(position={"x": place["x"], "y": place["y"]})
    detail.get_by_role("heading", name="E09 and R3 in A3").wait_for()

    # What is chosen can be read and set from another cell.
    assert run_cell(page, "print(view.pair, view.activity, len(view.table()))") == "('E09', 'R3') A3 1"
    run_cell(page, "view.activity, view.pair = '', ('E17', 'R2'); print('set')")
    detail.get_by_role("heading", name="E17 and R2", exact=True).wait_for()
    assert page.title() != "1"
    assert page.complaints == []


def test_a_verdict_is_recorded_by_keyboard_in_the_dark_and_the_case_reads_it(open_notebook, demo):
    page = open_notebook(
        [f"import nicmethods as nic\ncase = nic.load_case({str(demo)!r})\nnic.explore(case)", "nic.decide(case)"],
        dark=True,
        height=2600,
    )
    page.wait_for_function(DRAWN)
    assert page.evaluate(NETWORK)["ink"] == "rgb(238,241,244)", "drawn for a dark page"
    ground = page.locator(".nic").first.evaluate("(node) => getComputedStyle(node).backgroundColor")
    assert max(int(part) for part in ground.removeprefix("rgb(").rstrip(")").split(", ")) < 60

    form = page.locator(".nic-form")
    page.locator("[data-subject=trust_pathway]").press("Enter")
    page.locator(".nic-claims [aria-pressed=true]", has_text="Shared practice comes first").wait_for()
    page.locator(".nic-evidence li").first.wait_for()
    assert form.get_by_label("Verdict", exact=True).input_value() == "", "no verdict is suggested in the form"
    page.get_by_role("button", name="Save to the ledger").press("Enter")
    form.get_by_text("Choose a verdict.").wait_for()
    assert form.get_by_text("Write who decides.").is_visible()
    assert page.evaluate("document.activeElement.dataset.field") == "researcher"
    assert len(nic.load_case(demo).ledger) == 3

    page.keyboard.type("KM")
    page.keyboard.press("Tab")
    form.get_by_label("Verdict", exact=True).select_option("partial_agreement")
    form.get_by_label("Reason").press_sequentially("dd jj: no shortcut of the notebook's")
    turn = page.locator(".nic-evidence input[value^='A']").first
    turn.press("Space")
    named = turn.get_attribute("value")
    page.get_by_role("button", name="Save to the ledger").press("Enter")
    form.get_by_text("Saved in ledger.csv.").wait_for()
    row = nic.load_case(demo).ledger.iloc[-1]
    assert row[["subject", "researcher", "verdict", "evidence"]].to_list() == [
        "trust_pathway", "KM", "partial_agreement", named,
    ]  # fmt: skip
    assert row["reason"] == "dd jj: no shortcut of the notebook's"
    assert page.locator(".jp-Notebook .jp-CodeCell").count() == 2

    # Somebody else edits the file meanwhile: it is noticed, and nothing of theirs is lost.
    ledger = demo / "ledger.csv"
    ledger.write_text(ledger.read_text().replace("KM,partial_agreement", "KM,dissonance"))
    form.get_by_text("ledger.csv was changed elsewhere").wait_for()
    assert form.get_by_label("Verdict", exact=True).input_value() == "dissonance"

    form.get_by_role("button", name="Take back").press("Enter")
    form.get_by_text("Taken out of ledger.csv. What you wrote is kept here").wait_for()
    assert len(nic.load_case(demo).ledger) == 3
    assert form.get_by_label("Reason").input_value() == "dd jj: no shortcut of the notebook's"
    assert page.complaints == []
