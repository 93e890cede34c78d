// Draws a document: its text with marks at the cited places, its tables as tables.
// Document text enters the page through textContent only, so nothing in it can become markup.
import { element, texts } from "./page.js";

// `cited` is the place to show (its element gets the id "cited-quote"), `nearby` are the answer's other
// places. Offsets count characters (code points), but a string of JavaScript counts UTF-16 units.
export function drawDocument(source, cited, nearby) {
  const characters = Array.from(source.text);
  const drawn = [];
  let start = 0;
  let table = null;
  let tables = 0;
  for (const line of source.text.split("\n")) {
    const span = { start, end: start + Array.from(line).length };
    start = span.end + 1;
    const next = source.tables.find((at) => contains(at, span.start));
    if (next && next !== table) drawn.push(drawTable(source, next, ++tables, cited, nearby));
    table = next;
    if (!table && line.trim()) drawn.push(paragraph(source, characters, span, cited, nearby));
  }
  return drawn;
}

// A document that was replaced after the answer may say something else at the same place.
export function textAt(source, span) {
  return Array.from(source.text).slice(span.start, span.end).join("");
}

export function pageAt(source, place) {
  return source.pages.find((at) => contains(at, place))?.page;
}

function paragraph(source, characters, span, cited, nearby) {
  const drawn = element("p");
  const heading = source.headings.some((at) => at.start >= span.start && at.end <= span.end && at.end > at.start);
  drawn.classList.toggle("heading", heading);
  for (const piece of cut(span, source.pages, cited, nearby)) {
    drawn.append(...pageStart(source, piece.start, piece.start + 1));
    drawn.append(marked(characters.slice(piece.start, piece.end).join(""), piece, cited, nearby));
  }
  return drawn;
}

// The span cut wherever a page or a quote begins or ends.
function cut(span, pages, cited, nearby) {
  const spans = [...(cited ? [cited] : []), ...nearby];
  const places = [...pages.map((at) => at.start), ...spans.flatMap((at) => [at.start, at.end])];
  const inside = places.filter((place) => place > span.start && place < span.end);
  const edges = [...new Set([span.start, ...inside, span.end])].sort((a, b) => a - b);
  return edges.slice(1).map((end, index) => ({ start: edges[index], end }));
}

function marked(text, piece, cited, nearby) {
  const isCited = cited && contains(cited, piece.start);
  if (!isCited && !nearby.some((span) => contains(span, piece.start))) return text;
  const mark = element("mark", { textContent: text });
  if (isCited) mark.className = "cited";
  if (isCited && piece.start === cited.start) mark.id = "cited-quote";
  return mark;
}

function drawTable(source, table, number, cited, nearby) {
  const head = element("tr", {}, ...table.columns.map((name) => element("th", { textContent: name, scope: "col" })));
  const rows = table.rows.map((row) => tableRow(source, row, cited, nearby));
  const drawn = element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
  // A wide table is moved sideways, which has to work with the keys too.
  const frame = element("div", { className: "table", tabIndex: 0, role: "region" }, drawn);
  frame.setAttribute("aria-label", texts.table.replace("{number}", number));
  return frame;
}

function tableRow(source, row, cited, nearby) {
  const cells = row.cells.map((cell) => element("td", { textContent: cell, className: cell.length < 12 ? "short" : "" }));
  const drawn = element("tr", {}, ...cells);
  const isCited = cited && contains(row, cited.start);
  if (isCited || nearby.some((span) => contains(row, span.start))) drawn.className = isCited ? "cited" : "near";
  if (isCited) drawn.id = "cited-quote";
  drawn.firstElementChild.prepend(...pageStart(source, row.start, row.end));
  return drawn;
}

function pageStart(source, start, end) {
  const begun = source.pages.find((at) => at.start >= start && at.start < end);
  if (!begun) return [];
  const label = element("span", { className: "page-start" });
  label.dataset.label = texts.page.replace("{page}", begun.page);
  return [label];
}

export function contains(span, place) {
  return span.start <= place && place < span.end;
}
