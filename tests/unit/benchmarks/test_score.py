"""Scoring of a tool's run: matching, coverage, hands, scales, confidence and sums, on people made of numbers."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from common import rounded
from suite.clip import HAND_POINTS, Clip, TruePerson
from suite.score import hand_errors, identity_switches_of, score, summarise
from suite.table import COLUMNS, cells, html_table, text_table
from suite.tools import Found, Run, at_frames, on_frames

from understudy.core.evaluate.comparison import LimbTrack
from understudy.core.skeleton import HAND_LANDMARKS, LIMB_JOINTS, TAKE_JOINTS

FRAMES, FPS = 40, 20.0
TIMES = np.arange(FRAMES) / FPS
RNG = np.random.default_rng(3)
POSE = RNG.normal(0, 0.3, (12, 3))


def moving(place: float = 0.0) -> np.ndarray:
    """(T,12,3): every joint sways in its own rhythm, 4 m away."""
    sway = 0.1 * np.sin(2 * np.pi * TIMES[:, None, None] + np.arange(36).reshape(12, 3))
    return POSE + sway + (place, 0, 4)


def person(name: str = "1", place: float = 0.0, hands: bool = False) -> TruePerson:
    joints = moving(place)
    pixels = 100 * joints[..., :2] + 200
    shapes = {side: moving(place)[:, :1] + HANDS[side] for side in HANDS} if hands else {}
    return TruePerson(name, LimbTrack(TIMES, joints, True), pixels, shapes)


HANDS = {side: RNG.normal(0, 0.05, (1, 21, 3)) + np.array([x, 0, 0]) for side, x in (("left", 0.3), ("right", -0.3))}


def clip(*people: TruePerson, scenario: str = "walk", camera: int = 0, exact: bool = True) -> Clip:
    return Clip(scenario, scenario, Path("walk.mp4"), TIMES, 500.0, (640, 480), people, camera, np.eye(4), exact)


def found(of: TruePerson, shift: np.ndarray | float = 0.0, **kwargs) -> Found:
    return Found(LimbTrack(TIMES, of.limbs.joints + shift, True), of.pixels, **kwargs)


def wrist_off(millimetres: float) -> np.ndarray:
    shift = np.zeros((12, 3))
    shift[LIMB_JOINTS.index("left_wrist"), 2] = millimetres / 1000
    return shift


def test_a_wrong_wrist_of_a_person_who_is_found_throughout():
    true = person()
    (row,) = score([Run("Understudy", clip(true), 2.0, (found(true, wrist_off(60)),))])
    assert row.result is not None
    assert row.result.mpjpe == pytest.approx(5)
    assert row.coverage == 1.0
    assert row.fitted is None  # there is no other clip to fit offsets on
    assert summarise([row])["frames_per_second"] == pytest.approx(20)


def test_people_are_paired_by_place_whatever_their_order():
    left, right = person("1"), person("2", 2.0)
    rows = score([Run("Understudy", clip(left, right), 1.0, (found(right), found(left, wrist_off(120))))])
    assert [(r.person, pytest.approx(r.result.mpjpe)) for r in rows if r.result] == [("1", 10), ("2", 0)]


def test_people_of_whom_only_a_part_is_in_the_picture_are_paired_by_that_part():
    """Close to the camera only a forearm is to be seen: the body is not asked for, the hands are."""
    true = person(hands=True)
    pixels = np.full_like(true.pixels, np.nan)
    pixels[:, [LIMB_JOINTS.index("left_wrist"), LIMB_JOINTS.index("left_elbow")]] = true.pixels[:, :2]
    unseen = LimbTrack(TIMES, np.full_like(true.limbs.joints, np.nan), True)
    close = dataclasses.replace(true, limbs=unseen, pixels=pixels)
    own = np.full_like(pixels, 5000.0)
    own[:, [LIMB_JOINTS.index("left_wrist"), LIMB_JOINTS.index("left_elbow")]] = true.pixels[:, :2] + 5
    reported = dataclasses.replace(found(true, hands=true.hands), pixels=own)
    (row,) = score([Run("Understudy", clip(close), 1.0, (reported,))])
    assert row.hands["found"] == 1.0
    assert np.isnan(row.coverage)
    assert row.result is None


def test_somebody_nobody_reports_counts_as_not_found_and_in_no_error():
    left, right = person("1"), person("2", 2.0)
    rows = score([Run("Understudy", clip(left, right), 1.0, (found(left),))])
    assert [r.coverage for r in rows] == [1.0, 0.0]
    assert rows[1].result is None
    total = summarise(rows)
    assert total["coverage"] == pytest.approx(0.5)
    assert total["mpjpe_mm"] == pytest.approx(0, abs=1e-9)


def test_a_report_far_from_everybody_is_nobodys():
    true = person()
    stranger = dataclasses.replace(found(true), pixels=true.pixels + 300)
    (row,) = score([Run("Understudy", clip(true), 1.0, (stranger,))])
    assert row.coverage == 0.0
    assert row.result is None


def test_a_tool_that_finds_nothing_or_fails_is_a_row_without_figures():
    rows = score([Run("Understudy", clip(person()), float("nan"), (), failure="it stopped")])
    body = json.loads(json.dumps(rounded(rows[0].to_json()), allow_nan=False))
    assert body["failure"] == "it stopped"
    assert body["coverage"] == 0
    assert "mpjpe_mm" not in body
    assert body["seconds"] is None
    assert np.isnan(summarise(rows)["mpjpe_mm"])


def test_frames_in_which_the_person_is_out_of_the_picture_are_not_asked_for():
    joints = moving()
    joints[20:] = np.nan
    true = TruePerson("1", LimbTrack(TIMES, joints, True), person().pixels)
    half = found(person())
    half.limbs.joints[10:] = np.nan
    (row,) = score([Run("Understudy", clip(true), 1.0, (half,))])
    assert row.coverage == pytest.approx(0.5)


def test_pixels_get_one_scale_for_the_clip_from_the_truth():
    true = person()
    pixels = Found(LimbTrack(TIMES, true.limbs.joints * 437.0, False), true.pixels, metric=False)
    (row,) = score([Run("FreeMoCap", clip(true), 1.0, (pixels,))])
    assert row.result is not None
    assert row.result.mpjpe == pytest.approx(0, abs=1e-6)
    assert np.isnan(row.result.mrpe).all()


def test_offsets_come_from_other_scenarios_of_the_same_tool():
    a, b, c = (clip(person(), scenario=name) for name in ("walk", "run", "run"))
    runs = [Run("Understudy", x, 1.0, (found(x.people[0], wrist_off(mm)),)) for x, mm in ((a, 0), (b, 60), (c, 60))]
    runs += [Run("MediaPipe Pose", a, 1.0, (found(a.people[0], wrist_off(600)),))]
    fitted = [r.fitted for r in score(runs)]
    assert [f.mpjpe for f in fitted if f] == pytest.approx([5, 5, 5], abs=0.1)
    assert fitted[3] is None


def test_one_answer_from_all_cameras_is_no_other_clip_to_itself():
    views = [clip(person(), scenario="balance", camera=i, exact=False) for i in range(3)]
    views = [dataclasses.replace(view, name=f"balance/{i}") for i, view in enumerate(views)]
    answers = [(v, (found(v.people[0], wrist_off(60)),)) for v in views]
    joint = score([Run("Pose2Sim, all cameras", view, 1.0, people, joint=True) for view, people in answers])
    alone = score([Run("Understudy", view, 1.0, people) for view, people in answers])
    assert all(row.fitted is None for row in joint)
    assert all(row.fitted is not None and row.fitted.mpjpe < 2 < 4.9 < row.result.mpjpe for row in alone if row.result)


def test_confidence_is_measured_against_errors_of_50_mm():
    """Eleven joints are right and sure at 0.95, one is 60 mm off and said to be so at 0.05."""
    true = person()
    given = np.full((FRAMES, 12), 0.95)
    given[:, LIMB_JOINTS.index("left_wrist")] = 0.05
    (row,) = score([Run("Understudy", clip(true), 1.0, (found(true, wrist_off(60), confidence=given),))])
    assert row.confidence["spearman"] > 0.3
    assert row.confidence["ece"] == pytest.approx(0.05)
    reckless = score([Run("Understudy", clip(true), 1.0, (found(true, wrist_off(60), confidence=1 - given),))])
    assert reckless[0].confidence["spearman"] < -0.3
    assert reckless[0].confidence["ece"] == pytest.approx(0.95)


def test_hand_errors_by_hand():
    """One hand is exact, the other has one of 21 points 42 mm off; both hands are asked for, all frames."""
    true = person(hands=True)
    own = {side: points.copy() for side, points in true.hands.items()}
    own["right"][:, 5, 1] += 0.042
    result = hand_errors(clip(true), found(true, hands=own), true.hands)
    assert result["found"] == 1.0
    assert result["epe_mm"] == pytest.approx(1.0)
    assert result["swaps_per_minute"] == 0
    turned = {side: points[:, :1] + (points - points[:, :1])[..., [1, 2, 0]] * 0.9 for side, points in own.items()}
    only_pose = hand_errors(clip(true), found(true, hands={"left": turned["left"]}), true.hands)
    assert only_pose["pa_epe_mm"] == pytest.approx(0, abs=1e-6)  # a turn and a size are not the hand's pose
    assert only_pose["epe_mm"] > 20
    assert only_pose["found"] == pytest.approx(0.5)


def test_exchanged_hands_are_a_swap_and_half_reported_hands_are_half_found():
    true = person(hands=True)
    crossed = {"left": true.hands["right"], "right": true.hands["left"]}
    assert hand_errors(clip(true), found(true, hands=crossed), true.hands)["swaps_per_minute"] == pytest.approx(30)
    late = {side: points.copy() for side, points in true.hands.items()}
    for points in late.values():
        points[: FRAMES // 2] = np.nan
    assert hand_errors(clip(true), found(true, hands=late), true.hands)["found"] == pytest.approx(0.5)
    assert hand_errors(clip(true), found(true, hands={}), true.hands) == {"found": 0.0}
    assert hand_errors(clip(true), found(true, hands=true.hands), {}) == {}


@pytest.mark.parametrize(("looks", "expected"), [(True, {"found": 0.0}), (False, {})])
def test_hands_count_against_tools_that_look_for_them_only(looks, expected):
    true = person(hands=True)
    (nobody,) = score([Run("MediaPipe", clip(true), 1.0, (), hands=looks)])
    assert nobody.hands == expected
    (somebody,) = score([Run("MediaPipe", clip(true), 1.0, (found(true, hands={} if looks else None),), hands=looks)])
    assert somebody.hands == expected


def test_hands_in_pixels_get_a_scale_from_the_truth():
    true = person(hands=True)
    pixels = {side: points * 300.0 for side, points in true.hands.items()}
    result = hand_errors(clip(true), found(true, hands=pixels, metric_hands=False), true.hands)
    assert result["epe_mm"] == pytest.approx(0, abs=1e-6)
    assert hand_errors(clip(true), found(true, hands=pixels), true.hands)["epe_mm"] > 1000


def test_hand_points_are_the_landmarks_in_their_order():
    names = [TAKE_JOINTS[i] for i in HAND_POINTS["left"]]
    assert names[0] == "left_wrist"
    assert names[HAND_LANDMARKS.index("thumb_tip")] == "left_thumb_tip"
    assert names[HAND_LANDMARKS.index("index_mcp")] == "left_index1"
    assert names[HAND_LANDMARKS.index("pinky_dip")] == "left_pinky3"


def test_an_exchange_of_two_people_is_a_switch_for_each():
    left, right = person("1"), person("2", 2.0)
    a, b = found(left), found(right)
    changed = [dataclasses.replace(x, pixels=np.where(np.arange(FRAMES)[:, None, None] < 20, x.pixels, y.pixels))
               for x, y in ((a, b), (b, a))]  # fmt: skip
    pair = clip(left, right)
    assert identity_switches_of(Run("Understudy", pair, 1.0, (a, b))) == 0
    assert identity_switches_of(Run("Understudy", pair, 1.0, tuple(changed))) == 2
    assert identity_switches_of(Run("Understudy", clip(left), 1.0, (a,))) == 0
    assert identity_switches_of(Run("Understudy", clip(left), 1.0, ())) is None


def test_somebody_who_comes_back_as_another_is_a_switch():
    true = person()
    before, after = (dataclasses.replace(found(true), pixels=true.pixels.copy()) for _ in range(2))
    before.pixels[15:], after.pixels[:25] = np.nan, np.nan
    assert identity_switches_of(Run("Understudy", clip(true), 1.0, (before, after))) == 1


def test_answers_of_other_lengths_and_times_land_on_the_clips_frames():
    whole = clip(person())
    short = on_frames(whole, np.ones((30, 2)))
    assert np.isfinite(short).all(axis=1).sum() == 30
    later = at_frames(whole, TIMES[5:25] + 0.001, np.arange(20.0)[:, None])
    assert np.isnan(later[:5]).all()
    assert later[5:25, 0].tolist() == list(range(20))
    assert np.isnan(later[25:]).all()


def test_the_table_has_a_cell_for_every_column_and_marks_the_best():
    true = person()
    runs = [Run("Understudy", clip(true), 2.0, (found(true, wrist_off(60)),)),
            Run("MediaPipe Pose", clip(true), 1.0, (found(true, wrist_off(120)),))]  # fmt: skip
    of = {tool: summarise([r for r in score(runs) if r.tool == tool]) for tool in ("Understudy", "MediaPipe Pose")}
    assert len(cells(of["Understudy"])) == len(COLUMNS)
    text = text_table({"walk": of}, {"walk": "Walking"})
    assert "Walking" in text
    assert "Understudy" in text
    page = html_table({"walk": of}, {"walk": "Walking <here>"})
    assert "<b>5</b>" in page
    assert "<b>10</b>" not in page
    assert "Walking &lt;here&gt;" in page
