// Opens the source of a citation beside the answer, with the quoted words marked in their context.
// Document text enters the page through textContent only, so nothing in it can become markup.
"use strict";

(() => {
  const texts = JSON.parse(document.getElementById("huiwen-texts").textContent);
  const panel = document.getElementById("hw-source");
  const title = document.getElementById("hw-source-title");
  const facts = document.getElementById("hw-source-facts");
  const note = document.getElementById("hw-source-note");
  const article = document.getElementById("hw-source-text");
  let opener = null;

  // A citation as its link tells it: #cite?document=…&start=…&end=…&quote=…; no span means the whole document.
  function readCitation(link) {
    const query = new URLSearchParams(link.getAttribute("href").split("?")[1] ?? "");
    const span = query.has("start") ? { start: Number(query.get("start")), end: Number(query.get("end")) } : null;
    return { document: query.get("document"), span, quote: query.get("quote") };
  }

  function nearbySpans(link, documentName) {
    const links = link.closest(".message")?.querySelectorAll("a.cite") ?? [];
    return Array.from(links, readCitation)
      .filter((citation) => citation.document === documentName && citation.span)
      .map((citation) => citation.span);
  }

  async function openSource(link) {
    const citation = readCitation(link);
    setOpener(link);
    title.textContent = "";
    facts.textContent = "";
    article.replaceChildren();
    say(texts.loading);
    if (panel.hidden) history.pushState({ source: true }, "");
    panel.hidden = false;
    article.focus({ preventScroll: true });
    try {
      const path = citation.document.split("/").map(encodeURIComponent).join("/");
      const response = await fetch(`/api/documents/${path}`);
      if (opener !== link) return; // another citation was clicked meanwhile
      if (response.ok) showDocument(await response.json(), citation, nearbySpans(link, citation.document));
      else say(response.status === 404 ? texts.source_missing : texts.source_failed);
    } catch {
      if (opener === link) say(texts.source_failed);
    }
  }

  function showDocument(source, citation, nearby) {
    const page = citation.span && source.pages.find((at) => contains(at, citation.span.start));
    const pageLabel = page && texts.page.replace("{page}", page.page);
    title.textContent = source.title;
    const kind = texts[`kind.${source.kind}`];
    facts.textContent = [source.date, kind, pageLabel, source.name].filter(Boolean).join(" · ");
    article.lang = source.script;
    const changed = citation.span && quoteAt(source, citation.span) !== citation.quote;
    article.replaceChildren(...paragraphs(source, changed ? null : citation.span, changed ? [] : nearby));
    const quote = document.getElementById("cited-quote");
    say(changed ? texts.source_changed : "");
    // The quote comes to stand in the upper third, where what leads to it and what follows can be read.
    article.scrollTop = quote
      ? article.scrollTop + quote.getBoundingClientRect().top - article.getBoundingClientRect().top - article.clientHeight / 3
      : 0;
  }

  // A document that was replaced after the answer may say something else at the same place.
  function quoteAt(source, span) {
    return Array.from(source.text).slice(span.start, span.end).join("");
  }

  // Offsets count characters (code points), but a string of JavaScript counts UTF-16 units.
  function paragraphs(source, cited, nearby) {
    const characters = Array.from(source.text);
    const made = [];
    let start = 0;
    for (const line of source.text.split("\n")) {
      const span = { start, end: start + Array.from(line).length };
      start = span.end + 1;
      if (line.trim()) made.push(paragraph(source, characters, span, cited, nearby));
    }
    return made;
  }

  function paragraph(source, characters, span, cited, nearby) {
    const element = document.createElement("p");
    const heading = source.headings.some((at) => at.start >= span.start && at.end <= span.end && at.end > at.start);
    element.classList.toggle("heading", heading);
    for (const piece of cut(span, source.pages, cited, nearby)) {
      const page = source.pages.find((at) => at.start === piece.start);
      if (page) element.append(pageStart(page));
      element.append(markedText(characters.slice(piece.start, piece.end).join(""), piece, cited, nearby));
    }
    return element;
  }

  // The span cut wherever a page or a quote begins or ends.
  function cut(span, pages, cited, nearby) {
    const spans = [...(cited ? [cited] : []), ...nearby];
    const places = [...pages.map((at) => at.start), ...spans.flatMap((at) => [at.start, at.end])];
    const inside = places.filter((place) => place > span.start && place < span.end);
    const edges = [...new Set([span.start, ...inside, span.end])].sort((a, b) => a - b);
    return edges.slice(1).map((end, index) => ({ start: edges[index], end }));
  }

  function markedText(text, piece, cited, nearby) {
    const isCited = cited && contains(cited, piece.start);
    if (!isCited && !nearby.some((span) => contains(span, piece.start))) return text;
    const mark = document.createElement("mark");
    mark.textContent = text;
    if (isCited) mark.className = "cited";
    if (isCited && piece.start === cited.start) mark.id = "cited-quote";
    return mark;
  }

  function pageStart(page) {
    const element = document.createElement("span");
    element.className = "page-start";
    element.dataset.label = texts.page.replace("{page}", page.page);
    return element;
  }

  function contains(span, place) {
    return span.start <= place && place < span.end;
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
  function closeSource() {
    if (panel.hidden) return;
    if (history.state?.source) history.back();
    else hideSource();
  }

  function hideSource() {
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
      openSource(link);
    } else if (event.target.closest('a[href^="/?lang="]') && document.querySelector("#hw-chat .message")) {
      if (!confirm(texts.switch_language)) event.preventDefault();
    } else if (!panel.contains(event.target) && matchMedia("(max-width: 768px)").matches) {
      closeSource(); // a tap beside the sheet
    }
  });
  window.addEventListener("popstate", hideSource);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeSource();
  });
  document.getElementById("hw-source-close").addEventListener("click", closeSource);

  // Gradio's own labels are English or repeat a message's markup, which a screen reader would spell out;
  // its error notices, about a full queue or a lost connection, are English too.
  function relabel() {
    for (const message of document.querySelectorAll("#hw-chat [data-testid][aria-label]")) {
      message.removeAttribute("aria-label");
    }
    for (const example of document.querySelectorAll("#hw-chat button.example[aria-label]")) {
      example.removeAttribute("aria-label");
    }
    for (const notice of document.querySelectorAll(".toast-message-text.error")) {
      if (notice.textContent !== texts.unavailable) notice.textContent = texts.unavailable;
    }
    label(document.querySelector(".toast-close"), texts.close);
    label(document.querySelector("#hw-chat [role=log]"), texts.chat);
    label(document.querySelector("#hw-question .submit-button"), texts.send);
  }

  function label(element, text) {
    if (element && element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text);
  }

  new MutationObserver(relabel).observe(document.querySelector("gradio-app"), {
    subtree: true,
    childList: true,
    attributeFilter: ["aria-label"],
  });
})();
