// What pages do beyond links and forms. Every page works without it, but for the
// drawing of the chart over time, whose numbers are in a table beside it.
"use strict";

(function () {
  // ---- The message at the top of a page ----

  function setStatus(text, isTrouble) {
    const status = document.getElementById("status");
    if (!status) return;
    status.textContent = text;
    status.classList.toggle("trouble", Boolean(isTrouble));
  }

  // ---- The chart over time ----

  // Round numbers, so that the marks of an axis are easy to read.
  const stepsBetweenLabels = [1, 2, 3, 4, 5, 7, 10, 14, 20, 30, 50, 100, 200, 500, 1000];
  const stepsBetweenCounts = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 1e7, 1e8,
  ];
  const chartHeight = 260;
  const plots = new Map(); // by the element they are in
  const hiddenLines = new Set(["Completed"]); // remembered while the page is open

  function drawChart(box) {
    const data = JSON.parse(box.dataset.chart);
    const count = data.labels.length;
    // The last step may not be over. Its end of each line is a line of its own, with dashes.
    const finished = data.unfinished && count > 1 ? count - 1 : count;
    const lines = [{}];
    const rows = [data.labels.map((_, i) => i)];
    data.series.forEach((series, k) => {
      const line = {
        label: series.name,
        stroke: colorOf(box, "--line-" + (k + 1)),
        width: 2,
        show: !hiddenLines.has(series.name),
        points: { show: count < 40 },
      };
      lines.push({ ...line });
      rows.push(series.values.map((v, i) => (i < finished ? v : null)));
      lines.push({ ...line, dash: [4, 4], points: { show: true, fill: colorOf(box, "--raised") } });
      rows.push(series.values.map((v, i) => (finished < count && i >= finished - 1 ? v : null)));
    });
    const textColor = colorOf(box, "--soft");
    const reading = box.parentNode.querySelector(".reading");
    plots.set(box, new uPlot({
      width: Math.max(box.clientWidth, 200),
      height: chartHeight,
      scales: {
        // Positions are numbers of steps, not times: steps are days of the instance's
        // zone, which the browser does not know.
        x: { time: false, range: () => [-0.5, Math.max(count - 0.5, 0.5)] },
        y: { range: (plot, low, high) => [0, Math.max(high * 1.08, 4)] },
      },
      legend: { show: false },
      cursor: { y: false },
      axes: [
        {
          stroke: textColor,
          grid: { show: false },
          space: 64,
          incrs: stepsBetweenLabels,
          values: (plot, at) => at.map((i) => (Number.isInteger(i) && data.labels[i]) || ""),
        },
        {
          stroke: textColor,
          grid: { stroke: colorOf(box, "--line"), width: 1 },
          size: 56,
          incrs: stepsBetweenCounts,
          values: (plot, at) => at.map((v) => v.toLocaleString("en")),
        },
      ],
      series: lines,
      hooks: {
        setCursor: [(plot) => {
          if (reading) reading.textContent = textAt(data, plot.cursor.idx);
        }],
      },
    }, rows, box));
  }

  // colorOf is a custom property in the present theme. A canvas cannot resolve light-dark().
  function colorOf(box, property) {
    box.style.color = "var(" + property + ")";
    const color = getComputedStyle(box).color;
    box.style.color = "";
    return color;
  }

  // textAt says the numbers of the step that somebody points at, or what a point is.
  function textAt(data, i) {
    if (i == null) {
      const ending = data.unfinished ? " The dashed end, " + data.names.at(-1) + ", is not over." : "";
      return "Each point is a " + data.interval + "." + ending;
    }
    const last = data.labels.length - 1;
    const soFar = data.unfinished && i === last && last > 0 ? " (so far)" : "";
    const numbers = data.series.map((series) => series.name + " " + series.values[i].toLocaleString("en"));
    return data.names[i] + soFar + ": " + numbers.join(", ");
  }

  // addKeys puts a box to tick for each line before the chart, and its text after it.
  function addKeys(box) {
    const data = JSON.parse(box.dataset.chart);
    const keys = document.createElement("div");
    keys.className = "legend-keys";
    keys.setAttribute("role", "group");
    keys.setAttribute("aria-label", "Lines of the chart");
    data.series.forEach((series, k) => {
      const label = document.createElement("label");
      const tick = document.createElement("input");
      tick.type = "checkbox";
      tick.checked = !hiddenLines.has(series.name);
      tick.addEventListener("change", () => {
        if (tick.checked) hiddenLines.delete(series.name);
        else hiddenLines.add(series.name);
        drawCharts();
      });
      const swatch = document.createElement("i");
      swatch.className = "k" + k;
      label.append(tick, swatch, series.name);
      keys.append(label);
    });
    const reading = document.createElement("p");
    reading.className = "reading";
    reading.textContent = textAt(data, null);
    box.before(keys);
    box.after(reading);
  }

  function removeChart(box) {
    plots.get(box).destroy();
    plots.delete(box);
  }

  function drawCharts() {
    for (const box of plots.keys()) if (!document.contains(box)) removeChart(box);
    document.querySelectorAll("[data-chart]").forEach((box) => {
      if (plots.has(box)) removeChart(box);
      else addKeys(box);
      drawChart(box);
    });
  }

  // Phones change the height alone whenever their address bar slides away.
  let drawnWidth = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === drawnWidth) return;
    drawnWidth = innerWidth;
    drawCharts();
  });
  for (const media of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(media).addEventListener("change", drawCharts);
  }

  // ---- Live: when records come in, the page asks for its numbers again ----

  const refreshPause = 3000; // milliseconds between two refreshes, at least
  const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
  let events = null; // the EventSource
  let latest = 0; // the newest state of the records that the server told of
  let refreshedAt = -refreshPause;
  let timer = 0;

  function isStale() {
    const live = document.getElementById("live");
    // Not "later than": the clock of the server may be set back.
    return Boolean(live) && latest !== 0 && latest !== Number(live.dataset.at);
  }

  // wouldDisturb reports whether a refresh would take away what somebody is doing.
  function wouldDisturb() {
    const live = document.getElementById("live");
    const focused = document.activeElement;
    return reducedMotion.matches ||
      (live.contains(focused) && focused.matches("input, select, textarea")) ||
      live.querySelector("input[type=checkbox][name]:checked, details[open]") ||
      document.querySelector(".pick[open]");
  }

  function refresh() {
    refreshedAt = performance.now();
    if (document.querySelector("#status button")) setStatus("");
    // htmx gives the focus back to what has an id; a link without one is found by where it leads.
    const focused = document.activeElement;
    const href = document.getElementById("live").contains(focused) && !focused.id && focused.getAttribute("href");
    const swap = { source: "#live", target: "#live", select: "#live", swap: "outerHTML show:none" };
    htmx.ajax("GET", location.href, swap).then(() => {
      if (!href || document.activeElement !== document.body) return;
      const link = document.querySelector('#live a[href="' + CSS.escape(href) + '"]');
      if (link) link.focus({ preventScroll: true });
    });
  }

  function offerRefresh() {
    const status = document.getElementById("status");
    if (!status || status.querySelector("button")) return;
    setStatus("New records came in. ");
    const show = document.createElement("button");
    show.type = "button";
    show.textContent = "Show them";
    show.addEventListener("click", () => {
      setStatus("");
      refresh();
    });
    status.append(show);
  }

  function refreshIfStale() {
    timer = 0;
    if (!isStale()) return;
    if (wouldDisturb()) {
      offerRefresh();
      return;
    }
    let wait = refreshedAt + refreshPause - performance.now();
    if (document.querySelector("#live .htmx-request")) wait = Math.max(wait, 500); // a part of it is on its way
    if (wait <= 0) refresh();
    else timer = setTimeout(refreshIfStale, wait);
  }

  function recordsChanged(e) {
    latest = Number(e.data);
    if (!timer) refreshIfStale();
  }

  function listen() {
    const page = document.querySelector("[data-live]");
    if (!page) stopListening();
    if (!page || events || document.hidden) return;
    events = new EventSource(page.dataset.live);
    for (const name of ["now", "changed"]) events.addEventListener(name, recordsChanged);
  }

  function stopListening() {
    if (events) events.close();
    events = null;
  }

  // A window that nobody sees keeps no connection, since a browser has six for all of
  // them. When it is seen again, the first event tells how things are by now.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stopListening();
    else listen();
  });
  addEventListener("pagehide", stopListening);
  addEventListener("pageshow", (e) => {
    if (e.persisted) listen();
  });

  // viewer is who a page was made for: another window of the same session may have
  // begun to view as somebody else, and numbers of two people must not stand on one page.
  function viewer(page) {
    const text = (selector) => (page.querySelector(selector) || { textContent: "" }).textContent;
    return text("header .who") + "\n" + text(".viewing strong");
  }

  document.addEventListener("htmx:beforeSwap", (e) => {
    const swap = e.detail;
    if (swap.target.id === "page") return; // a whole page, or a fault instead of it
    if (swap.xhr.status !== 200) swap.shouldSwap = false;
    if (swap.target.id !== "live") return;
    const page = new DOMParser().parseFromString(swap.serverResponse, "text/html");
    if (viewer(page) === viewer(document)) return;
    swap.shouldSwap = false;
    location.reload();
  });

  // ---- Uploads ----

  // Files that are dropped anywhere on a page are chosen in its field for them.
  const dropZone = (e) =>
    e.dataTransfer && e.dataTransfer.types.includes("Files") && document.querySelector("[data-drop]");

  document.addEventListener("dragover", (e) => {
    const zone = dropZone(e);
    if (!zone) return;
    e.preventDefault();
    zone.classList.add("over");
  });
  document.addEventListener("dragleave", (e) => {
    const zone = dropZone(e);
    if (zone && !e.relatedTarget) zone.classList.remove("over"); // it left the window
  });
  document.addEventListener("drop", (e) => {
    const zone = dropZone(e);
    if (!zone) return;
    e.preventDefault();
    zone.classList.remove("over");
    if (!e.dataTransfer.files.length) return;
    const field = zone.querySelector("input[type=file]");
    field.files = e.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("htmx:xhr:progress", (e) => {
    const bar = e.target.querySelector && e.target.querySelector("progress");
    if (!bar || !e.detail.lengthComputable) return;
    bar.hidden = false;
    if (e.detail.loaded < e.detail.total) bar.value = 100 * e.detail.loaded / e.detail.total;
    else bar.removeAttribute("value"); // all has arrived, and is being checked
  });

  // ---- Pages that come in ----

  function preparePage() {
    drawCharts();
    listen();
    const again = document.querySelector("[data-again]");
    if (again) location.replace(again.href);
  }

  let path = location.pathname;
  document.addEventListener("DOMContentLoaded", preparePage);
  document.addEventListener("htmx:afterSettle", () => {
    preparePage();
    if (location.pathname === path) return;
    path = location.pathname;
    // Another page: a screen reader goes on from its start.
    if (document.activeElement === document.body) document.getElementById("main").focus({ preventScroll: true });
  });

  // The address of a page has what was chosen, and no empty fields.
  document.addEventListener("htmx:configRequest", (e) => {
    if (e.detail.verb !== "get") return;
    const parameters = e.detail.parameters;
    for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
  });

  document.addEventListener("htmx:sendError", () => {
    setStatus("The instance does not answer. Is it still running?", true);
  });

  // ---- Tables, pick lists, the clipboard ----

  // A box that ticks all of a list.
  document.addEventListener("change", (e) => {
    const name = e.target.dataset && e.target.dataset.all;
    if (!name) return;
    e.target.form.querySelectorAll('input[name="' + name + '"]').forEach((tick) => {
      tick.checked = e.target.checked;
    });
  });

  function copyField(button) {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    const copied = () => { button.textContent = "Copied"; };
    navigator.clipboard.writeText(field.value).then(copied, () => {}); // if not, it is selected to be copied by hand
  }

  // openRow opens what a row is about, unless the click was for something in it, or
  // ended the selection of a text.
  function openRow(row, target) {
    if (target.closest("a, button, input, label") || String(getSelection())) return;
    (row.querySelector("[data-open]") || row.querySelector("a")).click();
  }

  document.addEventListener("click", (e) => {
    const copy = e.target.closest("[data-copy]");
    if (copy) {
      copyField(copy);
      return;
    }
    const pick = document.querySelector(".pick[open]");
    if (pick && !pick.contains(e.target)) pick.open = false;
    const row = e.target.closest("tr[data-href]");
    if (row) openRow(row, e.target);
  });

  document.addEventListener("keydown", (e) => {
    const pick = document.querySelector(".pick[open]");
    if (e.key !== "Escape" || !pick) return;
    pick.open = false;
    pick.querySelector("summary").focus();
  });
})();
