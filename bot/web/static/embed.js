// The chat in a frame of another site: every link that leaves it opens a page of its own, and Escape,
// which the site around cannot hear, is passed on.
(() => {
  "use strict";
  // Where a browser gives frames of other sites no storage, the conversation lasts as long as the frame.
  for (const storage of ["localStorage", "sessionStorage"]) {
    try {
      void window[storage];
    } catch {
      const kept = new Map();
      Object.defineProperty(window, storage, {
        value: {
          getItem: (name) => kept.get(name) ?? null,
          setItem: (name, value) => kept.set(name, String(value)),
          removeItem: (name) => kept.delete(name),
        },
      });
    }
  }
  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll("#hw-header nav a[lang]")) link.href += "&embed=1";
  });

  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest?.("a[href]");
      if (!link || link.getAttribute("href").startsWith("#") || link.search.includes("embed=1")) return;
      link.target = "_blank";
      link.rel = "noopener";
    },
    true,
  );

  // Asked before anybody acts on the key: what is open now closes first, and the frame stays.
  let somethingWasOpen = false;
  const open = '[role="dialog"]:not([hidden]), [role="menu"]:not([hidden]), dialog[open]';
  window.addEventListener("keydown", () => (somethingWasOpen = !!document.querySelector(open)), true);
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && !somethingWasOpen && !event.defaultPrevented) {
      parent.postMessage({ huiwen: "close" }, "*"); // says nothing that a stranger may not know
    }
  });

  window.addEventListener("focus", () => {
    if (document.activeElement === document.body) document.querySelector("#hw-question textarea")?.focus();
  });
})();
