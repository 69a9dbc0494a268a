// The ledger as a form. Evidence comes from `claim`; what is written here goes to Python as messages, and nowhere else.

const LOOK_EVERY_MS = 4000;

function render({ model, el }) {
  const { ask, close } = asker(model);
  const status = make("p", { role: "status", class: "nic-unseen" });
  const say = (words) => (status.textContent = words);
  const claims = claimList(model);
  const evidence = evidenceRows(ask);
  const form = ledgerForm({ model, ask, evidence, say });
  const statement = make("h3");
  const strands = make("div", { class: "nic-strands" });
  const trouble = make("p", { class: "nic-fault", role: "alert" });
  const others = make("details", { class: "nic-panel" });
  const root = make(
    "section", { class: "nic", "aria-label": "Claims, evidence and verdicts" },
    make("h2", {}, model.get("title")), trouble,
    make("div", { class: "nic-decide" }, claims.node, make("div", {}, make("section", { class: "nic-panel", "aria-label": "Claim" }, statement, strands), evidence.node, form.node, others)),
    status,
  );
  el.append(root);
  const release = plainKeys(root);
  let opened = null;
  function show() {
    const claim = model.get("claim");
    statement.textContent = claim.statement;
    strands.replaceChildren(strand("Survey", claim.network), strand("Talk", claim.talk), ...(claim.together ? [strand("On the same pairs", claim.together)] : []), make("p", { class: "nic-proposed" }, make("strong", {}, "Proposed by the rule: "), claim.proposed || "nothing"));
    others.open = false;
    others.hidden = !claim.verdicts.length;
    others.replaceChildren(make("summary", {}, `What the ledger has on this (${claim.verdicts.length})`), ...claim.verdicts.map(verdict));
    claims.mark();
    if (claim.subject !== opened) form.open();
    opened = claim.subject;
  }
  const fresh = () => {
    trouble.textContent = model.get("trouble");
    claims.draw();
  };
  const listeners = { "change:claim": show, "change:subjects": fresh, "change:trouble": fresh };
  for (const [event, listener] of Object.entries(listeners)) model.on(event, listener);
  fresh();
  show();
  let asked = false;
  const looking = setInterval(async () => {
    if (asked || !root.isConnected || document.hidden) return;
    asked = true;
    try {
      const [answer] = await ask({ ask: "look" }, 600000);
      if (answer.is_changed) form.changedElsewhere();
    } catch {
      // The kernel is busy or gone; saving will say so.
    }
    asked = false;
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(looking);
    form.close();
    release();
    for (const [event, listener] of Object.entries(listeners)) model.off(event, listener);
    close();
  };
}

function strand(name, found) {
  return make("div", {}, make("strong", {}, `${name}: ${found.stance}`), make("p", {}, found.words), found.claimed ? make("p", { class: "nic-note" }, `Claimed: ${found.claimed}`) : "");
}

function verdict(row) {
  const lines = [row.meta_inference, row.reason, row.evidence && `Evidence: ${row.evidence}`].filter(Boolean);
  return make("div", { class: "nic-quote" }, make("strong", {}, [row.researcher, row.verdict?.replaceAll("_", " "), row.decided].filter(Boolean).join(", ")), lines.map((line) => make("p", {}, line)));
}

/** What may be decided on: one stop for Tab, arrow keys inside. */
function claimList(model) {
  const filter = make("input", { type: "search", on: { input: () => draw() } });
  const list = make("div");
  const node = make("nav", { class: "nic-panel nic-claims", "aria-label": "What to decide on" }, labelled("Find", filter), list);
  const settle = roving(list, "button");
  const item = (row) => {
    const press = () => {
      model.set("subject", row.id);
      model.save_changes();
    };
    const by = row.by.length ? `decided by ${row.by.length === 1 ? "one" : row.by.length}` : "not decided";
    const note = [row.proposed && `proposed: ${row.proposed}`, by].filter(Boolean).join("; ");
    return make("li", {}, make("button", { type: "button", "data-subject": row.id, on: { click: press } }, row.label, make("small", {}, note)));
  };
  function draw() {
    const had = list.contains(document.activeElement) ? document.activeElement.dataset.subject : null;
    const part = filter.value.trim().toLowerCase();
    const rows = model.get("subjects").filter((row) => `${row.id} ${row.label} ${row.proposed}`.toLowerCase().includes(part));
    const groups = [...new Set(rows.map((row) => row.group))];
    list.replaceChildren(
      ...groups.flatMap((group) => {
        const own = rows.filter((row) => row.group === group);
        const cut = own.length > MOST_LISTED ? make("p", { class: "nic-note" }, `${own.length - MOST_LISTED} more: type above to find them.`) : "";
        return [make("h3", {}, group), make("ul", {}, own.slice(0, MOST_LISTED).map(item)), cut];
      }),
    );
    mark();
    if (had) list.querySelector(`[data-subject="${CSS.escape(had)}"]`)?.focus();
  }
  function mark() {
    for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.subject === model.get("subject")));
    settle();
  }
  return { node, draw, mark };
}

const MOST_LISTED = 200;
const WRITTEN = ["verdict", "decided", "meta_inference", "reason", "evidence"];

/** Evidence that can be named: ticked rows are what the verdict rests on. */
function evidenceRows(ask) {
  const list = make("ul");
  const more = make("p", { class: "nic-note" });
  const counted = make("span", { class: "nic-note" });
  const node = make("section", { class: "nic-panel nic-evidence", "aria-label": "Evidence" }, make("h3", {}, "Evidence"), make("p", { class: "nic-note" }, "Tick what the verdict rests on. ", counted), list, more);
  let changed = () => {};
  const boxes = () => [...list.querySelectorAll("input")];
  const settle = roving(list, "input, button");
  const ticked = () => boxes().filter((box) => box.checked).map((box) => box.value);
  list.addEventListener("change", () => {
    count();
    changed();
  });
  const count = () => (counted.textContent = `${many(ticked().length, "row")} ticked.`);
  function item(row, checked) {
    const box = make("input", { type: "checkbox", value: row.id, "aria-label": [row.id, row.said, row.text].filter(Boolean).join(": ") });
    box.checked = checked;
    const said = make("div", {}, make("span", { class: "nic-turn" }, row.text == null ? row.id : ""), row.said);
    return make("li", {}, box, make("div", {}, said, row.text == null ? [] : quotations([{ turn: row.id, speaker: row.speaker, text: row.text }], ask)));
  }
  return {
    node,
    ticked,
    onChange: (listener) => (changed = listener),
    draw(claim, named) {
      const offered = new Set(claim.rows.map((row) => row.id));
      const rest = named.filter((id) => !offered.has(id)).map((id) => ({ id, said: "named by id", text: null }));
      list.replaceChildren(...[...rest, ...claim.rows].map((row) => item(row, named.includes(row.id))));
      more.textContent = claim.n_more ? `${many(claim.n_more, "more row")} not listed: name ids in the form.` : "";
      count();
      settle();
    },
  };
}

/** The form: blank, or as in the ledger; saved only when somebody presses the button. */
function ledgerForm({ model, ask, evidence, say }) {
  const drafts = new Map();
  const fields = {
    researcher: make("input", { type: "text", autocomplete: "off" }),
    verdict: choices([["", "choose …"], ...model.get("verdicts")], "", () => {}),
    decided: make("input", { type: "date" }),
    meta_inference: make("textarea", { rows: 2 }),
    reason: make("textarea", { rows: 2 }),
    evidence: make("input", { type: "text", placeholder: "A1/12; W1/E01/E02" }),
  };
  const names = { researcher: "Who decides", verdict: "Verdict", decided: "Day", meta_inference: "Meta-inference: what both strands mean together", reason: "Reason", evidence: "More evidence, by id" };
  const id = `nic-${Math.random().toString(36).slice(2)}`;
  const faults = { file: make("p", { class: "nic-fault nic-wide", role: "alert" }) };
  const shown = Object.entries(fields).map(([name, control]) => {
    faults[name] = make("span", { class: "nic-fault", id: `${id}-${name}` });
    control.setAttribute("aria-describedby", faults[name].id);
    control.setAttribute("data-field", name);
    const wide = ["meta_inference", "reason", "evidence"].includes(name);
    return make("div", { class: wide ? "nic-wide" : "" }, labelled(names[name], control), faults[name]);
  });
  const save = make("button", { type: "submit", class: "nic-save" }, "Save to the ledger");
  const withdraw = make("button", { type: "button", on: { click: () => send("withdraw") } }, "Take back");
  const told = make("span", { class: "nic-note" });
  const node = make("form", { class: "nic-panel nic-form", "aria-label": "The verdict of one researcher", novalidate: true }, shown, faults.file, make("div", { class: "nic-actions nic-wide" }, save, withdraw, told));
  let entry = null;
  const key = () => `${entry.subject}|${entry.researcher}`;
  const named = () => [...evidence.ticked(), ...fields.evidence.value.split(/[;\s]+/)].filter(Boolean);
  const written = () => ({ ...entry, ...Object.fromEntries(Object.entries(fields).map(([name, control]) => [name, control.value])), subject: entry.subject, evidence: [...new Set(named())] });
  const keep = () => {
    if (!entry) return;
    drafts.set(key(), written());
    told.textContent = "Not saved yet.";
  };
  function blame(list) {
    for (const [name, place] of Object.entries(faults)) {
      const own = list.filter((fault) => (name in fields ? fault.field === name : !(fault.field in fields)));
      place.textContent = own.map((fault) => fault.message).join(" ");
      fields[name]?.setAttribute("aria-invalid", String(own.length > 0));
    }
    const first = list.find((fault) => fault.field in fields);
    if (first) fields[first.field].focus();
  }
  function put(values) {
    for (const name of Object.keys(fields)) fields[name].value = name === "evidence" ? "" : (values[name] ?? "");
    evidence.draw(model.get("claim"), values.evidence);
    withdraw.hidden = entry.is_new;
  }
  async function open(again = false) {
    const subject = model.get("claim").subject;
    const researcher = fields.researcher.value.trim() || model.get("researcher");
    blame([]);
    const [answer] = await ask({ ask: "open", subject, researcher }).catch((error) => [{ faults: [{ field: "file", message: `The form cannot be opened: ${error.message}.` }] }]);
    if (subject !== model.get("claim").subject) return;
    if (answer.faults) {
      blame(answer.faults);
      return;
    }
    entry = answer.entry;
    const draft = again ? null : drafts.get(key());
    put(draft ? { ...draft, basis: entry.basis } : entry);
    told.textContent = draft ? "Not saved yet." : entry.is_new ? "" : "As in the ledger.";
  }
  async function send(what) {
    if (!entry) return;
    const now = written();
    now.researcher = fields.researcher.value.trim();
    if (now.researcher !== entry.researcher) {
      await reopen();
      if (!entry.is_new) return;
      now.basis = [];
    }
    save.disabled = true;
    const [answer] = await ask({ ask: what, entry: now }, 600000).catch((error) => [{ faults: [{ field: "file", message: `Nothing is known of the saving: ${error.message}. Look into ledger.csv.` }] }]);
    save.disabled = false;
    blame(answer.faults);
    if (answer.entry) entry = answer.entry;
    if (answer.faults.length) {
      say("Not saved. The fields say why.");
      told.textContent = "Not saved yet.";
      return;
    }
    drafts.delete(key());
    model.set("researcher", now.researcher);
    model.save_changes();
    const taken = what === "withdraw" ? { ...entry, ...Object.fromEntries(WRITTEN.map((name) => [name, now[name]])) } : null;
    if (taken) drafts.set(key(), taken);
    put(taken ?? entry);
    told.textContent = taken ? "Taken out of ledger.csv. What you wrote is kept here, not saved." : "Saved in ledger.csv.";
    say(told.textContent);
  }
  /** Another name is another entry: what was written goes along if that entry is new. */
  async function reopen() {
    const values = written();
    const researcher = fields.researcher.value.trim();
    const [answer] = await ask({ ask: "open", subject: entry.subject, researcher }).catch(() => [{}]);
    if (!answer.entry || answer.entry.researcher !== fields.researcher.value.trim()) return;
    entry = answer.entry;
    if (!entry.is_new) put(entry);
    told.textContent = entry.is_new ? "Not saved yet." : `${researcher} has decided on this: as in the ledger.`;
    if (entry.is_new) drafts.set(key(), { ...values, ...entry, ...Object.fromEntries(WRITTEN.map((name) => [name, values[name]])) });
  }
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    send("save");
  });
  node.addEventListener("input", (event) => event.target !== fields.researcher && keep());
  fields.researcher.addEventListener("change", () => entry && reopen());
  evidence.onChange(keep);
  const renamed = () => {
    if (fields.researcher.value.trim() === model.get("researcher")) return;
    fields.researcher.value = model.get("researcher");
    open();
  };
  model.on("change:researcher", renamed);
  return {
    node,
    open,
    close: () => model.off("change:researcher", renamed),
    async changedElsewhere() {
      const unsaved = entry && drafts.has(key());
      if (!unsaved) await open(true);
      say("ledger.csv was changed elsewhere.");
      told.textContent = unsaved ? "ledger.csv was changed elsewhere; what you write here is not saved yet." : "ledger.csv was changed elsewhere; shown as it is now.";
    },
  };
}

export default { render };
