// What the desk is built of: elements, and a list of which only what is in sight is on the page.
// Words of people go in as text (append), never as markup.

const OVERSCAN_PX = 600;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

// A list of rows of different heights, of which only those in sight (and the active one) are in the page.
class Rows {
  constructor(list, draw, drawn) {
    Object.assign(this, { list, draw, drawn, nodes: new Map(), active: 0, n: 0 });
    this.canvas = make("div", { class: "nd-canvas", role: "presentation" });
    list.append(this.canvas);
    list.addEventListener("scroll", () => this.later());
    this.watch = new ResizeObserver(() => this.resized());
    this.watch.observe(list);
  }
  fill(n, guess) {
    Object.assign(this, { n, guess, heights: new Float64Array(n), known: new Uint8Array(n), tops: new Float64Array(n + 1) });
    this.clear();
    this.guess_all();
    this.paint();
  }
  clear() {
    for (const node of this.nodes.values()) node.remove();
    this.nodes.clear();
  }
  guess_all() {
    this.width = this.list.clientWidth;
    for (let i = 0; i < this.n; i++) this.heights[i] = this.guess(i, this.width);
    this.known.fill(0);
    this.add_up();
  }
  add_up() {
    for (let i = 0; i < this.n; i++) this.tops[i + 1] = this.tops[i] + this.heights[i];
    this.canvas.style.height = `${this.tops[this.n]}px`;
  }
  at(y) {
    let low = 0, high = this.n - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  later() {
    this.frame ||= requestAnimationFrame(() => { this.frame = 0; this.paint(); });
  }
  resized() {
    if (this.n && this.list.clientWidth && this.list.clientWidth !== this.width) {
      this.keeping_place(() => { this.clear(); this.guess_all(); });
    }
    this.later();
  }
  keeping_place(change) {
    const i = this.at(this.list.scrollTop), into = this.list.scrollTop - this.tops[i];
    change();
    const top = Math.round(this.tops[i] + into);
    if (Math.abs(top - this.list.scrollTop) >= 1) this.list.scrollTop = top;
  }
  paint() {
    if (!this.n || !this.list.clientHeight) return;
    const top = this.list.scrollTop;
    const first = this.at(Math.max(0, top - OVERSCAN_PX)), last = this.at(top + this.list.clientHeight + OVERSCAN_PX);
    const wanted = new Set([this.active]);
    for (let i = first; i <= last; i++) wanted.add(i);
    for (const [i, node] of this.nodes) {
      if (!wanted.has(i)) { node.remove(); this.nodes.delete(i); }
    }
    const fresh = [...wanted].filter((i) => !this.nodes.has(i)).sort((a, b) => a - b);
    for (const i of fresh) this.put(i);
    this.measure(fresh);
    for (const [i, node] of this.nodes) node.style.transform = `translateY(${this.tops[i]}px)`;
    this.drawn(this);
  }
  put(i) {
    const node = this.draw(i);
    let after = null, nearest = Infinity;
    for (const [j, other] of this.nodes) {
      if (j > i && j < nearest) { nearest = j; after = other; }
    }
    this.canvas.insertBefore(node, after);
    this.nodes.set(i, node);
  }
  measure(rows) {
    const heights = rows.map((i) => this.nodes.get(i).offsetHeight);
    if (rows.every((i, k) => this.heights[i] === heights[k])) return;
    this.keeping_place(() => {
      rows.forEach((i, k) => { this.heights[i] = heights[k]; this.known[i] = 1; });
      this.add_up();
    });
  }
  redraw(rows) {
    const there = rows.filter((i) => this.nodes.has(i));
    for (const i of there) {
      const node = this.draw(i);
      this.nodes.get(i).replaceWith(node);
      this.nodes.set(i, node);
    }
    for (const i of rows) if (!this.nodes.has(i)) this.heights[i] = this.guess(i, this.width);
    this.measure(there);
    this.add_up();
    this.paint();
  }
  reveal(i) {
    this.active = i;
    this.paint();
    for (let turn = 0; turn < 3; turn++) {
      const { scrollTop, clientHeight } = this.list, room = Math.min(80, clientHeight / 4);
      const far = this.tops[i] > scrollTop + 2 * clientHeight || this.tops[i + 1] < scrollTop - clientHeight;
      if (far) this.list.scrollTop = this.tops[i] - clientHeight / 3;
      else if (this.tops[i] - room < scrollTop) this.list.scrollTop = this.tops[i] - room;
      else if (this.tops[i + 1] + room > scrollTop + clientHeight) this.list.scrollTop = this.tops[i + 1] + room - clientHeight;
      this.paint();
    }
  }
  close() {
    this.watch.disconnect();
    cancelAnimationFrame(this.frame);
  }
}
