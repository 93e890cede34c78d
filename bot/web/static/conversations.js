// The conversations that this browser remembers, for each the ids of its answers; the last one is this tab's.
// Gradio's own browser state is not used: each tab would overwrite what the others have stored.
import { sends } from "./busy.js";
import { takeFilter } from "./filter.js";

const { visitor } = document.getElementById("hw-header").dataset; // who logs in after another has a list of his own
const KEY = visitor ? `huiwen-conversations ${visitor}` : "huiwen-conversations";
const MOST = 30; // conversations, and answers in one: as in conversations.py
const LONGEST = 100;

const field = () => document.querySelector("#hw-kept textarea");
const filter = () => document.querySelector("#hw-chosen textarea");
const told = () => document.querySelector("#hw-remembered");
const isRestored = () => Boolean(told()?.textContent.trim());

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return []; // not of our making
  }
}

const isSame = (one, other) => one.some((id) => other.includes(id));

// What is stored and what this tab has, whose last conversation stays the last.
function merged(others, mine) {
  const all = [];
  for (const each of [...others, ...mine]) {
    const index = all.findIndex((known) => isSame(known, each));
    if (index < 0) all.push(each);
    else all[index] = [...new Set([...all[index], ...each])];
  }
  const last = mine.at(-1) ?? [];
  const current = all.find((each) => isSame(each, last)) ?? [];
  const past = all.filter((each) => each.length && each !== current);
  return [...past, current].slice(-MOST).map((each) => each.slice(-LONGEST));
}

function fill(hidden, value) {
  hidden.value = JSON.stringify(value);
  hidden.dispatchEvent(new Event("input", { bubbles: true })); // Gradio reads the field by its events
}

const keep = (conversations) => fill(field(), conversations);

function store() {
  if (!isRestored()) return;
  const mine = JSON.parse(told().textContent);
  const all = mine.length ? merged(stored(), mine) : [];
  if (all.length) localStorage.setItem(KEY, JSON.stringify(all));
  else localStorage.removeItem(KEY); // its owner has erased them all
  keep(all);
  setTimeout(sendWaiting); // when the conversation is drawn, too
}

// Another tab has stored something, or erased everything.
window.addEventListener("storage", (event) => {
  if (event.key !== KEY || !field()) return;
  const mine = JSON.parse(field().value || "[]");
  keep(event.newValue === null ? [] : merged(stored(), mine));
});

// A question sent before the conversation is back would be covered by it: it waits.
let waiting = false;

function holdBack(event) {
  if (isRestored() || !sends(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting = true;
}

function sendWaiting() {
  if (!waiting) return;
  waiting = false;
  document.querySelector("#hw-question .submit-button").click();
}

// Tells the page what is remembered as soon as it is drawn, and stores what it tells from then on.
export function remember() {
  for (const type of ["keydown", "click"]) document.addEventListener(type, holdBack, { capture: true });
  const app = document.querySelector("gradio-app");
  const begin = new MutationObserver(() => {
    const restore = document.querySelector("#hw-restore");
    if (!field() || !filter() || !told() || !restore) return;
    begin.disconnect();
    new MutationObserver(store).observe(told(), { subtree: true, childList: true, characterData: true });
    keep(stored());
    fill(filter(), takeFilter());
    restore.click();
  });
  begin.observe(app, { subtree: true, childList: true });
}
