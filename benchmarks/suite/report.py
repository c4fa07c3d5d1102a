"""The report: one HTML page with the table, the plots and the worst moments. It stays on this machine."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from . import figures
from .figures import Summaries
from .moments import Moment
from .score import Row
from .table import html_table, metrics_table

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1280px;padding:0 1em;color:#222}
table{border-collapse:collapse;font-size:13px}td,th{padding:2px 9px;border-bottom:1px solid #ddd;text-align:right}
.left{text-align:left}.wide{overflow-x:auto}
tbody th{vertical-align:top;font-weight:600}
.moments{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:1em}figure{margin:0}
.moments img{width:100%;height:260px;object-fit:contain;background:#eee}
figcaption{font-size:12.5px}.note{color:#666}.green{color:#188a2c}.pink{color:#d0258f}
"""


def write_report(
    path: Path, title: str, table: Summaries, summaries: Summaries, titles: dict[str, str], rows: Sequence[Row],
    pooled: dict[str, Any], moments: Sequence[Moment], metrics: dict[str, dict[str, float]], machine: dict[str, Any],
) -> list[str]:  # fmt: skip
    """Writes the page; returns the headings of its sections. A plot that would be empty is left out.

    ``table``: what the table shows, ``summaries``: what the plots do; ``pooled``: the confidence of all together;
    ``metrics``: those of ``understudy evaluate`` by clip.
    """
    plots: list[tuple[str, go.Figure | None]] = [
        ("Accuracy by scenario", figures.accuracy(summaries, titles)),
        ("Error of each joint", figures.joints(rows)),
        ("Error of each frame", figures.frames(rows)),
        ("Trajectories round the mid-hip", figures.trajectories(rows)),
        ("Path of the mid-hip from above", figures.paths(rows)),
        ("Confidence", figures.confidence(summaries, titles, pooled)),
        ("Hands", figures.hands(summaries, titles)),
        ("Speed", figures.speed(summaries, titles)),
    ]
    sections = [("Table", html_table(table, titles))]
    sections += [(heading, _plot(figure, i)) for i, (heading, figure) in enumerate(plots) if figure is not None]
    if moments:
        sections.append(("The worst moments", _moments(moments)))
    if metrics:
        sections.append(("Every metric, Understudy", metrics_table(metrics)))
    facts = " · ".join(f"{key} {html.escape(str(machine[key]))}" for key in
                       ("commit", "when", "processor", "cores", "system"))  # fmt: skip
    body = "".join(f"<h2>{html.escape(heading)}</h2>{content}" for heading, content in sections)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style><script>{get_plotlyjs()}</script><body><h1>{html.escape(title)}</h1>"
        f'<p class="note">{facts}</p>{body}</body></html>'
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return [heading for heading, _ in sections]


def _plot(figure: go.Figure, index: int) -> str:
    # "</" would end the script element that the data stands in.
    data = json.dumps(json.loads(figure.to_json() or "{}")).replace("</", "<\\/")
    return (
        f'<div id="plot{index}"></div><script>{{const f={data};'
        f'Plotly.newPlot("plot{index}",f.data,f.layout,{{responsive:true,displaylogo:false}})}}</script>'
    )


def _moments(moments: Sequence[Moment]) -> str:
    items = []
    for moment in moments:
        clip = moment.row.clip
        label = f"{clip.name}, person {moment.row.person}, frame {moment.frame} ({moment.seconds:.2f} s): "
        label += f"{moment.error:.0f} mm, most the {moment.worst_joint}"
        items.append(
            f'<figure><img src="{moment.picture}" alt="{html.escape(label)}">'
            f"<figcaption>{html.escape(label)}</figcaption></figure>"
        )
    return (
        '<p class="note"><span class="green">Green</span>: the truth. <span class="pink">Pink</span>: what was '
        "captured, laid on the true mid-hip. At most two of a clip.</p>"
        f'<div class="moments">{"".join(items)}</div>'
    )
