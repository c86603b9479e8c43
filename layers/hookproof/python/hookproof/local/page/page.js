"use strict";

const byId = (id) => document.getElementById(id);
let last = 0;
let chosen = null;
let filter = "";

/** An element with text in it: what was sent is never read as HTML. */
function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function statusMark(status) {
  const kind = status < 300 ? "ok" : status < 500 ? "no" : "late";
  return element("span", String(status), `status ${kind}`);
}

function bytes(count) {
  return count < 1024 ? `${count} B` : count < 1048576 ? `${(count / 1024).toFixed(1)} KB`
    : `${(count / 1048576).toFixed(1)} MB`;
}

/** JSON, indented for reading; only the space between its tokens differs from what was sent. */
function pretty(text) {
  try { JSON.parse(text); } catch { return text; }
  let depth = 0;
  const line = () => `\n${"  ".repeat(depth)}`;
  const tokens = text.match(/"(?:\\.|[^"\\])*"|[{}[\],:]|[^\s{}[\],:"]+/g) || [];
  return tokens.map((token, index) => {
    const empty = "{[".includes(token) && "}]".includes(tokens[index + 1] || " ");
    const filled = "}]".includes(token) && !"{[".includes(tokens[index - 1] || " ");
    if ("{[".includes(token)) { depth += 1; return empty ? token : token + line(); }
    if ("}]".includes(token)) { depth -= 1; return filled ? line() + token : token; }
    return token === "," ? token + line() : token === ":" ? ": " : token;
  }).join("");
}

function applyFilter(row) {
  row.hidden = filter !== "" && row.dataset.status[0] !== filter;
}

function addRow(delivery) {
  const row = element("li");
  row.tabIndex = 0;
  row.id = `delivery-${delivery.number}`;
  row.dataset.status = String(delivery.status);
  const what = delivery.reason || delivery.event_type || delivery.outcome;
  row.append(
    statusMark(delivery.status),
    element("span", `${delivery.method} ${delivery.path}`, "path"),
    element("time", delivery.time),
    element("span", [what, delivery.reason ? "" : delivery.event_id].filter(Boolean).join(" · "), "event"),
  );
  const choose = () => show(delivery.number);
  row.addEventListener("click", choose);
  row.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(); });
  applyFilter(row);
  byId("deliveries").prepend(row);
  last = Math.max(last, delivery.number);
}

function facts(pairs) {
  const list = element("dl", "", "facts");
  for (const [name, value] of pairs) {
    if (value === null || value === undefined || value === "") continue;
    list.append(element("dt", name), element("dd", String(value)));
  }
  return list;
}

function heading(text, note = "") {
  const made = element("h3", text);
  if (note) made.append(element("small", note));
  return made;
}

function table(pairs) {
  const made = element("table");
  for (const [name, value] of pairs) {
    const row = made.insertRow();
    row.insertCell().textContent = name;
    row.insertCell().textContent = value;
  }
  return made;
}

function body(part) {
  if (part.bytes === 0) return element("pre", "(empty)");
  const text = part.encoding === "text" && !part.cut ? pretty(part.text) : part.text;
  return element("pre", text + (part.cut ? "\n…" : ""));
}

function bodyNote(part) {
  return bytes(part.bytes) + (part.encoding === "base64" ? " · binary, shown as base64" : "");
}

function title(delivery) {
  const made = element("div", "", "title");
  const again = element("button", "Replay");
  again.type = "button";
  again.title = "Send the very same request again";
  again.addEventListener("click", () => replay(delivery.number));
  made.append(statusMark(delivery.status), element("h2", `${delivery.method} ${delivery.url}`), again);
  return made;
}

async function show(number) {
  const answer = await fetch(`/deliveries/${number}`);
  const detail = byId("detail");
  document.querySelectorAll("li[aria-current]").forEach((row) => row.removeAttribute("aria-current"));
  byId(`delivery-${number}`)?.setAttribute("aria-current", "true");
  chosen = number;
  if (!answer.ok) {
    detail.replaceChildren(element("p", "This delivery is no longer kept.", "hint"));
    return;
  }
  const one = await answer.json();
  const parts = [title(one), facts([
    ["Outcome", one.outcome], ["Reason", one.reason], ["Why", one.detail], ["Source", one.source], ["Tenant", one.tenant],
    ["Provider", one.provider], ["Event", one.event_id], ["Type", one.event_type],
    ["Secret", one.secret_version],
    ["Took", `${one.milliseconds} ms${one.cold ? " (with a cold start)" : ""}`],
  ])];
  if (one.fault) parts.push(heading("The function failed"), element("pre", one.fault));
  if (one.message) {
    parts.push(heading("In the queue", one.message.id), table(Object.entries(one.message.attributes)),
      element("pre", one.message.cut ? one.message.body : pretty(one.message.body)));
  }
  parts.push(heading("Request headers"), table(one.headers),
    heading("Request body", bodyNote(one.body)), body(one.body),
    heading("Answer", bodyNote(one.response.body)), table(one.response.headers), body(one.response.body));
  if (one.log.length) parts.push(heading("The function's log"), element("pre", one.log.map(pretty).join("\n")));
  detail.replaceChildren(...parts);
  detail.scrollTop = 0;
}

async function replay(number) {
  await fetch(`/deliveries/${number}/replay`, { method: "POST", headers: { "X-Inspector": "1" } });
}

async function follow() {
  for (;;) {
    try {
      const answer = await fetch(`/deliveries?after=${last}`);
      const news = await answer.json();
      byId("live").className = "live";
      byId("live").textContent = "live";
      byId("url").textContent = `${news.url}/webhooks/…`;
      byId("try-url").textContent = news.url;
      byId("waiting").textContent = news.waiting;
      news.deliveries.forEach(addRow);
      byId("empty").hidden = last > 0;
      if (chosen === null && news.deliveries.length) show(last);
      if (!last) await new Promise((done) => setTimeout(done, 1000));
    } catch {
      byId("live").className = "live lost";
      byId("live").textContent = "stopped";
      await new Promise((done) => setTimeout(done, 2000));
    }
  }
}

for (const button of document.querySelectorAll("[data-filter]")) {
  button.addEventListener("click", () => {
    filter = button.dataset.filter;
    document.querySelectorAll("[data-filter]").forEach((one) =>
      one.setAttribute("aria-pressed", String(one === button)));
    document.querySelectorAll("#deliveries li").forEach(applyFilter);
  });
}
follow();
