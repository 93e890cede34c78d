// The chat page: what Gradio does not bring. Each part stands in a file of its own.
import { dressAnswers } from "./answers.js";
import { relabel } from "./labels.js";
import { openFromAddress } from "./source.js";
import { askFromAddress, askWhatWasLeft } from "./refill.js";
import { remember } from "./conversations.js";
import "./erase.js";

// Gradio draws its elements anew whenever it likes, so what is added to them is added whenever it is missing.
function tend() {
  relabel();
  dressAnswers();
}

new MutationObserver(tend).observe(document.querySelector("gradio-app"), {
  subtree: true,
  childList: true,
  attributeFilter: ["aria-label"],
});

remember();
askWhatWasLeft();
openFromAddress();
askFromAddress();
window.addEventListener("hashchange", () => {
  openFromAddress();
  askFromAddress();
});

document.getElementById("hw-skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.querySelector("#hw-question textarea")?.focus();
});
