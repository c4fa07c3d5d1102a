"""The table: one line per scenario and tool, accuracy and speed of the same run, as text and as HTML."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

import numpy as np

from .figures import Summaries, tools_of

# Heading, key (a dot goes down), factor and format.
COLUMNS: tuple[tuple[str, str, float, str], ...] = (
    ("found %", "coverage", 100, ".0f"),
    ("MPJPE", "mpjpe_mm", 1, ".0f"),
    ("PA", "pa_mpjpe_mm", 1, ".0f"),
    ("MPJPE+o", "mpjpe_offsets_mm", 1, ".0f"),
    ("PA+o", "pa_mpjpe_offsets_mm", 1, ".0f"),
    ("MRPE", "mrpe_mm", 1, ".0f"),
    ("acc", "acceleration_error", 1, ".1f"),
    ("hands %", "hands.found", 100, ".0f"),
    ("EPE", "hands.epe_mm", 1, ".0f"),
    ("PA-EPE", "hands.pa_epe_mm", 1, ".0f"),
    ("fps", "frames_per_second", 1, ".1f"),
    ("rho", "confidence.spearman", 1, ".2f"),
    ("ECE", "confidence.ece", 1, ".2f"),
)
NOTE = (
    "Lengths in mm. MPJPE: 12 limb joints, mid-hip at the origin, camera axes, best time offset; PA: after a "
    "similarity per frame; +o: with joint offsets fitted on other clips; MRPE: place of the mid-hip; acc: acceleration "
    "error of the limbs from the mid-hip, m/s²; EPE: 21 hand "
    "points, wrist at the origin; rho, ECE: of the confidence. FreeMoCap on one camera and Holistic's hands get their "
    "scale from the truth."
)


def cells(figures: dict[str, Any]) -> list[str]:
    """The figures of one line as text; empty where a tool has none."""
    result = []
    for _, key, factor, form in COLUMNS:
        value: Any = figures
        for part in key.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        result.append("" if value is None or not np.isfinite(value) else format(value * factor, form))
    return result


def text_table(summaries: Summaries, titles: dict[str, str]) -> str:
    """For the terminal."""
    lines = [["scenario", "tool", *(heading for heading, *_ in COLUMNS)]]
    for scenario, of in summaries.items():
        for i, tool in enumerate(tools_of({"": of})):
            lines.append([titles[scenario] if i == 0 else "", tool, *cells(of[tool])])
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    rows = ["  ".join(c.ljust(w) if k < 2 else c.rjust(w) for k, (c, w) in enumerate(zip(line, widths, strict=True)))
            for line in lines]  # fmt: skip
    return "\n".join([rows[0], "-" * len(rows[0]), *rows[1:], NOTE])


def html_table(summaries: Summaries, titles: dict[str, str]) -> str:
    """For the page; the best MPJPE of each scenario is bold."""
    head = "".join(f"<th>{html.escape(heading)}</th>" for heading, *_ in COLUMNS)
    head = f'<th class="left">scenario</th><th class="left">tool</th>{head}'
    body = []
    for scenario, of in summaries.items():
        tools = tools_of({"": of})
        best = _best([of[tool].get("mpjpe_mm") for tool in tools])
        for i, tool in enumerate(tools):
            figures = [f"<b>{c}</b>" if k == 1 and i == best else c for k, c in enumerate(cells(of[tool]))]
            name = f'<th class="left" rowspan="{len(tools)}">{html.escape(titles[scenario])}</th>' if i == 0 else ""
            name += f'<td class="left">{html.escape(tool)}</td>'
            body.append(f"<tr>{name}{''.join(f'<td>{c}</td>' for c in figures)}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table><p>{html.escape(NOTE)}</p>"


def metrics_table(metrics: dict[str, dict[str, float]]) -> str:
    """Every figure of ``understudy evaluate`` (SI units), one column per clip, for the page."""
    names = list(dict.fromkeys(name for of in metrics.values() for name in of))
    head = "".join(f"<th>{html.escape(clip)}</th>" for clip in metrics)
    body = []
    for name in names:
        figures = "".join(f"<td>{format(of[name], '.3g') if name in of else ''}</td>" for of in metrics.values())
        body.append(f'<tr><td class="left">{html.escape(name)}</td>{figures}</tr>')
    return (
        f'<div class="wide"><table><thead><tr><th class="left">figure</th>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _best(values: Sequence[float | None]) -> int:
    numbers = [np.inf if v is None or not np.isfinite(v) else v for v in values]
    return int(np.argmin(numbers)) if np.isfinite(min(numbers)) else -1
