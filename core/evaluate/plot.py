"""An evaluation as a web page that needs nothing else: reliability, errors per joint and frame, paths, the table."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import numpy as np

from ..view.palette import colour
from ..whole_file import write_whole
from .report import Report

_TRUTH = "#555555"
_MM = 1000.0
_STYLE = (
    "body{font-family:system-ui,sans-serif;margin:0 auto;max-width:1200px;padding:1rem}"
    "pre{background:#f4f4f4;padding:1rem;overflow-x:auto}"
    ".panels{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1rem}.wide{grid-column:1/-1}"
    "@media(max-width:800px){.panels{grid-template-columns:minmax(0,1fr)}}"
)


def write_plot(report: Report, path: Path | str) -> Path:
    """Writes the page. Raises CannotWriteError."""
    from plotly.offline import get_plotlyjs

    panels = "".join(
        f'<div class="{figure.layout.meta}">'
        f"{figure.to_html(full_html=False, include_plotlyjs=False, config={'responsive': True})}</div>"
        for figure in figures(report)
    )
    title = html.escape(f"{report.predicted} against {report.truth}")
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<script>{get_plotlyjs()}</script></head><body><h1>{title}</h1>"
        f'<div class="panels">{panels}</div><pre>{html.escape(report.text())}</pre></body></html>'
    )
    return write_whole(Path(path), lambda stream: stream.write(text.encode()))


def figures(report: Report) -> list[Any]:
    """The panels that have something to show, plotly figures."""
    made = [_reliability(report), _confidences(report), _per_joint(report), _per_frame(report), *_paths(report)]
    return [figure for figure in made if figure is not None and figure.data]


def _reliability(report: Report) -> Any:
    """Share of joints within 50 mm over the confidence claimed; on the diagonal the claim is true."""
    figure = _figure("Reliability: is confidence a probability?", "confidence", "share of joints within 50 mm")
    shown = [(name, d) for name, d in report.reliability.items() if d.count.sum()]
    if not shown:
        return None
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", name="honest", line={"dash": "dot", "color": _TRUTH})
    for i, (name, diagram) in enumerate(shown):
        some = diagram.count > 0
        number = diagram.count[some]
        error = float((number * np.abs(diagram.accuracy[some] - diagram.confidence[some])).sum() / number.sum())
        figure.add_scatter(
            x=diagram.confidence[some].tolist(),
            y=diagram.accuracy[some].tolist(),
            mode="lines+markers",
            name=f"{name} (ECE {error:.2f})",
            text=[f"{n} joints" for n in number],
            line={"color": _colour(i)},
        )
    figure.update_xaxes(range=[0, 1])
    figure.update_yaxes(range=[0, 1.02])
    figure.update_layout(legend={"orientation": "v", "x": 1, "xanchor": "right", "y": 0, "yanchor": "bottom"})
    return figure


def _confidences(report: Report) -> Any:
    figure = _figure("How often each confidence is claimed", "confidence", "joints of all frames")
    for i, (name, diagram) in enumerate(report.reliability.items()):
        if name == "all joints" and len(report.reliability) > 1:
            continue  # the others add up to it
        middle = (diagram.edges[1:] + diagram.edges[:-1]) / 2
        figure.add_bar(x=middle.tolist(), y=diagram.count.tolist(), name=name, marker_color=_colour(i))
    figure.update_layout(barmode="stack")
    return figure


def _per_joint(report: Report) -> Any:
    figure = _figure("Error per joint, root-aligned", "", "mean error, mm")
    for i, person in enumerate(report.people):
        values = [(n, v["MPJPE"].value * _MM) for n, v in person.joints.items() if "MPJPE" in v and v["MPJPE"].count]
        if values:
            names, errors = zip(*values, strict=True)
            figure.add_bar(x=list(names), y=list(errors), name=f"person {person.truth}", marker_color=_colour(i))
    figure.update_xaxes(tickangle=-60, dtick=1, tickfont_size=10)
    figure.update_layout(meta="wide")
    return figure


def _per_frame(report: Report) -> Any:
    figure = _figure("Error over time, root-aligned", "time, s", "mean error of the body, mm")
    for i, person in enumerate(report.people):
        if person.curves is not None and np.isfinite(person.curves.error).any():
            x, y = _plain(person.curves.timestamps), _plain(person.curves.error * _MM)
            figure.add_scatter(x=x, y=y, mode="lines", name=f"person {person.truth}", line={"color": _colour(i)})
    figure.update_layout(meta="wide")
    return figure


def _paths(report: Report) -> list[Any]:
    above = _figure("Paths from above", "x, m", "y, m")
    above.update_yaxes(scaleanchor="x")
    depth = _figure("Distance from the camera", "time, s", "depth of the root, m")
    for i, person in enumerate(report.people):
        curves = person.curves
        if curves is None or not np.isfinite(curves.depth).any():
            continue
        for of, root, far, dash in (
            (", truth", curves.true_root, curves.true_depth, "dot"),
            ("", curves.root, curves.depth, "solid"),
        ):
            name, line = f"person {person.truth}{of}", {"color": _colour(i), "dash": dash}
            above.add_scatter(x=_plain(root[:, 0]), y=_plain(root[:, 1]), mode="lines", name=name, line=line)
            depth.add_scatter(x=_plain(curves.timestamps), y=_plain(far), mode="lines", name=name, line=line)
    return [above, depth]


def _figure(title: str, x: str, y: str) -> Any:
    from plotly.graph_objects import Figure

    figure = Figure()
    figure.update_layout(
        title=title, xaxis_title=x, yaxis_title=y, template="plotly_white", height=420,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"}, margin={"t": 90}, meta="panel",
    )  # fmt: skip
    return figure


def _colour(index: int) -> str:
    return "rgb({},{},{})".format(*colour(index))


def _plain(values: Any) -> list[float | None]:
    return [None if not np.isfinite(v) else round(float(v), 4) for v in values]
