// The filter outlives a change of the language, which loads the page anew: the link to it takes the filter along.
import { texts } from "./page.js";

const NAMES = ["year", "kind"];

// The field shows a name in the language of the page.
function chosen(name) {
  const shown = document.querySelector(`#hw-${name} input`)?.value ?? "";
  if (shown === texts[`all_${name}s`]) return "";
  const key = Object.keys(texts).find((each) => each.startsWith(`${name}.`) && texts[each] === shown);
  return key?.slice(name.length + 1) ?? shown;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("#hw-header nav a[lang]");
  if (!link) return;
  const address = new URL(link.href);
  for (const name of NAMES) address.searchParams.set(name, chosen(name));
  link.href = address.href;
});

// The year and kind that came along, once: a filter that was changed since is not to come back with a reload.
export function takeFilter() {
  const address = new URL(location.href);
  const filter = NAMES.map((name) => address.searchParams.get(name) ?? "");
  for (const name of NAMES) address.searchParams.delete(name);
  if (address.href !== location.href) history.replaceState(history.state, "", address);
  return filter;
}
