// What pages do beyond links and forms. Every page works without it, but for the
// drawing of the chart over time, whose numbers are in a table beside it.
"use strict";

(function () {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const status = (text, trouble) => {
    const p = document.getElementById("status");
    if (!p) return;
    p.textContent = text;
    p.classList.toggle("trouble", !!trouble);
  };

  // The chart over time. Positions are numbers of steps, not times: steps are of
  // the instance's days, which the browser does not know.
  const drawn = new Map();
  function draw(box) {
    const data = JSON.parse(box.dataset.chart);
    const color = (name) => { // as it is in the theme of the moment
      box.style.color = "var(" + name + ")";
      const value = getComputedStyle(box).color;
      box.style.color = "";
      return value;
    };
    const count = data.labels.length;
    const x = data.labels.map((_, i) => i);
    const series = [{}];
    const rows = [x];
    const cut = data.unfinished && count > 1 ? count - 1 : count;
    data.series.forEach((s, k) => {
      const line = { label: s.name, stroke: color("--line-" + (k + 1)), width: 2, show: shown(s.name), points: { show: count < 40 } };
      series.push({ ...line });
      rows.push(s.values.map((v, i) => (i < cut ? v : null)));
      // What is not over yet is drawn apart, with dashes.
      series.push({ ...line, dash: [4, 4], points: { show: true, fill: color("--raised") } });
      rows.push(s.values.map((v, i) => (cut < count && i >= cut - 1 ? v : null)));
    });
    const grid = { stroke: color("--line"), width: 1 };
    const reading = box.parentNode.querySelector(".reading");
    const plot = new uPlot({
      width: Math.max(box.clientWidth, 200), height: 260, scales: { x: { time: false, range: () => [-0.5, Math.max(count - 0.5, 0.5)] }, y: { range: (u, low, high) => [0, Math.max(high * 1.08, 4)] } },
      legend: { show: false }, cursor: { y: false },
      axes: [
        { stroke: color("--soft"), grid: { show: false }, values: (u, at) => at.map((i) => (Number.isInteger(i) && data.labels[i]) || ""), incrs: [1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 50, 100, 200, 500, 1000], space: 64 },
        { stroke: color("--soft"), grid, size: 56, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8], values: (u, at) => at.map((v) => v.toLocaleString("en")) },
      ],
      series,
      hooks: { setCursor: [(u) => {
        const i = u.cursor.idx;
        if (reading) reading.textContent = i == null ? rest(data) : data.names[i] + (cut < count && i === count - 1 ? " (so far)" : "") + ": " +
          data.series.map((s) => s.name + " " + s.values[i].toLocaleString("en")).join(", ");
      }] },
    }, rows, box);
    drawn.set(box, plot);
  }

  // What is said beside the chart while nobody points at it.
  const rest = (data) => "Each point is a " + data.interval + "." + (data.unfinished ? " The dashed end, " + data.names.at(-1) + ", is not over." : "");

  // Which lines are shown is remembered while the page is open.
  const hidden = new Set(["Completed"]);
  const shown = (name) => !hidden.has(name);
  function keys(box) {
    const data = JSON.parse(box.dataset.chart);
    const row = document.createElement("div");
    row.className = "legend-keys";
    row.setAttribute("role", "group");
    row.setAttribute("aria-label", "Lines of the chart");
    data.series.forEach((s, k) => {
      const label = document.createElement("label");
      const tick = document.createElement("input");
      tick.type = "checkbox";
      tick.checked = shown(s.name);
      tick.addEventListener("change", () => {
        if (tick.checked) hidden.delete(s.name); else hidden.add(s.name);
        redraw();
      });
      const swatch = document.createElement("i");
      swatch.className = "k" + k;
      label.append(tick, swatch, s.name);
      row.append(label);
    });
    const reading = document.createElement("p");
    reading.className = "reading";
    reading.textContent = rest(data);
    box.before(row);
    box.after(reading);
  }

  function forget() {
    for (const [box, plot] of drawn) {
      if (!document.contains(box)) { plot.destroy(); drawn.delete(box); }
    }
  }
  function redraw() {
    forget();
    document.querySelectorAll("[data-chart]").forEach((box) => {
      if (drawn.has(box)) { drawn.get(box).destroy(); drawn.delete(box); } else keys(box);
      draw(box);
    });
  }
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });
  for (const what of ["(prefers-color-scheme: dark)", "print"]) matchMedia(what).addEventListener("change", redraw);

  // Live: when records come in, the numbers are asked for again, unless that
  // would disturb somebody.
  const pause = 3000; // between two times, in milliseconds
  let news = null;
  let newest = 0; // as the instance says
  let asked = -pause; // when they were last asked for
  let later = 0; // a timer
  function busy() {
    const live = document.getElementById("live");
    const at = document.activeElement;
    return calm.matches || (live.contains(at) && at.matches("input, select, textarea")) ||
      live.querySelector("input[type=checkbox][name]:checked, details[open]") || document.querySelector(".pick[open]");
  }
  const stale = () => {
    const live = document.getElementById("live");
    return !!live && newest !== 0 && newest !== Number(live.dataset.at); // not "later": a clock may be set back
  };
  function freshen() {
    asked = performance.now();
    if (document.querySelector("#status button")) status("");
    const at = document.activeElement; // stays where it is
    const link = document.getElementById("live").contains(at) && !at.id && at.getAttribute("href");
    htmx.ajax("GET", location.href, { source: "#live", target: "#live", select: "#live", swap: "outerHTML show:none" }).then(() => {
      const same = link && document.activeElement === document.body && document.querySelector('#live a[href="' + CSS.escape(link) + '"]');
      if (same) same.focus({ preventScroll: true });
    });
  }
  // What comes goes in only if it is what was asked for, and for the same eyes:
  // another window of the visit may look as somebody else meanwhile.
  const eyes = (page) => ["header .who", ".viewing strong"].map((s) => (page.querySelector(s) || { textContent: "" }).textContent).join("\n");
  document.addEventListener("htmx:beforeSwap", (e) => {
    const d = e.detail;
    if (d.target.id === "page") return;
    if (d.xhr.status !== 200) d.shouldSwap = false;
    if (d.target.id !== "live") return;
    const page = new DOMParser().parseFromString(d.serverResponse, "text/html");
    if (eyes(page) === eyes(document)) return;
    d.shouldSwap = false;
    location.reload();
  });
  function offer() {
    const p = document.getElementById("status");
    if (!p || p.querySelector("button")) return;
    status("New records came in. ");
    const show = document.createElement("button");
    show.type = "button";
    show.textContent = "Show them";
    show.addEventListener("click", () => { status(""); freshen(); });
    p.append(show);
  }
  function look() {
    later = 0;
    if (!stale()) return;
    if (busy()) { offer(); return; }
    let wait = asked + pause - performance.now();
    if (document.querySelector("#live .htmx-request")) wait = Math.max(wait, 500); // a part of it is on its way
    if (wait <= 0) freshen(); else later = setTimeout(look, wait);
  }
  function heard(e) {
    newest = Number(e.data);
    if (!later) look();
  }
  function follow() {
    const live = document.querySelector("[data-live]");
    if (!live && news) { news.close(); news = null; }
    if (live && !news && !document.hidden) {
      news = new EventSource(live.dataset.live);
      for (const what of ["now", "changed"]) news.addEventListener(what, heard);
    }
  }
  // A window that nobody sees keeps no connection: a browser has six for all.
  // When it is seen again it hears first how things are by now.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) follow(); else if (news) { news.close(); news = null; }
  });
  addEventListener("pagehide", () => { if (news) { news.close(); news = null; } });
  addEventListener("pageshow", (e) => { if (e.persisted) follow(); });

  // Files dropped on the field are chosen in it.
  function dropping(zone) {
    const field = zone.querySelector("input[type=file]");
    const over = (yes) => (e) => { e.preventDefault(); zone.classList.toggle("over", yes); };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (e) => {
      over(false)(e);
      if (e.dataTransfer.files.length) { field.files = e.dataTransfer.files; field.dispatchEvent(new Event("change", { bubbles: true })); }
    });
  }

  function ready() {
    redraw();
    follow();
    document.querySelectorAll("[data-drop]:not([data-ready])").forEach((zone) => { zone.dataset.ready = ""; dropping(zone); });
    const again = document.querySelector("[data-again]");
    if (again) location.replace(again.href);
  }

  let before = location.pathname;
  document.addEventListener("DOMContentLoaded", ready);
  document.addEventListener("htmx:afterSettle", () => {
    ready();
    if (location.pathname !== before) { // another page: read on from its start
      before = location.pathname;
      if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
    }
  });
  document.addEventListener("htmx:configRequest", (e) => { // an address says what was chosen, and nothing else
    if (e.detail.verb !== "get") return;
    for (const [name, value] of Object.entries(e.detail.parameters)) if (value === "") delete e.detail.parameters[name];
  });
  document.addEventListener("htmx:sendError", () => status("The instance does not answer. Is it still running?", true));
  document.addEventListener("htmx:xhr:progress", (e) => {
    const bar = e.target.querySelector && e.target.querySelector("progress");
    if (!bar || !e.detail.lengthComputable) return;
    bar.hidden = false;
    if (e.detail.loaded < e.detail.total) bar.value = 100 * e.detail.loaded / e.detail.total;
    else bar.removeAttribute("value"); // all is there; it is being checked
  });

  document.addEventListener("change", (e) => {
    const name = e.target.dataset && e.target.dataset.all;
    if (name) e.target.form.querySelectorAll('input[name="' + name + '"]').forEach((tick) => { tick.checked = e.target.checked; });
  });
  document.addEventListener("click", (e) => {
    const copy = e.target.closest("[data-copy]");
    if (copy) {
      const field = document.getElementById(copy.dataset.copy);
      field.select();
      navigator.clipboard.writeText(field.value).then(() => { copy.textContent = "Copied"; }, () => {});
      return;
    }
    const open = document.querySelector(".pick[open]");
    if (open && !open.contains(e.target)) open.open = false;
    const row = e.target.closest("tr[data-href]"); // a row opens what it is about
    if (row && !e.target.closest("a, button, input, label") && !String(getSelection())) (row.querySelector("[data-open]") || row.querySelector("a")).click();
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    const open = document.querySelector(".pick[open]");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  });
})();
