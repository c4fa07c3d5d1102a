"""Hand shapes: within what fingers can do, mirrored, and with no finger inside another or inside the palm."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.body.numpy_model import load_free_body
from understudy.core.errors import BadInputError
from understudy.core.fit.hands import finger_pose
from understudy.core.fit.rig import make_rig
from understudy.core.skeleton import EXTRA_JOINTS, FINGERS, HAND_LANDMARKS, JOINT_INDEX
from understudy.core.synth.hand_shapes import LETTERS, SHAPES, shape_pose

BODY = load_free_body()
BETAS = BODY.betas_for_height(1.7)
FINGER_RADIUS = 0.006  # m: bones of fingers that touch are twice this apart


def posed(name: str) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Joints 1, 2, 3 and tip (4, 3) of each finger of both hands, and the pose."""
    pose = np.zeros((1, 52, 3))
    pose[0, 22:37], pose[0, 37:] = (shape_pose(name, side, BODY, BETAS) for side in ("left", "right"))
    points = BODY.points(BETAS, pose)[0]
    chains = {}
    for side in ("left", "right"):
        for finger in FINGERS:
            first = JOINT_INDEX[f"{side}_{finger}1"]
            tip = 52 + EXTRA_JOINTS.index(f"{side}_{finger}_tip")
            chains[f"{side}_{finger}"] = points[[first, first + 1, first + 2, tip]]
    return chains, pose[0]


def between(a: np.ndarray, b: np.ndarray) -> float:
    """Smallest distance of two chains of bones."""
    s = np.linspace(0, 1, 15)[:, None]
    lines = [np.concatenate([p + s * (q - p) for p, q in pairwise(c)]) for c in (a, b)]
    return float(np.linalg.norm(lines[0][:, None] - lines[1][None], axis=-1).min())


@pytest.mark.parametrize("name", SHAPES)
def test_no_finger_is_inside_another(name):
    chains, _ = posed(name)
    for side in ("left", "right"):
        for a, b in combinations(FINGERS, 2):
            # The thumb's root lies in the palm beside the index's.
            first, second = (chains[f"{side}_{f}"][1 if f == "thumb" else 0 :] for f in (a, b))
            assert between(first, second) > 2 * FINGER_RADIUS, f"{side} {a} {b}"


@pytest.mark.parametrize("name", SHAPES)
def test_no_finger_is_inside_the_palm(name):
    """Tips stay in front of the palm's skin, which is 17 mm below its joints."""
    chains, _ = posed(name)
    rest = BODY.joints(BETAS)
    for side in ("left", "right"):
        palm = BODY.shaped(BETAS)[BODY.contact_vertices[BODY.contact_names.index(f"{side}_palm")]]
        skin = palm[1] - rest[JOINT_INDEX[f"{side}_middle1"]][1]
        for finger in FINGERS:
            bent = chains[f"{side}_{finger}"] - rest[JOINT_INDEX[f"{side}_middle1"]]
            over_palm = np.abs(bent[:, 0]) * np.sign(bent[:, 0] * rest[JOINT_INDEX[f"{side}_wrist"]][0]) < -0.01
            depth = -bent[over_palm, 1]
            if finger != "thumb" and over_palm[3]:
                assert depth[-1] > -skin + 0.5 * FINGER_RADIUS, f"{side} {finger}"


@pytest.mark.parametrize("name", SHAPES)
def test_the_solver_of_hands_finds_the_same_pose(name):
    """core/fit/hands.py keeps fingers within their ranges: a pose outside of them would come back changed."""
    vertices = BODY.shaped(BETAS)
    rig = make_rig(BODY.joints(BETAS), vertices[BODY.extras], vertices[BODY.contact_vertices], 1.7)
    chains, pose = posed(name)
    for side, begin in (("left", 22), ("right", 37)):
        order = {"thumb": ("cmc", "mcp", "ip", "tip")}
        points = np.zeros((1, 21, 3))
        points[0, 0] = rig.rest[JOINT_INDEX[f"{side}_wrist"]]
        for finger in FINGERS:
            for k, part in enumerate(order.get(finger, ("mcp", "pip", "dip", "tip"))):
                points[0, HAND_LANDMARKS.index(f"{finger}_{part}")] = chains[f"{side}_{finger}"][k]
        found = finger_pose(points, np.eye(3)[None], rig, side)[0]
        wanted = Rotation.from_rotvec(pose[begin : begin + 15]).as_matrix()
        apart = np.degrees(Rotation.from_matrix(np.swapaxes(wanted, -1, -2) @ found).magnitude())
        # The solver ties end joints to middle ones, and reads the thumb's turn from its bones: looser there.
        ends = [3 * f + 2 for f in range(5)]
        thumb = [3 * FINGERS.index("thumb") + k for k in range(3)]
        assert np.delete(apart, [*ends, *thumb]).max() < 6, side
        assert apart.max() < 35, side


def test_right_is_left_in_the_mirror():
    for name in SHAPES:
        left, right = (shape_pose(name, side, BODY, BETAS) for side in ("left", "right"))
        # A mirror in x turns an axis-angle (x, y, z) into (x, −y, −z); the body itself is symmetric to 1 mm.
        assert np.abs(right - left * [1, -1, -1]).max() < 0.03, name


def test_a_fist_is_closed_and_a_flat_hand_is_not():
    def reach(name: str) -> float:
        finger = posed(name)[0]["left_middle"]
        return float(np.linalg.norm(finger[3] - finger[0]))

    assert reach("flat") > 0.09
    assert reach("fist") < 0.06
    chains, _ = posed("ok")
    assert np.linalg.norm(chains["right_thumb"][3] - chains["right_index"][3]) < 0.02
    pointing, _ = posed("point")
    bone = np.diff(pointing["left_index"], axis=0)
    assert np.degrees(np.arccos(bone[0] @ bone[2] / np.linalg.norm(bone[0]) / np.linalg.norm(bone[2]))) < 25


def test_letters_differ():
    poses = {name: shape_pose(name, "right", BODY, BETAS) for name in LETTERS}
    for a, b in combinations(LETTERS, 2):
        assert np.abs(poses[a] - poses[b]).max() > 0.1, (a, b)


def test_an_unknown_shape_is_named():
    with pytest.raises(BadInputError, match="'paw'"):
        shape_pose("paw", "left", BODY, BETAS)
