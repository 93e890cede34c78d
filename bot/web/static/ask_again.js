// Puts a question into the field, for the member to send: of an answer that does not stand any more.
import { valuesBehind } from "./page.js";

function fill(question) {
  const field = document.querySelector("#hw-question textarea");
  field.value = question;
  field.dispatchEvent(new Event("input", { bubbles: true })); // Gradio reads the field by its events
  field.focus();
}

export function askAgain() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#hw-chat a.again");
    if (!link) return;
    event.preventDefault();
    fill(valuesBehind("ask", link.getAttribute("href")).get("question"));
  });
  const question = valuesBehind("ask", location.hash)?.get("question");
  if (!question) return;
  history.replaceState(null, "", "/");
  new MutationObserver((_, observer) => {
    if (!document.querySelector("#hw-question textarea")) return;
    observer.disconnect();
    fill(question);
  }).observe(document.querySelector("gradio-app"), { subtree: true, childList: true });
}
