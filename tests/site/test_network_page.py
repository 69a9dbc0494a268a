"""The page of the network: what it tells of each pair, and what its script does in a real browser."""

import json
import re

import pandas as pd
import pytest

from nicmethods.results import read_results, write_results
from nicmethods.site.evidence import Evidence
from nicmethods.site.network_page import network_values
from nicmethods.site.site import build_site
from nicmethods.tables import RUN_TABLES

PICTURE = "document.getElementById('network')._cyreg.cy"


@pytest.fixture(scope="module")
def reports(tmp_path_factory, network):
    folder = tmp_path_factory.mktemp("network") / "a report"
    write_results(folder, "three", network.tables(), summary=network.summary)
    build_site(folder)
    return folder


@pytest.fixture
def values(reports):
    results = read_results(reports, "three")
    return network_values(results, Evidence(results))


def story(values, anchor):
    return next(one for one in values["stories"] if one["anchor"] == anchor)


def test_pairs_with_a_tie_or_an_event_have_a_story_and_others_have_none(reports):
    assert list(Evidence(read_results(reports, "three")).stories) == [("A1", "B1"), ("A1", "C1")]


def test_a_story_tells_the_survey_wave_by_wave_and_never_takes_no_answer_for_zero(values):
    lines = {line["of"]: line["cells"] for line in story(values, "pair-A1-B1")["reports"]["lines"]}
    assert lines == {"A1 on B1": [0.0, 3.0], "B1 on A1": [0.0, "no answer"]}


def test_a_story_tells_change_opportunity_events_and_verdict(values):
    part = story(values, "pair-A1-C1")["intervals"][0]
    (asked,) = part["asked"]
    assert asked["survey"] == "A1 on C1: no tie; C1 on A1: no tie"
    assert (part["n_together"], asked["verdict"]) == (1, "help_without_tie")
    deed = part["deeds"][0]
    assert deed["said"] == "C1 helps A1"
    assert deed["quote"]["href"] == "transcripts/kick-off.html#t-3"
    assert [address for _, address in deed["turns"]] == [
        "transcripts/kick-off.html#t-3",
        "transcripts/kick-off.html#t-1",
    ]


def test_the_picture_holds_ties_that_reach_the_threshold_and_pairs_with_help_before(values):
    graph = values["graph"]
    pairs = [tuple(graph["people"][n]["id"] for n in pair) for pair in graph["pairs"]]
    first, second = graph["surveys"]
    assert {pairs[n]: weights for n, *weights in first["ties"]} == {("A1", "C1"): [0, 1.0]}
    assert {pairs[n]: weights for n, *weights in second["ties"]} == {("A1", "B1"): [3.0, 0], ("A1", "C1"): [0, 1.0]}
    assert (first["talk"], {pairs[n] for n in second["talk"]}) == ([], set(pairs))
    assert [graph["people"][n]["id"] for n in second["silent"]] == ["B1"]


@pytest.fixture
def asked_twice(tmp_path, network):
    """The case with a second question, to which A1 and B1 name each other at both times."""
    tables = network.tables()
    dyads = tables["dyads"].assign(
        relation="trust", verdict="lasting_tie", change="kept", change_ab="kept", change_ba="kept"
    )
    both = [("w1", "A1", "B1"), ("w1", "B1", "A1"), ("w2", "A1", "B1"), ("w2", "B1", "A1")]
    ties = tables["ties"].head(4).iloc[[0, 0, 0, 0]].assign(relation="trust", weight=3.0)
    ties[["wave", "source", "target"]] = both
    more = {"dyads": dyads, "ties": ties, "responses": tables["responses"].assign(relation="trust")}
    tables |= {name: pd.concat([tables[name], own], ignore_index=True) for name, own in more.items()}
    change = {
        "from_wave": "w1",
        "to_wave": "w2",
        "source": "A1",
        "target": "B1",
        "kind": "created",
        "policy": "observed",
    }
    changes = [change | {"relation": one, "threshold": 1.0, "threshold_from": 1.0} for one in ("help", "trust")]
    tables["dyad_change"] = pd.DataFrame(changes).reindex(columns=RUN_TABLES["dyad_change"].names)
    asked = {
        name: [row | {"relation": one} for one in ("help", "trust") for row in network.summary[name]]
        for name in ("relations", "waves")
    }
    write_results(tmp_path, "two", tables, summary=network.summary | asked)
    build_site(tmp_path)
    return tmp_path


def test_of_two_questions_each_verdict_names_its_own_and_an_event_counts_once(asked_twice):
    results = read_results(asked_twice, "two")
    values = network_values(results, Evidence(results))
    assert sum(one["n_events"] for one in values["stories"]) == len(results.tables["events"]) == 2
    told = story(values, "pair-A1-B1")
    assert [label for _, label in told["verdicts"]] == ["help: coincide", "trust: lasting tie, no help heard"]
    (part,) = told["intervals"]
    assert [one["relation"] for one in part["asked"]] == ["help", "trust"]
    assert len(part["deeds"]) == 1
    assert values["graph"]["verdicts"][0] == ["help/coincide", "trust/lasting_tie"]
    drawn = {(one["relation"], one["wave"]): len(one["ties"]) for one in values["graph"]["surveys"]}
    assert drawn == {("help", "w1"): 1, ("help", "w2"): 2, ("trust", "w1"): 1, ("trust", "w2"): 1}
    page = (asked_twice / "two" / "network.html").read_text()
    assert "1 event; help: coincide, trust: lasting tie, no help heard" in page
    assert page.count("<strong>Survey, trust.</strong>") == 2
    assert "<strong>Survey.</strong>" not in page


def test_a_changed_tie_is_looked_up_under_its_own_question(asked_twice):
    evidence = Evidence(read_results(asked_twice, "two"))
    page = (asked_twice / "two" / "tables" / "dyad_change.html").read_text()
    for question in ("help", "trust"):
        ((label, address),) = evidence.tie_links(f"{question}/w1/w2/A1/B1")
        assert label == f"A1 → B1, w1 to w2, {question}"
        place = address.partition("#")[2]
        assert f'id="{place}"><td>w1<td>w2<td>{question}<td>' in page


def test_a_case_without_places_has_no_page(tmp_path, network):
    tables = {name: table for name, table in network.tables().items() if name != "places"}
    write_results(tmp_path, "three", tables, summary=network.summary)
    build_site(tmp_path)
    assert not (tmp_path / "three" / "network.html").exists()
    assert "network.html" not in (tmp_path / "three" / "index.html").read_text()


def test_the_script_of_others_stands_once_and_unmodified(reports):
    from nicmethods.site.site import VIEWER

    assert (reports / "assets" / VIEWER.name).read_bytes() == VIEWER.read_bytes()
    assert [path.name for path in reports.rglob("*.js")] == [VIEWER.name]


def test_only_the_network_may_load_a_script_beside_it(reports):
    for path in reports.rglob("*.html"):
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', path.read_text())[1]
        scripts = policy.partition("script-src ")[2]
        assert ("file:" in scripts) is (path.name == "network.html"), path
        assert "unsafe" not in policy


def test_why_nothing_is_known_names_the_people(tmp_path, network):
    tables = network.tables()
    tables["dyads"] = tables["dyads"].head(1).assign(change_ab="not_observable", reason="a: no_answer; b: leaver")
    write_results(tmp_path, "three", tables, summary=network.summary)
    results = read_results(tmp_path, "three")
    told = story(network_values(results, Evidence(results)), "pair-A1-B1")["intervals"][0]["asked"][0]["survey"]
    assert told == "A1 on B1: not known; B1 on A1: no tie (A1: no answer; B1: leaver)"


def test_a_missing_strand_is_never_told_as_nothing(tmp_path, network):
    tables = network.tables()
    write_results(tmp_path, "survey", tables, summary=network.summary | {"strands": ["network"]})
    write_results(
        tmp_path, "talk", tables | {"ties": tables["ties"].head(0)}, summary=network.summary | {"strands": ["talk"]}
    )
    build_site(tmp_path)
    index = (tmp_path / "index.html").read_text()
    survey, talk = ((tmp_path / name / "network.html").read_text() for name in ("survey", "talk"))
    assert "Nothing is known of what they did together." in survey
    assert "Reported" not in talk
    assert index.count(">100\u00a0%<") == 1, "no response rate without a survey"


def test_ties_and_pairs_that_a_notebook_names_lead_to_their_story(reports):
    evidence = Evidence(read_results(reports, "three"))
    html = '<td class="short">w1/w2/C1/A1</td><td>kick-off/1; w2/A1/B1</td><td>A1 – C1</td><td>w1/w2/B1/C1</td><td>A1/B1</td>'
    assert evidence.link_cells(html, up="../") == (
        '<td class="short"><a href="../network.html#pair-A1-C1">w1/w2/C1/A1</a></td>'
        '<td><a href="../transcripts/kick-off.html#t-1">kick-off/1</a>; <a href="../network.html#pair-A1-B1">w2/A1/B1</a></td>'
        '<td><a href="../network.html#pair-A1-C1">A1 – C1</a></td><td>w1/w2/B1/C1</td><td>A1/B1</td>'
    )


def shown(page):
    return page.eval_on_selector_all(".story", "all => all.filter(one => one.offsetParent).map(one => one.id)")


def test_a_pair_is_chosen_in_the_list_by_keyboard(reports, visit):
    page = visit(reports / "three" / "network.html")
    assert shown(page) == ["pair-A1-B1"]
    page.focus("#pairs")
    page.keyboard.press("ArrowDown")
    assert shown(page) == ["pair-A1-C1"]
    assert page.url.endswith("#pair-A1-C1")
    assert "help without a tie" in page.inner_text("#told")


def test_a_line_clicked_in_the_picture_shows_the_story(reports, visit):
    page = visit(reports / "three" / "network.html")
    x, y = (
        page.evaluate(f"""() => {{ const cy = {PICTURE}, box = document.getElementById('network').getBoundingClientRect();
        const at = cy.edges().filter(edge => edge.source().id() === 'A1' && edge.target().id() === 'C1')[0].renderedMidpoint();
        return [box.x + at.x, box.y + at.y]; }}""")
    )
    page.mouse.click(x, y)
    assert shown(page) == ["pair-A1-C1"]


def place_of(page, actor):
    return page.evaluate(f"""() => {{ const at = {PICTURE}.getElementById('{actor}').renderedPosition();
        const box = document.getElementById('network').getBoundingClientRect(); return [box.x + at.x, box.y + at.y]; }}""")


def test_people_are_dragged_or_moved_by_keyboard_and_two_clicked_are_a_pair(reports, visit):
    page = visit(reports / "three" / "network.html")
    before = place_of(page, "B1")
    page.mouse.move(*before)
    page.mouse.down()
    page.mouse.move(before[0] - 60, before[1] + 50, steps=4)
    page.mouse.up()
    dragged = place_of(page, "B1")
    assert dragged == pytest.approx((before[0] - 60, before[1] + 50), abs=3)
    for actor in ("C1", "A1"):
        page.mouse.click(*place_of(page, actor))
    assert shown(page) == ["pair-A1-C1"]
    for actor in ("B1", "C1"):
        page.mouse.click(*place_of(page, actor))
    assert "no tie was reported" in page.inner_text("#told")
    page.select_option("#person", "B1")
    page.focus("#network")
    page.keyboard.press("ArrowRight")
    assert place_of(page, "B1")[0] > dragged[0]


def test_a_person_and_a_verdict_narrow_the_list(reports, visit):
    page = visit(reports / "three" / "network.html")
    page.select_option("#verdict", "help_without_tie")
    assert page.eval_on_selector_all("#pairs option", "all => all.map(one => one.value)") == ["1"]
    page.select_option("#person", "B1")
    assert page.locator("#pairs option").count() == 0


def test_everyone_keeps_their_place_over_the_waves(reports, visit):
    page = visit(reports / "three" / "network.html")
    before = [place_of(page, actor) for actor in ("A1", "B1", "C1")]
    page.get_by_label("w1", exact=True).check()
    assert page.evaluate(f"{PICTURE}.edges().map(edge => edge.source().id() + edge.target().id())") == ["A1C1"]
    assert [place_of(page, actor) for actor in ("A1", "B1", "C1")] == before


def test_a_link_to_a_story_opens_it(reports, visit):
    page = visit(reports / "three" / "tables" / "dyads.html")
    page.get_by_role("link", name="help without a tie").click()
    page.wait_for_url("**/network.html#pair-A1-C1")
    assert shown(page) == ["pair-A1-C1"]


def test_without_scripts_every_story_can_be_read(reports, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((reports / "three" / "network.html").as_uri())
    assert page.locator(".story:visible").count() == 2
    assert not page.is_visible("#explorer")
    context.close()


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2) id=pwned>",
    "</script><script>alert(3)</script>",
    "{{ 7 * 7 }} {% raw %} $x^2$ **bold** `code` [a](javascript:alert(4)) \\(a\\)",
    "\x1b[31mred\x1b[0m",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_shows_as_text_everywhere(tmp_path, visit, network, text):
    summary = network.summary | {"title": text, "question": text, "description": text, "gaps": [text]}
    summary["activities"] = [{"activity": "kick-off", "title": text, "coded": True}]
    write_results(tmp_path, "three", network.tables(said=text, site=text), summary=summary)
    build_site(tmp_path)
    page = visit(tmp_path / "index.html")
    for path in sorted(tmp_path.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate(
            "!document.getElementById('pwned') && !document.querySelector('main strong b, main script:not([type])')"
        )
        assert page.evaluate("[...document.links].every(link => link.protocol === 'file:')")
    seen = text.replace("\x1b", "")
    page.goto((tmp_path / "three" / "network.html").as_uri())
    assert seen in page.inner_text(".story.chosen blockquote").replace("\x1b", "")
    assert seen in page.inner_text(".legend >> nth=0").replace("\x1b", "")
    page.goto((tmp_path / "three" / "transcripts" / "kick-off.html").as_uri())
    assert seen in page.inner_text("#t-2 .said").replace("\x1b", "")


def test_what_the_script_reads_is_json_that_cannot_end_its_element(tmp_path, network):
    write_results(tmp_path, "three", network.tables(site="</script><b>"), summary=network.summary)
    build_site(tmp_path)
    text = (tmp_path / "three" / "network.html").read_text()
    data = re.search(r'id="network-data">(.*?)</script>', text, re.DOTALL)[1]
    assert json.loads(data)["sites"] == ["</script><b>", "South"]
