// Gradio's own labels are English or repeat a message's markup, which a screen reader would spell out.
import { texts, translateNotices } from "./page.js";
import { checkVisitor } from "./visitor.js";

export function relabel() {
  for (const message of document.querySelectorAll("#hw-chat [data-testid][aria-label]")) {
    message.removeAttribute("aria-label");
  }
  for (const example of document.querySelectorAll("#hw-chat button.example[aria-label]")) {
    example.removeAttribute("aria-label");
  }
  for (const examples of document.querySelectorAll("#hw-chat .examples[role=list]")) {
    examples.removeAttribute("role"); // it holds buttons, not list items
  }
  if (translateNotices()) checkVisitor(); // or else the login has ended
  label(document.querySelector(".toast-close"), texts.close);
  label(document.querySelector("#hw-chat [role=log]"), texts.chat);
  label(document.querySelector("#hw-question .submit-button"), texts.send);
}

function label(element, text) {
  if (element && element.getAttribute("aria-label") !== text) element.setAttribute("aria-label", text);
}
