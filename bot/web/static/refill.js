// Puts a question into the field, for the member to send: of an answer that does not stand any more, or one that
// stood there when the page was left, as it leaves itself when a lost connection has come back.
import { valuesBehind } from "./page.js";

const UNSENT = "huiwen-unsent";
const field = () => document.querySelector("#hw-question textarea");

function fill(question) {
  field().value = question;
  field().dispatchEvent(new Event("input", { bubbles: true })); // Gradio reads the field by its events
  field().focus();
}

// A link of a shared answer leads here with the question to ask again.
export function askFromAddress() {
  const question = valuesBehind("ask", location.hash)?.get("question");
  if (!question) return;
  history.replaceState(null, "", "/");
  fillWhenDrawn(question);
}

export function askWhatWasLeft() {
  const { visitor } = document.getElementById("hw-header").dataset; // who comes after a logout is not shown it
  const left = JSON.parse(sessionStorage.getItem(UNSENT));
  sessionStorage.removeItem(UNSENT);
  if (left?.visitor === visitor) fillWhenDrawn(left.question);
  window.addEventListener("pagehide", () => {
    const question = field()?.value;
    if (question?.trim()) sessionStorage.setItem(UNSENT, JSON.stringify({ visitor, question }));
  });
}

function fillWhenDrawn(question) {
  if (field()) return fill(question);
  new MutationObserver((_, observer) => {
    if (!field()) return;
    observer.disconnect();
    fill(question);
  }).observe(document.querySelector("gradio-app"), { subtree: true, childList: true });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#hw-chat a.again");
  if (!link) return;
  event.preventDefault();
  fill(valuesBehind("ask", link.getAttribute("href")).get("question"));
});
