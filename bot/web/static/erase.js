// Asks before everything is erased, for it cannot be brought back: in a dialog of our own, because browsers may not show
// theirs in a frame of another site.
import { element, texts } from "./page.js";

const choice = (value, label) => element("button", { value, textContent: label });
const sentence = element("p", { id: "hw-sure-sentence", textContent: texts.erase_confirm });
const choices = element("p", {}, choice("", texts.cancel), choice("erase", texts.erase));
const dialog = element("dialog", { id: "hw-sure" }, element("form", { method: "dialog" }, sentence, choices));
dialog.setAttribute("role", "alertdialog");
dialog.setAttribute("aria-labelledby", sentence.id);
document.body.append(dialog);

let isSure = false;

dialog.addEventListener("close", () => {
  if (dialog.returnValue !== "erase") return;
  isSure = true;
  document.querySelector("#hw-erase").click();
  isSure = false;
  document.querySelector("#hw-question textarea").focus(); // the button goes
});

dialog.addEventListener("keydown", (event) => {
  if (event.key === "Escape") event.stopPropagation(); // closes this, not what is behind it
});

// Before Gradio hears of it.
document.addEventListener(
  "click",
  (event) => {
    if (isSure || !event.target.closest("#hw-erase")) return;
    event.stopImmediatePropagation();
    dialog.returnValue = "";
    dialog.showModal();
  },
  { capture: true },
);
