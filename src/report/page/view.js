// What the canvases share: data, colours, scales, and the box that tells numbers.
const held = document.getElementById("data");
const data = held && JSON.parse(held.textContent);
const by = (id) => document.getElementById(id);
const views = [];
const redraw = () => views.forEach((draw) => draw());
const themed = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

// The context of a canvas as wide as its place, in units of the page.
const sized = (canvas, height) => {
  const width = canvas.clientWidth || 320;
  const ratio = window.devicePixelRatio || 1;
  canvas.style.height = `${height}px`;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = "12px system-ui, sans-serif";
  return [context, width, height];
};

// From 0 to the largest value, or by decades where a few large ones would hide all others.
const scaling = (values) => {
  const positive = values.filter((value) => value > 0).sort((a, b) => a - b);
  const max = positive.length ? positive[positive.length - 1] : 1;
  const skewed = positive.length && max > 30 * positive[positive.length >> 1];
  const floor = skewed ? 10 ** Math.floor(Math.log10(Math.max(positive[0], max * 1e-4))) : 0;
  const share = (value) => {
    if (!floor) return value / max;
    return value <= floor ? 0 : Math.log(value / floor) / Math.log(max / floor);
  };
  return { low: floor, high: max, share, note: floor ? ", log scale" : "" };
};
const coloured = (share) => {
  const last = data.colours.length - 1;
  return data.colours[Math.round(clamp(share, 0, 1) * last)];
};

// Digits in groups; what is written in a file keeps all of its digits.
const number = (value) => {
  const [whole, part] = String(value).split(".");
  if (!/^\d+$/.test(whole)) return String(value);
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return part === undefined ? grouped : `${grouped}.${part}`;
};
const brief = (value) => {
  for (const [size, name] of [[1e12, " T"], [1e9, " G"], [1e6, " M"], [1e4, " k"]]) {
    const at = name === " k" ? 1e3 : size;
    if (value >= size) return `${+(value / at).toPrecision(3)}${name}`;
  }
  return String(+value.toPrecision(3));
};
const time = (ps) => {
  for (const [size, name] of [[1e12, "s"], [1e9, "ms"], [1e6, "\u00b5s"], [1e3, "ns"]]) {
    if (ps >= size) return `${+(ps / size).toPrecision(4)} ${name}`;
  }
  return `${ps} ps`;
};

// Fills a box with a title, names with numbers, and sentences. All of it is text.
const made = (kind, text) => {
  const element = document.createElement(kind);
  if (text !== undefined) element.textContent = text;
  return element;
};
const told = (box, title, pairs, lines = []) => {
  const list = made("dl");
  for (const [name, value] of pairs) {
    const pair = made("div");
    const cell = made("dd", typeof value === "number" ? number(value) : value);
    cell.dataset.name = name;
    if (typeof value === "number") cell.dataset.value = value;
    pair.append(made("dt", name), cell);
    list.append(pair);
  }
  box.replaceChildren(made("strong", title), list, ...lines.map((line) => made("p", line)));
};
const options = (select, choices) => {
  for (const [value, name] of choices) {
    const option = made("option", name);
    option.value = value;
    select.append(option);
  }
};
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

if (data) {
  const ramp = `linear-gradient(to right,${data.colours.join(",")})`;
  document.querySelectorAll(".ramp").forEach((bar) => { bar.style.background = ramp; });
  window.addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}
