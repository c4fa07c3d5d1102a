"""Progress as a plot: the figures of the benchmark over the commits that recorded them."""

from __future__ import annotations

import html
import json
import subprocess
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from common import RESULTS, ROOT
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

SHOWN = (
    ("MPJPE, mm", "mpjpe_mm"),
    ("PA-MPJPE, mm", "pa_mpjpe_mm"),
    ("found, share", "coverage"),
    ("frames per second", "frames_per_second"),
)
TOOLS = ("Understudy", "MediaPipe Pose", "MediaPipe Holistic")


def recorded(name: str) -> list[tuple[str, dict[str, Any]]]:
    """(commit that was measured, result) of every committed version of ``results/NAME.json``, oldest first, then the
    file as it lies there if it says something new. Versions that are no JSON are left out."""
    file = RESULTS / f"{name}.json"
    path = file.relative_to(ROOT).as_posix()
    texts = [_git("show", f"{commit}:{path}") for commit in reversed(_git("log", "--format=%H", "--", path).split())]
    if file.is_file():
        texts.append(file.read_text("utf-8"))
    result: list[tuple[str, dict[str, Any]]] = []
    for text in texts:
        try:
            value = json.loads(text)
        except ValueError:
            continue
        if "summary" in value and (not result or value != result[-1][1]):
            result.append((str(value["machine"].get("commit", "?")), value))
    return result


def write_history(path: Path, name: str = "suite") -> Path:
    """A page with one line per scenario and tool over the recorded results."""
    versions = recorded(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = "<p>No result has been recorded yet.</p>" if not versions else _plot(versions)
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Benchmark history</title>'
        "<style>body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1280px}</style>"
        f"<script>{get_plotlyjs()}</script><body><h1>Progress: {html.escape(name)}</h1>{body}</body></html>",
        encoding="utf-8",
    )
    return path


def history_figure(versions: list[tuple[str, dict[str, Any]]]) -> go.Figure:
    """Understudy per scenario, thin; over all rendered scenarios, thick, with the peers beside."""
    figure = make_subplots(rows=2, cols=2, subplot_titles=[title for title, _ in SHOWN], shared_xaxes=True,
                           vertical_spacing=0.1)  # fmt: skip
    labels = [f"{i + 1}: {commit}" for i, (commit, _) in enumerate(versions)]
    scenarios = list(dict.fromkeys(s for _, v in versions for s in v["summary"]))
    lines = [(s, "Understudy") for s in scenarios if s != "all"] + [("all", tool) for tool in TOOLS]
    tints = {"Understudy": "#0072b2", "MediaPipe Pose": "#e69f00", "MediaPipe Holistic": "#d55e00"}
    for k, (_, key) in enumerate(SHOWN):
        for scenario, tool in lines:
            values = [v["summary"].get(scenario, {}).get(tool, {}).get(key) for _, v in versions]
            if all(value is None for value in values):
                continue
            thick = scenario == "all"
            figure.add_scatter(
                x=labels, y=values, mode="lines+markers", name=tool if thick else scenario, legendgroup=tool + scenario,
                showlegend=k == 0, opacity=1 if thick else 0.4, row=k // 2 + 1, col=k % 2 + 1,
                line={"width": 3 if thick else 1, "color": tints[tool] if thick else None},
            )  # fmt: skip
    figure.update_layout(height=820, template="plotly_white")
    return figure


def _plot(versions: list[tuple[str, dict[str, Any]]]) -> str:
    data = (history_figure(versions).to_json() or "{}").replace("</", "<\\/")
    return f'<div id="plot"></div><script>{{const f={data};Plotly.newPlot("plot",f.data,f.layout)}}</script>'


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout
