// Who is logged in may change while a page is open. What is asked then is answered as for the new one, which has to be said.
import { element, texts } from "./page.js";

const header = document.getElementById("hw-header");
let known = header.dataset.visitor;
let asking = false;

export async function checkVisitor() {
  if (asking) return;
  asking = true;
  try {
    const response = await fetch("/visitor", { cache: "no-store" });
    if (response.ok) tell((await response.json()).name);
  } catch {
    // The server was not reached; nothing is known.
  } finally {
    asking = false;
  }
}

function tell(name) {
  if (name === known) return;
  known = name;
  document.getElementById("hw-visitor")?.remove();
  if (name === header.dataset.visitor) return;
  const sentence = name ? texts.signed_in_as.replace("{name}", () => name) : texts.signed_out;
  const link = name
    ? element("a", { href: "", textContent: texts.reload })
    : element("a", { href: `/login?next=${location.pathname}`, textContent: texts.sign_in });
  if (!name && header.dataset.login) link.target = header.dataset.login;
  const notice = element("p", { id: "hw-visitor" }, `${sentence} `, link);
  notice.setAttribute("role", "alert");
  header.after(notice);
}

window.addEventListener("focus", checkVisitor);
document.addEventListener("visibilitychange", () => document.hidden || checkVisitor());
