// The chat in a frame of another site: every link that leaves it opens a page of its own, and Escape,
// which the site around cannot hear, is passed on.
(() => {
  "use strict";
  const here = new URLSearchParams(location.search);

  function stay(link, changes) {
    const kept = new URLSearchParams({ embed: "1", ...changes });
    const lang = kept.get("lang") || here.get("lang");
    if (lang) kept.set("lang", lang);
    link.href = `/?${kept}`;
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const link of document.querySelectorAll("#hw-header nav a[lang]")) stay(link, { lang: link.lang });
    const fresh = document.getElementById("hw-new");
    if (fresh) stay(fresh, {});
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
