"use strict";
(() => {
  const page = JSON.parse(document.getElementById("page-data").textContent);

  /* Rows from columns: the page stores columns, which take less space. */
  const rowsOf = (columns) => {
    const names = Object.keys(columns);
    return columns[names[0]].map((_, place) => Object.fromEntries(names.map((name) => [name, columns[name][place]])));
  };

  const painted = (part, colours) => {
    if (typeof part === "string") return part.startsWith("--") ? colours.getPropertyValue(part).trim() || part : part;
    if (Array.isArray(part)) return part.map((entry) => painted(entry, colours));
    if (part === null || typeof part !== "object") return part;
    return Object.fromEntries(Object.entries(part).map(([name, entry]) => [name, painted(entry, colours)]));
  };

  /* Charts: drawn when they come near, and again when the colour scheme changes. */
  const drawn = new Map();
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  const draw = async (figure) => {
    const { kind, data } = page.figures[Number(figure.dataset.figure)];
    const rows = rowsOf(page.data[data]);
    const colours = getComputedStyle(document.documentElement);
    const spec = { ...painted(page.charts[kind].spec, colours), datasets: { rows } };
    spec.height ??= page.row * new Set(page.data[data][page.charts[kind].columns[0].field]).size;
    const place = figure.querySelector(".chart > div");
    drawn.get(figure)?.finalize();
    const result = await window.vegaEmbed(place, spec, {
      actions: false,
      ast: true,
      config: painted(page.config, colours),
      renderer: rows.length > 1500 ? "canvas" : "svg",
      tooltip: { theme: dark.matches ? "dark" : "light" },
    });
    drawn.set(figure, result);
    figure.dataset.drawn = "yes";
  };

  /* One at a time, when the browser is idle, skipping those that were scrolled past: this keeps scrolling smooth. */
  const waiting = new Set();
  const whenIdle = window.requestIdleCallback ?? ((act) => setTimeout(act, 20));
  let drawing = false;

  const drawWaiting = async () => {
    const [figure] = waiting;
    drawing = Boolean(figure);
    if (!figure) return;
    waiting.delete(figure);
    near.unobserve(figure);
    try {
      await draw(figure);
    } finally {
      whenIdle(drawWaiting);
    }
  };

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) waiting.add(target);
      else waiting.delete(target);
    }
    if (!drawing) drawWaiting();
  }, { rootMargin: "800px" });

  const figures = [...document.querySelectorAll("figure[data-figure]")];
  figures.forEach((figure) => near.observe(figure));
  dark.addEventListener("change", () => [...drawn.keys()].forEach(draw));
  window.addEventListener("beforeprint", () => figures.filter((figure) => !drawn.has(figure)).forEach(draw));

  /* The data of a chart as a table, built when it is opened. */
  const scales = { s: [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]], B: [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"], [1, "B"]] };

  const written = (value, unit) => {
    if (value === null || value === undefined) return "-";
    if (typeof value === "string" || !unit) return String(value);
    const [scale, name] = (scales[unit] ?? [[1, unit]]).find(([least]) => value >= least) ?? [1, unit];
    const figure = scale === 1 && unit === "x" ? value : value / scale;
    return `${figure >= 100 ? Math.round(figure) : Number(figure.toPrecision(3))} ${name}`;
  };

  const element = (name, text, parent) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };

  const tabulate = (figure, place) => {
    const { kind, data } = page.figures[Number(figure.dataset.figure)];
    const table = element("table", undefined, place);
    const heading = element("tr", undefined, element("thead", undefined, table));
    const columns = page.charts[kind].columns;
    for (const column of columns) {
      const cell = element("th", column.heading, heading);
      cell.scope = "col";
      cell.classList.toggle("number", Boolean(column.unit));
    }
    const body = element("tbody", undefined, table);
    for (const row of rowsOf(page.data[data])) {
      const line = element("tr", undefined, body);
      for (const { field, unit } of columns) {
        const cell = element("td", undefined, line);
        element("bdi", written(row[field], unit), cell);
        cell.classList.toggle("number", typeof row[field] === "number");
        if (typeof row[field] === "number") cell.dataset.value = row[field];
      }
    }
    sortable(table);
  };

  figures.forEach((figure) => {
    const details = figure.querySelector("details");
    details.addEventListener("toggle", () => {
      const place = details.querySelector(".data");
      if (details.open && !place.firstChild) tabulate(figure, place);
    });
  });

  /* Tables: a click on a heading sorts by it, a second click reverses; rows without a value stay last. */
  const valueOf = (cell) => {
    const value = cell.dataset.value ?? cell.textContent;
    return value === "" || value === "-" ? null : Number.isNaN(Number(value)) ? value : Number(value);
  };

  const compare = (one, other) => {
    if (one === null || other === null) return 0;
    if (typeof one === "number" && typeof other === "number") return one - other;
    return String(one).localeCompare(String(other), undefined, { numeric: true });
  };

  const sort = (table, place, down) => {
    const body = table.tBodies[0];
    const lines = [...body.rows].map((line) => [valueOf(line.cells[place]), line]);
    const known = lines.filter(([value]) => value !== null).sort(([one], [other]) => compare(one, other) * (down ? -1 : 1));
    body.append(...[...known, ...lines.filter(([value]) => value === null)].map(([, line]) => line));
  };

  function sortable(table) {
    const headings = [...table.tHead.rows[0].cells];
    headings.forEach((heading, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const down = heading.getAttribute("aria-sort") === "ascending";
        headings.forEach((other) => other.setAttribute("aria-sort", "none"));
        heading.setAttribute("aria-sort", down ? "descending" : "ascending");
        sort(table, place, down);
      });
    });
  }

  document.querySelectorAll("table.sortable").forEach(sortable);
})();
