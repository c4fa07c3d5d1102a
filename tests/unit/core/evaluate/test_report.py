from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from understudy.core.evaluate.plot import figures, write_plot
from understudy.core.evaluate.report import Report, Value, weighted
from understudy.core.evaluate.takes import evaluate_takes


@pytest.fixture
def report(make_take):
    truth = make_take(frames=20, people=2)
    r = np.random.default_rng(1)
    shaken = [p.joints_world + r.normal(0, 0.03, p.joints_world.shape) for p in truth.people]
    people = tuple(replace(p, joints_world=j) for p, j in zip(truth.people, shaken, strict=True))
    return evaluate_takes(replace(truth, people=people), truth, ("a<b>.take.npz", "truth"))


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.05, "m", "50.0 mm"),
        (0.05, "m in cm", "5.00 cm"),
        (0.1234, "m", "123 mm"),
        (0.5, "share", "50.0 %"),
        (math.pi, "rad", "180 °"),
        (2.0, "count", "2"),
        (0.0, "m", "0.00 mm"),
        (math.nan, "m", "–"),
    ],
)
def test_values_are_shown_in_the_tables_unit(value, unit, shown):
    assert Value(value, unit, 1).shown() == shown


def test_means_are_weighted_and_counts_added():
    a = {"MPJPE": Value(0.1, "m", 30), "jitter": Value(5.0, "m/s³", 10), "identity switches": Value(1, "count", 9)}
    b = {"MPJPE": Value(0.2, "m", 10), "jitter": Value(math.nan, "m/s³", 0), "identity switches": Value(2, "count", 9)}
    both = weighted([a, b])
    assert both["MPJPE"] == Value(pytest.approx(0.125), "m", 40)
    assert both["jitter"].value == 5.0 and both["identity switches"].value == 3
    nothing = weighted([{"jitter": b["jitter"]}])
    assert math.isnan(nothing["jitter"].value) and nothing["jitter"].count == 0
    assert math.isnan(weighted([{"identity switches": Value(math.nan, "count", 0)}])["identity switches"].value)


def test_json_has_units_counts_and_no_nan(report):
    plain = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert plain["overall"]["MPJPE"]["unit"] == "mm" and plain["overall"]["MPJPE"]["count"] == 2 * 20 * 22
    assert plain["overall"]["MPJPE"]["value"] == pytest.approx(1000 * report.overall["MPJPE"].value)
    assert plain["overall"]["stance-foot speed"] == {"value": None, "unit": "mm/s", "count": 0}
    assert set(plain["people"][0]["per_joint"]["left_knee"]) == {"MPJPE", "PA-MPJPE (similarity)"}
    assert sum(plain["reliability"]["body"]["count"]) == 2 * 20 * 21


def test_text_has_every_figure_once_and_every_person(report):
    lines = report.text().splitlines()
    assert lines[0] == "a<b>.take.npz against truth (take)"
    for name in report.overall:
        assert sum(line.startswith(f"{name}  ") for line in lines) == 1, name
    header = next(line for line in lines if "→" in line)
    assert header.split("  ")[-1].strip() == "all" and header.count("→") == 2


class TestPlot:
    def test_every_panel_has_data_within_its_axes(self, report):
        panels = figures(report)
        titles = [panel.layout.title.text for panel in panels]
        assert len(set(titles)) == 6
        for panel in panels:
            assert panel.data
            for trace in panel.data:
                values = [v for v in trace.y if v is not None]
                assert values and np.isfinite(values).all(), (panel.layout.title.text, trace.name)

    def test_the_reliability_panel_shows_the_reports_bins(self, report):
        panel = next(p for p in figures(report) if "Reliability" in p.layout.title.text)
        trace = next(t for t in panel.data if t.name.startswith("body"))
        diagram = report.reliability["body"]
        some = diagram.count > 0
        np.testing.assert_allclose(trace.x, diagram.confidence[some])
        np.testing.assert_allclose(trace.y, diagram.accuracy[some])
        own = (diagram.count[some] * np.abs(diagram.accuracy - diagram.confidence)[some]).sum() / diagram.count.sum()
        assert f"(ECE {own:.2f})" in trace.name

    def test_panels_without_data_are_left_out(self):
        empty = Report("a", "b", "take", (1, 0, 0), ("pelvis",), (), (), ("1",), (), {})
        assert figures(empty) == []

    def test_the_page_needs_nothing_else(self, report, tmp_path):
        page = write_plot(report, tmp_path / "plot.html").read_text("utf-8")
        assert "Plotly.newPlot" in page and 'src="http' not in page and "<h1>a&lt;b&gt;.take.npz" in page
        assert report.text().splitlines()[5].split()[0] in page
