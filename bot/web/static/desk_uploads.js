// Files on their way to the server: Gradio names the one being sent, in English; all are listed here.
import { element, texts } from "./page.js";

const uploads = new Map(); // field → { names, at, list }

function remember(event, files) {
  const field = event.target.closest?.("#hw-uploads, #hw-replacement");
  if (field && files?.length) uploads.set(field, { names: Array.from(files, (file) => file.name), at: 0, list: null });
}

// Before Gradio hears of it, which empties the field.
document.addEventListener("change", (event) => remember(event, event.target.files), { capture: true });
document.addEventListener("drop", (event) => remember(event, event.dataTransfer?.files), { capture: true });

// Gradio sends the files in their order, one after another.
export function showUploads() {
  for (const [field, upload] of uploads) {
    const running = field.querySelector(".uploading");
    if (running) {
      upload.list ??= begin(field, upload, running);
      update(field, upload);
    } else if (upload.list) {
      upload.list.remove();
      uploads.delete(field);
    }
  }
}

function begin(field, { names }, running) {
  running.textContent = texts.uploading.replace("{count}", names.length);
  const rows = names.map((name) => element("li", {}, element("span", { textContent: name }), element("b")));
  const list = element("ul", { className: "hw-uploading" }, ...rows);
  field.after(list);
  return list;
}

function update(field, upload) {
  const sending = field.querySelector(".file-name")?.textContent.trim();
  const percent = Math.floor(Number(field.querySelector("progress")?.textContent)) || 0;
  const at = upload.names.indexOf(sending, upload.at);
  if (at > upload.at) upload.at = at;
  upload.list.querySelectorAll("b").forEach((state, number) => {
    const words = stateOf(number - upload.at, percent);
    if (state.textContent !== words) state.textContent = words;
  });
}

function stateOf(ahead, percent) {
  if (ahead > 0) return texts["uploading.waiting"];
  return ahead < 0 || percent >= 100 ? texts["uploading.done"] : `${percent}%`;
}
