// The screen of the coding desk: shows what Python sends, and sends what keys and clicks mean. It decides nothing.
// `make` and `Rows` are in desk_list.js, which stands before this in the module that the browser loads.

const KEYS = [
  ["j, ↓ / k, ↑", "next / previous turn"],
  ["PageDown / PageUp, Home / End", "ten turns on / back, first / last turn"],
  ["1 … 9, 0", "put the code on the turn, or take it off; with a part of the text marked by mouse, on that part"],
  ["Enter", "accept what is proposed for the turn: its codes, then its reply link"],
  ["x", "refuse what is proposed; in Compare: settle that the turn does not carry the code"],
  ["y", "in Compare: settle that the turn carries the code"],
  ["l", "choose the turn that this one answers (or drag its dot): j and k choose, Enter keeps, Backspace takes it away"],
  ["m, a, s, h", "memo, addressee, seeker, helper of the coding"],
  ["r", "I have read everything down to here"],
  ["n / p", "next / previous stop: unread turn, suggestion or disagreement; in Teach: this turn is judged, go to the next"],
  ["u", "undo"],
  ["/", "search; Enter goes on to the next hit"],
  ["d", "definitions of the codes"],
  ["Escape", "back to the transcript"],
  ["?", "this list"],
];
const DETAILS = { a: "addressee", s: "seeker", h: "helper", m: "memo" };
const LINK_PX = 46;
const ANSWER_MS = 5000;
const LOOK_MS = 3000;
let n_screens = 0;

class Screen {
  constructor(model, el) {
    Object.assign(this, { model, id: `nd${++n_screens}-${Math.random().toString(36).slice(2, 8)}`, n_sent: 0 });
    Object.assign(this, { turns: [], codes: [], marks: {}, read: [], hits: [], here: 0, pick: null, settling: null });
    this.waiting = new Map();
    this.build(el);
    this.heard = (message) => this.receive(message);
    // JupyterLab's own shortcuts rest while the desk has the focus, but for those with Ctrl, Alt or Command, as to save.
    this.held = (event) => this.root.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.altKey || event.metaKey));
    window.addEventListener("keydown", this.held, true);
    model.on("msg:custom", this.heard);
    this.clock = setInterval(() => this.look(), LOOK_MS);
    this.send({ do: "open" });
  }
  close() {
    window.removeEventListener("keydown", this.held, true);
    this.model.off("msg:custom", this.heard);
    clearInterval(this.clock);
    for (const timer of this.waiting.values()) clearTimeout(timer);
    this.rows.close();
  }

  // What is on the screen.
  build(el) {
    const title = make("strong", { class: "nd-title" });
    const progress = make("span", { class: "nd-progress" });
    const search = make("input", {
      type: "search", class: "nd-search", placeholder: "Search (/)", "aria-label": "Search the transcript",
      keydown: (event) => this.search_key(event), input: () => this.send({ do: "search", text: search.value }),
    });
    const button = (label, key, act) => make("button", { type: "button", class: "nd-button", title: `${label} (${key})`, click: act }, label);
    const undo = button("Undo", "u", () => this.send({ do: "undo" }));
    const read = button("Read to here", "r", () => this.send({ do: "read", turn: this.turn }));
    const help = button("Keys", "?", () => this.help.showModal());
    const modes = make("fieldset", { class: "nd-modes" }, make("legend", { class: "nd-hidden" }, "Mode"));
    const list = make("div", {
      class: "nd-list", role: "listbox", tabindex: "0", id: `${this.id}-list`, "aria-label": "Transcript",
      click: (event) => this.clicked(event), pointerdown: (event) => this.grab(event),
    });
    const links = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    links.setAttribute("class", "nd-links");
    links.setAttribute("aria-hidden", "true");
    const panel = make("div", { class: "nd-panel" });
    const columns = make("div", { class: "nd-columns", "aria-hidden": "true" });
    const said = make("div", { class: "nd-status", role: "status", "aria-live": "polite" });
    this.help = make("dialog", { class: "nd-help", "aria-label": "Keys" },
      make("table", {}, make("caption", {}, "Keys, while the transcript has the focus"),
        make("tbody", {}, ...KEYS.map(([keys, what]) => make("tr", {}, make("th", { scope: "row" }, keys), make("td", {}, what))))),
      make("button", { type: "button", class: "nd-button", click: () => this.help.close() }, "Close"));
    this.help.addEventListener("close", () => this.list.focus());
    this.root = make("section", { class: "nic-desk", "data-lm-suppress-shortcuts": true, "aria-label": "Coding desk", keydown: (event) => this.key(event) },
      make("header", { class: "nd-head" }, title, modes, progress, make("span", { class: "nd-tools" }, search, read, undo, help)),
      said, make("div", { class: "nd-body" }, make("div", { class: "nd-left" }, columns, list), panel), this.help);
    el.append(this.root);
    Object.assign(this, { title, progress, search_box: search, undo, read_button: read, modes, list, links, panel, columns, status: said });
    this.code_list = make("ol", { class: "nd-codes", "aria-label": "Codes" });
    this.details = make("div", { class: "nd-details" });
    this.extra = make("div", { class: "nd-extra" });
    this.details_head = make("h3", {}, "This turn");
    panel.append(make("h3", {}, "Codes"), this.code_list, this.extra, this.details_head, this.details);
    this.rows = new Rows(list, (i) => this.draw_row(i), () => this.draw_links());
    this.rows.canvas.append(links);
  }
  get turn() { return this.turns[this.here]?.[0]; }
  mark(i) { return this.marks[this.turns[i][0]] ?? {}; }
  person(actor) { return [actor, this.actors[actor]].filter(Boolean).join(", "); }
  name(code) { return this.codes.find(({ id }) => id === code)?.name ?? code; }
  number(code) {
    const k = this.codes.findIndex(({ id }) => id === code);
    return k >= 0 && k < 10 ? `${(k + 1) % 10} ` : "";
  }
  is_read(i) { return this.read.some(([first, last]) => first <= i && i <= last); }

  guess(i, width) {
    const narrow = width < (this.mode === "compare" ? 640 : 480), room = Math.max(120, width - (narrow ? 60 : this.mode === "compare" ? 380 : 214));
    const mark = this.mark(i), chips = (mark.mine?.length || mark.suggested?.length || mark.theirs?.length) ? 24 : 0;
    return (narrow ? 34 : 14) + 20 * Math.max(1, Math.ceil((this.turns[i][3].length * 6.6) / room)) + chips;
  }
  draw_row(i) {
    const [turn, actor, time, text] = this.turns[i], mark = this.mark(i);
    const mine = mark.mine ?? [], state = ["nd-row"];
    if (i === this.here) state.push("nd-here");
    if (!this.is_read(i)) state.push("nd-unread");
    if (this.pick && this.pick.target === i) state.push("nd-target");
    if (this.open_codes(i).length) state.push("nd-split");
    const chips = [...mine.map((row) => this.chip(row.code, "coded", this.about(row))), ...(mark.suggested ?? []).map((row) => this.pale(row))];
    const answers = mine.find((row) => row.reply_to)?.reply_to;
    if (answers) chips.push(make("span", { class: "nd-answers", title: `Answers turn ${answers}` }, make("span", { class: "nd-hidden" }, "answers turn "), `↑ ${answers}`));
    else if (mark.link) chips.push(make("span", { class: "nd-answers nd-pale", "data-link": mark.link.to, title: "Proposed; Enter or a click keeps it" }, `↑ ${mark.link.to}?`));
    const aside = this.mode === "compare";
    const row = make("div", {
      class: state.join(" "), role: "option", id: `${this.id}-r${i}`, "data-row": i,
      "aria-selected": String(i === this.here), "aria-posinset": i + 1, "aria-setsize": this.turns.length,
    },
      make("span", { class: "nd-knob", title: "Drag to the turn that this one answers", "aria-hidden": "true" }),
      make("span", { class: "nd-where" }, make("b", {}, turn), make("span", { class: "nd-time" }, ` ${time}`)),
      make("span", { class: "nd-who", title: actor ? this.person(actor) : "Speaker not known" }, actor || "?"),
      make("span", { class: "nd-said" }, make("span", { class: "nd-text" }, ...this.marked(i, text)), chips.length && !aside ? make("span", { class: "nd-chips" }, ...chips) : null,
        this.is_read(i) ? null : make("span", { class: "nd-hidden" }, " not read")));
    if (aside) {
      const theirs = (mark.theirs ?? []).map((code) => this.chip(code, `coded by ${this.compare.other}`));
      row.append(make("span", { class: "nd-chips nd-aside" }, ...chips), make("span", { class: "nd-chips nd-aside" }, ...theirs));
    }
    return row;
  }
  marked(i, text) {
    const points = Array.from(text), chosen = this.span?.row === i ? [{ ...this.span, chosen: true }] : [];
    const spans = [...(this.mark(i).mine ?? []).filter((row) => row.shown_start != null), ...chosen];
    if (!spans.length) return [text];
    const ends = [...new Set([0, points.length, ...spans.flatMap((row) => [row.shown_start, row.shown_end])])].sort((a, b) => a - b);
    return ends.slice(1).map((end, k) => {
      const part = points.slice(ends[k], end).join("");
      const over = spans.filter((row) => row.shown_start <= ends[k] && end <= row.shown_end);
      return over.length ? make("mark", { class: over.some((row) => row.chosen) ? "nd-chosen" : null }, part) : part;
    });
  }
  about(row) {
    const people = ["addressee", "seeker", "helper"].filter((key) => row[key]).map((key) => `${key} ${row[key]}`);
    return [...people, row.memo ? `memo: ${row.memo}` : null].filter(Boolean).join("; ");
  }
  hue(code) { return `nd-hue${this.codes.findIndex(({ id }) => id === code) % 8}`; }
  chip(code, what, about = "") {
    return make("span", { class: `nd-chip ${this.hue(code)}`, title: about || null, "data-code": code },
      `${this.number(code)}${this.name(code)}`, make("span", { class: "nd-hidden" }, ` ${what}. ${about}`), about.includes("memo: ") ? " ✎" : null);
  }
  pale({ code, basis, score }) {
    return make("span", { class: `nd-chip nd-pale ${this.hue(code)}`, "data-suggested": code, title: `Suggested${score === null ? "" : `, score ${score}`}; ${basis}. Enter accepts, x refuses.` },
      `${this.number(code)}${this.name(code)}?`, make("span", { class: "nd-hidden" }, " suggested. "),
      make("span", { class: "nd-no", "data-refused": code, "aria-hidden": "true", title: "Refuse" }, "✕"));
  }

  // Replies as lines, from a turn to the one that it answers.
  draw_links() {
    const paths = [];
    for (const i of this.rows.nodes.keys()) {
      const mark = this.mark(i), own = (mark.mine ?? []).find((row) => row.reply_to)?.reply_to;
      const target = this.at.get(own ?? mark.link?.to);
      if (target != null) paths.push(this.line(i, target, own ? "nd-link" : "nd-link nd-pale"));
    }
    if (this.pick) paths.push(this.line(this.pick.row, this.pick.target, "nd-link nd-picked"));
    if (this.drag) paths.push(this.path(this.middle(this.drag.row), this.drag.y, "nd-link nd-picked"));
    this.links.replaceChildren(...paths);
  }
  middle(i) { return this.rows.tops[i] + 17; }
  line(from, to, kind) { return this.path(this.middle(from), this.middle(to), kind); }
  path(y1, y2, kind) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path"), x = LINK_PX - 8;
    const bend = Math.max(4, x - 8 - Math.min(30, Math.abs(y1 - y2) / 8));
    path.setAttribute("d", `M ${x} ${y1} C ${bend} ${y1}, ${bend} ${y2}, ${x} ${y2}`);
    path.setAttribute("class", kind);
    return path;
  }

  // The panel.
  draw_codes() {
    const on = new Set((this.mark(this.here).mine ?? []).map((row) => row.code));
    const open = new Set([...this.code_list.querySelectorAll("[aria-expanded=true]")].map((node) => node.dataset.about));
    const focused = document.activeElement?.closest?.(".nd-codes") === this.code_list ? document.activeElement.id : null;
    this.code_list.replaceChildren(...this.codes.map((code, k) => {
      const about = make("div", { class: "nd-about", id: `${this.id}-about${k}`, hidden: !open.has(code.id) },
        ...code.parts.map(([head, text]) => make("p", {}, head ? make("b", {}, `${head}: `) : null, text)));
      const more = make("button", {
        type: "button", class: "nd-more", id: `${this.id}-more${k}`, "aria-expanded": String(open.has(code.id)), "aria-controls": about.id, "data-about": code.id,
        "aria-label": `Definition of ${code.name}`, click: () => this.define(more, about),
      }, "?");
      return make("li", {}, make("button", {
        type: "button", class: `nd-code ${this.hue(code.id)}`, id: `${this.id}-code${k}`, "aria-pressed": String(on.has(code.id)),
        disabled: this.mode === "compare", click: () => this.toggle(code.id),
      }, make("kbd", {}, k < 10 ? String((k + 1) % 10) : "·"), ` ${code.name}`), more, about);
    }));
    if (focused) this.root.querySelector(`#${focused}`)?.focus();
  }
  define(more, about) {
    about.hidden = !about.hidden;
    more.setAttribute("aria-expanded", String(!about.hidden));
  }
  draw_details() {
    if (this.details.contains(document.activeElement) && this.details.dataset.turn === this.turn) return;
    this.details.dataset.turn = this.turn;
    const mine = this.mark(this.here).mine ?? [];
    const hint = this.mode === "compare" ? "" : " Put one on it, and its memo, its people and the turn that it answers stand here.";
    const nothing = make("p", { class: "nd-quiet" }, `No code of yours on this turn.${hint}`);
    this.details.replaceChildren(...(mine.length ? [...mine.map((row) => this.coding(row)), this.answered(mine)] : [nothing]));
  }
  answered(mine) {
    const to = mine.find((row) => row.reply_to)?.reply_to, target = this.turns[this.at.get(to)];
    const said = target ? `Answers turn ${to}, ${target[1] || "?"}: ${target[3].slice(0, 60)}` : "Answers no turn yet: choose (l)";
    return make("button", {
      type: "button", class: "nd-button nd-answered", title: "Choose the turn that this one answers (l)", disabled: this.mode === "compare",
      click: () => { this.list.focus(); this.start_pick(); },
    }, said);
  }
  coding(row) {
    const turn = this.turn, off = this.mode === "compare";
    const note = (detail, value) => {
      if (value !== (row[detail] ?? "")) this.send({ do: "note", turn, code: row.code, start_char: row.start_char, end_char: row.end_char, detail, value });
    };
    const person = (detail) => {
      const choice = make("select", { "data-detail": detail, disabled: off, change: (event) => note(detail, event.target.value) },
        ...["", ...Object.keys(this.actors)].map((actor) => make("option", { value: actor, selected: actor === (row[detail] ?? "") }, this.person(actor) || "–")));
      return make("label", {}, detail, choice);
    };
    const memo = make("textarea", { "data-detail": "memo", rows: 2, disabled: off, change: (event) => note("memo", event.target.value) });
    memo.defaultValue = row.memo ?? "";
    memo.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); this.list.focus(); }
    });
    const part = row.start_char != null ? ` (characters ${row.start_char}–${row.end_char})` : "";
    return make("fieldset", { class: `nd-coding ${this.hue(row.code)}` }, make("legend", {}, `${this.name(row.code)}${part}`),
      make("div", { class: "nd-people" }, person("addressee"), person("seeker"), person("helper")), make("label", {}, "memo", memo));
  }
  draw_extra() {
    const kind = this.mode === "compare" ? this.comparison() : this.mode === "teach" ? this.lessons() : this.mode === "review" ? this.reasons() : [];
    if (this.extra.contains(document.activeElement) && this.settling) return;
    const focused = this.extra.contains(document.activeElement) ? document.activeElement.id : null;
    this.extra.replaceChildren(...kind.filter(Boolean));
    if (focused) this.root.querySelector(`#${focused}`)?.focus();
  }
  reasons() {
    const rows = this.mark(this.here).suggested ?? [];
    if (!rows.length) return [];
    return [make("h3", {}, "Suggested by the machine"), make("ul", { class: "nd-reasons" },
      ...rows.map(({ code, score, basis }) => make("li", {}, make("b", {}, this.name(code)), `${score === null ? "" : ` score ${score} ·`} ${basis}`)))];
  }
  comparison() {
    const { other, others, disagreements, n_open, n_both, card } = this.compare;
    const who = make("select", { id: `${this.id}-other`, change: (event) => this.send({ do: "other", coder: event.target.value }) },
      ...others.map((name) => make("option", { value: name, selected: name === other }, name)));
    if (!others.length) return [make("h3", {}, "Side by side"), make("p", {}, "Nobody else has read a turn that you have read, so there is nothing to compare yet. What you read is said with r, in another mode.")];
    const word = (yes) => (yes ? "yes" : "no");
    const item = (row, k) => make("li", {}, make("button", { type: "button", id: `${this.id}-d${k}`, class: row.settled ? "nd-split-item nd-done" : "nd-split-item", click: () => this.go(this.at.get(row.turn)) },
      `${row.turn} · ${this.name(row.code)}: ${this.coder} ${word(row.mine)}, ${other} ${word(row.theirs)}`,
      row.settled ? make("span", {}, ` — settled: ${word(row.settled.present)} (${row.settled.by}: ${row.settled.reason})`) : null));
    const head = ["code", "n", "kappa", "alpha", "AC1", "positive", "percent"];
    const line = (row) => make("tr", {}, make("th", { scope: "row" }, this.name(row.code)), make("td", {}, String(row.n)),
      ...["kappa_cohen", "alpha_nominal", "ac1_gwet", "specific_positive", "percent"].map((name) => this.cell(row[name] ?? "–")));
    const notes = card.filter((row) => row.note).map((row) => make("li", {}, make("b", {}, this.name(row.code)), ` ${row.note}`));
    return [make("h3", {}, "Side by side"), make("label", {}, "with ", who),
      make("p", {}, `${n_both} turns read by both; ${n_open} of ${disagreements.length} disagreements open.`), this.settle_form() ?? this.settle_buttons(),
      make("ol", { class: "nd-splits", "aria-label": "Disagreements, open ones first" }, ...disagreements.map(item)),
      make("p", {}, "Agreement here, as coded before you settle; below a value its 95 % interval:"),
      make("div", { class: "nd-scroll", tabindex: "0", role: "region", "aria-label": "Agreement" },
        make("table", { class: "nd-card" }, make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))), make("tbody", {}, ...card.map(line)))),
      notes.length ? make("details", {}, make("summary", {}, "What the numbers rest on, and why some are missing"), make("ul", { class: "nd-reasons" }, ...notes)) : null];
  }
  settle_buttons() {
    const none = !this.open_codes(this.here).length;
    const button = (label, present) => make("button", { type: "button", id: `${this.id}-${present}`, class: "nd-button", disabled: none, click: () => this.settle(present) }, label);
    return make("div", { class: "nd-buttons", role: "group", "aria-label": "Settle this turn" }, `Settle turn ${this.turn}: `, button("carries it (y)", true), button("does not (x)", false));
  }
  cell(value) {
    const [number, interval] = String(value).split(/ (?=\[)/);
    return make("td", {}, number, interval ? make("small", {}, interval) : null);
  }
  settle_form() {
    if (!this.settling) return null;
    const { turn, codes, present } = this.settling;
    const code = make("select", { name: "code", "aria-label": "Code" }, ...codes.map((id) => make("option", { value: id }, this.name(id))));
    const by = make("input", { name: "by", value: this.settled_by ?? `${this.coder} and ${this.compare.other}` });
    const reason = make("input", { name: "reason", required: true });
    const radio = (value, label) => make("label", {}, make("input", { type: "radio", name: "present", value, checked: (value === "yes") === present }), label);
    const form = make("form", {
      class: "nd-settle", submit: (event) => {
        event.preventDefault();
        this.settled_by = by.value;
        this.send({ do: "settle", turn, code: code.value, present: form.elements.present.value === "yes", by: by.value, reason: reason.value });
        this.leave_settling();
      },
    }, make("fieldset", {}, make("legend", {}, `Settle turn ${turn}`), code, radio("yes", "carries it"), radio("no", "does not"),
      make("label", {}, "why", reason), make("label", {}, "decided by", by), make("button", { class: "nd-button" }, "Settle")));
    return form;
  }
  settle(present) {
    const codes = this.open_codes(this.here);
    if (!codes.length) return this.say("Nothing to settle on this turn; n goes to the next disagreement.", "refused");
    this.settling = { turn: this.turn, codes, present };
    this.extra.replaceChildren(...this.comparison().filter(Boolean));
    this.extra.querySelector("[name=reason]").focus();
  }
  leave_settling() {
    this.settling = null;
    this.list.focus();
    this.draw_extra();
  }
  open_codes(i) {
    if (this.mode !== "compare") return [];
    return this.compare.disagreements.filter((row) => row.turn === this.turns[i][0] && !row.settled).map((row) => row.code);
  }
  lessons() {
    const { history, too_few, is_learning, n_left, honesty } = this.teach, last = history.at(-1);
    const head = ["code", "F1", "before learning", "kappa", "coded", "judged", "precision", "recall"];
    const line = (row) => make("tr", {}, make("th", { scope: "row" }, this.name(row.code)), ...[row.f1, row.start, row.kappa, row.n_coded, row.n, row.precision, row.recall].map((value) => this.cell(value)));
    const before = history.slice(0, -1).map(({ n_judged, scores }) => make("li", {}, `${n_judged} turns: ${scores.map((row) => `${this.name(row.code)} F1 ${row.f1}`).join("; ")}`));
    return [make("h3", {}, "Teaching"),
      make("p", {}, `${n_left} turns here are not judged. `, is_learning ? "Learning …" : ""),
      make("div", { class: "nd-buttons" },
        make("button", { type: "button", id: `${this.id}-next`, class: "nd-button", click: () => this.send({ do: "next", turn: this.turn }) }, "Judged, next (n)"),
        make("button", { type: "button", id: `${this.id}-learn`, class: "nd-button", click: () => this.send({ do: "learn" }) }, "Learn now")),
      last ? make("div", { class: "nd-scroll", tabindex: "0", role: "region", "aria-label": "Scores" }, make("table", { class: "nd-card" },
        make("caption", {}, `Learned from ${last.n_judged} judged turns, held-out scores`),
        make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))), make("tbody", {}, ...last.scores.map(line)))) : null,
      before.length ? make("ol", { class: "nd-quiet", "aria-label": "Before" }, ...before) : null,
      too_few.length ? make("details", {}, make("summary", {}, too_few[0][0] === "all" ? "Too few to say yet" : `Too few to say yet of ${too_few.map(([code]) => this.name(code)).join(", ")}`),
        make("ul", { class: "nd-reasons" }, ...too_few.map(([code, why]) => make("li", {}, code === "all" ? null : make("b", {}, this.name(code)), ` ${why}`)))) : null,
      make("p", { class: "nd-quiet" }, honesty)];
  }
  draw_head() {
    const n_read = this.read.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    const n_coded = Object.values(this.marks).filter((mark) => mark.mine?.length).length;
    this.title.textContent = `${this.name_of} — ${this.coder}`;
    this.progress.textContent = `${n_read} of ${this.turns.length} turns read, ${n_coded} coded`;
    this.undo.disabled = !this.n_undo;
    this.read_button.disabled = this.mode === "compare";
    this.columns.replaceChildren(...(this.mode === "compare" ? [this.coder, this.compare.other].map((name) => make("span", {}, name)) : []));
    for (const input of this.modes.querySelectorAll("input")) input.checked = input.value === this.mode;
  }

  // Where the coder is.
  go(i) {
    if (i == null || !this.turns.length) return;
    const before = this.here;
    if (this.span?.row !== i) this.span = null;
    this.here = Math.max(0, Math.min(this.turns.length - 1, i));
    this.rows.active = this.here;
    this.rows.redraw([before, this.here]);
    this.rows.reveal(this.here);
    this.list.setAttribute("aria-activedescendant", `${this.id}-r${this.here}`);
    this.draw_codes();
    this.draw_details();
    this.draw_extra();
  }
  say(text, went = "done") {
    this.status.textContent = text;
    this.status.dataset.went = went;
  }

  // What keys and clicks mean.
  toggle(code) {
    const { shown_start, shown_end } = this.span ?? {};
    const same = (row) => row.code === code && (!this.span || (row.shown_start === shown_start && row.shown_end === shown_end));
    const on = !(this.mark(this.here).mine ?? []).some(same);
    this.span = null;
    this.send({ do: "code", turn: this.turn, code, on, shown_start, shown_end });
  }
  // The part of a turn that is marked with the mouse, in code points of the text that is shown.
  marked_part(row) {
    const selection = window.getSelection(), text = row.querySelector(".nd-text");
    if (!selection.rangeCount || selection.isCollapsed) return null;
    const range = selection.getRangeAt(0), before = document.createRange();
    if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return null;
    before.selectNodeContents(text);
    before.setEnd(range.startContainer, range.startOffset);
    const shown_start = Array.from(before.toString()).length, said = range.toString();
    const lead = Array.from(said).length - Array.from(said.trimStart()).length;
    return { row: Number(row.dataset.row), shown_start: shown_start + lead, shown_end: shown_start + lead + Array.from(said.trim()).length };
  }
  key(event) {
    if (event.target.closest("dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input:not([type=radio]), textarea, select");
    if (event.key === "Escape") return this.escape(event, typing);
    if (event.key === "Enter" && typing?.form?.classList.contains("nd-settle")) {
      event.preventDefault();
      typing.form.requestSubmit();
    }
    if (typing || (event.target !== this.list && ["Enter", " "].includes(event.key))) return;
    if (event.target.type === "radio" && event.key.startsWith("Arrow")) return;
    const act = this.pick ? this.picking(event.key) : this.meaning(event.key);
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
  meaning(key) {
    const page = 10, turn = this.turn;
    if (/^[0-9]$/.test(key)) return () => this.digit((Number(key) + 9) % 10);
    if (DETAILS[key]) return () => this.edit(DETAILS[key]);
    return {
      j: () => this.go(this.here + 1), ArrowDown: () => this.go(this.here + 1),
      k: () => this.go(this.here - 1), ArrowUp: () => this.go(this.here - 1),
      PageDown: () => this.go(this.here + page), PageUp: () => this.go(this.here - page),
      Home: () => this.go(0), End: () => this.go(this.turns.length - 1),
      Enter: () => this.accept(),
      x: () => (this.mode === "compare" ? this.settle(false) : this.send({ do: "refuse", turn })),
      y: () => (this.mode === "compare" ? this.settle(true) : this.say("y settles a disagreement, in Compare.", "refused")),
      l: () => this.start_pick(), u: () => this.send({ do: "undo" }), r: () => this.send({ do: "read", turn }),
      n: () => this.send({ do: "next", turn, step: 1 }),
      p: () => (this.mode === "teach" ? this.say("There is no way back in Teach; k goes up.", "refused") : this.send({ do: "next", turn, step: -1 })),
      d: () => this.define_all(), "/": () => this.search_box.focus(), "?": () => this.help.showModal(),
    }[key];
  }
  digit(k) {
    if (this.codes[k]) this.toggle(this.codes[k].id);
    else this.say(`There is no code ${(k + 1) % 10}.`, "refused");
  }
  accept() {
    const mark = this.mark(this.here);
    if (mark.suggested?.length) this.send({ do: "accept", turn: this.turn });
    else if (mark.link && mark.mine?.length) this.send({ do: "link", turn: this.turn, to: mark.link.to });
    else this.say("Nothing is proposed for this turn.", "refused");
  }
  define_all() {
    const all = [...this.code_list.querySelectorAll(".nd-more")], open = all.some((more) => more.getAttribute("aria-expanded") === "false");
    for (const more of all) {
      more.setAttribute("aria-expanded", String(open));
      more.parentNode.querySelector(".nd-about").hidden = !open;
    }
    this.say(open ? "Definitions shown." : "Definitions hidden.");
  }
  edit(detail) {
    const field = this.details.querySelector(`[data-detail=${detail}]:not(:disabled)`);
    if (field) field.focus();
    else this.say("Code the turn first: notes belong to a coding.", "refused");
  }
  escape(event, typing) {
    event.preventDefault();
    event.stopPropagation();
    if (this.pick) return this.end_pick();
    if (this.settling) return this.leave_settling();
    if (this.span) {
      this.span = null;
      this.rows.redraw([this.here]);
    }
    if (typing?.defaultValue != null && typing !== this.search_box) typing.value = typing.defaultValue;
    this.list.focus();
  }
  search_key(event) {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const next = this.hits.find((i) => i > this.here) ?? this.hits[0];
    if (next == null) return;
    this.go(next);
    if (!event.shiftKey) this.list.focus();
  }
  clicked(event) {
    const row = event.target.closest("[data-row]");
    if (!row) return;
    if (this.pick) return this.keep_pick(this.pick.row, Number(row.dataset.row));
    this.span = this.mode === "compare" ? null : this.marked_part(row);
    this.go(Number(row.dataset.row));
    if (this.span) this.say("A part of the turn is marked: a digit codes it, Escape leaves the mark.");
    this.list.focus();
    const { refused, suggested, link } = { ...event.target.closest("[data-suggested]")?.dataset, ...event.target.dataset };
    if (refused) this.send({ do: "refuse", turn: this.turn, code: refused });
    else if (suggested) this.send({ do: "accept", turn: this.turn, code: suggested });
    else if (link) this.send({ do: "link", turn: this.turn, to: link });
  }

  // Choosing the turn that is answered: by keys, or by dragging the dot of a turn.
  start_pick() {
    if (!(this.mark(this.here).mine ?? []).length) return this.say("Code the turn first: a reply is kept with a coding.", "refused");
    if (!this.here) return this.say("The first turn answers none.", "refused");
    const mark = this.mark(this.here), now = mark.mine.find((row) => row.reply_to)?.reply_to ?? mark.link?.to;
    this.pick = { row: this.here, target: this.at.get(now) ?? this.here - 1 };
    this.show_pick();
  }
  show_pick() {
    this.rows.redraw([...this.rows.nodes.keys()]);
    this.rows.reveal(this.pick.target);
    const [turn, actor, , text] = this.turns[this.pick.target];
    this.say(`Turn ${this.turns[this.pick.row][0]} answers turn ${turn}, ${actor || "?"}: ${text.slice(0, 40)} — j and k choose, Enter or a click on the turn keeps, Backspace takes away, Escape leaves.`);
  }
  picking(key) {
    const { row, target } = this.pick, turn = this.turns[row][0];
    const move = (step) => () => { this.pick.target = Math.max(0, Math.min(row - 1, target + step)); this.show_pick(); };
    return {
      j: move(1), ArrowDown: move(1), k: move(-1), ArrowUp: move(-1),
      Enter: () => this.keep_pick(row, target),
      Backspace: () => { this.end_pick(); this.send({ do: "link", turn, to: "" }); },
      Delete: () => { this.end_pick(); this.send({ do: "link", turn, to: "" }); },
    }[key] ?? (() => {});
  }
  keep_pick(row, target) {
    this.end_pick();
    this.send({ do: "link", turn: this.turns[row][0], to: this.turns[target][0] });
  }
  end_pick() {
    const { row } = this.pick;
    this.pick = null;
    this.say("");
    this.rows.redraw([...this.rows.nodes.keys()]);
    this.go(row);
  }
  grab(event) {
    if (!event.target.classList.contains("nd-knob") || event.button) return;
    event.preventDefault();
    const row = Number(event.target.closest("[data-row]").dataset.row);
    this.drag = { row, y: this.middle(row) };
    const move = (moved) => this.dragged(moved);
    const drop = (up) => {
      window.removeEventListener("pointermove", move);
      this.dropped(up);
    };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", drop, { once: true });
  }
  dragged(event) {
    const box = this.list.getBoundingClientRect();
    if (event.clientY < box.top + 24) this.list.scrollTop -= 16;
    if (event.clientY > box.bottom - 24) this.list.scrollTop += 16;
    this.drag.y = event.clientY - box.top + this.list.scrollTop;
    const over = this.rows.at(this.drag.y);
    for (const [i, node] of this.rows.nodes) node.classList.toggle("nd-target", i === over && i < this.drag.row);
    this.draw_links();
  }
  dropped() {
    const { row, y } = this.drag, over = this.rows.at(y), moved = Math.abs(y - this.middle(row)) > 6;
    this.drag = null;
    this.rows.redraw([...this.rows.nodes.keys()]);
    if (moved && over !== row) this.send({ do: "link", turn: this.turns[row][0], to: this.turns[over][0] });
  }

  // To Python and back.
  send(action) {
    const id = `${this.id}:${++this.n_sent}`;
    this.waiting.set(id, setTimeout(() => this.unanswered(), ANSWER_MS));
    this.model.send({ id, ...action });
  }
  unanswered() {
    this.root.dataset.alone = "";
    this.say("The kernel does not answer: it is busy or gone. What you did last is not saved until it does.", "refused");
  }
  look() {
    const live = this.mode === "compare" || this.mode === "teach" || this.root.contains(document.activeElement);
    if (live && !this.waiting.size && this.root.isConnected && document.visibilityState === "visible") this.send({ do: "look" });
  }
  receive(message) {
    for (const timer of message.went === "waiting" ? this.waiting.values() : [this.waiting.get(message.re)]) clearTimeout(timer);
    this.waiting.delete(message.re);
    if ("alone" in this.root.dataset && !this.waiting.size) {
      delete this.root.dataset.alone;
      this.say("The kernel answers again.");
    }
    const own = String(message.re).startsWith(`${this.id}:`), before = this.mode;
    if (message.turns) this.begin(message);
    if (!this.turns.length) return this.say(message.said ?? "", message.went);
    Object.assign(this, Object.fromEntries(["mode", "read", "n_undo", "compare", "teach"].filter((part) => part in message).map((part) => [part, message[part]])));
    for (const [turn, mark] of Object.entries(message.marks ?? {})) {
      if (mark) this.marks[turn] = mark;
      else delete this.marks[turn];
    }
    this.root.dataset.mode = this.mode;
    if (message.hits) this.hits = message.hits.map((turn) => this.at.get(turn));
    if (message.turns) this.rows.fill(this.turns.length, (i, width) => this.guess(i, width));
    else if (before !== this.mode || message.read || message.compare) this.rows.redraw([...this.turns.keys()]);
    else if (message.marks) this.rows.redraw(Object.keys(message.marks).map((turn) => this.at.get(turn)));
    if (Object.keys(message).some((part) => ["mode", "read", "n_undo", "compare", "teach", "marks", "turns"].includes(part))) this.draw_panel();
    else if (own) this.draw_head();
    if (own && message.at) this.go(this.at.get(message.at));
    else if (before && before !== this.mode) this.rows.reveal(this.here);
    if (message.said && (own || message.turns == null)) this.say(message.said, message.went);
  }
  draw_panel() {
    const next = this.mode === "compare" ? this.panel.firstChild : this.details_head;
    if (this.extra !== next && this.extra.nextSibling !== next) this.panel.insertBefore(this.extra, next);
    this.draw_head();
    this.draw_codes();
    this.draw_details();
    this.draw_extra();
  }
  begin({ turns, codes, actors, title, coder, modes }) {
    Object.assign(this, { turns, codes, actors, coder, name_of: title, marks: {}, at: new Map(turns.map(([turn], i) => [turn, i])) });
    this.root.setAttribute("aria-label", `Coding desk: ${title}, ${coder}`);
    const legend = this.modes.firstChild;
    this.modes.replaceChildren(legend, ...Object.entries(modes).map(([mode, what]) => make("label", { title: what },
      make("input", { type: "radio", name: `${this.id}-mode`, value: mode, change: () => this.send({ do: "mode", mode }) }), mode)));
  }
}

export default {
  render({ model, el }) {
    const screen = new Screen(model, el);
    return () => screen.close();
  },
};
