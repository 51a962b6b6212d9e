// The family of one artifact, drawn from the JSON twin of this address. The list below the drawing says the same.
"use strict";

(() => {
  document.documentElement.classList.add("scripted");
  const asked = (address) => fetch(address, { headers: { Accept: "application/json" } }).then((answer) => {
    if (!answer.ok) throw new Error(`the drawing could not be read (${answer.status})`);
    return answer.json();
  });
  const first = asked(location.pathname + location.search); // on its way while the rest loads
  const by = (id) => document.getElementById(id);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const NUMBER = new Intl.NumberFormat("en-GB");
  const SHAPES = { finetune: "ellipse", adapter: "diamond", quantized: "rectangle", merge: "triangle", trained_on: "hexagon", copy: "round-rectangle", version_of: "tag", renamed: "rhomboid", unlearned: "star", base_family: "pentagon", "asked-for": "ellipse", c0: "ellipse", c1: "diamond", c2: "rectangle", c3: "triangle", c4: "hexagon", c5: "pentagon", c6: "star", c7: "vee", other: "round-rectangle", yes: "diamond", no: "ellipse" };
  const DASHES = { adapter: [5, 3], quantized: [1.5, 2.5], merge: [9, 3], trained_on: [9, 3, 2, 3], copy: [3, 3], version_of: [12, 3], renamed: [2, 6], unlearned: [6, 2, 1, 2], base_family: [1, 5] };
  const POINTS = { ellipse: "", diamond: "8,1 15,8 8,15 1,8", rectangle: "2,2 14,2 14,14 2,14", triangle: "8,1 15,14 1,14", hexagon: "4,2 12,2 15,8 12,14 4,14 1,8", pentagon: "8,1 15,7 12,15 4,15 1,7", star: "8,0 10,6 16,6 11,9.5 13,15.5 8,12 3,15.5 5,9.5 0,6 6,6", vee: "1,1 8,5 15,1 8,15", "round-rectangle": "3,2 13,2 14,3 14,13 13,14 3,14 2,13 2,3", tag: "1,3 11,3 15,8 11,13 1,13", rhomboid: "1,3 11,3 15,13 5,13" };
  const LABELS = 22; // names written at once
  const FONT = "system-ui, Segoe UI, Roboto, Liberation Sans, Arial, sans-serif";
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `12px ${FONT}`;
  let page, nodes, links, cy, colours, kids, main, step, selected = -1, byDate, until, timer, hits = [], off = new Set(), refined = false, many = false;

  const tone = (name) => colours.getPropertyValue(`--t-${name}`).trim() || colours.getPropertyValue("--t-other").trim();
  const shape = (name) => SHAPES[name] || "ellipse";
  const said = (text) => { by("said").textContent = text; };
  const words = (text) => String(text).replaceAll("_", " ");
  const toneOf = (n) => (page.colour.of[n] < 0 ? null : page.colour.keys[page.colour.of[n]].tone);
  const relationOf = (n) => (n === 0 ? "" : step[nodes.relation[n]]);
  const place = (ref, kind) => `/${kind}/${ref.split("/").map((part) => encodeURIComponent(part).replaceAll("%3A", ":").replaceAll("%40", "@")).join("/")}`;
  const day = (text) => Math.floor(Date.parse(`${text}T00:00:00Z`) / 864e5);
  const date = (days) => new Date(days * 864e5).toISOString().slice(0, 10);

  function sample(name, edge) { // the shape and the dash of a line of the key
    const box = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [key, value] of Object.entries({ width: edge ? 40 : 16, height: 16, viewBox: edge ? "-24 0 40 16" : "0 0 16 16", "aria-hidden": "true" })) box.setAttribute(key, value);
    const draw = (kind, given) => {
      const part = document.createElementNS(box.namespaceURI, kind);
      for (const [key, value] of Object.entries(given)) part.setAttribute(key, value);
      box.append(part);
    };
    const colour = tone(name);
    if (edge) draw("line", { x1: -23, x2: 2, y1: 8, y2: 8, stroke: colour, "stroke-width": 2, "stroke-dasharray": (DASHES[name] || []).join(" ") });
    if (name === "unknown") draw("circle", { cx: 8, cy: 8, r: 5, fill: "none", stroke: colour, "stroke-width": 2 });
    else if (/^p\d$/.test(name)) draw("circle", { cx: 8, cy: 8, r: 3 + Number(name[1]), fill: colour });
    else if (!POINTS[shape(name)]) draw("circle", { cx: 8, cy: 8, r: 6, fill: colour });
    else draw("polygon", { points: POINTS[shape(name)], fill: colour });
    return box;
  }

  function look(n) { // what a node looks like under the colours chosen
    const wide = page.apart, name = toneOf(n);
    if (nodes.inside[n]) {
      const relation = relationOf(n), size = wide * Math.min(2.05, 1.15 + 0.22 * Math.log10(nodes.inside[n]));
      return { c: tone(relation), s: "ellipse", w: size, b: Math.max(1.4, wide * 0.1), bc: tone(relation), o: 0.22, line: "double" };
    }
    const big = n === 0 ? 2.4 : Math.min(1.8, 0.64 + 0.13 * Math.log2(nodes.size[n]));
    const grown = /^p\d$/.test(name) ? 0.75 + 0.15 * Number(name[1]) : name === "yes" ? 1.35 : 1;
    const hollow = name === "unknown" || nodes.withheld[n];
    const kind = shape(name), fair = kind === "triangle" || kind === "star" ? 1.2 : kind === "diamond" ? 1.16 : kind === "rectangle" ? 0.88 : 1;
    return { c: tone(name), s: n === 0 ? "ellipse" : kind, w: wide * big * fair * (n === 0 ? 1 : grown), b: n === 0 ? wide * 0.16 : hollow ? wide * 0.11 : nodes.collected[n] ? 0 : wide * 0.06, bc: n === 0 ? tone("c1") : hollow ? tone("unknown") : tone("asked-for"), o: hollow ? 0 : 1, line: "solid" };
  }

  function style() {
    const ink = colours.getPropertyValue("--ink").trim(), card = colours.getPropertyValue("--card").trim(), thin = Math.max(0.6, page.apart / 22);
    const mark = colours.getPropertyValue("--b").trim();
    const rules = [
      { selector: "node", style: { shape: "data(s)", width: "data(w)", height: "data(w)", "background-color": "data(c)", "background-opacity": "data(o)", "border-width": "data(b)", "border-color": "data(bc)", "border-style": "data(line)", "overlay-opacity": 0, "z-index": 2 } },
      { selector: "node.named", style: { label: "data(label)", "font-size": "data(f)", color: ink, "text-valign": "center", "text-halign": "data(h)", "text-margin-x": "data(m)", "text-background-color": card, "text-background-opacity": 0.82, "text-background-padding": "data(pad)", "text-background-shape": "roundrectangle", "font-family": FONT, "z-index": 9 } },
      { selector: "node.inmid", style: { "text-margin-y": 0, "font-weight": 600, "text-background-opacity": 0 } },
      { selector: "#n0", style: { "font-weight": 700, "z-index": 8 } },
      { selector: "edge", style: { width: thin, "line-color": "data(c)", opacity: page.drawn > 2500 ? 0.3 : 0.46, "curve-style": "haystack", "haystack-radius": 0, "overlay-opacity": 0, "z-index": 1, events: "no" } },
      { selector: "edge.extra", style: { opacity: page.drawn > 2500 ? 0.16 : 0.32 } },
      { selector: "edge.cross", style: { "curve-style": "unbundled-bezier", "control-point-distances": "data(bend)", "control-point-weights": 0.5 } },
      { selector: ".later", style: { opacity: 0.07 } },
      { selector: "edge.later", style: { opacity: 0.02 } },
      { selector: ".dim", style: { opacity: 0.14 } },
      { selector: "edge.dim", style: { opacity: 0.06 } },
      { selector: ".off", style: { display: "none" } },
      { selector: "node.hit", style: { "border-width": page.apart * 0.16, "border-color": mark, "border-style": "solid", opacity: 1 } },
      { selector: "edge.way", style: { width: thin * 3.2, opacity: 1, "z-index": 5 } },
      { selector: "node.chosen", style: { "border-width": page.apart * 0.2, "border-color": ink, "border-style": "solid", opacity: 1, "z-index": 10 } },
    ];
    for (const [name, dash] of Object.entries(DASHES)) rules.splice(6, 0, { selector: `edge.fine.${name}`, style: { "line-style": "dashed", "line-dash-pattern": dash.map((d) => d * thin * 1.6) } });
    return rules;
  }

  // Dashes and curves are drawn where they can be seen: of thousands of links they would take most of the time.
  const fine = () => page.drawn <= 1000 || (cy && cy.zoom() * Math.max(0.6, page.apart / 22) >= 0.6);

  function refine() {
    const wanted = fine();
    if (wanted === refined) return;
    refined = wanted;
    cy.batch(() => { cy.edges().toggleClass("fine", wanted); if (many) cy.$("edge.extra").forEach((edge) => { edge.toggleClass("cross", wanted && edge.data("bend") !== 0); }); });
  }

  function elements() {
    const made = [], edge = refined ? " fine" : "";
    many = links.main.filter((main_) => !main_).length > 400;
    for (let n = 0; n < nodes.ref.length; n += 1) made.push({ group: "nodes", data: { id: `n${n}`, n, f: 1, m: 0, h: "right", pad: 1, label: "", ...look(n) }, position: { x: nodes.x[n], y: nodes.y[n] }, grabbable: false, selectable: false });
    for (let e = 0; e < links.parent.length; e += 1) {
      const name = step[links.relation[e]], a = links.parent[e], b = links.child[e];
      const far = Math.hypot(nodes.x[a] - nodes.x[b], nodes.y[a] - nodes.y[b]), cross = !links.main[e] && far > 5 * page.apart;
      const bend = cross ? (e % 2 ? 1 : -1) * Math.min(160, 0.22 * far) : 0; // a curve needs room between its ends
      made.push({ group: "edges", data: { id: `e${e}`, e, source: `n${a}`, target: `n${b}`, c: tone(name), bend }, classes: `${name}${edge}${links.main[e] ? "" : " extra"}${cross && (refined || !many) ? " cross" : ""}`, selectable: false });
    }
    return made;
  }

  function index() {
    nodes = page.nodes; links = page.links; step = page.relation_names; kids = nodes.ref.map(() => []);
    main = new Int32Array(nodes.ref.length).fill(-1);
    for (let n = 1; n < nodes.under.length; n += 1) kids[nodes.under[n]].push(n);
    const angle = (n) => (Math.atan2(nodes.x[n], -nodes.y[n]) + 2 * Math.PI) % (2 * Math.PI);
    for (const brothers of kids) brothers.sort((a, b) => angle(a) - angle(b) || a - b);
    for (let e = 0; e < links.parent.length; e += 1) if (links.main[e]) main[nodes.under[links.child[e]] === links.parent[e] ? links.child[e] : links.parent[e]] = e;
    byDate = nodes.created.map((text, n) => [text, n]).filter(([text]) => text).map(([text, n]) => [day(text), n]).sort((a, b) => a[0] - b[0]);
  }

  function build() {
    colours = getComputedStyle(document.documentElement);
    index();
    refined = fine();
    const drawn = page.drawn;
    cy = cytoscape({ container: by("graph"), elements: elements(), style: style(), layout: { name: "preset", fit: false }, minZoom: 0.02, maxZoom: 6, pixelRatio: drawn > 2500 ? 1 : "auto", textureOnViewport: drawn > 900, hideEdgesOnViewport: drawn > 3000, boxSelectionEnabled: false, autoungrabify: true });
    fit();
    cy.one("render", () => {
      by("waiting").hidden = true;
      by("graph").dataset.nodes = cy.nodes().length;
      by("graph").dataset.drawn = "true";
      write();
    });
    let waiting;
    cy.on("viewport", () => { clearTimeout(waiting); waiting = setTimeout(() => { refine(); write(); }, 130); });
    cy.on("mouseover", "node", (event) => tip(event.target.data("n"), event.renderedPosition));
    cy.on("mouseout", "node", () => { by("tip").hidden = true; });
    cy.on("viewport", () => { by("tip").hidden = true; });
    cy.on("tap", (event) => { if (event.target === cy) choose(-1); else if (event.target.isNode()) choose(event.target.data("n")); by("graph").focus({ preventScroll: true }); });
    cy.on("dbltap", "node", (event) => open(event.target.data("n")));
    key();
    time();
  }

  function fit() {
    cy.fit(cy.nodes().not(".off"), 26);
    if (cy.zoom() > 1.4) { cy.zoom(1.4); cy.center(cy.nodes()); }
  }

  function write() { // writes the names that find room, of the largest branches in sight first
    const zoom = cy.zoom(), pan = cy.pan(), width = cy.width(), height = cy.height(), boxes = [], size = 12, most = Math.min(LABELS, width / 36);
    const rank = (n) => (n === selected ? 1e12 : n === 0 ? 1e11 : nodes.size[n] * 1e3 + Math.log2(2 + (nodes.downloads[n] || 0)));
    const seen = [];
    for (let n = 0; n < nodes.ref.length; n += 1) {
      const x = nodes.x[n] * zoom + pan.x, y = nodes.y[n] * zoom + pan.y;
      if (x > -20 && x < width && y > 0 && y < height && (nodes.ref[n] || nodes.inside[n])) seen.push([n, x, y]);
    }
    seen.sort((a, b) => rank(b[0]) - rank(a[0]));
    const written = new Map();
    for (const [n, x, y] of seen.slice(0, 700)) {
      if (written.size >= most) break;
      const node = cy.getElementById(`n${n}`);
      if (node.hasClass("off") || node.hasClass("later")) continue;
      const radius = (node.data("w") * zoom) / 2, group = nodes.inside[n] > 0;
      const full = group ? NUMBER.format(nodes.inside[n]) : nodes.name[n], text = n && full.length > 34 ? full.slice(full.indexOf("/") + 1).slice(0, 34) : full;
      const long = pen.measureText(text).width * (n ? 1 : 1.08) + 6, inside = group && radius * 2 > long;
      if (group && !inside && radius * 2 < 14) continue;
      if (!group && n && n !== selected && nodes.size[n] === 1 && radius < 4.5) continue;
      const left = inside ? x - long / 2 : x + radius + long + 3 > width ? x - radius - long - 4 : x + radius + 3;
      if (left < 2 && n && !inside) continue;
      const box = [left, y - size * 0.8, left + long, y + size * 0.8];
      if (boxes.some((b) => b[0] < box[2] && b[2] > box[0] && b[1] < box[3] && b[3] > box[1])) continue;
      boxes.push(box);
      written.set(n, { label: text, f: size / zoom, h: inside ? "center" : left < x ? "left" : "right", m: inside ? 0 : (left < x ? -3 : 3) / zoom, pad: 1.5 / zoom, mid: inside });
    }
    cy.batch(() => {
      cy.$("node.named").forEach((node) => { if (!written.has(node.data("n"))) node.removeClass("named inmid"); });
      for (const [n, { mid, ...given }] of written) cy.getElementById(`n${n}`).data(given).addClass("named").toggleClass("inmid", mid);
    });
  }

  function tip(n, at) {
    const box = by("tip"), bold = document.createElement("b"), rest = document.createElement("span");
    bold.textContent = nodes.name[n];
    rest.textContent = nodes.inside[n] ? `a group; ${NUMBER.format(nodes.inside[n])} in it` : [n ? words(relationOf(n)) : "asked for", keyOf(n), nodes.created[n]].filter(Boolean).filter((text, k, all) => all.indexOf(text) === k).join(" · ");
    box.replaceChildren(bold, rest);
    box.hidden = false;
    box.style.left = `${Math.max(4, Math.min(at.x + 14, cy.width() - box.offsetWidth - 6))}px`;
    box.style.top = `${at.y + 18 + box.offsetHeight > cy.height() ? at.y - box.offsetHeight - 10 : at.y + 16}px`;
  }

  const keyOf = (n) => (page.colour.of[n] < 0 ? "" : words(page.colour.keys[page.colour.of[n]].label));

  function choose(n) {
    selected = n;
    cy.batch(() => {
      cy.$(".chosen").removeClass("chosen");
      cy.$(".way").removeClass("way");
      if (n >= 0) {
        cy.getElementById(`n${n}`).addClass("chosen");
        for (let up = n; up > 0; up = nodes.under[up]) if (main[up] >= 0) cy.getElementById(`e${main[up]}`).addClass("way");
      }
    });
    panel(n);
    if (n >= 0) {
      const x = nodes.x[n] * cy.zoom() + cy.pan().x, y = nodes.y[n] * cy.zoom() + cy.pan().y;
      if (x < 20 || y < 20 || x > cy.width() - 20 || y > cy.height() - 20) cy.center(cy.getElementById(`n${n}`));
      const brothers = n ? kids[nodes.under[n]] : [0];
      said(`${nodes.name[n]}, ${n ? words(relationOf(n)) : "asked for"}, generation ${nodes.generation[n]}, ${brothers.indexOf(n) + 1} of ${brothers.length}, ${kids[n].length} under it`);
    }
    write();
  }

  function panel(n) {
    const title = by("panel-h"), body = by("panel-says");
    by("graph").dataset.selected = n;
    if (n < 0) {
      title.textContent = "Nothing selected";
      const hint = document.createElement("p");
      hint.className = "note";
      hint.textContent = "Click an artifact to see how it is linked, or press an arrow key in the drawing.";
      body.replaceChildren(hint);
      return;
    }
    const facts = [], e = main[n], ways = [];
    const add = (term, text) => { if (text !== null && text !== undefined && text !== "") facts.push([term, text]); };
    title.textContent = nodes.name[n];
    if (n === 0) add("Place", "the family is drawn around it");
    else {
      add("Linked to", nodes.name[nodes.under[n]]);
      add("Relation", words(relationOf(n)));
    }
    if (e >= 0 && links.how[e] >= 0) {
      add("Known", page.hows[links.how[e]]);
      add("Confidence", links.confidence[e] === null ? null : links.confidence[e].toFixed(2));
      add("Evidence", links.evidence[e]);
    }
    if (nodes.inside[n]) {
      add("Directly", NUMBER.format(nodes.children[n]));
      add("In it", NUMBER.format(nodes.inside[n]));
    } else if (nodes.withheld[n]) {
      add("Withheld", "it may depict or name a real person");
    } else {
      if (page.colour.by !== "relation") add(page.colour.title, keyOf(n));
      add("Kind", nodes.kind[n]);
      add("Licence", nodes.collected[n] ? nodes.licence[n] : "not collected here");
      add("Published", nodes.created[n] || "no date");
      add("Downloads", nodes.downloads[n] === null ? null : `${NUMBER.format(nodes.downloads[n])}${{ "30d": " in 30 days", all: " in all" }[nodes.window[n]] || ""}`);
      add("Gone", nodes.gone[n] && `from its hub since ${nodes.gone[n]}`);
      add("Under it", NUMBER.format(nodes.size[n] - 1));
      const others = links.parent.map((from, k) => k).filter((k) => links.child[k] === n && !links.main[k]).slice(0, 6);
      add("Also from", others.map((k) => nodes.name[links.parent[k]]).join(", "));
    }
    if (nodes.ref[n]) {
      if (nodes.collected[n]) ways.push(["Artifact", place(nodes.ref[n], "artifact")]);
      if (n) ways.push(["Lineage from here", place(nodes.ref[n], "lineage")]);
      ways.push(["Recall", place(nodes.ref[n], "recall")]);
    } else if (nodes.opens[n]) ways.push(["Open this group", opening(n)]);
    const list = document.createElement("dl"), where = document.createElement("ul");
    list.className = "pair";
    for (const [term, text] of facts) for (const [kind, what] of [["dt", term], ["dd", text]]) list.append(Object.assign(document.createElement(kind), { textContent: what }));
    for (const [text, href] of ways) {
      const line = document.createElement("li");
      line.append(Object.assign(document.createElement("a"), { textContent: text, href }));
      where.append(line);
    }
    body.replaceChildren(list, where);
  }

  function opening(n) { // the address that opens a group; a part of it that is open already gives way to the next
    const given = new URLSearchParams(location.search), group = nodes.opens[n], stem = group.slice(0, group.lastIndexOf(":"));
    const kept = given.getAll("open").filter((one) => one.slice(0, one.lastIndexOf(":")) !== stem);
    given.delete("open");
    for (const one of [...kept, group].slice(-24)) given.append("open", one);
    return `${location.pathname}?${given}`;
  }

  function open(n) {
    if (nodes.opens[n]) location.assign(opening(n));
    else if (nodes.ref[n]) location.assign(place(nodes.ref[n], nodes.collected[n] ? "artifact" : "lineage"));
    else said(nodes.inside[n] ? "This group cannot be opened." : "It is withheld: it may depict or name a real person.");
  }

  function key() { // samples for both keys, and a box for each relation that shows or hides it
    for (const line of by("relations").children) {
      const name = line.dataset.relation, what = line.querySelector(".what");
      if (!line.querySelector("input")) {
        const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true }), label = document.createElement("label");
        box.addEventListener("change", () => toggle(name, box.checked, line));
        what.replaceWith(label);
        label.append(box, what);
      }
      line.querySelector("svg")?.remove();
      what.before(sample(name, true));
    }
    by("key-h").textContent = page.colour.title;
    by("key-note").textContent = page.colour.note;
    by("key").replaceChildren(...page.colour.keys.filter((one) => one.count || one.tone === "yes" || one.tone === "no").map((one) => {
      const line = document.createElement("li"), what = document.createElement("span"), count = document.createElement("span");
      Object.assign(what, { className: "what", textContent: words(one.label) });
      Object.assign(count, { className: "n", textContent: NUMBER.format(one.count) });
      line.dataset.tone = one.tone;
      line.append(sample(one.tone, false), what, count);
      return line;
    }));
    by("key").closest("section").hidden = page.colour.by === "relation";
  }

  function toggle(name, on, line) {
    if (on) off.delete(name); else off.add(name);
    line.classList.toggle("off", !on);
    const hidden = new Uint8Array(nodes.ref.length);
    for (let n = 1; n < hidden.length; n += 1) hidden[n] = hidden[nodes.under[n]] || off.has(relationOf(n)) ? 1 : 0; // parents come first
    cy.batch(() => {
      cy.nodes().forEach((node) => { node.toggleClass("off", hidden[node.data("n")] === 1); });
      cy.edges().forEach((edge) => { edge.toggleClass("off", off.has(step[links.relation[edge.data("e")]])); });
    });
    const many = hidden.reduce((a, b) => a + b, 0);
    by("graph").dataset.hidden = many;
    said(`${words(name)} ${on ? "shown" : "hidden"}, ${NUMBER.format(nodes.ref.length - many)} nodes in sight`);
    write();
  }

  function time() {
    const slider = by("until");
    if (byDate.length < 2 || byDate[0][0] === byDate.at(-1)[0]) { slider.closest(".when").hidden = true; return; }
    slider.min = byDate[0][0]; slider.max = byDate.at(-1)[0]; slider.value = slider.max;
    until = Number(slider.max);
    slider.addEventListener("input", () => { stop(); move(Number(slider.value)); });
    by("play").addEventListener("click", play);
    if (calm.matches) by("play").setAttribute("aria-label", "One step on in time");
    move(until);
  }

  function move(to) { // fades what was published after the day `to`; only what changes is touched
    const slider = by("until"), low = Math.min(to, until), high = Math.max(to, until);
    slider.value = to;
    by("until-said").textContent = date(to);
    slider.setAttribute("aria-valuetext", date(to));
    cy.batch(() => {
      for (const [when, n] of byDate) if (when > low && when <= high) {
        const node = cy.getElementById(`n${n}`);
        node.toggleClass("later", when > to);
        node.connectedEdges().forEach((edge) => { edge.toggleClass("later", edge.source().hasClass("later") || edge.target().hasClass("later")); });
      }
    });
    until = to;
    by("graph").dataset.faded = byDate.filter(([when]) => when > to).length;
  }

  function stop() {
    clearInterval(timer);
    timer = undefined;
    by("play").textContent = "▶";
    if (!calm.matches) by("play").setAttribute("aria-label", "Play the years");
    write();
  }

  function play() {
    const slider = by("until"), low = Number(slider.min), high = Number(slider.max), begin = until >= high ? low : until;
    if (timer) { stop(); return; }
    if (calm.matches) { move(Math.min(high, begin + Math.ceil((high - low) / 12))); write(); return; } // a step a press
    by("play").textContent = "❚❚";
    by("play").setAttribute("aria-label", "Stop");
    move(begin);
    timer = setInterval(() => { move(Math.min(high, until + Math.max(1, Math.round((high - low) / 110)))); if (until >= high) stop(); }, page.drawn > 2000 ? 130 : 70);
  }

  function find() {
    const asked_ = by("within").value.trim().toLowerCase();
    hits = asked_ ? nodes.name.map((text, n) => n).filter((n) => nodes.name[n].toLowerCase().includes(asked_)) : [];
    const hit = new Set(hits);
    cy.batch(() => {
      cy.nodes().forEach((node) => { const n = node.data("n"); node.toggleClass("hit", hit.has(n)).toggleClass("dim", Boolean(asked_) && !hit.has(n)); });
      cy.edges().toggleClass("dim", Boolean(asked_));
    });
    by("graph").dataset.hits = hits.length;
    said(asked_ ? `${NUMBER.format(hits.length)} found. Enter goes to the next.` : "");
  }

  async function colour() {
    const given = new URLSearchParams(location.search), chosen = by("colour").value;
    if (chosen === "relation") given.delete("colour"); else given.set("colour", chosen);
    const address = `${location.pathname}${given.size ? `?${given}` : ""}`;
    try {
      const fresh = await asked(address);
      if (by("colour").value !== chosen) return;
      if (fresh.nodes.ref.length !== nodes.ref.length || fresh.nodes.ref.some((ref, n) => ref !== nodes.ref[n])) { location.assign(address); return; } // the tables have changed
      page = fresh;
      history.replaceState(null, "", address);
      repaint();
      said(`coloured by ${page.colour.title}`);
      by("graph").dataset.colour = chosen;
    } catch (error) { told(error); }
  }

  function repaint() {
    colours = getComputedStyle(document.documentElement);
    cy.batch(() => {
      cy.nodes().forEach((node) => { node.data(look(node.data("n"))); });
      cy.edges().forEach((edge) => { edge.data("c", tone(step[links.relation[edge.data("e")]])); });
    });
    cy.style(style());
    key();
    panel(selected);
  }

  function told(error) {
    by("waiting").hidden = false;
    by("waiting").textContent = `${error.message}. The list below says the same.`;
  }

  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !cy) return;
    const here = selected, brothers = here > 0 ? kids[nodes.under[here]] : [0], at = brothers.indexOf(here);
    const shown = (n) => n !== undefined && !cy.getElementById(`n${n}`).hasClass("off");
    const go = {
      ArrowUp: () => choose(here > 0 ? nodes.under[here] : 0), ArrowDown: () => { const next = here < 0 ? 0 : kids[here].find(shown); if (next !== undefined) choose(next); },
      ArrowRight: () => choose(here < 0 ? 0 : [...brothers.slice(at + 1), ...brothers].find(shown)), ArrowLeft: () => choose(here < 0 ? 0 : [...brothers.slice(0, at).reverse(), ...[...brothers].reverse()].find(shown)),
      Home: () => choose(0), Enter: () => { if (here >= 0) open(here); }, Escape: () => { choose(-1); by("graph").blur(); },
      "+": () => zoom(1.35), "=": () => zoom(1.35), "-": () => zoom(1 / 1.35), 0: fit,
    }[event.key];
    if (go) { event.preventDefault(); go(); }
  }

  const zoom = (by_) => cy.zoom({ level: cy.zoom() * by_, renderedPosition: selected < 0 ? { x: cy.width() / 2, y: cy.height() / 2 } : cy.getElementById(`n${selected}`).renderedPosition() });

  document.addEventListener("DOMContentLoaded", async () => {
    by("list").open = false;
    by("list").classList.add("ready");
    try { page = await first; build(); } catch (error) { told(error); return; }
    by("graph").addEventListener("keydown", press);
    by("closer").addEventListener("click", () => zoom(1.35));
    by("farther").addEventListener("click", () => zoom(1 / 1.35));
    by("fit").addEventListener("click", fit);
    by("colour").addEventListener("change", colour);
    by("within").addEventListener("input", find);
    by("within").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (hits.length) choose(hits[(hits.indexOf(selected) + 1) % hits.length]);
    });
    by("within").form.addEventListener("submit", (event) => event.preventDefault());
    dark.addEventListener("change", repaint);
  });
})();
