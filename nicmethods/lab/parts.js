// Pieces that the views share. Whatever comes from a case goes in as text, never as markup.

/** Make an element: attributes by name, `on` for listeners, children that are elements or text. */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child != null && child !== ""));
  return node;
}

/** A labelled control. */
function labelled(text, control) {
  control.setAttribute("aria-label", text);
  return make("label", { class: "nic-field" }, make("span", {}, text), control);
}

/** A list of choices; each is [value, text], or a text that is both. */
function choices(options, chosen, listener) {
  const select = make("select", { on: { change: () => listener(select.value) } });
  fill(select, options, chosen);
  return select;
}

function fill(select, options, chosen) {
  select.replaceChildren(
    ...options.map((option) => {
      const [value, text] = Array.isArray(option) ? option : [option, option];
      return make("option", { value }, text);
    }),
  );
  select.value = chosen;
}

const many = (n, one, more = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : more}`;

/** Ask Python for something on demand; answers come as messages, and nothing of them is kept in the notebook. */
function asker(model) {
  const waiting = new Map();
  let n = 0;
  const answered = (content, buffers) => {
    waiting.get(content.key)?.(content, buffers);
    waiting.delete(content.key);
  };
  model.on("msg:custom", answered);
  const ask = (content, patience = 15000) =>
    new Promise((resolve, reject) => {
      const key = `${ASKED_BY} ${(n += 1)}`;
      waiting.set(key, (answer, buffers) => resolve([answer, buffers]));
      setTimeout(() => reject(new Error("the kernel did not answer")), patience);
      model.send({ ...content, key });
    });
  return { ask, close: () => model.off("msg:custom", answered) };
}

const ASKED_BY = Math.random().toString(36).slice(2);

/** Quoted turns, each with a button that shows the turns around it. */
function quotations(quotes, ask) {
  return quotes.map((quote) => {
    const body = make("div", { class: "nic-turns" }, turnLine(quote));
    const more = make("button", { type: "button", class: "nic-quiet", "aria-expanded": "false" }, "turns around");
    more.setAttribute("aria-label", `Turns around ${quote.turn}`);
    more.addEventListener("click", async () => {
      if (more.getAttribute("aria-expanded") === "true") {
        more.setAttribute("aria-expanded", "false");
        body.replaceChildren(turnLine(quote));
        return;
      }
      try {
        const [answer] = await ask({ ask: "around", turn: quote.turn });
        body.replaceChildren(...answer.turns.map((turn) => turnLine(turn, turn.turn === quote.turn)));
        more.setAttribute("aria-expanded", "true");
      } catch {
        more.replaceChildren("turns around: the kernel did not answer");
      }
    });
    return make("blockquote", { class: "nic-quote", "data-turn": quote.turn }, body, more);
  });
}

function turnLine(turn, isIt = false) {
  const where = make("span", { class: "nic-turn" }, turn.turn);
  const who = make("strong", {}, `${turn.speaker ?? "speaker unknown"}: `);
  return make("p", { class: isIt ? "nic-it" : "" }, where, who, turn.text ?? "");
}

/** Let the arrow keys, Home and End move between the controls of a list or table, which is one stop for Tab. */
function roving(container, selector) {
  const stops = () => [...container.querySelectorAll(selector)];
  const settle = (stop) => stops().forEach((other) => (other.tabIndex = other === stop ? 0 : -1));
  container.addEventListener("focusin", (event) => event.target.matches(selector) && settle(event.target));
  container.addEventListener("keydown", (event) => {
    const all = stops();
    const at = all.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 };
    if (at < 0 || !(event.key in to) || !all[to[event.key]]) return;
    event.preventDefault();
    all[to[event.key]].focus();
  });
  return () => settle(stops().find((stop) => stop.getAttribute("aria-pressed") === "true") ?? stops()[0]);
}

/** Keep JupyterLab's commands on plain keys (such as d d, delete the cell) out of a view; those with Ctrl stay, as Ctrl+S. */
function plainKeys(root) {
  const decide = (event) => root.contains(event.target) && root.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.metaKey || event.altKey));
  root.toggleAttribute("data-lm-suppress-shortcuts", true);
  window.addEventListener("keydown", decide, true);
  return () => window.removeEventListener("keydown", decide, true);
}
