"use strict";
const table = document.getElementById("cases");
const bodies = () => [...table.tBodies];
const cell = (body, column) => body.rows[0].cells[column].textContent;

function filter() {
  const text = document.getElementById("text").value.toLowerCase();
  const family = document.getElementById("family").value;
  const failed = document.getElementById("failed").checked;
  let shown = 0;
  for (const body of bodies()) {
    const wanted = body.rows[0].textContent.toLowerCase().includes(text)
      && (family === "" || body.dataset.family === family)
      && (!failed || body.dataset.verdict === "fail");
    body.hidden = !wanted;
    shown += wanted ? 1 : 0;
  }
  document.getElementById("shown").textContent = shown + " shown";
}

function sort(header, column) {
  const down = header.getAttribute("aria-sort") === "ascending";
  const number = header.dataset.sort === "number";
  const key = (body) => number ? parseFloat(cell(body, column)) || 0 : cell(body, column);
  const order = (a, b) => number ? key(a) - key(b) : key(a).localeCompare(key(b));
  const sorted = bodies().sort((a, b) => down ? order(b, a) : order(a, b));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", down ? "descending" : "ascending");
  table.append(...sorted);
}

[...table.tHead.rows[0].cells].forEach((header, column) => {
  header.firstElementChild.addEventListener("click", () => sort(header, column));
});
for (const body of bodies()) {
  const button = body.rows[0].cells[0].firstElementChild;
  button.addEventListener("click", () => {
    body.rows[1].hidden = !body.rows[1].hidden;
    button.setAttribute("aria-expanded", String(!body.rows[1].hidden));
  });
}
for (const id of ["text", "family", "failed"]) {
  document.getElementById(id).addEventListener("input", filter);
}
filter();
