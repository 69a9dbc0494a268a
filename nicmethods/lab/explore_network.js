// The network of the linked view, drawn by the vendored viewer.

const TALK = "coded talk";
const LINES = {
  tie: { width: 1.6 },
  created: { width: 3.2 },
  strengthened: { width: 2.4, mark: "+" },
  kept: { width: 1.1 },
  weakened: { width: 1.6, mark: "−" },
  dissolved: { width: 2, dash: [2, 4] },
  not_observable: { width: 1.6, dash: [8, 5] },
  help_given: { width: 2.4 },
  help_request: { width: 2, dash: [2, 4] },
  shared_practice: { width: 2, dash: [8, 5] },
};
const MANY_TIES = 600;
const MOST_LABELS = 80;
const CROWD = 150;
const ROOM = 44;

/** The network: people keep their places over all waves; what changes is the ties. */
function network({ model, ask, choose, say }) {
  const waves = make("fieldset", { class: "nic-waves" });
  const canvas = make("div", { class: "nic-canvas", tabindex: "0", role: "img" });
  const keys = make("ul", { class: "nic-keys" });
  const button = (text, name, press) => make("button", { type: "button", "aria-label": name, title: name, on: { click: press } }, text);
  const zoom = (by) => cy?.zoom({ level: cy.zoom() * by, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  const tools = make(
    "div", { class: "nic-tools" },
    button("+", "Zoom in", () => zoom(1.25)), button("−", "Zoom out", () => zoom(0.8)), button("fit", "Fit the network into view", () => cy?.fit(undefined, 8)),
  );
  const node = make("section", { class: "nic-panel nic-network", "aria-label": "Network" }, waves, tools, canvas, keys);
  let cy = null;
  let begun = false;
  let first = null;
  let overview = model.get("overview");

  const colour = (name) => getComputedStyle(node).getPropertyValue(name).trim();
  function style() {
    const [paper, ground, accent, person, ink] = ["--nic-paper", "--nic-ground", "--nic-accent", "--nic-person", "--nic-hub"].map(colour);
    const inside = overview.people.every(({ actor }) => actor.length < 5);
    const label = { label: overview.people.length > MOST_LABELS ? "" : "data(id)", "font-size": 9, color: inside ? paper : ink, "text-valign": inside ? "center" : "bottom" };
    return [
      { selector: "node", style: { ...label, "background-color": person, "border-color": person, "border-width": 1.5, height: 24, width: 24 } },
      { selector: ".ground", style: { "background-color": ground, "background-opacity": 0.55, "border-width": 0, color: person, "font-size": 11, label: "data(name)", padding: 10, shape: "round-rectangle", "text-valign": "top" } },
      { selector: ".ground[width]", style: { height: "data(height)", padding: 0, width: "data(width)" } },
      { selector: ".hub", style: { "background-color": ink, "border-color": ink, shape: "rectangle" } },
      { selector: ".silent", style: { "background-color": paper, color: ink } },
      { selector: ".away", style: { display: "none" } },
      { selector: "edge", style: { "arrow-scale": 0.8, color: ink, "curve-style": "bezier", "font-size": 11, "font-weight": "bold", "target-arrow-shape": "triangle", "text-background-color": paper, "text-background-opacity": 0.85 } },
      ...Object.entries(LINES).map(([kind, line]) => {
        const stroke = overview.colours[kind] ?? person;
        const dashed = line.dash ? { "line-style": "dashed", "line-dash-pattern": line.dash } : {};
        return { selector: `edge.${kind}`, style: { ...dashed, label: line.mark ?? "", "line-color": stroke, "target-arrow-color": stroke, width: line.width } };
      }),
      { selector: "edge.undirected", style: { "target-arrow-shape": "none" } },
      { selector: "edge.many", style: { "curve-style": "haystack", "haystack-radius": 0, label: "" } },
      { selector: "node.dim", style: { opacity: 0.25 } },
      { selector: "edge.dim", style: { label: "", opacity: 0.12 } },
      { selector: "node.chosen", style: { "border-color": accent, "border-width": 4, label: "data(id)", opacity: 1 } },
      { selector: "edge.chosen", style: { "curve-style": "bezier", label: "data(label)", opacity: 1, "z-index": 9 } },
    ];
  }
  async function begin() {
    begun = true;
    canvas.textContent = "Loading the network …";
    try {
      const [, [script]] = await ask({ ask: "viewer" });
      const cytoscape = await viewer(new TextDecoder().decode(script));
      canvas.replaceChildren();
      cy = cytoscape({ container: canvas, elements: people(), style: style(), layout: { name: "preset" }, minZoom: 0.02, maxZoom: 5, boxSelectionEnabled: false, userZoomingEnabled: false, hideEdgesOnViewport: overview.people.length > CROWD, textureOnViewport: overview.people.length > CROWD });
    } catch (error) {
      canvas.textContent = `The network cannot be drawn here (${error.message}). The choosers, the time axis and the table say the same.`;
      return;
    }
    cy.on("tapstart", () => canvas.focus({ preventScroll: true }));
    cy.on("tap", "edge", (event) => choose({ pair: [event.target.data("source"), event.target.data("target")] }));
    cy.on("tap", ".person", (event) => tapped(event.target));
    cy.on("dragfree", ".person, .ground", () => choose({ places: Object.fromEntries(cy.nodes(".person").map((n) => [n.id(), [n.position("x"), n.position("y")]])) }));
    canvas.cy = cy;
    drawTies();
    cy.fit(undefined, 8);
  }
  /** People, and a ground for each site: one that moves its people along, or in a crowd one that is only drawn. */
  function people() {
    const moved = model.get("places");
    const crowd = overview.people.length > CROWD;
    const sites = new Map();
    for (const person of overview.people) if (person.site != null) sites.set(person.site, [...(sites.get(person.site) ?? []), person]);
    const grounds = [...sites].filter(([, members]) => sites.size > 1 && members.length > 1);
    const grounded = new Set(grounds.map(([site]) => site));
    const place = ({ actor, x, y }) => moved[actor] ?? [(x * 11) / overview.radius, (-y * 11) / overview.radius];
    return [
      ...grounds.map(([site, members]) => ({ data: { id: `site ${site}`, name: site, ...(crowd ? span(members.map(place)) : {}) }, classes: "ground", selectable: false, ...(crowd ? { grabbable: false, position: middle(members.map(place)) } : {}) })),
      ...overview.people.map((person) => {
        const [x, y] = place(person);
        const parent = !crowd && grounded.has(person.site) ? `site ${person.site}` : undefined;
        return { data: { id: person.actor, parent }, classes: ["person", person.group === "hub" ? "hub" : ""], position: { x, y } };
      }),
    ];
  }
  function tapped(person) {
    const id = person.id();
    if (first && first !== id) {
      choose({ pair: [first, id] });
      first = null;
    } else {
      first = id;
      cy.nodes().removeClass("chosen");
      person.addClass("chosen");
      say(`${id} chosen. Choose a second person to see the pair.`);
    }
  }
  const drawn = () => overview.drawings.find((drawing) => drawing.wave === model.get("wave")) ?? overview.drawings[0];
  function drawTies() {
    const now = drawn();
    if (!cy || !now) return;
    const look = [now.ties.length > MANY_TIES ? "many" : "", overview.directed || now.wave === TALK ? "" : "undirected"];
    cy.batch(() => {
      cy.edges().remove();
      const state = { away: new Set(now.away), silent: new Set(now.silent) };
      for (const [name, those] of Object.entries(state)) {
        cy.nodes(`.${name}`).filter((person) => !those.has(person.id())).removeClass(name);
        cy.nodes(".person").filter((person) => those.has(person.id())).addClass(name);
      }
      cy.add(
        now.ties.map(([id, source, target, kind, label]) => ({ group: "edges", data: { id, source, target, label }, classes: [kind, ...look] })),
      );
    });
    mark();
  }
  function mark() {
    if (!cy) return;
    const [who, which] = ["people", "ties"].map((name) => new Set(model.get("detail")[name]));
    first = null;
    cy.batch(() => {
      const [everybody, ties_] = [cy.nodes(".person"), cy.edges()];
      const [told, marked] = [everybody.filter((person) => who.has(person.id())), ties_.filter((tie) => which.has(tie.id()))];
      everybody.union(ties_).removeClass("dim chosen");
      marked.addClass("chosen");
      if (who.size === 2) told.addClass("chosen");
      if (who.size) everybody.difference(told).union(ties_.difference(marked)).addClass("dim");
    });
  }
  function legend() {
    const now = drawn();
    const kinds = [...new Set((now?.ties ?? []).map((tie) => tie[3]))];
    keys.replaceChildren(
      ...Object.keys(LINES).filter((kind) => kinds.includes(kind)).map((kind) => make("li", {}, stroke(kind, overview.colours[kind]), overview.words[kind])),
      ...(now?.silent.length ? [make("li", {}, "○ did not answer")] : []),
      ...(overview.people.some((person) => person.group === "hub") ? [make("li", {}, "■ hub")] : []),
    );
    canvas.setAttribute("aria-label", now ? `${now.told}. Choose a pair above, or in the table below.` : "");
  }
  const show = () => {
    for (const radio of waves.querySelectorAll("input")) radio.checked = radio.value === model.get("wave");
    legend();
    drawTies();
    if (drawn()) say(drawn().told);
  };
  canvas.addEventListener("focus", () => cy?.userZoomingEnabled(true));
  canvas.addEventListener("blur", () => cy?.userZoomingEnabled(false));
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] };
    if (event.key in moves) cy?.panBy({ x: moves[event.key][0], y: moves[event.key][1] });
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") cy?.fit(undefined, 8);
    else return;
    event.preventDefault();
  });
  let width = 0;
  const sized = new ResizeObserver(() => {
    cy?.resize();
    if (cy && canvas.clientWidth && Math.abs(canvas.clientWidth - width) > 60) cy.fit(undefined, 8);
    width = canvas.clientWidth || width;
  });
  sized.observe(canvas);
  const themed = new MutationObserver(() => cy && (cy.style(style()), drawTies()));
  themed.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
  return {
    node,
    show,
    draw(next) {
      overview = next;
      const name = `wave-${model.get("_anywidget_id")}-${Math.random()}`;
      waves.replaceChildren(
        make("legend", {}, "Network"),
        ...overview.drawings.map(({ wave }) => {
          const radio = make("input", { type: "radio", name, value: wave, on: { change: () => choose({ wave }) } });
          return make("label", {}, radio, wave === TALK ? wave : `wave ${wave}`);
        }),
      );
      if (!overview.drawings.length) canvas.textContent = "There are no survey ties and no coded talk to draw.";
      else if (!begun) begin();
      show();
    },
    follow: mark,
    close() {
      sized.disconnect();
      themed.disconnect();
      cy?.destroy();
    },
  };
}

const ends = (numbers) => [Math.min(...numbers), Math.max(...numbers)];

function middle(places) {
  const [x, y] = [0, 1].map((axis) => ends(places.map((place) => place[axis])).reduce((low, high) => (low + high) / 2));
  return { x, y };
}

function span(places) {
  const [width, height] = [0, 1].map((axis) => ends(places.map((place) => place[axis])).reduce((low, high) => high - low + ROOM));
  return { width, height };
}

/** Load the vendored viewer from memory: its script becomes a module of its own, and nothing is left on the page. */
async function viewer(script) {
  const whole = ["const module = { exports: {} }, exports = module.exports;\n", script, "\nexport default module.exports;"];
  const address = URL.createObjectURL(new Blob(whole, { type: "text/javascript" }));
  try {
    return (await import(address)).default;
  } finally {
    URL.revokeObjectURL(address);
  }
}

function stroke(kind, colour) {
  const line = LINES[kind];
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "line");
  const attributes = { x1: 0, x2: 30, y1: 6, y2: 6, stroke: colour ?? "currentColor", "stroke-width": line.width, "stroke-dasharray": (line.dash ?? []).join(" ") };
  for (const [name, value] of Object.entries(attributes)) path.setAttribute(name, value);
  svg.append(path);
  if (line.mark) {
    const mark = document.createElementNS(space, "text");
    for (const [name, value] of Object.entries({ x: 11, y: 10, fill: "currentColor", "font-weight": "bold" })) mark.setAttribute(name, value);
    mark.textContent = line.mark;
    svg.append(mark);
  }
  svg.setAttribute("aria-hidden", "true");
  return svg;
}
