"use strict";
// Tables sort by a click on a header; long ones can be filtered. Pages are whole without this script.
for (const table of document.querySelectorAll("table.sorts")) {
  const body = table.tBodies[0], heads = table.tHead && table.tHead.rows.length === 1 ? table.tHead.rows[0].cells : [];
  if (!body || body.rows.length < 2 || table.querySelector("td[colspan], td[rowspan], tbody th[rowspan]")) continue;
  const value = (row, column) => {
    const text = row.cells[column] ? row.cells[column].textContent.trim() : "";
    const number = Number(text.replace(/[,%]/g, "").replace("−", "-"));
    return text === "" || text === "–" ? null : Number.isNaN(number) ? text.toLowerCase() : number;
  };
  const compare = (a, b) => a === null ? (b === null ? 0 : 1) : b === null ? -1
    : typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  [...heads].forEach((head, column) => {
    if (!head.textContent.trim() || head.querySelector("a")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => [value(row, column), row]);
      rows.sort((x, y) => x[0] === null || y[0] === null ? compare(x[0], y[0]) : (down ? -1 : 1) * compare(x[0], y[0]));
      body.append(...rows.map((pair) => pair[1]));
    });
  });
  if (body.rows.length > 15) {
    const label = document.createElement("label"), field = document.createElement("input");
    label.className = "filter";
    field.type = "search";
    label.append("Show rows with", field);
    const box = table.closest(".scroll");
    box.parentNode.insertBefore(label, box);
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of body.rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
    });
  }
}
// A folded part that a link leads into is opened.
const unfold = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const fold = target && target.closest("details");
  if (fold) fold.open = true;
  if (target && target.id === "code") for (const code of document.querySelectorAll("details.code")) code.open = true;
};
addEventListener("hashchange", unfold);
unfold();
// What says how a report was made is printed unfolded.
addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll("#methods details, #words")) fold.open = true; });
