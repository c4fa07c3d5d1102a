"""The report's plots, from rows and sums; each function returns one plotly figure, or None where it would be empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from understudy.core.evaluate.alignment import centred
from understudy.core.evaluate.comparison import HIPS, resample
from understudy.core.skeleton import LIMB_JOINTS

from .score import Row, mean_of

Array = NDArray[Any]

# Okabe and Ito 2008: told apart with any kind of colour vision.
COLOURS = {
    "Understudy": "#0072b2",
    "Understudy, no lifter": "#f0e442",
    "Understudy, height known": "#000080",
    "MediaPipe Pose": "#e69f00",
    "MediaPipe Holistic": "#d55e00",
    "FreeMoCap": "#009e73",
    "Sports2D": "#cc79a7",
    "FreeMoCap, all cameras": "#56b4e9",
    "Pose2Sim, all cameras": "#999999",
}
TRUTH = "#000000"
SHOWN = ("left_wrist", "right_wrist", "left_ankle", "right_ankle")
Summaries = dict[str, dict[str, dict[str, Any]]]  # scenario, tool, figures


def accuracy(summaries: Summaries, titles: dict[str, str]) -> go.Figure | None:
    """MPJPE and PA-MPJPE per scenario and tool; the second row with joint offsets of other clips."""
    tools = tools_of(summaries)
    figure = make_subplots(rows=2, cols=2, shared_xaxes=True, shared_yaxes="columns", vertical_spacing=0.08,
                           subplot_titles=("MPJPE, mm", "PA-MPJPE, mm", "MPJPE with joint offsets, mm",
                                           "PA-MPJPE with joint offsets, mm"))  # fmt: skip
    keys = (("mpjpe_mm", "pa_mpjpe_mm"), ("mpjpe_offsets_mm", "pa_mpjpe_offsets_mm"))
    names = [titles[s] for s in summaries]
    for r, row in enumerate(keys, start=1):
        for c, key in enumerate(row, start=1):
            for tool in tools:
                values = [_number(of.get(tool, {}).get(key)) for of in summaries.values()]
                figure.add_bar(x=names, y=values, name=tool, legendgroup=tool, showlegend=(r, c) == (1, 1),
                               marker_color=COLOURS.get(tool), row=r, col=c)  # fmt: skip
    return _finish(figure, 900, 210) if figure.data else None


def joints(rows: Sequence[Row]) -> go.Figure | None:
    """Mean error of each joint over the scenarios with exact truth."""
    figure = go.Figure()
    for tool in _tools(rows):
        chosen = [r.result.errors for r in rows if r.tool == tool and r.result is not None and r.clip.exact]
        if not chosen:
            continue
        means = [mean_of(column) for column in np.concatenate(chosen).T]
        figure.add_bar(x=[n.replace("_", " ") for n in LIMB_JOINTS], y=means, name=tool, marker_color=COLOURS.get(tool))
    figure.update_yaxes(title="mean error, mm")
    return _finish(figure, 420) if figure.data else None


def frames(rows: Sequence[Row]) -> go.Figure | None:
    """Error over time of every clip and person, one at a time by a menu."""
    figure = go.Figure()
    owners: list[str] = []
    for row in rows:
        if row.result is None or row.prediction is None:
            continue
        errors = np.where(row.result.frames, row.result.errors.mean(axis=1), np.nan)
        figure.add_scatter(x=row.prediction.timestamps + row.result.time_offset, y=_numbers(errors), name=row.tool,
                           line={"color": COLOURS.get(row.tool), "width": 1.5})  # fmt: skip
        owners.append(_title(row))
    figure.update_xaxes(title="seconds").update_yaxes(title="mean error of 12 joints, mm", rangemode="tozero")
    return _finish(_menu(figure, owners), 440) if owners else None


def trajectories(rows: Sequence[Row]) -> go.Figure | None:
    """Wrists and ankles round the mid-hip, in the camera's axes, against the truth; one clip at a time by a menu."""
    figure = make_subplots(rows=3, cols=len(SHOWN), shared_xaxes=True, vertical_spacing=0.04, horizontal_spacing=0.04,
                           subplot_titles=[name.replace("_", " ") for name in SHOWN])  # fmt: skip
    owners: list[str] = []
    told: set[str] = set()
    for row in rows:
        if row.result is None or row.prediction is None:
            continue
        times = row.prediction.timestamps + row.result.time_offset
        truth = next(p.limbs for p in row.clip.people if p.name == row.person)
        sides = [(row.tool, COLOURS.get(row.tool), centred(row.prediction.joints, HIPS))]
        if _title(row) not in told:
            told.add(_title(row))
            sides.insert(0, ("truth" if row.clip.exact else "reference", TRUTH, centred(resample(truth, times), HIPS)))
        for name, tint, points in sides:
            for c, joint in enumerate(SHOWN):
                for axis in range(3):
                    figure.add_scatter(
                        x=times, y=_numbers(points[:, LIMB_JOINTS.index(joint), axis]), name=name, legendgroup=name,
                        showlegend=(c, axis) == (0, 0), line={"color": tint, "width": 2 if tint == TRUTH else 1.2},
                        row=axis + 1, col=c + 1,
                    )  # fmt: skip
                    owners.append(_title(row))
    for axis, label in enumerate(("right, m", "down, m", "away, m"), start=1):
        figure.update_yaxes(title=label, row=axis, col=1)
    figure.update_xaxes(title="seconds", row=3)
    return _finish(_menu(figure, owners), 720) if owners else None


def paths(rows: Sequence[Row]) -> go.Figure | None:
    """Where the mid-hip goes, seen from above, by tools that say where people are; one clip at a time by a menu."""
    figure = go.Figure()
    owners: list[str] = []
    told: set[str] = set()
    for row in rows:
        if row.prediction is None or not row.prediction.absolute:
            continue
        truth = next(p.limbs for p in row.clip.people if p.name == row.person)
        sides = [(row.tool, COLOURS.get(row.tool), row.prediction.joints)]
        if _title(row) not in told:
            told.add(_title(row))
            sides.insert(0, ("truth" if row.clip.exact else "reference", TRUTH, truth.joints))
        for name, tint, points in sides:
            hips = points[:, HIPS].mean(axis=1)
            figure.add_scatter(x=_numbers(hips[:, 0]), y=_numbers(hips[:, 2]), name=name, mode="lines+markers",
                               line={"color": tint, "width": 1.5}, marker={"size": 3})  # fmt: skip
            owners.append(_title(row))
    figure.update_xaxes(title="right of the camera, m").update_yaxes(title="away from the camera, m", scaleanchor="x")
    return _finish(_menu(figure, owners), 520) if owners else None


def confidence(summaries: Summaries, titles: dict[str, str], pooled: dict[str, Any]) -> go.Figure | None:
    """The reliability diagram of all scenarios together and of each, Spearman's correlation, calibration error."""
    each = {s: of.get("Understudy", {}).get("confidence") for s, of in summaries.items()}
    each = {s: part for s, part in each.items() if part}
    if not each or not pooled:
        return None
    figure = make_subplots(rows=1, cols=3, column_widths=[0.4, 0.3, 0.3], horizontal_spacing=0.09,
                           subplot_titles=("share of joints within 50 mm, by confidence",
                                           "Spearman with −error (asked: ≥ 0.5)",
                                           "expected calibration error (asked: ≤ 0.1)"))  # fmt: skip
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", line={"color": "#bbb", "dash": "dot"}, name="perfect",
                       row=1, col=1)  # fmt: skip
    for name, part in each.items():
        bins = part["bins"]
        figure.add_scatter(x=_numbers(bins["confidence"]), y=_numbers(bins["accuracy"]), name=titles[name],
                           mode="lines", opacity=0.35, line={"width": 1}, row=1, col=1)  # fmt: skip
    bins = pooled["bins"]
    sizes = 6 + 18 * np.sqrt(np.asarray(bins["count"]) / max(1, np.max(bins["count"])))
    figure.add_scatter(x=_numbers(bins["confidence"]), y=_numbers(bins["accuracy"]), name="all", mode="lines+markers",
                       line={"color": COLOURS["Understudy"], "width": 3}, marker={"size": sizes},
                       row=1, col=1)  # fmt: skip
    for c, (key, limit) in enumerate((("spearman", 0.5), ("ece", 0.1)), start=2):
        figure.add_bar(y=[titles[n] for n in each] + ["all"], x=[_number(p[key]) for p in (*each.values(), pooled)],
                       orientation="h", showlegend=False, marker_color=COLOURS["Understudy"], row=1, col=c)  # fmt: skip
        figure.add_vline(x=limit, line={"dash": "dash", "color": "#a00"}, row=1, col=c)  # pyright: ignore
        figure.update_yaxes(autorange="reversed", row=1, col=c)
    figure.update_xaxes(title="confidence", range=[0, 1], row=1, col=1).update_yaxes(range=[0, 1], row=1, col=1)
    return _finish(figure, max(540, 140 + 22 * len(each)), 150)


def hands(summaries: Summaries, titles: dict[str, str]) -> go.Figure | None:
    """Hands found, and the errors of their 21 points, in the scenarios that show any."""
    keys = {"found": "hands found, share", "epe_mm": "EPE, wrist at the origin, mm", "pa_epe_mm": "PA-EPE, mm"}
    figure = make_subplots(rows=1, cols=3, subplot_titles=list(keys.values()), horizontal_spacing=0.06)
    for c, key in enumerate(keys, start=1):
        for tool in tools_of(summaries):
            pairs = [(titles[s], of[tool]["hands"][key]) for s, of in summaries.items()
                     if key in of.get(tool, {}).get("hands", {})]  # fmt: skip
            if any(_number(value) is not None for _, value in pairs):
                figure.add_bar(x=[name for name, _ in pairs], y=[_number(value) for _, value in pairs], name=tool,
                               legendgroup=tool, showlegend=c == 1, marker_color=COLOURS.get(tool),
                               row=1, col=c)  # fmt: skip
    return _finish(figure, 540, 210) if figure.data else None


def speed(summaries: Summaries, titles: dict[str, str]) -> go.Figure | None:
    """Frames per second, decoding included, models loaded before."""
    figure = go.Figure()
    for tool in tools_of(summaries):
        values = [_number(of.get(tool, {}).get("frames_per_second")) for of in summaries.values()]
        figure.add_bar(x=[titles[s] for s in summaries], y=values, name=tool, marker_color=COLOURS.get(tool))
    figure.update_yaxes(title="frames per second")
    return _finish(figure, 520, 200) if figure.data else None


def tools_of(summaries: Summaries) -> list[str]:
    """All tools, in the order of COLOURS."""
    present = {tool for of in summaries.values() for tool in of}
    return [t for t in COLOURS if t in present] + sorted(present - set(COLOURS))


def _tools(rows: Sequence[Row]) -> list[str]:
    return tools_of({"": {row.tool: {} for row in rows}})


def _title(row: Row) -> str:
    return row.clip.name if len(row.clip.people) == 1 else f"{row.clip.name}, person {row.person}"


def _menu(figure: go.Figure, owners: list[str]) -> go.Figure:
    """A menu that shows the traces of one owner at a time."""
    names = list(dict.fromkeys(owners))
    for trace, owner in zip(figure.data, owners, strict=True):
        trace.visible = owner == names[0]
    buttons = [{"label": n, "method": "update", "args": [{"visible": [owner == n for owner in owners]}]} for n in names]
    figure.update_layout(updatemenus=[{"buttons": buttons, "x": 0, "xanchor": "left", "y": 1.16, "yanchor": "bottom"}])
    return figure


def _finish(figure: go.Figure, height: int, bottom: int = 110) -> go.Figure:
    """``bottom`` px for the labels of the horizontal axes and the legend under them."""
    legend = {"orientation": "h", "yref": "container", "y": 0.0, "yanchor": "bottom"}
    figure.update_layout(height=height, template="plotly_white", margin={"l": 60, "r": 20, "t": 70, "b": bottom},
                         font={"size": 12}, legend=legend, barmode="group")  # fmt: skip
    return figure


def _number(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _numbers(values: Any) -> list[float | None]:
    return [_number(v) for v in np.asarray(values, float)]
