// The linked view: each part draws itself from `overview`, then follows `detail`, which Python works out from the choice.

const ROWS_AT_ONCE = 200;
const LEVEL_PX = 70;

function render({ model, el }) {
  const status = make("p", { role: "status", class: "nic-unseen" });
  const { ask, close } = asker(model);
  const choose = (choice) => {
    for (const [name, value] of Object.entries(choice)) model.set(name, value);
    model.save_changes();
  };
  const tools = { model, ask, choose, say: (words) => (status.textContent = words) };
  const parts = [header(tools), network(tools), story(tools), timeline(tools), pairs(tools)];
  const [top, drawing, detail, axis, table] = parts.map((part) => part.node);
  const root = make(
    "section",
    { class: "nic nic-explore", "aria-label": "Linked view" },
    top, make("div", { class: "nic-top" }, drawing, detail), axis, table, status,
  );
  root.addEventListener("keydown", (event) => event.key === "Escape" && !event.target.closest("input, select") && choose({ pair: [], activity: "" }));
  el.append(root);
  const release = plainKeys(root);
  const draw = () => {
    for (const part of parts) part.draw?.(model.get("overview"));
    follow();
  };
  const follow = () => {
    for (const part of parts) part.follow?.(model.get("detail"));
    tools.say(model.get("detail").said);
  };
  const listeners = { "change:overview": draw, "change:detail": follow, "change:wave": () => parts[1].show() };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  draw();
  return () => {
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    for (const part of parts) part.close?.();
    release();
    close();
  };
}

/** Title, what is missing, and choosers that reach everything without a mouse. */
function header({ model, choose }) {
  const title = make("h2");
  const notes = make("div", { class: "nic-note" });
  const one = choices([], "", () => pick());
  const other = choices([], "", () => pick());
  const activity = choices([], "", (id) => choose({ activity: id }));
  const relation = choices([], "", (name) => choose({ relation: name }));
  const clear = make("button", { type: "button", on: { click: () => choose({ pair: [], activity: "" }) } }, "Clear");
  const asked = labelled("Question", relation);
  const node = make(
    "header", {}, title, notes,
    make("div", { class: "nic-bar" }, asked, labelled("One person", one), labelled("and another", other), labelled("Activity", activity), clear),
  );
  function pick() {
    if (one.value && other.value && one.value !== other.value) choose({ pair: [one.value, other.value] });
    else if (model.get("pair").length) choose({ pair: [] });
  }
  return {
    node,
    draw(overview) {
      title.textContent = overview.title;
      const question = overview.question && `Survey: ${overview.question}`;
      notes.replaceChildren(...[question, overview.said, ...overview.gaps].filter(Boolean).map((text) => make("p", {}, text)));
      const people = [["", "–"], ...overview.people.map((person) => [person.actor, [person.actor, person.role, person.site].filter(Boolean).join(", ")])];
      fill(one, people, "");
      fill(other, people, "");
      fill(activity, [["", "–"], ...overview.time.activities.map((item) => [item.id, item.title ? `${item.id}, ${item.title}` : item.id])], "");
      fill(relation, overview.relations, model.get("relation"));
      asked.hidden = overview.relations.length < 2;
    },
    follow() {
      const pair = model.get("pair");
      if (pair.length) [one.value, other.value] = pair;
      else if (one.value && other.value) one.value = other.value = "";
      activity.value = model.get("activity");
    },
  };
}

/** What was reported and said, in order of time, down to the quoted turns. */
function story({ ask, choose }) {
  const title = make("h3");
  const said = make("p", { class: "nic-note" });
  const body = make("div");
  const node = make("section", { class: "nic-panel nic-detail", "aria-label": "What was reported and said", tabindex: "0" }, title, said, body);
  const settle = roving(body, "button");
  const entry = (row) =>
    make(
      "li", { class: `nic-${row.what}` },
      make(row.what === "activity" ? "strong" : "span", {}, [row.what === "event" ? "" : row.date, row.said].filter(Boolean).join("  ")),
      quotations(row.quotes, ask),
    );
  const look = (row) =>
    make(
      "li", {},
      make("button", { type: "button", on: { click: () => choose({ pair: row.pair, wave: row.wave }) } }, row.title),
      make("p", { class: "nic-note" }, row.said),
    );
  return {
    node,
    follow(detail) {
      title.textContent = detail.title;
      said.textContent = detail.said;
      const rows = detail.look.length ? detail.look.map(look) : detail.story.map(entry);
      body.replaceChildren(make("ul", { class: "nic-story" }, rows));
      if (detail.n_more) body.append(make("p", { class: "nic-note" }, `${many(detail.n_more, "more event")}: choose a pair to see them.`));
      node.scrollTop = 0;
      settle();
    },
  };
}

/** Surveys and activities along time. */
function timeline({ model, choose }) {
  const axis = make("div", { class: "nic-axis" });
  const keys = make("ul", { class: "nic-keys" });
  const node = make("section", { class: "nic-panel", "aria-label": "Time axis" }, make("div", { class: "nic-scroll" }, axis), keys);
  const settle = roving(axis, "button");
  const kinds = { help_request: ["n_requests", "a"], help_given: ["n_help", "h"], shared_practice: ["n_shared", "s"] };
  const chip = (kind, text, overview) => {
    const colour = overview.colours[kind];
    return make("span", { class: "nic-chip", style: `border-left: 4px solid ${colour}` }, text);
  };
  function item(activity, most, overview) {
    const press = () => choose({ activity: model.get("activity") === activity.id ? "" : activity.id });
    const chips = Object.entries(kinds).map(([kind, [field, letter]]) => chip(kind, `${letter} ${activity[field]}`, overview));
    const button = make(
      "button", { type: "button", "data-activity": activity.id, title: activity.told, "aria-pressed": "false", on: { click: press } },
      make("b", {}, activity.title ?? activity.id),
      make("span", {}, activity.n_help == null ? "not coded" : chips),
    );
    const size = 6 + 12 * Math.sqrt(activity.n_people / most);
    const classes = [activity.kind === "notes" ? "nic-notes" : "", activity.n_help == null ? "nic-uncoded" : ""].join(" ");
    return make("li", { class: classes, style: `left: ${activity.left}%; --size: ${size}px; --drop: ${18 + LEVEL_PX * activity.level}px` }, button);
  }
  return {
    node,
    draw(overview) {
      const { surveys, activities, width } = overview.time;
      const most = Math.max(1, ...activities.map((activity) => activity.n_people));
      const levels = 1 + Math.max(-1, ...activities.map((activity) => activity.level));
      axis.setAttribute("style", `min-width: ${width}px; height: ${52 + LEVEL_PX * levels}px`);
      axis.replaceChildren(
        ...surveys.map((survey) => make("div", { class: "nic-survey-band", style: `left: ${survey.left}%; width: ${survey.width}%` }, `wave ${survey.id}`)),
        make("ol", {}, activities.map((activity) => item(activity, most, overview))),
      );
      const unplaced = activities.some((activity) => !activity.is_placed);
      keys.replaceChildren(
        ...(activities.length ? Object.entries(kinds).map(([kind, [, letter]]) => make("li", {}, chip(kind, `${letter} ${overview.words[kind]}`, overview))) : [make("li", {}, "There are no activities.")]),
        ...(unplaced ? [make("li", {}, "activities without a date stand at the right, or in the order of the file")] : []),
      );
      settle();
    },
    follow(detail) {
      const chosen = model.get("activity");
      const any = Object.keys(detail.activities).length > 0;
      for (const button of axis.querySelectorAll("button")) {
        const { activity } = button.dataset;
        const words = detail.activities[activity];
        button.setAttribute("aria-pressed", String(activity === chosen));
        button.setAttribute("aria-label", [button.title, words].filter(Boolean).join("; "));
        button.parentElement.classList.toggle("nic-follows", Boolean(words));
        button.parentElement.classList.toggle("nic-other", any && !words);
      }
    },
  };
}

/** The rows of pairs: sorted by any column, filtered, and one stop for Tab with arrow keys inside. */
function pairs({ model, choose }) {
  let overview = model.get("overview");
  let rows = [];
  let sorted = ["n_help", -1];
  let most = ROWS_AT_ONCE;
  const columns = [
    ["pair", "Pair"], ["from_wave", "Waves"], ["scope", "Sites"], ["change", "Tie"], ["verdict", "Proposed verdict"], ["n_help", "Help"],
    ["n_request", "Asked"], ["n_shared", "Shared"], ["n_together_coded", "Together, coded"],
  ];
  const again = () => {
    most = ROWS_AT_ONCE;
    fillRows();
  };
  const text = make("input", { type: "search", size: 8, on: { input: again } });
  const verdict = choices([], "", again);
  const waves = choices([], "", again);
  const counted = make("span", { class: "nic-note", role: "status" });
  const note = make("p", { class: "nic-note" });
  const body = make("tbody");
  const heads = columns.map(([name, title]) => make("th", { scope: "col", "data-column": name }, make("button", { type: "button", on: { click: () => sortBy(name) } }, title)));
  const more = make("button", { type: "button", on: { click: () => ((most += ROWS_AT_ONCE), fillRows()) } }, "Show more");
  const node = make(
    "section", { class: "nic-panel", "aria-label": "Pairs" },
    make("div", { class: "nic-bar" }, labelled("Person", text), labelled("Verdict", verdict), labelled("Waves", waves), counted),
    make("div", { class: "nic-scroll nic-rows" }, make("table", {}, make("thead", {}, make("tr", {}, heads)), body), more),
    note,
  );
  const settle = roving(body, "button");
  const between = (row) => `${row.from_wave} – ${row.to_wave}`;
  const words = (name) => overview.words[name] ?? name;
  const shown = { pair: (row) => row.pair, from_wave: between, change: (row) => words(row.change), verdict: (row) => words(row.verdict) };
  function sortBy(name) {
    sorted = [name, sorted[0] === name ? -sorted[1] : rows.some((row) => typeof row[name] === "number") ? -1 : 1];
    again();
  }
  function chosenRows() {
    const near = model.get("activity") ? new Set(model.get("detail").near) : null;
    const part = text.value.trim().toLowerCase();
    const kept = rows.filter((row) => (!near || near.has(row.id)) && (!verdict.value || row.verdict === verdict.value) && (!waves.value || between(row) === waves.value) && (!part || row.pair.toLowerCase().includes(part)));
    const [name, way] = sorted;
    const value = shown[name] ?? ((row) => row[name]);
    const order = (x, y) => (typeof x === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true }));
    // What is not known is no number: it stays last, whichever way.
    const ranked = (x, y) => (x == null || y == null ? (x == null) - (y == null) : way * order(x, y));
    return kept.sort((x, y) => ranked(value(x), value(y)) || order(x.id, y.id));
  }
  function line(row) {
    const press = () => choose({ pair: [row.a, row.b], ...(overview.drawings.some(({ wave }) => wave === row.to_wave) ? { wave: row.to_wave } : {}) });
    const name = make("button", { type: "button", "aria-pressed": "false", on: { click: press } }, row.pair);
    const cells = columns.slice(1).map(([field]) => {
      const value = shown[field]?.(row) ?? row[field];
      return make("td", { class: typeof value === "number" ? "nic-number" : "" }, value == null ? "–" : String(value));
    });
    return make("tr", { "data-row": row.id, on: { click: (event) => event.target.closest("button") || press() } }, make("td", {}, name), cells);
  }
  function fillRows() {
    const kept = chosenRows();
    body.replaceChildren(...kept.slice(0, most).map(line));
    more.hidden = kept.length <= most;
    const why = model.get("activity") ? ` with an event in ${model.get("activity")}` : "";
    counted.textContent = `${many(kept.length, "row")}${why}${kept.length > most ? `, ${most} shown` : ""}`;
    for (const head of heads) {
      if (head.dataset.column === sorted[0]) head.setAttribute("aria-sort", sorted[1] > 0 ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    }
    markRows();
    settle();
  }
  function markRows(bring = false) {
    const chosen = new Set(model.get("pair").length ? model.get("detail").pairs : []);
    let seen = null;
    for (const row of body.rows) {
      const is = chosen.has(row.dataset.row);
      row.classList.toggle("nic-chosen", is);
      row.querySelector("button").setAttribute("aria-pressed", String(is));
      if (is) seen ??= row;
    }
    const holder = body.closest(".nic-rows");
    if (bring && seen && !holder.contains(document.activeElement)) holder.scrollTop = seen.offsetTop - 60;
  }
  let narrowed = "";
  return {
    node,
    draw(next) {
      overview = next;
      rows = overview.rows.map((values) => Object.fromEntries(overview.row.map((name, at) => [name, values[at]])));
      for (const row of rows) row.pair = `${row.a} – ${row.b}`;
      fill(verdict, [["", "all"], ...[...new Set(rows.map((row) => row.verdict))].map((name) => [name, words(name)])], "");
      fill(waves, [["", "all"], ...new Set(rows.map(between))], "");
      note.textContent = overview.not_listed;
      again();
    },
    follow() {
      const key = model.get("activity") && `${model.get("activity")} ${model.get("detail").near.join()}`;
      if (key !== narrowed) {
        narrowed = key;
        again();
      }
      markRows(true);
    },
  };
}

export default { render };
