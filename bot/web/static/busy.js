// One thing at a time: an answer under way would bring back what is left or erased meanwhile.
import { element, texts } from "./page.js";

// A field of Gradio's that nobody sees, where it shows whether anything is under way.
const UNDER_WAY = '#hw-busy [data-testid="status-tracker"]:not(.hide, :has(.error))';
const BEGINS = "#hw-new, #hw-erase, #hw-past .gallery-item, #hw-chat :is(.example, .option)";
const SHOWN = 4000; // milliseconds

const notice = element("p", { id: "hw-wait" });
notice.setAttribute("role", "status");
document.body.append(notice);
let hiding;

// Whether a click or a key sends the question.
export function sends(event) {
  if (!event.target.closest("#hw-question")) return false;
  if (event.type === "click") return Boolean(event.target.closest(".submit-button"));
  return event.key === "Enter" && !event.shiftKey && !event.isComposing;
}

function refuse(event) {
  const begins = sends(event) || (event.type === "click" && event.target.closest(BEGINS));
  if (!begins || !document.querySelector(UNDER_WAY)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  notice.textContent = texts.under_way;
  clearTimeout(hiding);
  hiding = setTimeout(() => notice.replaceChildren(), SHOWN);
}

for (const type of ["keydown", "click"]) document.addEventListener(type, refuse, { capture: true });
