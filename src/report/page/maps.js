// Where in the picture the neurons of a layer fire, over the picture where both have one shape.
if (data && by("map-cells") && data.maps.length) (() => {
  const { maps, picture } = data;
  const canvas = by("map-cells");
  const scene = by("map-scene");
  const box = by("map-told");
  options(by("map-layer"), maps.map((map, n) => [n, map.name]));
  const map = () => maps[Number(by("map-layer").value)];
  const fits = ({ layer_width: width, layer_height: height }) => {
    if (!picture) return false;
    const [mine, other] = [width / height, picture[0] / picture[1]];
    return Math.abs(mine - other) < 0.02 * other;
  };
  let at = null;
  const draw = () => {
    const own = map();
    const over = fits(own);
    scene.classList.toggle("picture", over);
    by("map-veil").hidden = !over;
    by("map-apart").hidden = over || !picture;
    scene.style.maxWidth = `${Math.round(Math.min(560, 460 * own.width / own.height + 100))}px`;
    const [context, width, height] = sized(canvas, (canvas.clientWidth || 320) * own.layer_height / own.layer_width);
    const scale = scaling([...own.spikes]);
    by("map-low").textContent = brief(scale.low);
    by("map-high").textContent = `${brief(scale.high)}${scale.note}`;
    const [w, h] = [width * own.block / own.layer_width, height * own.block / own.layer_height];
    context.globalAlpha = over ? 1 - Number(by("map-alpha").value) / 100 : 1;
    own.spikes.forEach((spikes, n) => {
      const [x, y] = [n % own.width, Math.floor(n / own.width)];
      context.fillStyle = coloured(scale.share(spikes));
      context.fillRect(x * w, y * h, Math.ceil(w), Math.ceil(h));
    });
    context.globalAlpha = 1;
    if (at) {
      context.strokeStyle = "#fff";
      context.lineWidth = 2;
      context.strokeRect(at[0] * w, at[1] * h, w, h);
    }
  };
  const say = () => {
    const own = map();
    if (!at) return box.replaceChildren();
    const [x, y] = at;
    const block = own.block > 1 ? ` (${own.block} x ${own.block} positions)` : "";
    const pairs = [["spikes", own.spikes[y * own.width + x]]];
    told(box, `Layer ${own.name}, x ${x * own.block}, y ${y * own.block}${block}`, pairs);
  };
  const go = (x, y) => {
    const own = map();
    at = [clamp(x, 0, own.width - 1), clamp(y, 0, own.height - 1)];
    draw();
    say();
  };
  canvas.addEventListener("pointermove", (event) => {
    const own = map();
    const rect = canvas.getBoundingClientRect();
    const x = Math.floor((event.clientX - rect.left) / rect.width * own.layer_width / own.block);
    const y = Math.floor((event.clientY - rect.top) / rect.height * own.layer_height / own.block);
    go(x, y);
  });
  canvas.addEventListener("keydown", (event) => {
    const way = arrows[event.key];
    if (!way) return;
    event.preventDefault();
    if (at) go(at[0] + way[0], at[1] + way[1]); else go(0, 0);
  });
  by("map-layer").addEventListener("change", () => { at = null; draw(); say(); });
  by("map-alpha").addEventListener("input", draw);
  views.push(draw);
})();
