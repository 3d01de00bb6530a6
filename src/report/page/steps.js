// What each step takes, and which layer fires in it; both over one stretch of steps.
if (data && by("step-times")) (() => {
  const { steps } = data;
  const { layers, cores } = data.chip;
  const [times, raster, box] = [by("step-times"), by("step-raster"), by("step-told")];
  const count = steps.step_time_ps.length;
  const one = steps.without ? "period" : "step";
  const parts = [
    ["work_ps", steps.without ? "service of the busiest core" : "computation", "--c0"],
    ["network_ps", "network", "--c1"],
    ["sync_ps", steps.without ? "idle" : "synchronisation", "--c4"],
    ["processor_ps", "embedded processors", "--c5"],
  ].filter(([key]) => steps[key].some((ps) => ps > 0));
  if (steps.without) by("step-title").textContent = "Anatomy of a period";
  parts.forEach(([, name], n) => {
    const item = made("li");
    const mark = made("i");
    mark.style.background = `var(${parts[n][2]})`;
    item.append(mark, name);
    by("step-legend").append(item);
  });
  const [from, to] = [by("step-from"), by("step-to")];
  from.max = to.max = count;
  to.value = count;
  let chosen = -1;
  let row = 0;
  const shown = () => {
    const first = clamp(Math.floor(Number(from.value)) || 1, 1, Math.max(count, 1));
    const last = clamp(Math.floor(Number(to.value)) || count, first, Math.max(count, 1));
    return [first - 1, last];
  };
  const margin = () => (times.clientWidth > 560 ? 130 : 74);
  const right = 8;
  const column = (width) => {
    const [first, last] = shown();
    return (width - margin() - right) / Math.max(1, last - first);
  };
  const sum = (step) => parts.reduce((all, [key]) => all + (steps[key][step] || 0), 0);

  const drawTimes = () => {
    const [context, width, height] = sized(times, parts.length ? 220 : 40);
    context.fillStyle = themed("--ink");
    if (!parts.length) return context.fillText("The profile has no times.", 4, 20);
    const [first, last] = shown();
    const each = column(width);
    let most = 0;
    for (let step = first; step < last; step += 1) most = Math.max(most, sum(step));
    const base = height - 22;
    const scale = (base - 12) / (most || 1);
    context.textAlign = "right";
    for (const part of [0, 0.5, 1]) {
      const y = base - part * most * scale;
      context.fillStyle = themed("--line");
      context.fillRect(margin(), y, width - margin() - right, 1);
      context.fillStyle = themed("--ink");
      context.fillText(time(Math.round(part * most)), margin() - 6, y + 4);
    }
    for (let step = first; step < last; step += 1) {
      let y = base;
      for (const [key, , ink] of parts) {
        const high = (steps[key][step] || 0) * scale;
        context.fillStyle = themed(ink);
        context.fillRect(margin() + (step - first) * each, y - high, Math.max(each - (each > 4 ? 1 : 0), 0.5), high);
        y -= high;
      }
    }
    numbers(context, width, height - 6);
    marked(context, width, 2, base);
  };
  const numbers = (context, width, y) => {
    const [first, last] = shown();
    const stride = Math.max(1, Math.ceil((last - first) / Math.max(2, Math.floor((width - margin()) / 60))));
    context.fillStyle = themed("--ink");
    context.textAlign = "center";
    for (let step = first; step < last; step += stride) {
      context.fillText(step + 1, margin() + (step - first + 0.5) * column(width), y);
    }
    context.textAlign = "right";
    context.fillText(one, margin() - 6, y);
  };
  const marked = (context, width, top, bottom) => {
    const [first, last] = shown();
    if (chosen < first || chosen >= last) return;
    const each = column(width);
    context.strokeStyle = themed("--ink");
    context.lineWidth = 2;
    context.strokeRect(margin() + (chosen - first) * each, top, Math.max(each, 2), bottom - top);
  };
  const high = () => clamp(Math.floor(700 / Math.max(1, steps.rows.length)), 5, 20);
  // Layers differ in size: colours are spikes per neuron, the numbers are spikes.
  const rate = (own, step) => (own.spikes[step] || 0) / Math.max(1, own.neurons);
  const firing = scaling(steps.rows.flatMap((own) => own.spikes.map((_, step) => rate(own, step))));
  by("raster-high").textContent = `${brief(firing.high)}${firing.note}`;
  const drawRaster = () => {
    const tall = high();
    const [context, width] = sized(raster, Math.max(tall * steps.rows.length, tall) + 22);
    const [first, last] = shown();
    const each = column(width);
    const every = Math.ceil(12 / tall);
    context.textAlign = "right";
    steps.rows.forEach((own, n) => {
      for (let step = first; step < last; step += 1) {
        const spikes = own.spikes[step] || 0;
        context.fillStyle = spikes ? coloured(firing.share(rate(own, step))) : themed("--none");
        context.fillRect(margin() + (step - first) * each, n * tall, Math.max(each, 0.5), tall - 1);
      }
      if (n % every === 0) {
        context.fillStyle = themed("--ink");
        context.fillText(fitting(context, layers[own.layer]), margin() - 6, Math.max(n * tall + Math.min(tall, 13) - 2, 10));
      }
    });
    numbers(context, width, tall * steps.rows.length + 16);
    marked(context, width, row * tall, (row + 1) * tall - 1);
  };
  const fitting = (context, name) => {
    let text = name;
    while (text.length > 3 && context.measureText(text).width > margin() - 10) text = `${text.slice(0, -2)}\u2026`;
    return text;
  };
  const draw = () => { drawTimes(); drawRaster(); };
  const say = (layer) => {
    if (chosen < 0) return box.replaceChildren();
    const core = steps.busiest_core[chosen];
    const owner = cores.layer[core] >= 0 ? `, layer ${layers[cores.layer[core]]}` : "";
    const keys = ["step_time_ps", "generation_ps", "receive_ps", "network_ps", "sync_ps", "processor_ps", "spikes"];
    const pairs = keys.filter((key) => steps[key][chosen] !== undefined).map((key) => [key, steps[key][chosen]]);
    if (layer) pairs.push([`spikes of ${layers[layer.layer]}`, layer.spikes[chosen] || 0]);
    const critical = steps.work_ps[chosen] > 0 ? [`Slowest core: ${core}${owner}.`] : [];
    told(box, `${one === "step" ? "Step" : "Period"} ${chosen + 1}`, pairs, critical);
  };
  const go = (step, layer) => {
    chosen = clamp(step, 0, count - 1);
    draw();
    say(layer);
  };
  const pointed = (canvas, event) => {
    const rect = canvas.getBoundingClientRect();
    const x = event.clientX - rect.left - margin();
    const [first, last] = shown();
    return [clamp(first + Math.floor(x / column(rect.width)), first, last - 1), event.clientY - rect.top];
  };
  times.addEventListener("pointermove", (event) => go(pointed(times, event)[0]));
  raster.addEventListener("pointermove", (event) => {
    const [step, y] = pointed(raster, event);
    row = clamp(Math.floor(y / high()), 0, Math.max(0, steps.rows.length - 1));
    go(step, steps.rows[row]);
  });
  const keyed = (canvas, layered) => canvas.addEventListener("keydown", (event) => {
    const way = arrows[event.key];
    if (!way) return;
    event.preventDefault();
    if (layered) row = clamp(row + way[1], 0, Math.max(0, steps.rows.length - 1));
    go(chosen + way[0], layered ? steps.rows[row] : undefined);
  });
  keyed(times, false);
  keyed(raster, true);
  from.addEventListener("change", draw);
  to.addEventListener("change", draw);
  by("step-all").addEventListener("click", () => { from.value = 1; to.value = count; draw(); });
  views.push(draw);
})();
redraw();
