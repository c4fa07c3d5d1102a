"""The shipped body and hands: what a person looking at them and a game engine loading them would demand."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.body.layout import MANO_SLOTS, SMPLH_SLOTS
from understudy.core.body.numpy_model import DATA, BodyModel, load_free_body, load_free_hand
from understudy.core.skeleton import (
    BODY_PARENTS,
    CONTACT_POINTS,
    EXTRA_JOINTS,
    JOINT_INDEX,
    SMPLH_JOINTS,
    SMPLH_PARENTS,
)

FLIP = np.array([-1.0, 1.0, 1.0])


def test_joint_tree_is_smplh(body: BodyModel) -> None:
    assert body.joint_names == SMPLH_JOINTS
    assert tuple(body.parents) == SMPLH_PARENTS
    assert tuple(body.parents[:22]) == BODY_PARENTS


def test_files_are_small_and_open_without_pickle() -> None:
    for name, megabytes in (("body", 4.6), ("hand_left", 0.6), ("hand_right", 0.6)):
        path = DATA / f"{name}.npz"
        assert path.stat().st_size < megabytes * 1e6
        with np.load(path, allow_pickle=False) as file:
            assert "CC0" in str(file["licence"])


def test_surface_is_closed(model: BodyModel) -> None:
    edges = np.concatenate([model.faces[:, [0, 1]], model.faces[:, [1, 2]], model.faces[:, [2, 0]]])
    forward = {tuple(e) for e in edges.tolist()}
    assert len(forward) == len(edges), "an edge runs twice in the same direction"
    assert forward == {(b, a) for a, b in forward}, "a hole: an edge without its neighbour"
    corners = model.v_template[model.faces].astype(np.float64)
    volume = np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0, "faces point inwards"


def test_every_vertex_is_used(model: BodyModel) -> None:
    assert (np.unique(model.faces) == np.arange(len(model.v_template))).all()


def test_weights_fit_game_engines(model: BodyModel) -> None:
    assert (model.weights >= 0).all()
    assert (model.weights > 0).sum(1).max() <= 4
    np.testing.assert_allclose(model.weights.sum(1), 1, atol=1e-5)


def test_regressor_is_a_mean_of_vertices(model: BodyModel) -> None:
    assert (model.J_regressor >= 0).all()
    np.testing.assert_allclose(model.J_regressor.sum(1), 1, atol=1e-5)
    assert (model.J_regressor > 0).sum(1).max() < 100


def test_t_pose(body: BodyModel) -> None:
    joints = body.joints()
    at = {name: joints[i] for name, i in JOINT_INDEX.items()}
    for side, sign in (("left", 1), ("right", -1)):
        for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("wrist", "middle1")):
            arm = at[f"{side}_{b}"] - at[f"{side}_{a}"]
            assert sign * arm[0] / np.linalg.norm(arm) > np.cos(np.deg2rad(4)), f"{side} {a} to {b} is not along X"
        for a, b in (("hip", "knee"), ("knee", "ankle")):
            leg = at[f"{side}_{b}"] - at[f"{side}_{a}"]
            assert -leg[1] / np.linalg.norm(leg) > np.cos(np.deg2rad(8))
        assert at[f"{side}_foot"][2] > at[f"{side}_ankle"][2] + 0.05, "feet point forward"
        palm = body.contact_vertices[CONTACT_POINTS.index(f"{side}_palm")]
        assert body.v_template[palm, 1] < at[f"{side}_wrist"][1], "palms face down"
        assert at[f"{side}_thumb3"][2] > at[f"{side}_wrist"][2], "thumbs point forward"
        for finger in ("index", "middle", "ring", "pinky"):
            chain = np.array([at[f"{side}_{finger}{k}"] for k in (1, 2, 3)])
            assert np.ptp(chain[:, 1]) < 0.006, f"{side} {finger} is not flat"
        order = [at[f"{side}_{finger}1"][2] for finger in ("index", "middle", "ring", "pinky")]
        assert order == sorted(order, reverse=True)
    assert at["head"][1] > at["neck"][1] > at["spine3"][1] > at["spine2"][1] > at["spine1"][1] > at["pelvis"][1]


def test_left_and_right_are_mirror_images(body: BodyModel) -> None:
    rng = np.random.default_rng(0)
    joints = body.joints(rng.normal(size=10))
    for name, i in JOINT_INDEX.items():
        twin = JOINT_INDEX[name.replace("left", "#").replace("right", "left").replace("#", "right")]
        np.testing.assert_allclose(joints[i], joints[twin] * FLIP, atol=1e-4)
    left, right = load_free_hand("left"), load_free_hand("right")
    np.testing.assert_allclose(left.joints(), right.joints() * FLIP, atol=2e-3)


def test_proportions_are_human(body: BodyModel) -> None:
    """Segment lengths as shares of stature; ranges around Drillis & Contini 1966 and Winter 2009."""
    joints, stature = body.joints(), body.stature()
    length = {
        "upper arm": ("left_shoulder", "left_elbow", 0.15, 0.19), "forearm": ("left_elbow", "left_wrist", 0.13, 0.16),
        "thigh": ("left_hip", "left_knee", 0.22, 0.26), "shin": ("left_knee", "left_ankle", 0.23, 0.265),
        "hips": ("left_hip", "right_hip", 0.09, 0.12), "shoulders": ("left_shoulder", "right_shoulder", 0.18, 0.24),
    }  # fmt: skip
    for name, (a, b, low, high) in length.items():
        share = np.linalg.norm(joints[JOINT_INDEX[a]] - joints[JOINT_INDEX[b]]) / stature
        assert low < share < high, f"{name}: {share:.3f} of stature"
    span = np.ptp(body.v_template[:, 0])
    assert 0.97 < span / stature < 1.06


def test_population(body: BodyModel) -> None:
    assert body.stature() == pytest.approx(1.70, abs=0.015)
    statures = body.stature(np.random.default_rng(1).normal(size=(400, 10)))
    assert statures.std() == pytest.approx(0.09, abs=0.012)
    growth = body.stature(np.eye(10)) - body.stature()
    assert growth[0] > 3 * np.abs(growth[1:]).max(), "the first beta is stature"


@pytest.mark.parametrize("height", [1.40, 1.55, 1.70, 1.85, 2.05])
def test_betas_for_height(body: BodyModel, height: float) -> None:
    betas = body.betas_for_height(height)
    assert body.stature(betas) == pytest.approx(height, abs=1e-4)
    # Least norm: going anywhere along the level set is longer than going straight.
    assert (
        np.linalg.norm(betas)
        <= abs(height - body.stature()) / np.linalg.norm(body.stature(np.eye(10)) - body.stature()) * 1.1 + 1e-3
    )


def test_surface_points_sit_where_their_names_say(body: BodyModel) -> None:
    points = dict(zip(body.extra_names, body.v_template[body.extras], strict=True))
    assert tuple(points) == EXTRA_JOINTS
    top, floor = body.v_template[:, 1].max(), body.v_template[:, 1].min()
    assert points["nose"][2] > points["left_eye"][2] > points["left_ear"][2]
    assert points["left_eye"][1] > points["nose"][1] and points["left_eye"][0] == pytest.approx(0.031, abs=0.008)
    assert top - points["nose"][1] < 0.18
    for side, sign in (("left", 1), ("right", -1)):
        assert points[f"{side}_heel"][1] - floor < 0.04 and points[f"{side}_big_toe"][1] - floor < 0.04
        assert points[f"{side}_big_toe"][2] - points[f"{side}_heel"][2] == pytest.approx(0.255, abs=0.03)
        assert sign * points[f"{side}_middle_tip"][0] == pytest.approx(np.abs(body.v_template[:, 0]).max(), abs=0.004)
    contacts = dict(zip(body.contact_names, body.v_template[body.contact_vertices], strict=True))
    assert tuple(contacts) == CONTACT_POINTS
    for name in ("left_heel", "left_ball", "right_heel", "right_ball"):
        assert contacts[name][1] - floor < 0.012


def test_vertex_order_meets_the_published_numbers(body: BodyModel) -> None:
    assert [SMPLH_SLOTS[name] for name in EXTRA_JOINTS] == body.extras.tolist()
    hand = load_free_hand("left")
    assert [MANO_SLOTS[name] for name in hand.extra_names] == hand.extras.tolist()


def test_joints_lie_inside_the_body(model: BodyModel) -> None:
    """Winding number of the closed surface around each joint: 1 inside."""
    corners = model.v_template[model.faces][None].astype(np.float64) - model.joints()[:, None, None]
    a, b, c = (corners[:, :, k] for k in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=-1) for v in (a, b, c))
    top = np.einsum("jfi,jfi->jf", a, np.cross(b, c))
    bottom = la * lb * lc + (a * b).sum(-1) * lc + (b * c).sum(-1) * la + (c * a).sum(-1) * lb
    winding = np.arctan2(top, bottom).sum(1) / (2 * np.pi)
    outside = [name for name, w in zip(model.joint_names, winding, strict=True) if w < 0.9]
    assert not outside


def test_hand_betas_and_bends_keep_the_wrist_closed() -> None:
    hand = load_free_hand("left")
    pose = np.zeros((16, 3))
    pose[[1, 2, 3, 4, 5, 6], 2] = -1.2
    vertices, joints, _ = hand.forward(np.ones(10), pose)
    assert np.isfinite(vertices).all()
    tips = vertices[hand.extras]
    assert tips[1, 1] < joints[0, 1] - 0.03, "a negative turn about Z curls the left index towards the palm"


def test_models_are_loaded_once() -> None:
    assert load_free_body() is load_free_body()
    assert load_free_hand("left") is load_free_hand("left")
