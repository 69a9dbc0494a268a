"""What the scripts of the widgets compute, in the browser that runs them, without a kernel."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nicmethods.lab.base import load_assets

# A widget's model as the scripts use it: values by name, listeners by event, and what was sent.
MODEL = """
class Model {
  constructor(values) { Object.assign(this, { values, listeners: {}, sent: [] }); }
  get(name) { return this.values[name]; }
  set(name, value) { this.values[name] = value; }
  save_changes() {}
  on(event, listener) { this.listeners[event] = listener; }
  off(event) { delete this.listeners[event]; }
  send(message) { this.sent.push(message); }
}
"""


@pytest.fixture(scope="module")
def load(browser):
    """Open an empty page with the scripts of one widget; their names can then be used in it."""
    opened = []

    def page_with(*names):
        page = browser.new_page()
        opened.append(page)
        script, style = load_assets(*names)
        page.set_content("<!doctype html><body></body>")
        page.add_style_tag(content=style)
        page.add_script_tag(content=MODEL + script.replace("export default", "globalThis.view ="))
        return page

    yield page_with
    for page in opened:
        page.close()


@pytest.fixture(scope="module")
def desk(load):
    return load("desk_list", "desk")


@pytest.fixture(scope="module")
def parts(load):
    return load("parts", "explore_network", "explore")


# The list of the desk.


def start_list(page, heights, *, guess=20, tall=300):
    page.evaluate(
        """([heights, guess, tall]) => {
          globalThis.rows?.close();
          const list = document.createElement("div");
          list.style = `height: ${tall}px; overflow: auto; position: relative; overflow-anchor: none`;
          document.body.replaceChildren(list);
          const draw = (i) => {
            const row = document.createElement("div");
            row.style = `height: ${heights[i]}px; position: absolute; top: 0`;
            row.dataset.row = i;
            return row;
          };
          globalThis.rows = new Rows(list, draw, () => {});
          rows.fill(heights.length, () => guess);
        }""",
        [heights, guess, tall],
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(heights=st.lists(st.integers(1, 400), min_size=1, max_size=40), shares=st.lists(st.floats(0, 1), max_size=5))
def test_a_place_in_the_list_is_in_the_row_that_stands_there(desk, heights, shares):
    start_list(desk, heights, tall=100_000)
    tops = [sum(heights[:i]) for i in range(len(heights) + 1)]
    assert desk.evaluate("[...rows.tops]") == tops, "all rows are in sight, and measured"
    places = [int(share * (tops[-1] - 1)) for share in shares]
    found = desk.evaluate("places => places.map(y => rows.at(y))", places)
    assert found == [sum(top <= y for top in tops[1:]) for y in places]


def test_a_long_list_holds_what_is_in_sight_in_order_and_keeps_the_row_that_is_gone_to(desk):
    heights = [20 + (k * 37) % 90 for k in range(5000)]
    start_list(desk, heights)
    for i in (4321, 12, 4999, 0, 2500):
        desk.evaluate("i => rows.reveal(i)", i)
        there = desk.evaluate(
            """() => [...rows.list.querySelectorAll('[data-row]')].map(row => {
                const { top, bottom } = row.getBoundingClientRect(), box = rows.list.getBoundingClientRect();
                return [Number(row.dataset.row), top - box.top, box.bottom - bottom];
            })"""
        )
        assert [row for row, _, _ in there] == list(range(there[0][0], there[-1][0] + 1)), "in order, without a gap"
        assert len(there) < 100
        above, below = next((above, below) for row, above, below in there if row == i)
        assert above >= 0
        assert below >= 0
        drawn = {row: (above, 300 - below) for row, above, below in there}
        assert all(drawn[row + 1][0] == pytest.approx(drawn[row][1], abs=1) for row, _, _ in there[:-1])


def test_rows_that_turn_out_taller_above_do_not_move_what_one_reads(desk):
    start_list(desk, [50] * 1000, guess=20)
    desk.evaluate("rows.reveal(500)")
    before = desk.evaluate("rows.nodes.get(500).getBoundingClientRect().top")
    desk.evaluate(
        "rows.draw = ((draw) => (i) => { const row = draw(i); if (i === 495) row.style.height = '250px'; return row; })(rows.draw)"
    )
    desk.evaluate("rows.redraw([495])")
    assert desk.evaluate("rows.nodes.get(500).getBoundingClientRect().top") == pytest.approx(before, abs=1)
    assert desk.evaluate("rows.tops[496] - rows.tops[495]") == 250


# The desk itself: offsets are in code points, as Python counts.

TEXT = "Hi 🙂🙂 does it wörk? 👩‍🏫 yes."


def open_desk(page, text, mine=()):
    page.evaluate(
        """([text, mine]) => {
          document.body.replaceChildren();
          globalThis.screen_?.close();
          globalThis.model = new Model({});
          globalThis.screen_ = new Screen(model, document.body);
          model.listeners["msg:custom"]({
            re: model.sent[0].id, turns: [["1", "E1", "00:01", text]], codes: [{ id: "thanks", name: "Thanks", parts: [] }],
            actors: {}, title: "A1", coder: "anna", modes: { blind: "alone" }, mode: "blind", read: [], n_undo: 0,
            marks: mine.length ? { 1: { mine } } : {}, at: "1",
          });
        }""",
        [text, list(mine)],
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))).map(sorted))
def test_a_coded_part_is_marked_where_python_says_it_is(desk, ends):
    start, end = ends
    open_desk(desk, TEXT, [{"code": "thanks", "shown_start": start, "shown_end": end}] if end > start else [])
    text = desk.locator(".nd-text")
    assert text.text_content() == TEXT
    assert "".join(text.locator("mark").all_text_contents()) == TEXT[start:end]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))).map(sorted).filter(lambda e: e[0] < e[1]))
def test_a_part_marked_by_mouse_is_told_in_code_points_without_the_blanks_around_it(desk, ends):
    start, end = ends
    open_desk(desk, TEXT, [{"code": "thanks", "shown_start": 6, "shown_end": 10}])
    found = desk.evaluate(
        """([start, end]) => {
          const walker = document.createTreeWalker(document.querySelector(".nd-text"), NodeFilter.SHOW_TEXT);
          const range = document.createRange();
          for (let node, seen = 0; (node = walker.nextNode()); seen += node.length) {
            if (seen <= start && start <= seen + node.length) range.setStart(node, start - seen);
            if (seen < end && end <= seen + node.length) range.setEnd(node, end - seen);
          }
          getSelection().removeAllRanges();
          getSelection().addRange(range);
          return screen_.marked_part(document.querySelector("[data-row]"));
        }""",
        [len(TEXT[:n].encode("utf-16-le")) // 2 for n in ends],
    )
    said = TEXT[start:end]
    if not said.strip():
        assert found["shown_start"] == found["shown_end"] or found is None
        return
    assert TEXT[found["shown_start"] : found["shown_end"]] == said.strip()
    assert found["shown_start"] == start + len(said) - len(said.lstrip())


def test_a_desk_that_waits_for_another_program_says_so_instead_of_calling_the_kernel_silent(desk):
    open_desk(desk, TEXT)
    desk.clock.install()
    desk.evaluate("screen_.send({ do: 'undo' })")
    desk.evaluate("model.listeners['msg:custom']({ said: 'Waiting: another program', went: 'waiting' })")
    desk.clock.run_for(10_000)
    assert desk.locator(".nd-status").text_content() == "Waiting: another program"
    desk.evaluate("screen_.send({ do: 'undo' })")
    desk.clock.run_for(10_000)
    assert desk.locator(".nd-status").text_content().startswith("The kernel does not answer")


# The linked view.

FIELDS = ["id", "a", "b", "from_wave", "to_wave", "scope", "change", "verdict", "n_help", "n_request", "n_shared", "n_together_coded"]  # fmt: skip
ROWS = [
    ["1", "E2", "E10", "w1", "w2", "across", "created", "agreement", 3, 0, 0, 2],
    ["2", "E10", "E3", "w1", "w2", "within", "kept", "silence", None, None, None, None],
    ["3", "E1", "E2", "w2", "w3", "across", "absent", "open", 0, 1, 0, 4],
    ["4", "E9", "E2", "w2", "w3", "across", "created", "open", 12, 0, 0, 10],
    ["5", "E1", "E4", "w1", "w2", "within", "absent", "open", 0, 0, 2, 9],
]


def open_pairs(page, rows):
    overview = {"row": FIELDS, "rows": rows, "words": {"created": "new", "absent": "no tie"}, "not_listed": "", "drawings": []}  # fmt: skip
    page.evaluate(
        """(overview) => {
          const model = new Model({ overview, pair: [], activity: "", detail: { near: [], pairs: [] } });
          const table = pairs({ model, choose() {} });
          document.body.replaceChildren(table.node);
          table.draw(overview);
        }""",
        overview,
    )


def shown(page):
    return page.evaluate("[...document.querySelectorAll('tr[data-row]')].map(row => row.dataset.row)")


@pytest.mark.parametrize(
    ("column", "first", "again"),
    [
        ("n_help", ["4", "1", "3", "5", "2"], ["3", "5", "1", "4", "2"]),
        ("pair", ["3", "5", "1", "4", "2"], ["2", "4", "1", "5", "3"]),
        ("n_together_coded", ["4", "5", "3", "1", "2"], ["1", "3", "5", "4", "2"]),
        ("change", ["2", "1", "4", "3", "5"], ["3", "5", "1", "4", "2"]),
    ],
)
def test_pairs_sort_as_numbers_and_words_do_and_unknown_stays_last(parts, column, first, again):
    open_pairs(parts, ROWS)
    button = parts.locator(f"th[data-column={column}] button")
    if column != "n_help":
        button.click()
    assert shown(parts) == first
    button.click()
    assert shown(parts) == again


def test_pairs_are_filtered_and_counted(parts):
    open_pairs(parts, ROWS)
    note = parts.locator("[role=status]")
    assert note.text_content() == "5 rows"
    parts.get_by_label("Person").fill("e10")
    assert sorted(shown(parts)) == ["1", "2"]
    parts.get_by_label("Verdict").select_option("silence")
    assert shown(parts) == ["2"]
    assert note.text_content() == "1 row"
    cells = parts.locator("tr[data-row='2'] td").all_text_contents()
    assert cells == ["E10 – E3", "w1 – w2", "within", "kept", "silence", "–", "–", "–", "–"], "unknown is not 0"


def test_many_pairs_come_two_hundred_at_a_time(parts):
    open_pairs(parts, [[str(k), f"E{k}", "E0", *ROWS[0][3:]] for k in range(450)])
    note, more = parts.locator("[role=status]"), parts.get_by_role("button", name="Show more")
    for n, said in ((200, "450 rows, 200 shown"), (400, "450 rows, 400 shown"), (450, "450 rows")):
        assert len(shown(parts)) == n
        assert note.text_content() == said
        if n < 450:
            more.click()
    assert not more.is_visible()


def test_a_ground_spans_its_people(parts):
    places = [[0, 10], [100, -30], [40, 0]]
    assert parts.evaluate("places => middle(places)", places) == {"x": 50, "y": -10}
    assert parts.evaluate("places => span(places)", places) == {"width": 100 + 44, "height": 40 + 44}


def test_an_answer_reaches_who_asked_and_no_other(parts):
    answers = parts.evaluate(
        """async () => {
          const model = new Model({}), { ask } = asker(model);
          const asked = [ask({ ask: "a" }), ask({ ask: "b" })];
          const [first, second] = model.sent;
          const answer = model.listeners["msg:custom"];
          answer({ key: "somebody else's" });
          answer({ key: second.key, said: "b" });
          answer({ key: first.key, said: "a" });
          const silent = await ask({ ask: "c" }, 1).catch((error) => error.message);
          return [...(await Promise.all(asked)).map(([content]) => content.said), silent];
        }"""
    )
    assert answers == ["a", "b", "the kernel did not answer"]


def test_words_of_people_are_text_and_never_markup(parts):
    text = "<img src=x onerror='document.title=1'>"
    page = parts.evaluate("text => turnLine({ turn: '1', speaker: null, text }).outerHTML", text)
    assert "<img" not in page
    assert "speaker unknown" in page
    assert parts.evaluate("[many(1, 'row'), many(0, 'row'), many(1234, 'row')]") == ["1 row", "0 rows", "1,234 rows"]
