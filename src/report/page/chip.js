// The mesh: what each core does, the load of links, and who sends to whom.
if (data && by("chip-mesh")) (() => {
  const { grid, layers, cores, links, flows } = data.chip;
  const canvas = by("chip-mesh");
  const box = by("chip-told");
  const count = cores.x.length;
  const side = Math.ceil(Math.sqrt(grid.slots));
  const [columns, rows] = [grid.width * side, grid.height * side];
  // North, which is more y, is up, as in the pictures.
  const row = (y) => grid.height - 1 - y;
  const place = (core) => {
    const slot = cores.slot[core];
    return [cores.x[core] * side + slot % side, row(cores.y[core]) * side + Math.floor(slot / side)];
  };
  const at = new Int32Array(columns * rows).fill(-1);
  for (let core = 0; core < count; core += 1) {
    const [x, y] = place(core);
    at[y * columns + x] = core;
  }
  // Who sends to a core: the flows the other way round.
  const senders = cores.x.map(() => []);
  flows.forEach((own, from) => {
    for (let n = 0; n < own.length; n += 2) senders[own[n]].push([from, own[n + 1]]);
  });
  const layer = (core) => (cores.layer[core] < 0 ? "no layer" : layers[cores.layer[core]]);

  const known = [
    ["energy_dynamic_pj", "energy of events, pJ"], ["spikes", "spikes sent"],
    ["synaptic_operations", "synaptic operations"], ["packets", "packets sent"],
    ["packets_in", "packets received"], ["busy_ps", "time of events, ps"],
    ["slowest_steps", "steps in which it is the slowest core"],
    ["synapse_memory_bits", "synapse memory, bits"], ["neurons", "neurons"],
  ].filter(([key]) => cores[key].some((value) => value > 0));
  const owned = cores.layer.some((n) => n >= 0) ? [["layer", "layer"]] : [];
  const loaded = links.packets.length ? [["links", "load of links, packets"]] : [];
  options(by("chip-metric"), [...known, ...loaded, ...owned]);
  const present = [...new Set(cores.layer)].filter((n) => n >= 0).sort((a, b) => a - b);
  options(by("chip-layer"), [["", "all"], ...present.map((n) => [n, layers[n]])]);
  const chips = [];
  for (let y = 0; y * grid.chip_height < grid.height; y += 1) {
    for (let x = 0; x * grid.chip_width < grid.width; x += 1) {
      chips.push([`${x},${y}`, `chip ${x}, ${y}`]);
    }
  }
  options(by("chip-part"), [["", "all"], ...chips]);

  const whole = { x: 0, y: 0, w: columns, h: rows };
  let view = { ...whole };
  let chosen = -1;
  let unit = 1;
  let left = 0;

  const hue = (n) => `hsl(${(n * 137) % 360} 55% ${45 + (n % 3) * 12}%)`;
  const draw = () => {
    const width = canvas.clientWidth || 320;
    const height = clamp(width * view.h / view.w, 120, 620);
    const [context] = sized(canvas, height);
    unit = Math.min(width / view.w, height / view.h);
    left = width < 600 ? (width - unit * view.w) / 2 : 0;
    const metric = by("chip-metric").value;
    const wanted = by("chip-layer").value;
    const values = metric === "links" ? links.packets : cores[metric] || [];
    const scale = scaling([...values]);
    legend(metric, scale);
    context.save();
    context.beginPath();
    context.rect(left, 0, unit * view.w, unit * view.h);
    context.clip();
    context.translate(left - view.x * unit, -view.y * unit);
    context.fillStyle = themed("--none");
    context.fillRect(0, 0, columns * unit, rows * unit);
    const gap = unit >= 6 ? 1 : 0;
    for (let core = 0; core < count; core += 1) {
      const [x, y] = place(core);
      if (x + 1 < view.x || y + 1 < view.y || x > view.x + view.w || y > view.y + view.h) continue;
      const out = wanted !== "" && cores.layer[core] !== Number(wanted);
      context.globalAlpha = out ? 0.12 : 1;
      context.fillStyle = fill(metric, core, scale);
      context.fillRect(x * unit, y * unit, unit - gap, unit - gap);
    }
    context.globalAlpha = 1;
    if (metric === "links") loads(context, scale);
    borders(context);
    if (chosen >= 0) partners(context);
    context.restore();
  };
  const fill = (metric, core, scale) => {
    if (metric === "links") return themed("--line");
    if (metric === "layer") return cores.layer[core] < 0 ? themed("--soft") : hue(cores.layer[core]);
    return coloured(scale.share(cores[metric][core]));
  };
  const legend = (metric, scale) => {
    const plain = metric === "layer";
    by("chip-ramp").hidden = plain;
    by("chip-low").textContent = plain ? "" : brief(scale.low);
    by("chip-high").textContent = plain ? "" : brief(scale.high);
    const name = by("chip-metric").selectedOptions[0];
    const what = plain ? "a colour for each layer" : `${name ? name.textContent : ""}${scale.note}`;
    by("chip-unit").textContent = `${what}; grey: no neurons there`;
  };
  // Middle of a router in tiles; the hub of a star lies in the middle of its chip.
  const middle = (x, y) => {
    if (x < grid.width) return [x + 0.5, row(y) + 0.5];
    const [w, h] = [grid.chip_width, grid.chip_height];
    return [(x - grid.width + 0.5) * w, grid.height - (y - grid.height + 0.5) * h];
  };
  // Both ends of a link in tiles, on the right-hand side of the way. One that closes a ring is a
  // stub at the edge.
  const way = (n) => {
    const hubs = links.from_x[n] >= grid.width || links.to_x[n] >= grid.width;
    // One step back around the ring, along each axis that closes.
    const around = (far) => (!hubs && Math.abs(far) > 1.5 ? -Math.sign(far) : far);
    const [x, y] = middle(links.from_x[n], links.from_y[n]);
    let [dx, dy] = middle(links.to_x[n], links.to_y[n]);
    const closes = !hubs && Math.max(Math.abs(dx - x), Math.abs(dy - y)) > 1.5;
    [dx, dy] = [around(dx - x), around(dy - y)];
    const length = Math.hypot(dx, dy) || 1;
    const [sx, sy] = [x - dy / length * 0.14, y + dx / length * 0.14];
    const part = closes ? 0.5 : 1;
    return [sx, sy, sx + dx * part, sy + dy * part];
  };
  const loads = (context, scale) => {
    context.lineWidth = clamp(unit * side * 0.16, 1, 7);
    for (let n = 0; n < links.packets.length; n += 1) {
      const [x1, y1, x2, y2] = way(n).map((tiles) => tiles * side * unit);
      context.strokeStyle = coloured(scale.share(links.packets[n]));
      context.beginPath();
      context.moveTo(x1, y1);
      context.lineTo(x2, y2);
      context.stroke();
    }
  };
  const borders = (context) => {
    context.strokeStyle = themed("--ink");
    context.lineWidth = 1.5;
    const [w, h] = [grid.chip_width * side * unit, grid.chip_height * side * unit];
    for (let x = 0; x * w < columns * unit + 1; x += 1) {
      for (let y = 0; y * h < rows * unit + 1; y += 1) context.strokeRect(x * w, y * h, w, h);
    }
  };
  const partners = (context) => {
    const centre = (core) => place(core).map((cell) => (cell + 0.5) * unit);
    const [x, y] = centre(chosen);
    const lines = (list, colour) => {
      const most = Math.max(1, ...list.map(([, packets]) => packets));
      for (const [core, packets] of list) {
        const [to, down] = centre(core);
        context.strokeStyle = themed(colour);
        context.lineWidth = 1 + 4 * packets / most;
        context.beginPath();
        context.moveTo(x, y);
        context.lineTo(to, down);
        context.stroke();
      }
    };
    const largest = (list) => [...list].sort((a, b) => b[1] - a[1]).slice(0, data.chip.partners);
    lines(largest(senders[chosen]), "--c0");
    lines(largest(receivers(chosen)), "--c1");
    context.strokeStyle = themed("--ink");
    context.lineWidth = 2;
    context.strokeRect(x - unit / 2 - 1, y - unit / 2 - 1, unit + 2, unit + 2);
  };
  const receivers = (core) => {
    const own = flows[core];
    const list = [];
    for (let n = 0; n < own.length; n += 2) list.push([own[n], own[n + 1]]);
    return list;
  };

  const tellCore = (core) => {
    const { x, y, slot } = cores;
    const where = `x ${x[core]}, y ${y[core]}, slot ${slot[core]}`;
    const pairs = ["neurons", "spikes", "synaptic_operations", "packets", "packets_in",
      "synapse_memory_bits", "energy_dynamic_pj", "busy_ps", "slowest_steps"];
    const named = (list) => list.sort((a, b) => b[1] - a[1]).slice(0, data.chip.partners)
      .map(([other, packets]) => `core ${other} (${layer(other)}) ${number(packets)}`).join("; ");
    const lines = [];
    if (core === chosen) {
      const unknown = data.chip.partners ? "none" : "not known: the run was made before flows were kept";
      const [to, from] = [named(receivers(core)), named([...senders[core]])];
      lines.push(`Sends most packets to (orange): ${to || unknown}.`);
      lines.push(`Receives most packets from (blue): ${from || unknown}.`);
    }
    const title = `Core ${core}, layer ${layer(core)}, ${where}`;
    told(box, title, pairs.map((key) => [key, cores[key][core]]), lines);
    box.dataset.core = core;
  };
  const tellLink = (n) => {
    const ends = `${links.from_x[n]}, ${links.from_y[n]} to ${links.to_x[n]}, ${links.to_y[n]}`;
    const pairs = [["packets", links.packets[n]], ["stall_ps", links.stall_ps[n]]];
    told(box, `Link from ${ends}`, pairs);
  };
  const rest = () => {
    if (chosen >= 0) tellCore(chosen);
    else told(box, "No core is chosen", [], ["Point at a core, or choose one with the arrow keys. A click shows its partners: blue sends to it, orange receives from it."]);
  };
  const choose = (core) => {
    chosen = core;
    rest();
    draw();
  };
  const cell = (event) => {
    const rect = canvas.getBoundingClientRect();
    const x = (event.clientX - rect.left - left) / unit + view.x;
    const y = (event.clientY - rect.top) / unit + view.y;
    return [x, y];
  };
  const under = ([x, y]) => {
    if (x < 0 || y < 0 || x >= columns || y >= rows) return -1;
    return at[Math.floor(y) * columns + Math.floor(x)];
  };
  // The link whose way is nearest to a place, in tiles.
  const nearest = ([cx, cy]) => {
    const [x, y] = [cx / side, cy / side];
    let best = -1;
    let least = 0.45;
    for (let n = 0; n < links.packets.length; n += 1) {
      const [sx, sy, ex, ey] = way(n);
      const [dx, dy] = [ex - sx, ey - sy];
      const along = clamp(((x - sx) * dx + (y - sy) * dy) / (dx * dx + dy * dy || 1), 0, 1);
      const far = Math.hypot(x - sx - along * dx, y - sy - along * dy);
      if (far < least) [best, least] = [n, far];
    }
    return best;
  };

  let held = null;
  canvas.addEventListener("pointermove", (event) => {
    if (held && event.buttons) {
      const [dx, dy] = [(event.clientX - held.x) / unit, (event.clientY - held.y) / unit];
      if (Math.hypot(dx, dy) * unit > 4 || held.moved) {
        held.moved = true;
        view = bounded({ ...view, x: held.view.x - dx, y: held.view.y - dy });
        draw();
        return;
      }
    }
    const here = cell(event);
    if (by("chip-metric").value === "links") {
      const link = nearest(here);
      if (link >= 0) return tellLink(link);
    }
    const core = under(here);
    if (core >= 0) tellCore(core); else rest();
  });
  canvas.addEventListener("pointerdown", (event) => {
    held = { x: event.clientX, y: event.clientY, view: { ...view }, moved: false };
  });
  canvas.addEventListener("pointerup", (event) => {
    if (held && !held.moved) choose(under(cell(event)));
    held = null;
  });
  canvas.addEventListener("pointerleave", () => { held = null; rest(); });

  const bounded = ({ x, y, w, h }) => ({
    x: clamp(x, 0, columns - w), y: clamp(y, 0, rows - h), w, h,
  });
  // What is longer than the screen's shape is cut first.
  const zoom = (factor) => {
    const [tall, wide] = [view.h > view.w, view.w > 2.5 * view.h];
    const cut = (length, keep, all) => clamp(keep ? length : length * factor, Math.min(all, 2 * side), all);
    const [w, h] = [cut(view.w, factor < 1 && tall, columns), cut(view.h, factor < 1 && wide, rows)];
    const [x, y] = chosen >= 0 ? place(chosen) : [view.x + view.w / 2, view.y + view.h / 2];
    view = bounded({ x: x - w / 2, y: y - h / 2, w, h });
    draw();
  };
  const seen = (core) => {
    const [x, y] = place(core);
    if (x < view.x || y < view.y || x >= view.x + view.w || y >= view.y + view.h) {
      view = bounded({ ...view, x: x - view.w / 2, y: y - view.h / 2 });
    }
  };
  canvas.addEventListener("keydown", (event) => {
    const turn = arrows[event.key];
    if (turn) {
      event.preventDefault();
      if (chosen < 0) return choose(under([view.x, view.y]) >= 0 ? under([view.x, view.y]) : 0);
      let [x, y] = place(chosen);
      do { x += turn[0]; y += turn[1]; } while (x >= 0 && y >= 0 && x < columns && y < rows && under([x, y]) < 0);
      const core = under([x, y]);
      if (core >= 0) { seen(core); choose(core); }
    } else if (event.key === "+" || event.key === "=") zoom(0.5);
    else if (event.key === "-") zoom(2);
    else if (event.key === "Escape") choose(-1);
  });
  by("chip-in").addEventListener("click", () => zoom(0.5));
  by("chip-out").addEventListener("click", () => zoom(2));
  by("chip-busiest").addEventListener("click", () => {
    const load = cores.packets.map((packets, core) => packets + cores.packets_in[core]);
    const busiest = load.reduce((best, packets, core) => (packets > load[best] ? core : best), 0);
    seen(busiest);
    choose(busiest);
  });
  by("chip-part").addEventListener("change", (event) => {
    const part = event.target.value;
    if (part === "") view = { ...whole };
    else {
      const [x, y] = part.split(",").map(Number);
      const [w, h] = [grid.chip_width * side, grid.chip_height * side];
      view = { x: x * w, y: rows - (y + 1) * h, w, h };
    }
    draw();
  });
  by("chip-metric").addEventListener("change", draw);
  by("chip-layer").addEventListener("change", draw);
  views.push(draw);
  rest();
})();
