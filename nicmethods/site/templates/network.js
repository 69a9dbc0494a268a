"use strict";
// The network of one case: people can be moved; a pair chosen in the picture or in the list shows its story.
{
  const byId = (id) => document.getElementById(id);
  byId("explorer").hidden = false;
  document.documentElement.classList.add("scripted");
  const data = JSON.parse(byId("network-data").textContent);
  const [list, person, verdict, told] = ["pairs", "person", "verdict", "told"].map(byId);
  const options = [...list.options];
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const name = (number) => data.people[number].id;
  const number = new Map(data.pairs.map((pair, n) => [pair.join(), n]));
  const top = Math.max(1, ...data.surveys.flatMap((survey) => survey.ties.flatMap((tie) => tie.slice(1))));
  const box = byId("network").getBoundingClientRect(), mark_px = Math.max(8, Math.min(22, 170 / Math.sqrt(data.people.length)));
  const thin = Math.min(1, 12 / Math.sqrt(Math.max(1, ...data.surveys.map((one) => one.ties.length))));
  let survey = data.surveys.length - 1, picked = null;

  const look = () => [
    { selector: "node", style: {
      label: "data(id)", width: mark_px, height: mark_px, shape: "data(shape)", "background-color": (node) => colour(`site-${node.data("site")}`),
      "border-width": 1.5, "border-color": colour("ink"), color: colour("ink"), "font-size": Math.max(9, mark_px / 2 + 2), "text-valign": "bottom", "text-margin-y": 2,
      "text-background-color": colour("card"), "text-background-opacity": .8, "font-family": getComputedStyle(list).fontFamily } },
    { selector: "node.silent", style: { "background-opacity": .25, "border-style": "dashed" } },
    { selector: "edge", style: { width: "data(width)", "curve-style": "straight", "line-color": colour("tie"), "arrow-scale": .8, "line-opacity": .3 + .7 * thin,
      "source-arrow-shape": "data(back)", "target-arrow-shape": "data(forth)", "source-arrow-color": colour("tie"), "target-arrow-color": colour("tie") } },
    { selector: "edge.talk", style: { "line-color": colour("accent"), "source-arrow-color": colour("accent"), "target-arrow-color": colour("accent") } },
    { selector: "edge.bare", style: { "line-style": "dashed" } },
    { selector: ".faint", style: { opacity: .15 } },
    { selector: "edge.chosen", style: { "underlay-color": colour("chosen"), "underlay-opacity": .55, "underlay-padding": 5, opacity: 1 } },
    { selector: "node.chosen", style: { "underlay-color": colour("chosen"), "underlay-opacity": .55, "underlay-padding": 7, opacity: 1 } },
  ];

  const cy = cytoscape({
    container: byId("network"), style: look(), layout: { name: "preset" }, boxSelectionEnabled: false, userZoomingEnabled: false,
    userPanningEnabled: false, minZoom: .2, maxZoom: 6,
    elements: data.people.map((one, n) => ({ group: "nodes", position: { x: .45 * box.width * one.x, y: -.45 * box.height * one.y },
      data: { id: one.id, n, site: one.site < 0 ? "none" : one.site % 8, shape: one.hub ? "round-rectangle" : "ellipse" } })),
  });
  const whole = () => { cy.fit(undefined, 24); cy.userPanningEnabled(false); };

  const draw = () => {
    const shown = data.surveys[survey], talk = new Set(shown.talk), tied = new Set(shown.ties.map((tie) => tie[0]));
    const arrow = (value) => (shown.directed && value ? "triangle" : "none");
    const edge = (n, forth, back, kind) => ({ group: "edges", classes: kind, data: { id: `pair ${n}`, n, source: name(data.pairs[n][0]),
      target: name(data.pairs[n][1]), width: (1 + 2.5 * Math.max(forth, back) / top) * thin, forth: arrow(forth), back: arrow(back) } });
    cy.edges().remove();
    cy.add(shown.ties.map(([n, forth, back]) => edge(n, forth, back, talk.has(n) ? "talk" : "")));
    cy.add(shown.talk.filter((n) => !tied.has(n)).map((n) => edge(n, 0, 0, "talk bare")));
    cy.nodes().forEach((node) => node.toggleClass("silent", shown.silent.includes(node.data("n"))));
    byId("network").setAttribute("aria-label", `Network in ${shown.wave}${data.surveys.some((one) => one.relation !== shown.relation) ? `, ${shown.relation}` : ""}: ${data.people.length} people, ${shown.ties.length} pairs with a tie. `
      + "The list of pairs leads to the same stories.");
    mark();
  };

  const fits = (n) => (!person.value || data.pairs[n].map(name).includes(person.value)) && (!verdict.value || data.verdicts[n].includes(verdict.value));
  const filter = () => {
    const kept = options.filter((option) => fits(+option.value));
    list.replaceChildren(...kept);
    byId("count").textContent = kept.length === options.length ? `${kept.length}` : `${kept.length} of ${options.length}`;
    mark();
  };
  const mark = () => {
    const n = list.value === "" ? -1 : +list.value, both = n < 0 ? [] : data.pairs[n].map(name);
    cy.batch(() => {
      cy.edges().forEach((edge) => { edge.toggleClass("chosen", edge.data("n") === n).toggleClass("faint", !fits(edge.data("n"))); });
      cy.nodes().forEach((node) => { node.toggleClass("chosen", both.includes(node.id()) || node.id() === picked); });
    });
  };

  const say = (text, anchor) => {
    told.textContent = text;
    if (!anchor) return;
    const link = document.createElement("a");
    link.href = `#${anchor}`;
    link.textContent = "Read their story";
    told.append(" ", link);
  };
  const choose = (n, quietly) => {
    if (!fits(n)) { person.value = verdict.value = ""; filter(); }
    list.value = n;
    picked = null;
    document.querySelector(".story.chosen")?.classList.remove("chosen");
    byId(data.anchors[n]).classList.add("chosen");
    say(`${options.find((option) => +option.value === n).textContent}.`, data.anchors[n]);
    if (!quietly) history.replaceState(null, "", `#${data.anchors[n]}`);
    mark();
  };
  const pick = (id) => {
    const first = picked, pair = [first, id].map((one) => data.people.findIndex((other) => other.id === one));
    picked = first === null ? id : null;
    if (first === null) say(`${id}: choose a second person to read about the two, or an empty place to put ${id} there.`);
    else if (first === id) say("");
    else {
      const found = number.get(pair.join()) ?? number.get(pair.reverse().join());
      if (found !== undefined) return choose(found);
      say(`${first} and ${id}: no tie was reported, and nothing coded between the two.`);
    }
    mark();
  };

  cy.on("tap", "edge", (event) => choose(event.target.data("n")));
  cy.on("tap", "node", (event) => pick(event.target.id()));
  cy.on("tap", (event) => {
    if (event.target !== cy || picked === null) return;
    cy.getElementById(picked).position(event.position);
    pick(picked);
  });
  byId("network").addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-12, 0], ArrowRight: [12, 0], ArrowUp: [0, -12], ArrowDown: [0, 12] }[event.key];
    if (!step || !(picked ?? person.value)) return;
    event.preventDefault();
    const node = cy.getElementById(picked ?? person.value), { x, y } = node.position();
    node.position({ x: x + step[0], y: y + step[1] });
  });
  list.addEventListener("change", () => choose(+list.value));
  for (const field of [person, verdict]) field.addEventListener("change", () => { picked = person.value || null; filter(); });
  for (const field of document.querySelectorAll("[name=survey]")) field.addEventListener("change", () => { survey = +field.value; draw(); });
  for (const [id, by] of [["larger", 1.3], ["smaller", 1 / 1.3]])
    byId(id).addEventListener("click", () => {
      cy.zoom({ level: cy.zoom() * by, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
      cy.userPanningEnabled(true);
    });
  byId("whole").addEventListener("click", whole);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => cy.style(look()));
  addEventListener("resize", whole);

  const follow = () => {
    const n = data.anchors.indexOf(decodeURIComponent(location.hash.slice(1)));
    if (n >= 0) choose(n, true);
    return n >= 0;
  };
  addEventListener("hashchange", follow);
  filter();
  draw();
  if (!follow()) choose(+options[0].value, true);
  cy.resize();
  whole();
}
