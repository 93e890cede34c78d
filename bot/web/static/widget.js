// Huiwen 会问 on your own site, as a button that opens the chat:
//   <script src="https://HOST/widget.js" data-lang="zh-Hans" async></script>
// data-lang is zh-Hans, zh-Hant or en; without it, the page's language. The site has to be named in
// HUIWEN_EMBED_ORIGINS. Nothing is loaded from HOST but this script until the button is used.
(() => {
  "use strict";
  const script = document.currentScript;
  const chat = new URL("/", script.src);
  const language = known(script.dataset.lang || document.documentElement.lang || navigator.language);
  const texts = {
    "zh-Hans": { open: "会问：向文件提问", title: "会问", close: "关闭" },
    "zh-Hant": { open: "會問：向文件提問", title: "會問", close: "關閉" },
    en: { open: "Huiwen: ask our documents", title: "Huiwen", close: "Close" },
  }[language];

  const STYLES = `
    :host { all: initial; }
    @media print { :host { display: none; } }
    * { box-sizing: border-box; }
    button { font: inherit; color: inherit; cursor: pointer; }
    :is(button, dialog, iframe):focus-visible { outline: 3px solid #e0a03a; outline-offset: 2px; }
    #open, dialog {
      font: 16px/1.4 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
    }
    #open {
      position: fixed; z-index: 2147483000; padding: 12px 20px; border: 0; border-radius: 28px;
      inset: auto max(20px, env(safe-area-inset-right)) max(20px, env(safe-area-inset-bottom)) auto;
      background: #a5282c; color: #fff; box-shadow: 0 3px 14px rgb(0 0 0 / 30%);
    }
    #open:hover { background: #8a2024; }
    dialog {
      position: fixed; z-index: 2147483000; inset: auto 20px 20px auto; margin: 0; padding: 0;
      width: min(440px, calc(100vw - 40px)); height: min(680px, calc(100dvh - 40px));
      max-width: none; max-height: none; flex-direction: column; overflow: hidden;
      border: 1px solid #d8d2ca; border-radius: 14px; background: #fff; color: #24211f;
      box-shadow: 0 8px 40px rgb(0 0 0 / 28%);
    }
    dialog[open] { display: flex; }
    header { display: flex; align-items: center; justify-content: space-between; padding: 4px 6px 4px 16px; }
    h2 { margin: 0; font-size: 16px; font-weight: 600; }
    #close { width: 40px; height: 40px; border: 0; border-radius: 8px; background: none; font-size: 22px; }
    #close:hover { background: rgb(128 128 128 / 18%); }
    iframe { flex: 1; width: 100%; border: 0; outline-offset: -3px; background: #f7f5f2; }
    @media (max-width: 640px) {
      dialog { inset: 0; width: 100vw; height: 100dvh; border: 0; border-radius: 0; }
    }
    @media (prefers-color-scheme: dark) {
      dialog { background: #242120; color: #ebe6e0; border-color: #3a3532; }
      iframe { background: #191716; }
    }`;

  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start);

  function known(tag) {
    if (!/^zh/i.test(tag)) return "en";
    return /hant|-(tw|hk|mo)\b/i.test(tag) ? "zh-Hant" : "zh-Hans";
  }

  function start() {
    if (document.querySelector("huiwen-widget")) return; // the script stands in the page twice
    const host = document.createElement("huiwen-widget");
    const root = host.attachShadow({ mode: "open" });
    // A sheet made by script is no inline style, so the site's own Content-Security-Policy allows it.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLES);
    root.adoptedStyleSheets = [sheet];

    const dialog = make("dialog", { id: "chat" });
    const button = make("button", { id: "open", type: "button", textContent: texts.open });
    const title = make("h2", { id: "title", textContent: texts.title });
    const close = make("button", { id: "close", type: "button", textContent: "×", title: texts.close });
    const header = make("header", {});
    const frame = make("iframe", { title: texts.title, allow: "clipboard-write" });
    host.lang = language;
    dialog.setAttribute("aria-labelledby", "title");
    button.setAttribute("aria-haspopup", "dialog");
    close.setAttribute("aria-label", texts.close);
    header.append(title, close);
    dialog.append(header, frame);
    root.append(button, dialog);

    button.addEventListener("click", () => open(dialog, button, frame));
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape") dialog.close();
    });
    dialog.addEventListener("close", () => {
      button.hidden = false;
      button.focus();
    });
    window.addEventListener("message", (event) => {
      const isOurs = event.origin === chat.origin && event.source === frame.contentWindow;
      if (isOurs && event.data?.huiwen === "close") dialog.close();
    });
    document.body.append(host);
  }

  function make(tag, properties) {
    return Object.assign(document.createElement(tag), properties);
  }

  function open(dialog, button, frame) {
    if (!frame.src) frame.src = `${chat.href}?embed=1&lang=${language}`;
    // On a phone the chat covers the page, which must not be reached behind it.
    if (matchMedia("(max-width: 640px)").matches) dialog.showModal();
    else dialog.show();
    button.hidden = true;
    frame.focus();
  }
})();
