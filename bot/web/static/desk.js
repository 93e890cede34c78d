// What Gradio does not do for the desk: saying aloud what was done and bringing it into view, and naming the
// parts of its tables and upload fields in other languages than English.
import { showUploads } from "./desk_uploads.js";
import { texts, translateNotices } from "./page.js";
import { checkVisitor } from "./visitor.js";

const MESSAGE = ".hw-message.prose";
const SPOKEN = `${MESSAGE}, #hw-staged .prose, #hw-exam-result .prose`;
const LABELS = {
  "Click to upload or drop files": "choose_files",
  "File upload": "choose_files",
  "Open cell menu": "column_menu",
  "Table actions": "table_actions",
  "More tabs": "more_tabs",
  "Sorted ascending": "sorted_ascending",
  "Sorted descending": "sorted_descending",
};
const LABELLED = Object.keys(LABELS).map((label) => `[aria-label="${label}"]`);
const shown = new WeakMap(); // what each place for messages said last

function speak() {
  for (const place of document.querySelectorAll(SPOKEN)) {
    if (!place.hasAttribute("aria-live")) place.setAttribute("aria-live", "polite");
  }
}

// The button that was pressed may stand screens below the message.
function bringIntoView() {
  for (const place of document.querySelectorAll(MESSAGE)) {
    const words = place.textContent.trim();
    if (words === (shown.get(place) ?? "")) continue;
    shown.set(place, words);
    if (words) place.scrollIntoView({ block: "nearest" });
  }
}

function nameSearch() {
  for (const field of document.querySelectorAll(`.search-input:not([aria-label="${texts.search}"])`)) {
    field.removeAttribute("title");
    field.placeholder = texts.search;
    field.setAttribute("aria-label", texts.search);
  }
  for (const rows of document.querySelectorAll(".virtual-table-viewport:not([data-empty])")) {
    rows.dataset.empty = texts.search_empty;
  }
}

function relabel() {
  for (const element of document.querySelectorAll(LABELLED)) {
    const label = element.getAttribute("aria-label");
    const words = texts[`label.${LABELS[label]}`];
    if (words !== label) element.setAttribute("aria-label", words); // else this would be a change to look at again
  }
}

// A file that waits is looked at by a click on its row, too; by the keyboard, its name is chosen below the table.
document.addEventListener("click", (event) => {
  const row = event.target.closest("#hw-staged tr.hw-ready");
  if (!row || !getSelection().isCollapsed) return; // words were selected, to be copied
  const field = document.querySelector("#hw-clicked-staged :is(input, textarea)");
  field.value = row.id.replace("staged-", "");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

new MutationObserver(() => {
  speak();
  bringIntoView();
  nameSearch();
  relabel();
  if (translateNotices()) checkVisitor(); // or else the login has ended
  showUploads();
}).observe(document.documentElement, {
  childList: true,
  subtree: true,
  characterData: true,
  attributeFilter: ["aria-label"],
});
