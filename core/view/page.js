"use strict";
const take = JSON.parse(document.getElementById("take").textContent);
const MISSING = -32768, SEEN = 10, SURE = 50;
const $ = (id) => document.getElementById(id);
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const whole = (text) => new Int16Array(bytes(text).buffer);
for (const person of take.people) {
  person.positions = whole(person.positions);
  for (const key of ["confidence", "present", "contacts"]) person[key] = bytes(person[key]);
  person.landmarks = (person.landmarks || []).map((l) => ({ points: whole(l.points), confidence: bytes(l.confidence) }));
  person.reprojected = (person.reprojected || []).map(whole);
  person.shown = true;
}
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const ink = dark ? "#9aa2a9" : "#6b7278", grid = dark ? "#3c4247" : "#cfd3d6", floor = dark ? "#2d3236" : "#e6e7e4";
const count = take.times.length, J = take.joints.length;
const finger = take.joints.map((n) => /index|middle|ring|pinky|thumb/.test(n));
const title = (person) => take.takes.length > 1 ? `${take.takes[person.take]}: ${person.name}` : person.name;
const label = (name) => name.replaceAll("_", " ");
let shown = -1, aligned = false;

// ---- 3D ------------------------------------------------------------------------------------------------------------

// A person of another take is moved by its hips onto the one it is compared with, if that is asked for.
function shift(person, f) {
  const other = take.people[person.match];
  if (!aligned || !person.take || !other) return [0, 0, 0];
  return [0, 1, 2].map((k) => {
    const a = other.positions[f * J * 3 + k], b = person.positions[f * J * 3 + k];
    return a === MISSING || b === MISSING ? 0 : (a - b) / 1000;
  });
}
function place(person, f, j, by) {
  const at = (f * J + j) * 3;
  return person.positions[at] === MISSING ? null : [0, 1, 2].map((k) => person.positions[at + k] / 1000 + by[k]);
}
// One person in one frame: bones as one broken line, joints as markers.
function pose(person, f) {
  const by = shift(person, f), points = take.joints.map((_, j) => place(person, f, j, by));
  const bones = [[], [], []], joints = [[], [], []], text = [], present = person.present[f] > 0;
  for (const [a, b] of take.bones) for (let k = 0; k < 3; k++) bones[k].push(points[a] && points[a][k], points[b] && points[b][k], null);
  points.forEach((p, j) => {
    for (let k = 0; k < 3; k++) joints[k].push(p && p[k]);
    text.push(`${title(person)}: ${label(take.joints[j])}<br>confidence ${(person.confidence[f * J + j] / 100).toFixed(2)}${present ? "" : "<br>not seen in this frame"}`);
  });
  return { bones, joints, text, opacity: present ? 1 : 0.3 };
}
const traces = [], corner = (x, y) => [x ? take.high[0] : take.low[0], y ? take.high[1] : take.low[1]];
const corners = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)];
const xyz = (rows) => ({ x: rows[0], y: rows[1], z: rows[2] });
const columns = (points) => [0, 1, 2].map((k) => points.map((p) => p[k]));
traces.push({ type: "mesh3d", ...xyz(columns(corners.map((c) => [...c, 0]))), i: [0, 0], j: [1, 2], k: [2, 3], color: floor, opacity: 0.6, hoverinfo: "skip", lighting: { ambient: 1, diffuse: 0, specular: 0 } });
for (const camera of take.cameras) {
  const path = [1, 2, 3, 4, 1, 0, 2, 0, 3, 0, 4].map((i) => camera.points[i]);
  traces.push({ type: "scatter3d", mode: "lines", ...xyz(columns(path)), line: { color: ink, width: 3 }, hoverinfo: "text", text: "Camera" });
}
const first = traces.length;
const dash = (person) => person.take ? "dot" : "solid";
for (const person of take.people) {
  const p = pose(person, 0), size = finger.map((f) => (f ? 2.5 : 5));
  traces.push({ type: "scatter3d", mode: "lines", ...xyz(p.bones), line: { color: person.colour, width: person.take ? 5 : 7, dash: dash(person) }, hoverinfo: "skip", opacity: p.opacity });
  traces.push({ type: "scatter3d", mode: "markers", ...xyz(p.joints), marker: { color: person.colour, size, line: { width: 0 } }, hoverinfo: "text", text: p.text, opacity: p.opacity });
}
const span = take.high.map((v, k) => v - take.low[k]), widest = Math.max(...span);
const axis = (k, name) => ({ range: [take.low[k], take.high[k]], title: { text: name }, dtick: 1, gridcolor: grid, zeroline: false, showbackground: false, color: ink, showspikes: false });
// The largest side gets 1.6 units; equal scales on all axes.
const ratio = (v) => 1.6 * v / widest;
const centre = take.low.map((v, k) => (v + take.high[k]) / 2);
const inScene = (p) => p.map((v, k) => ratio(v - centre[k]));
const vector = (p) => ({ x: p[0], y: p[1], z: p[2] });
// The first view stands on the camera's side, to its right, at a distance that holds the people in either format.
const scene = $("scene"), focus = inScene(take.focus), far = (scene.clientWidth < 1.1 * scene.clientHeight ? 1.35 : 0.95);
const home = { eye: vector([focus[0] + 0.85 * far, focus[1] - 1.05 * far, focus[2] + 0.4 * far]), center: vector(focus), up: vector([0, 0, 1]) };
const layout = { margin: { l: 0, r: 0, t: 0, b: 0 }, showlegend: false, paper_bgcolor: "rgba(0,0,0,0)", uirevision: 1, hoverlabel: { align: "left" },
  scene: { aspectmode: "manual", aspectratio: vector(span.map(ratio)), dragmode: "turntable", camera: home, xaxis: axis(0, "x (m)"), yaxis: axis(1, "y (m)"), zaxis: axis(2, "z (m)") } };
let drawing = false, again = false;
async function draw() {
  if (drawing) { again = true; return; }
  if (!take.people.length) return;
  drawing = true;
  do {
    again = false;
    const update = { x: [], y: [], z: [], opacity: [], visible: [] }, text = [], index = [];
    take.people.forEach((person, i) => {
      const p = pose(person, shown);
      ["bones", "joints"].forEach((part, m) => {
        ["x", "y", "z"].forEach((key, k) => update[key].push(p[part][k]));
        update.opacity.push(p.opacity); update.visible.push(person.shown);
        index.push(first + 2 * i + m); text.push(m ? p.text : "");
      });
    });
    await Plotly.restyle(scene, { ...update, text }, index);
  } while (again);
  drawing = false;
}

// ---- 2D ------------------------------------------------------------------------------------------------------------

const canvas = document.querySelector("#picture canvas"), pen = canvas.getContext("2d"), loaded = new Map();
let camera = 0;
const anything = take.people.some((p) => p.landmarks.some((l) => l.confidence.some((c) => c >= SEEN)));
if (!anything && !take.cameras.some((c) => c.stills)) document.querySelector("main").classList.add("alone");
// The picture that is shown, and the frame that it is of: not every frame has one.
function still(f) {
  const stills = take.cameras[camera].stills;
  if (!stills) return { at: f };
  let i = stills.frames.length - 1;
  while (i > 0 && stills.frames[i] > take.frames[f]) i--;
  const key = `${camera}/${i}`;
  if (!loaded.has(key)) {
    const image = new Image();
    image.onload = () => picture();
    image.src = stills.images[i];
    loaded.set(key, image);
  }
  return { image: loaded.get(key), at: Math.max(0, take.frames.indexOf(stills.frames[i])) };
}
function picture() {
  if (shown < 0 || !take.cameras.length) return;
  const box = canvas.getBoundingClientRect(), sharp = devicePixelRatio || 1, { size, unit } = take.cameras[camera];
  canvas.width = Math.round(box.width * sharp); canvas.height = Math.round(box.height * sharp);
  const scale = Math.min(canvas.width / size[0], canvas.height / size[1]);
  pen.setTransform(scale, 0, 0, scale, (canvas.width - scale * size[0]) / 2, (canvas.height - scale * size[1]) / 2);
  pen.fillStyle = "#2b3034"; pen.fillRect(0, 0, size[0], size[1]);
  const { image, at } = still(shown), px = sharp / scale;
  if (image && image.complete) pen.drawImage(image, 0, 0, size[0], size[1]);
  pen.save(); pen.beginPath(); pen.rect(0, 0, size[0], size[1]); pen.clip(); pen.lineCap = "round";
  const line = (points, from, a, b) => {
    const [x, y, u, v] = [points[from + 2 * a], points[from + 2 * a + 1], points[from + 2 * b], points[from + 2 * b + 1]];
    if (x === MISSING || u === MISSING) return;
    pen.beginPath(); pen.moveTo((x + 0.5) * unit, (y + 0.5) * unit); pen.lineTo((u + 0.5) * unit, (v + 0.5) * unit); pen.stroke();
  };
  for (const person of take.people) {
    if (!person.shown || !person.present[at]) continue;
    if ($("solved").checked && person.reprojected.length) {
      pen.strokeStyle = person.colour; pen.globalAlpha = 0.55; pen.lineWidth = 6 * px;
      for (const [a, b] of take.bones) if (!finger[b]) line(person.reprojected[camera], at * J * 2, a, b);
    }
    if ($("measured").checked && person.landmarks.length) {
      const { points, confidence } = person.landmarks[camera], L = confidence.length / count;
      for (const [a, b] of take.landmark_bones) {
        const sure = Math.min(confidence[at * L + a], confidence[at * L + b]);
        if (sure < SEEN) continue;
        pen.globalAlpha = sure < SURE ? 0.6 : 1; pen.lineWidth = (sure < SURE ? 1 : 2) * px;
        pen.strokeStyle = sure < SURE ? "#aab0b5" : "#ffffff";
        line(points, at * L * 2, a, b);
      }
    }
    pen.globalAlpha = 1;
  }
  pen.restore();
}
const cameraList = $("camera");
take.cameras.forEach((_, i) => cameraList.add(new Option(`Camera ${i + 1}`, i)));
cameraList.hidden = take.cameras.length < 2;
const note = () => { document.querySelector("#picture .note").textContent = take.cameras.length ? take.cameras[camera].note : ""; };
cameraList.onchange = () => { camera = +cameraList.value; note(); picture(); };
$("measured").onchange = $("solved").onchange = picture;
new ResizeObserver(picture).observe(canvas);
note();

// ---- Curves of one joint -------------------------------------------------------------------------------------------

const jointList = $("joint"), curves = $("curves");
take.joints.forEach((name, j) => jointList.add(new Option(label(name), j)));
jointList.value = Math.max(0, take.joints.indexOf("right_wrist"));
function series(person, j) {
  const points = take.times.map((_, f) => (person.present[f] ? place(person, f, j, shift(person, f)) : null));
  const speed = points.map((p, f) => {
    const a = points[f - 1], dt = take.times[f] - take.times[f - 1];
    return p && a ? Math.hypot(...p.map((v, k) => v - a[k])) / dt : null;
  });
  return [...[0, 1, 2].map((k) => points.map((p) => p && p[k])), speed, take.times.map((_, f) => person.confidence[f * J + j] / 100)];
}
const ROWS = [["x (m)", 0], ["y (m)", 1], ["z (m)", 2], ["speed (m/s)", 3], ["confidence", 4]];
const cursor = () => ({ type: "line", xref: "x", yref: "paper", x0: take.times[Math.max(shown, 0)], x1: take.times[Math.max(shown, 0)], y0: 0, y1: 1, line: { color: "#e67800", width: 2 } });
function chart() {
  if (curves.hidden) return;
  const narrow = innerWidth <= 720, j = +jointList.value, lines = [];
  const kept = narrow ? [ROWS[2], ROWS[3], ROWS[4]] : ROWS;
  for (const person of take.people.filter((p) => p.shown)) {
    const values = series(person, j);
    kept.forEach(([name, k], row) => lines.push({ x: take.times, y: values[k], name: title(person), mode: "lines", line: { color: person.colour, width: 1.6, dash: dash(person) }, xaxis: "x", yaxis: row ? `y${row + 1}` : "y", showlegend: false, hovertemplate: `${title(person)}: %{y:.2f} ${name}<extra></extra>` }));
  }
  const form = { margin: { l: 40, r: 12, t: 4, b: 34 }, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 11 }, hovermode: "x", shapes: [cursor()], xaxis: { title: { text: "time (s)", standoff: 4 }, gridcolor: grid, zeroline: false, anchor: `y${kept.length}` } };
  const height = 1 / kept.length;
  kept.forEach(([name], row) => {
    form[row ? `yaxis${row + 1}` : "yaxis"] = { gridcolor: grid, zeroline: false, nticks: 4, domain: [1 - (row + 1) * height + 0.02, 1 - row * height], ...(name === "confidence" ? { range: [0, 1.05] } : {}) };
  });
  // Named inside: turned titles of low curves would run into one another.
  form.annotations = kept.map(([name], row) => ({ text: name, xref: "paper", yref: "paper", x: 0.004, y: 1 - row * height, xanchor: "left", yanchor: "top", showarrow: false, font: { size: 11 }, bgcolor: dark ? "#1d2023" : "#f4f4f2", borderpad: 1 }));
  Plotly.react("chart", lines, form, { responsive: true, displayModeBar: false });
}
function openCurves(open) {
  curves.hidden = !open;
  document.querySelector("main").classList.toggle("curves", open);
  $("plots").setAttribute("aria-pressed", open);
  chart(); picture(); Plotly.Plots.resize(scene);
}
$("plots").onclick = () => openCurves(curves.hidden);
jointList.onchange = chart;

// ---- Time ----------------------------------------------------------------------------------------------------------

const slider = $("frame"), clock = $("clock"), play = $("play"), speed = $("speed"), view = $("view");
slider.max = count - 1;
function show(f) {
  slider.value = f;
  clock.textContent = `${take.times[f].toFixed(2)} s` + (innerWidth > 720 ? ` · frame ${take.frames[f]}` : "");
  if (f === shown) return;
  shown = f;
  draw(); picture();
  if (!curves.hidden) Plotly.relayout("chart", { shapes: [cursor()] });
}
let playing = false, started = 0, offset = 0;
function tick(now) {
  if (!playing) return;
  const length = take.times[count - 1] - take.times[0] + (count > 1 ? take.times[1] - take.times[0] : 1);
  const t = take.times[0] + ((now - started) / 1000 * +speed.value + offset) % length;
  let low = 0, high = count - 1;
  while (low < high) { const mid = (low + high + 1) >> 1; if (take.times[mid] <= t + 1e-4) low = mid; else high = mid - 1; }
  show(low); requestAnimationFrame(tick);
}
function run(on) {
  playing = on; play.textContent = on ? "Pause" : "Play";
  if (on) { started = performance.now(); offset = take.times[+slider.value] - take.times[0]; requestAnimationFrame(tick); }
}
play.onclick = () => run(!playing);
speed.onchange = () => run(playing);
slider.oninput = () => { run(false); show(+slider.value); };
addEventListener("keydown", (e) => {
  if (count < 2 || /SELECT|BUTTON/.test(e.target.tagName)) return;
  if (e.key === " ") { e.preventDefault(); run(!playing); }
  const step = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
  if (step && e.target !== slider) { run(false); show(Math.min(count - 1, Math.max(0, +slider.value + step))); }
});
let through = false;
view.onclick = () => {
  through = !through; view.textContent = through ? "Orbit view" : "Camera view";
  const [eye, ...rim] = take.cameras[camera].points.map(inScene);
  const ahead = [0, 1, 2].map((k) => rim.reduce((s, p) => s + p[k], 0) / 4);
  // Look past the image plane: turntable orbits about the point looked at.
  const look = ahead.map((v, k) => eye[k] + (v - eye[k]) * 4);
  Plotly.relayout(scene, { "scene.camera": through ? { eye: vector(eye), center: vector(look), up: vector([0, 0, 1]) } : home });
};
if (!take.cameras.length) view.hidden = true;

// ---- Who is shown --------------------------------------------------------------------------------------------------

take.people.forEach((person) => {
  const chip = document.createElement("button"), mark = document.createElement("i"), name = document.createElement("span");
  chip.type = "button"; chip.setAttribute("aria-pressed", true); chip.title = "Show or hide";
  mark.style.borderTopColor = person.colour; mark.className = person.take ? "dashed" : "";
  name.textContent = title(person);
  chip.append(mark, name);
  chip.onclick = () => { person.shown = !person.shown; chip.setAttribute("aria-pressed", person.shown); draw(); picture(); chart(); };
  $("people").append(chip);
});
$("align").hidden = take.takes.length < 2;
$("align").querySelector("input").onchange = (e) => { aligned = e.target.checked; draw(); chart(); };
if (count < 2) { document.querySelector("footer").hidden = true; $("plots").hidden = true; }
Plotly.newPlot(scene, traces, layout, { responsive: true, displaylogo: false, displayModeBar: false, scrollZoom: true }).then(() => {
  scene.on("plotly_click", ({ points: [p] }) => {
    const i = p.curveNumber - first;
    if (i < 0 || i % 2 === 0 || count < 2) return;
    jointList.value = p.pointNumber; openCurves(true);
  });
  show(0);
});
