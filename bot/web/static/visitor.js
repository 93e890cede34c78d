// A login may end while its page is open. What is asked then is answered as for a stranger, which has to be said.
import { element, texts } from "./page.js";

const header = document.getElementById("hw-header");
let asking = false;

export async function checkVisitor() {
  if (asking || document.getElementById("hw-signed-out")) return;
  asking = true;
  try {
    const response = await fetch("/visitor", { cache: "no-store" });
    if (response.ok && (await response.json()).name !== header.dataset.visitor) tell();
  } catch {
    // The server was not reached; nothing is known.
  } finally {
    asking = false;
  }
}

function tell() {
  const again = element("a", { href: "/login?next=/", textContent: texts.sign_in });
  const notice = element("p", { id: "hw-signed-out" }, `${texts.signed_out} `, again);
  notice.setAttribute("role", "alert");
  header.after(notice);
}

window.addEventListener("focus", checkVisitor);
document.addEventListener("visibilitychange", () => document.hidden || checkVisitor());
