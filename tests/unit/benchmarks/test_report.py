"""The report: every panel that is drawn shows something, what has nothing to show is left out, the page is whole."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from suite import figures
from suite.clip import Clip, TruePerson
from suite.moments import Moment, worst_moments
from suite.report import write_report
from suite.score import pooled_confidence, score, summarise
from suite.tools import Found, Run

from understudy.core.evaluate.comparison import LimbTrack
from understudy.core.skeleton import LIMB_JOINTS

TIMES = np.arange(50) / 25.0
MACHINE = {"commit": "abc", "when": "today", "processor": "one", "cores": 2, "system": "Linux"}
TITLES = {"walk": "Walk", "run": "Run"}


def true_person() -> TruePerson:
    rng = np.random.default_rng(5)
    sway = 0.1 * np.sin(5 * TIMES[:, None, None] + rng.uniform(0, 6, (12, 3)))
    joints = rng.normal(0, 0.3, (12, 3)) + sway + (0, 0, 4)
    hands = {side: rng.normal(0, 0.05, (50, 21, 3)) for side in ("left", "right")}
    return TruePerson("1", LimbTrack(TIMES, joints, True), 100 * joints[..., :2], hands)


@pytest.fixture(scope="module")
def rows():
    runs = []
    for scenario in TITLES:
        true = true_person()
        clip = Clip(scenario, scenario, Path("x.mp4"), TIMES, 500.0, (640, 480), (true,), 0, np.eye(4), True)
        for k, tool in enumerate(("Understudy", "MediaPipe Holistic")):
            noise = np.random.default_rng(k).normal(0, 0.02 + 0.02 * k, true.limbs.joints.shape)
            found = Found(LimbTrack(TIMES, true.limbs.joints + noise, k == 0), true.pixels, true.hands,
                          confidence=np.random.default_rng(9).uniform(0, 1, (50, 12)) if k == 0 else None)  # fmt: skip
            runs.append(Run(tool, clip, 2.0, (found,), hands=True))
    return score(runs)


@pytest.fixture(scope="module")
def summaries(rows):
    return {s: {t: summarise([r for r in rows if r.clip.scenario == s and r.tool == t])
                for t in ("Understudy", "MediaPipe Holistic")} for s in TITLES}  # fmt: skip


def panels(figure) -> dict[str, bool]:
    """Which axes of a figure show at least one number that is not hidden by a menu."""
    shown: dict[str, bool] = {key[5:] or "1": False for key in figure.to_dict()["layout"] if key.startswith("xaxis")}
    shown = shown or {"1": False}
    for trace in figure.data:
        values = trace.x if getattr(trace, "orientation", None) == "h" else trace.y
        some = any(v is not None and np.isfinite(v) for v in values)
        if some and trace.visible is not False:
            shown[(trace.xaxis or "x")[1:] or "1"] = True
    return shown


def test_no_panel_is_empty(rows, summaries):
    made = {
        "accuracy": figures.accuracy(summaries, TITLES),
        "joints": figures.joints(rows),
        "frames": figures.frames(rows),
        "trajectories": figures.trajectories(rows),
        "paths": figures.paths(rows),
        "confidence": figures.confidence(summaries, TITLES, pooled_confidence(rows)),
        "hands": figures.hands(summaries, TITLES),
        "speed": figures.speed(summaries, TITLES),
    }
    for name, figure in made.items():
        assert figure is not None, name
        assert all(panels(figure).values()), (name, panels(figure))


def test_menus_show_one_clip_at_a_time_and_every_clip_can_be_chosen(rows):
    figure = figures.frames(rows)
    assert figure is not None
    (menu,) = figure.layout.updatemenus
    assert [button.label for button in menu.buttons] == ["walk", "run"]
    for button in menu.buttons:
        assert sum(button.args[0]["visible"]) == 2  # both tools
    assert [trace.visible for trace in figure.data] == list(menu.buttons[0].args[0]["visible"])


def test_plots_without_figures_are_left_out(rows):
    relative = [r for r in rows if r.tool == "MediaPipe Holistic"]
    assert figures.paths(relative) is None
    assert figures.confidence({"walk": {"MediaPipe Holistic": summarise(relative)}}, TITLES, {}) is None
    assert figures.frames([]) is None


def test_the_page_holds_every_section_once_and_escapes_what_it_is_told(tmp_path, rows, summaries):
    picture = Moment(rows[0], 3, 0.12, 88.0, "left wrist", "data:image/jpeg;base64,AAAA")
    sections = write_report(tmp_path / "a" / "page.html", "Title <b>", summaries, summaries, TITLES, rows,
                            pooled_confidence(rows), [picture], {"walk": {"MPJPE": 0.05}}, MACHINE)  # fmt: skip
    text = (tmp_path / "a" / "page.html").read_text()
    assert len(sections) == 11
    assert all(text.count(f"<h2>{heading}</h2>") == 1 for heading in sections)
    assert "<h1>Title &lt;b&gt;</h1>" in text
    assert "88 mm, most the left wrist" in text
    assert "http-equiv" not in text
    assert "<script src" not in text  # it needs no network


def test_the_worst_moments_are_the_worst_apart_and_of_exact_clips_only(rows, monkeypatch):
    monkeypatch.setattr("suite.moments._picture", lambda row, frame: f"{row.clip.name} {frame}")
    own = next(r for r in rows if r.tool == "Understudy" and r.clip.name == "walk")
    assert own.result is not None
    errors = np.full((50, 12), 10.0)
    errors[[4, 5, 30], :] = 100.0
    errors[5, LIMB_JOINTS.index("right_ankle")] = 300.0
    odd = dataclasses.replace(own, result=dataclasses.replace(own.result, errors=errors))
    moments = worst_moments([odd], count=10)
    assert [m.frame for m in moments] == [5, 30]  # not frame 4 beside 5, and no third of one clip
    assert moments[0].worst_joint == "right ankle"
    assert moments[0].error == pytest.approx((11 * 100 + 300) / 12)
    real = dataclasses.replace(odd, clip=dataclasses.replace(odd.clip, exact=False))
    assert worst_moments([real]) == []
