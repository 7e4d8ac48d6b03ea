"""How the page looks and moves: its style sheet and its script."""

STYLE = """
:root { --ink: #1b1f24; --soft: #57606a; --line: #d5dae0; --page: #f6f7f9;
  --card: #ffffff; --bad: #b42318; --bad-soft: #fdecea; --past: #8a5a00;
  --past-soft: #fff6e0; --good: #12703f; --good-soft: #e8f6ee; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --soft: #9aa4af;
  --line: #343b44; --page: #14171b; --card: #1d2126; --bad: #ff8f85;
  --bad-soft: #3a1f1d; --past: #f0c060; --past-soft: #372c14;
  --good: #6fd39b; --good-soft: #17301f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  overflow-wrap: anywhere;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
  "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 20px 16px 60px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 4px; }
h2 { font-size: 1.1rem; margin: 34px 0 10px; }
h3 { font-size: 0.95rem; margin: 18px 0 6px; }
figure h3 { margin-top: 0; }
p { margin: 4px 0; }
.soft, small { color: var(--soft); }
.tiles { display: grid; gap: 10px; margin: 14px 0;
  grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); }
.tile { background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; padding: 8px 12px; min-width: 0; }
.tile b { display: block; font-size: 1.15rem; font-variant-numeric:
  tabular-nums; }
.tile.wide { grid-column: span 2; }
.tile span { color: var(--soft); font-size: 0.82rem; }
.alarm { border-left: 5px solid var(--bad); background: var(--bad-soft);
  border-radius: 6px; padding: 8px 12px; margin: 8px 0; }
.alarm.past { border-color: var(--past); background: var(--past-soft); }
.alarm.none { border-color: var(--good); background: var(--good-soft); }
.alarm b { display: block; }
.alarm small { display: block; }
.charts { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); }
figure { margin: 0; background: var(--card); border: 1px solid var(--line);
  border-radius: 8px; padding: 10px 12px; min-width: 0; }
figcaption { font-weight: 600; }
figcaption small { display: block; font-weight: 400; }
svg { width: 100%; height: auto; display: block; }
svg text { font-size: 11px; fill: var(--soft); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .zero { stroke: var(--soft); stroke-width: 1; }
svg .lost { fill: var(--bad); font-size: 14px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 0.85rem; }
.legend span { }
.legend .key { display: inline-block; width: 18px; height: 9px;
  vertical-align: middle; margin-right: 5px; }
.slider { display: flex; align-items: center; gap: 12px; flex-wrap: wrap;
  margin-bottom: 10px; }
.slider input { flex: 1 1 200px; min-width: 0; accent-color: #0072B2; }
.slider button { font: inherit; padding: 4px 14px; border-radius: 6px;
  border: 1px solid var(--line); background: var(--card); color: var(--ink);
  cursor: pointer; }
.slider output { min-width: 8.5em; font-variant-numeric: tabular-nums; }
.pictures { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fit, minmax(min(300px, 100%), 1fr)); }
.pictures img { display: block; width: 100%; max-width: 640px; height: auto;
  margin: 0 auto; image-rendering: pixelated; }
.pictures img[hidden] { display: none; }
.table { overflow-x: auto; background: var(--card); border-radius: 8px;
  border: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; }
th, td { text-align: left; padding: 5px 12px; border-top: 1px solid
  var(--line); vertical-align: top; }
tr:first-child > * { border-top: 0; }
thead th { color: var(--soft); font-weight: 600; }
tbody th { font-weight: 400; color: var(--soft); width: 34%;
  min-width: 9.5em; }
td.number { font-variant-numeric: tabular-nums; }
tr.differs td { font-weight: 600; }
details { margin: 10px 0; }
summary { cursor: pointer; padding: 4px 0; }
footer { margin-top: 40px; color: var(--soft); font-size: 0.85rem; }
"""

SCRIPT = """
(function () {
  var slider = document.getElementById("epoch");
  if (!slider) { return; }
  var said = document.getElementById("said");
  var play = document.getElementById("play");
  var epochs = slider.dataset.epochs.split(" ").map(Number);
  var folders = document.querySelectorAll("[data-run]");
  var timer = null;
  function show() {
    var epoch = epochs[slider.value];
    said.textContent = "Epoch " + epoch;
    folders.forEach(function (folder) {
      var best = null;
      folder.querySelectorAll("img").forEach(function (image) {
        image.hidden = true;
        if (best === null || Number(image.dataset.epoch) <= epoch) {
          best = image;
        }
      });
      if (best) { best.hidden = false; }
    });
  }
  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  }
  slider.addEventListener("input", function () { stop(); show(); });
  play.addEventListener("click", function () {
    if (timer) { stop(); return; }
    if (slider.value === slider.max) { slider.value = 0; show(); }
    play.textContent = "Stop";
    timer = setInterval(function () {
      if (slider.value === slider.max) { stop(); return; }
      slider.value = Number(slider.value) + 1;
      show();
    }, 250);
  });
  play.hidden = false;
  slider.disabled = false;
  show();
})();
"""
