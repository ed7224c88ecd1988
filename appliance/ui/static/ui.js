// Enhancements: pages stay current, clocks go on, logs follow, files drop. Every page reads and works without them.
"use strict";

const units = [[31536000, "y"], [86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function span(seconds, parts = 2) {
  let left = Math.max(Math.round(seconds), 0);
  const words = [];
  for (const [length, unit] of units) {
    if (left >= length || (unit === "s" && !words.length)) {
      words.push(`${Math.floor(left / length)} ${unit}`);
      left %= length;
    } else if (words.length) break;
  }
  return words.slice(0, parts).join(" ");
}

function tick() {
  const now = Date.now() / 1000;
  for (const each of document.querySelectorAll("[data-since]")) each.textContent = span(now - each.dataset.since);
  for (const each of document.querySelectorAll("[data-ago]")) {
    const past = now - each.dataset.ago;
    if (past >= 0) each.textContent = past < 1.5 ? "just now" : `${span(past, 1)} ago`;
  }
  for (const each of document.querySelectorAll("[data-expected]")) {
    const bar = each.querySelector("progress");
    if (bar) bar.value = Math.min(99, 100 * (now - each.dataset.started) / each.dataset.expected);
  }
}
setInterval(() => { if (!document.hidden) tick(); }, 1000);

// Parts of the page marked data-live are fetched again when the hub says that something changed.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const shown = () => document.hidden
  ? new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true })) : null;

function renew(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (other && other.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) part.replaceWith(other);
  }
  tick();
}

async function live() {
  const topics = document.body.dataset.topics;
  let heard = document.body.dataset.heard, wait = 1000;
  if (!topics || !document.querySelector("[data-live]")) return;
  for (;;) {
    await shown();
    const patience = document.querySelector("[data-live] [data-since]") ? 4 : 20;
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { "Prefer": `wait=${patience}`, "X-Heard": `${heard} ${topics}` } });
      if (!answer.ok) throw new Error(answer.status);
      heard = answer.headers.get("X-Heard") || heard;
      renew(new DOMParser().parseFromString(await answer.text(), "text/html"));
      wait = 1000;
    } catch { wait = Math.min(wait * 2, 30000); }
    await pause(wait);
  }
}

// Logs: what is appended comes by itself, the rest when it is scrolled to.

function placed(log, html, where) {
  const part = new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html").querySelector("ol");
  const height = document.documentElement.scrollHeight;
  const added = [...part.children];
  const list = log.querySelector("ol");
  if (where === "before") {
    list.prepend(...added);
    window.scrollBy(0, document.documentElement.scrollHeight - height);
  } else list.append(...added);
}

async function part(log, query, headers = {}) {
  const answer = await fetch(`${log.dataset.address}${log.dataset.address.includes("?") ? "&" : "?"}${query}`, { cache: "no-store", headers });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function fill(log, where) {
  const key = where === "before" ? "first" : "end";
  if (log.busy || log.dataset[key] === "" || (where === "before" && Number(log.dataset.first) <= 1)) return;
  log.busy = true;
  try {
    const found = await part(log, where === "before" ? `part=before&line=${log.dataset.first}` : `part=after&offset=${log.dataset.end}&line=${log.dataset.next}`);
    placed(log, found.html, where);
    if (where === "before") log.dataset.first = found.first;
    else Object.assign(log.dataset, { end: found.end, next: found.next });
    log.more = where === "after" ? found.more : log.more;
  } finally { log.busy = false; }
}

const atBottom = () => window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 80;

async function follow(log) {
  let wait = 1;
  while (log.dataset.growing) {
    await shown();
    const stay = atBottom();
    try {
      const topics = log.dataset.topics ? { "Prefer": `wait=${wait}`, "X-Heard": `${log.dataset.heard} ${log.dataset.topics}` } : {};
      const found = await part(log, `part=after&offset=${log.dataset.end}&line=${log.dataset.next}`, topics);
      placed(log, found.html, "after");
      Object.assign(log.dataset, { end: found.end, next: found.next, heard: found.heard });
      if (!found.live && !found.more) { delete log.dataset.growing; document.querySelector(".live")?.replaceWith("ended"); }
      wait = found.html ? 1 : Math.min(wait + 1, 5);
      if (stay && found.html) window.scrollTo(0, document.documentElement.scrollHeight);
      if (!found.more) await pause(250);
    } catch { await pause(3000); }
  }
}

/* On a small screen menus are wider than it: where one is, is in sight. */
function menus() {
  for (const each of document.querySelectorAll(".menu [aria-current], .tabs [aria-current]")) {
    const list = each.closest(".menu, .tabs ul"), [place, whole] = [each, list].map((one) => one.getBoundingClientRect());
    if (place.right > whole.right) list.scrollLeft += place.right - whole.right + 16;
  }
}

function logs() {
  const log = document.querySelector(".log[data-address]");
  if (!log) return;
  log.more = log.dataset.more === "1";
  for (const each of document.querySelectorAll("[data-wrap]")) {
    each.hidden = false;
    each.addEventListener("click", () => each.setAttribute("aria-pressed", String(log.classList.toggle("wrap"))));
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: "center" });
  const sentinel = new IntersectionObserver((seen) => {
    for (const each of seen) {
      if (each.isIntersecting && each.target.dataset.edge === "top") fill(log, "before");
      if (each.isIntersecting && each.target.dataset.edge === "bottom" && log.more) fill(log, "after");
    }
  }, { rootMargin: "600px" });
  for (const edge of document.querySelectorAll("[data-edge]")) sentinel.observe(edge);
  if (log.dataset.growing && !log.more) {
    if (!location.hash && !location.search.includes("line=")) window.scrollTo(0, document.documentElement.scrollHeight);
    follow(log);
  }
}

// Files are dropped on the form; the kind of source that is chosen shows its fields.

function drops() {
  for (const zone of document.querySelectorAll(".dropzone")) {
    const input = zone.querySelector("input[type=file]");
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); input.files = event.dataTransfer.files; input.dispatchEvent(new Event("change", { bubbles: true })); });
  }
  for (const form of document.querySelectorAll("form[data-ask]")) {
    form.addEventListener("submit", (event) => { if (!window.confirm(form.dataset.ask)) event.preventDefault(); });
  }
  for (const each of document.querySelectorAll("[data-copy]")) {
    each.hidden = false;
    each.addEventListener("click", async () => { await navigator.clipboard.writeText(document.getElementById(each.dataset.copy).textContent); each.textContent = "Copied"; });
  }
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); document.getElementById("find").focus(); }
  if (event.key === "Escape") for (const open of document.querySelectorAll(".drop[open]")) open.open = false;
});
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll(".drop[open]")) if (!open.contains(event.target)) open.open = false;
});

tick(); live(); menus(); logs(); drops();
