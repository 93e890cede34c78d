// What all parts of the page share.
export const texts = JSON.parse(document.getElementById("huiwen-texts").textContent);

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// What went wrong, with the number by which staff find the request in the log, if it got as far as the server.
export function withReference(sentence, response) {
  const id = response?.headers.get("X-Request-ID");
  return id ? sentence + texts.reference.replace("{id}", id) : sentence;
}

// Gradio's notices, about a full queue or a lost connection, are English. Says whether there was a new one.
export function translateNotices() {
  const notices = [...document.querySelectorAll(".toast-message-text.error")];
  const told = [texts.unavailable, texts.too_large];
  const untold = notices.filter((notice) => !told.includes(notice.textContent));
  for (const notice of untold) {
    const is_too_large = notice.textContent.includes("maximum allowed size");
    notice.textContent = is_too_large ? texts.too_large : texts.unavailable;
  }
  return untold.length > 0;
}

// The values behind "#name?…" of an address or a link; null when it has another name.
export function valuesBehind(name, address) {
  const [before, query] = address.split("?");
  return before.endsWith(`#${name}`) ? new URLSearchParams(query ?? "") : null;
}
