"use strict";
// What is told beside the pointer, and beside what the keyboard reaches.
const tip = document.getElementById("tip");
const hush = () => { tip.hidden = true; };
const tell = (text, x, y) => {
  tip.textContent = text;
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const room = (at, size, all) => Math.max(4, Math.min(at, all - size - 4));
  tip.style.left = `${room(x + 12, width, document.documentElement.clientWidth)}px`;
  const above = y + 16 + height > window.innerHeight;
  tip.style.top = `${above ? Math.max(4, y - height - 10) : y + 16}px`;
};
document.addEventListener("pointerover", (event) => {
  const on = event.target.closest && event.target.closest("[data-tip]");
  if (on) tell(on.dataset.tip, event.clientX, event.clientY); else hush();
});
document.addEventListener("focusin", (event) => {
  const on = event.target;
  if (!on.dataset || !on.dataset.tip || !on.matches(":focus-visible")) return hush();
  const { left, bottom } = on.getBoundingClientRect();
  tell(on.dataset.tip, left, bottom - 10);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") hush(); });
