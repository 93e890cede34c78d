// Below each answer: copy, print, share, and whether it was good; on paper, its sources instead.
import { element, texts, valuesBehind, withReference } from "./page.js";
import { checkVisitor } from "./visitor.js";

const REASONS = ["citation", "off_topic", "outdated", "other"];

// A marker with the answer's id says that the answer is whole, and that it stands.
export function dressAnswers() {
  for (const message of document.querySelectorAll("#hw-chat .message")) {
    const marker = message.querySelector(".answer-id");
    const id = marker?.id.replace("answer-", "");
    if (message.querySelector(".hw-actions")?.dataset.answer === id) continue;
    for (const old of message.querySelectorAll(":scope > :is(.hw-actions, .hw-on-paper)")) old.remove();
    if (!marker) continue;
    const added = actionBar(id, message);
    showVerdict(added, ["up", "down"].find((verdict) => marker.classList.contains(verdict)));
    message.append(onPaper(message), added);
    checkVisitor(); // whoever the answer was for
  }
}

function actionBar(id, message) {
  const status = element("span", { className: "status", role: "status" });
  const say = (...words) => status.replaceChildren(...words);
  const good = button(texts.good, () => rate(id, { verdict: "up" }, bar, say));
  const bad = button(texts.bad, () => askWhy(id, bar, say));
  const bar = element(
    "div",
    { className: "hw-actions", role: "group" },
    button(texts.copy, () => copy(plainText(message), texts.copied, say)),
    button(texts.print, () => print(id)),
    button(texts.share, () => share(id, say)),
    good,
    bad,
    status,
  );
  good.value = "up";
  bad.value = "down";
  bar.dataset.answer = id;
  bar.setAttribute("aria-label", texts.actions);
  return bar;
}

function button(label, action) {
  const made = element("button", { type: "button", textContent: label });
  made.addEventListener("click", action);
  return made;
}

// The answer as text, with its sources as footnotes.
function plainText(message) {
  const answer = message.querySelector(".prose").innerText.trim();
  return [answer, ...sources(message)].join("\n\n");
}

function sources(message) {
  const notes = Array.from(message.querySelectorAll("a.cite:not(.whole)"), (link) => {
    const quote = valuesBehind("cite", link.getAttribute("href")).get("quote");
    return `${link.textContent} ${link.title}：${quote}`;
  });
  return [...new Set(notes)];
}

// Whoever prints the whole conversation, by the browser's menu, cannot click a mark to see its source.
function onPaper(message) {
  const notes = sources(message).map((note) => element("p", { textContent: note }));
  const heading = notes.length ? [element("h4", { textContent: texts.sources })] : [];
  return element("div", { className: "hw-on-paper" }, ...heading, ...notes);
}

async function copy(text, done, say) {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(copyOldWay(text) ? done : texts.copy_failed);
  }
}

// Browsers have a clipboard for scripts under https only, and an office may serve plain http.
function copyOldWay(text) {
  const field = element("textarea", { value: text, className: "hw-unseen" });
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

// The answer's own page is made for paper: the answer and its sources, nothing else.
function print(id) {
  if (window.top !== window) return window.open(`/a/${id}`, "_blank", "noopener"); // no frame in another site's frame
  document.getElementById("hw-print")?.remove();
  const frame = element("iframe", { id: "hw-print", src: `/a/${id}`, title: texts.print });
  frame.addEventListener("load", () => frame.contentWindow.print());
  document.body.append(frame);
}

async function share(id, say) {
  const response = await send("POST", id, "/share");
  if (!response?.ok) return say(whatFailed(response));
  const address = new URL((await response.json()).path, location.origin).href;
  const field = element("input", { value: address, readOnly: true });
  field.setAttribute("aria-label", texts.share_link);
  field.addEventListener("focus", () => field.select());
  copy(address, texts.shared, (words) => say(words, field)); // to be seen, and to be copied by hand
}

async function rate(id, feedback, bar, say) {
  const response = await send("POST", id, "/feedback", feedback);
  if (!response?.ok) return say(whatFailed(response));
  bar.querySelector("form")?.remove();
  showVerdict(bar, feedback.verdict);
  say(texts.thanks);
}

function showVerdict(bar, verdict) {
  for (const each of bar.querySelectorAll("button[value]")) {
    each.setAttribute("aria-pressed", each.value === verdict);
  }
}

function askWhy(id, bar, say) {
  if (bar.querySelector("form")) return;
  const reasons = REASONS.map((reason) => {
    const input = element("input", { type: "radio", name: `reason-${id}`, value: reason, required: true });
    return element("label", {}, input, texts[`reason.${reason}`]);
  });
  const comment = element("input", { type: "text", maxLength: 500, placeholder: texts.comment });
  comment.setAttribute("aria-label", texts.comment);
  const form = element(
    "form",
    {},
    element("fieldset", {}, element("legend", { textContent: texts.why }), ...reasons),
    comment,
    element("button", { textContent: texts.send_feedback }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = form.querySelector(":checked").value;
    rate(id, { verdict: "down", reason, comment: comment.value }, bar, say);
  });
  bar.append(form);
  form.querySelector("input").focus();
  form.scrollIntoView({ block: "nearest" });
}

function whatFailed(response) {
  return response?.status === 404 ? texts.unknown_answer : withReference(texts.action_failed, response);
}

async function send(method, id, path, body) {
  const json = body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  try {
    return await fetch(`/api/answers/${id}${path}`, { method, ...json });
  } catch {
    return null; // the server was not reached
  }
}
