// The panel that shows the source of a citation beside the answer: the quote in its document, its page,
// the other cited places of the answer, the original file.
import { drawDocument, pageAt, textAt } from "./document.js";
import { element, texts, valuesBehind, withReference } from "./page.js";

const find = (name) => document.getElementById(`hw-source${name && `-${name}`}`);
const panel = find("");
const article = find("text");
const picture = find("page");
const note = find("note");
let opener = null; // the link that was clicked
let view = "text"; // or "page": what the reader likes to see where there is a choice
let shown = null; // { source, cited, nearby, page, note }

// A citation as its link tells it: #cite?document=…&start=…&end=…&quote=…; no span means the whole document.
function readCitation(address) {
  const query = valuesBehind("cite", address);
  const span = query.has("start") ? { start: Number(query.get("start")), end: Number(query.get("end")) } : null;
  return { document: query.get("document"), span, quote: query.get("quote") };
}

function citationOf(link) {
  return readCitation(link.getAttribute("href"));
}

// The cited places of the answer that a link stands in.
function placesAround(link) {
  return Array.from(link?.closest(".message")?.querySelectorAll("a.cite:not(.whole)") ?? []);
}

async function open(citation, link) {
  setOpener(link);
  clear();
  say(texts.loading);
  if (panel.hidden) history.pushState({ source: true }, "");
  panel.hidden = false;
  article.focus({ preventScroll: true });
  const asked = (shown = {});
  try {
    const response = await fetch(documentAddress(citation.document));
    if (shown !== asked) return; // another citation was clicked meanwhile
    if (response.ok) show(await response.json(), citation, link);
    else say(response.status === 404 ? texts.source_missing : withReference(texts.source_failed, response));
  } catch {
    if (shown === asked) say(texts.source_failed);
  }
}

function documentAddress(name, rest = "") {
  return `/api/documents/${encodeURIComponent(name)}${rest}`;
}

function clear() {
  for (const each of [find("title"), find("facts"), article, picture]) each.replaceChildren();
  for (const each of [find("places"), find("views"), find("download")]) each.hidden = true;
}

function show(source, citation, link) {
  const changed = citation.span && textAt(source, citation.span) !== citation.quote;
  const places = placesAround(link);
  const nearby = places.map(citationOf).filter((each) => each.document === citation.document);
  shown = {
    source,
    cited: changed ? null : citation.span,
    nearby: changed ? [] : nearby.map((each) => each.span),
    page: citation.span && !changed ? pageAt(source, citation.span.start) : source.pages[0]?.page,
    note: changed ? texts.source_changed : "",
  };
  describe(citation);
  showPlaces(places, link);
  showView();
}

function describe(citation) {
  const { source, page } = shown;
  find("title").textContent = source.title;
  const pageLabel = citation.span && page && texts.page.replace("{page}", page);
  const facts = [source.date, texts[`kind.${source.kind}`], pageLabel, source.name];
  find("facts").textContent = facts.filter(Boolean).join(" · ");
  find("download").hidden = !source.has_original;
  find("download").href = documentAddress(source.name, "/original");
  find("views").hidden = !source.has_page_images || !page;
}

function showPlaces(places, link) {
  const at = places.indexOf(link);
  find("places").hidden = at < 0 || places.length < 2;
  find("place").textContent = `${at + 1} / ${places.length}`;
  find("previous").disabled = at <= 0;
  find("next").disabled = at === places.length - 1;
}

function step(by) {
  const places = placesAround(opener);
  const link = places[places.indexOf(opener) + by];
  if (!link) return;
  link.scrollIntoView({ block: "nearest" });
  open(citationOf(link), link);
}

function showView() {
  const asPage = view === "page" && !find("views").hidden;
  article.hidden = asPage;
  picture.hidden = !asPage;
  for (const button of find("views").children) button.setAttribute("aria-pressed", button.value === (asPage ? "page" : "text"));
  if (asPage) showPage();
  else showText();
}

function showText() {
  const { source, cited, nearby, note } = shown;
  say(note);
  article.lang = source.script;
  article.replaceChildren(...drawDocument(source, cited, nearby));
  const quote = document.getElementById("cited-quote");
  // The quote comes to stand in the upper third, where what leads to it and what follows can be read.
  article.scrollTop = quote
    ? article.scrollTop + quote.getBoundingClientRect().top - article.getBoundingClientRect().top - article.clientHeight / 3
    : 0;
}

function showPage() {
  const { source, page, note } = shown;
  const alt = texts.page_picture.replace("{title}", source.title).replace("{page}", page);
  const image = element("img", { alt, src: documentAddress(source.name, `/pages/${page}.png`) });
  const sayIfShown = (sentence) => image.checkVisibility() && say(sentence);
  image.addEventListener("load", () => sayIfShown(note));
  image.addEventListener("error", () => sayIfShown(texts.source_failed));
  picture.replaceChildren(image);
  say(texts.loading); // a page is drawn when it is asked for, which may take seconds
}

function say(sentence) {
  note.textContent = sentence;
  note.hidden = !sentence;
}

function setOpener(link) {
  opener?.removeAttribute("aria-expanded");
  opener = link;
  opener?.setAttribute("aria-expanded", "true");
}

// The sheet that covers the chat on a phone is left with the Back button, as people expect of a page.
function close() {
  if (panel.hidden) return;
  if (history.state?.source) history.back();
  else hide();
}

function hide() {
  if (panel.hidden) return;
  panel.hidden = true;
  const back = opener?.isConnected ? opener : document.querySelector("#hw-question textarea");
  setOpener(null);
  back?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#hw-chat a.cite");
  if (link) {
    event.preventDefault();
    open(citationOf(link), link);
  } else if (!panel.contains(event.target) && matchMedia("(max-width: 768px)").matches) {
    close(); // a tap beside the sheet
  }
});
window.addEventListener("popstate", hide);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
find("close").addEventListener("click", close);
find("previous").addEventListener("click", () => step(-1));
find("next").addEventListener("click", () => step(1));
find("views").addEventListener("click", (event) => {
  if (!event.target.value) return;
  view = event.target.value;
  showView();
});

// A link of a shared answer leads here with the source to open.
export function openFromAddress() {
  if (!valuesBehind("cite", location.hash)) return;
  const citation = readCitation(location.hash);
  history.replaceState(null, "", "/");
  open(citation, null);
}
