from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from understudy.core.fit.observation import Observation
from understudy.core.fit.view import view_centre, view_rotation
from understudy.core.lift import evidence
from understudy.core.lift.default import Architecture, DefaultLifter
from understudy.core.lift.default_input import LANDMARKS
from understudy.core.lift.evidence import LiftedEvidence, lifted_evidence, with_lifter
from understudy.core.skeleton import JOINT_INDEX, KEYPOINT_INDEX, KEYPOINTS, LIMB_JOINTS

CAMERA = np.array([[900.0, 0, 480], [0, 900, 270], [0, 0, 1]])
FRAMES = 12
TIMES = np.arange(FRAMES) / 30
LIMB_ROWS = [KEYPOINT_INDEX[name] for name in LIMB_JOINTS]


@pytest.fixture(scope="module")
def model() -> DefaultLifter:
    torch.manual_seed(0)
    return DefaultLifter(Architecture(16, (1, 3))).eval()


@pytest.fixture
def seen() -> Observation:
    rng = np.random.default_rng(0)
    pixels = rng.normal([600, 300], 80, (FRAMES, len(KEYPOINTS), 2))
    return Observation(
        keypoints2d=pixels,
        confidence=np.full((FRAMES, len(KEYPOINTS)), 0.9),
        keypoints3d=rng.normal(0, 0.3, (FRAMES, len(KEYPOINTS), 3)),
        box_side=np.full(FRAMES, 400.0),
        box_centre=np.full((FRAMES, 2), 500.0),
        hand_score=np.ones((FRAMES, 2)),
    )


class TestLiftedEvidence:
    def test_pixels_of_another_lens_of_the_same_rays_give_the_same(self, model, seen):
        other = CAMERA.copy()
        other[0, 0] = other[1, 1] = 450
        moved = dataclasses.replace(seen, keypoints2d=(seen.keypoints2d - CAMERA[:2, 2]) / 2 + CAMERA[:2, 2])
        a, b = lifted_evidence(seen, TIMES, CAMERA, model), lifted_evidence(moved, TIMES, other, model)
        np.testing.assert_allclose(a.joints, b.joints, atol=1e-4)

    def test_landmarks_that_are_not_believed_are_left_out(self, model, seen):
        row = KEYPOINT_INDEX["left_wrist"]
        seen.confidence[:, row] = 0.05
        a = lifted_evidence(seen, TIMES, CAMERA, model)
        seen.keypoints2d[:, row] += 500
        np.testing.assert_array_equal(a.joints, lifted_evidence(seen, TIMES, CAMERA, model).joints)
        seen.confidence[:, row] = 0.5
        assert np.abs(a.joints - lifted_evidence(seen, TIMES, CAMERA, model).joints).max() > 1e-4

    def test_frames_with_too_little_say_so(self, model, seen):
        rows = [KEYPOINT_INDEX[name] for name in LANDMARKS[5:]]
        seen.confidence[4][rows] = 0
        found = lifted_evidence(seen, TIMES, CAMERA, model)
        assert found.measured.tolist() == [k != 4 for k in range(FRAMES)]
        assert np.isfinite(found.joints).all() and (found.error > 0).all()

    def test_fast_footage_is_read_in_phases(self, model, seen):
        """At 120 frames per second every second frame is a sequence of 60."""
        fast = lifted_evidence(seen, TIMES / 4, CAMERA, model)
        even = dataclasses.replace(seen, keypoints2d=seen.keypoints2d[::2], confidence=seen.confidence[::2])
        slow = lifted_evidence(even, TIMES[:6] / 2, CAMERA, model)
        np.testing.assert_allclose(fast.joints[::2], slow.joints, atol=1e-6)

    def test_one_frame(self, model, seen):
        one = dataclasses.replace(seen, keypoints2d=seen.keypoints2d[:1], confidence=seen.confidence[:1])
        assert lifted_evidence(one, TIMES[:1], CAMERA, model).joints.shape == (1, 22, 3)


def deepened(bones: np.ndarray) -> np.ndarray:
    """Bones (T, 3) or (T, J, 3), 1.2 times as deep for their breadth, as long as they were."""
    deep = bones * [1, 1, 1.2]
    return deep / np.linalg.norm(deep, axis=-1, keepdims=True) * np.linalg.norm(bones, axis=-1, keepdims=True)


def leant(trunk: np.ndarray, hips: np.ndarray, by: float) -> np.ndarray:
    """Trunks (T, 3) tipped forwards by a share of their length; hips (T, 3) from the right to the left one."""
    length = np.linalg.norm(trunk, axis=-1, keepdims=True)
    forward = np.cross(hips, trunk)
    out = trunk / length + by * forward / np.linalg.norm(forward, axis=-1, keepdims=True)
    return length * out / np.linalg.norm(out, axis=-1, keepdims=True)


def deepened_limbs(points: np.ndarray, row, lean: float = 0.0) -> np.ndarray:
    """Places (T, 12, 3) of LIMB_JOINTS whose bones are deepened, from points (T, N, 3); row(name)."""
    chain = {"shoulder": "trunk", "hip": "", "elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee"}
    shoulders, hips = ([row(f"{side}_{part}") for side in ("left", "right")] for part in ("shoulder", "hip"))
    middle = points[:, shoulders].mean(1)
    tipped = leant(middle, points[:, hips[0]] - points[:, hips[1]], lean)
    done: dict[str, np.ndarray] = {"left_trunk": deepened(tipped), "right_trunk": deepened(tipped)}
    for side in ("left", "right"):
        for part, start in chain.items():
            here = points[:, row(f"{side}_{part}")]
            other = points[:, row(f"{side}_{start}")] if start not in ("", "trunk") else np.zeros_like(here)
            before = middle if start == "trunk" else other
            done[f"{side}_{part}"] = done.get(f"{side}_{start}", 0) + deepened(here - before)
    return np.stack([done[name] for name in LIMB_JOINTS], axis=1)


class TestWithLifter:
    @pytest.fixture
    def lifted(self, monkeypatch, seen):
        """What the lifter is made to say: joints in camera axes that the view turns into known places."""
        rng = np.random.default_rng(5)
        said = SimpleNamespace(
            joints=rng.normal(0, 0.3, (FRAMES, 22, 3)).astype(np.float32),
            error=np.full((FRAMES, 22), 0.08, np.float32),
            measured=np.ones(FRAMES, bool),
        )
        monkeypatch.setattr(evidence, "lifted_evidence", lambda *_: LiftedEvidence(**vars(said)))
        view = view_rotation(view_centre(seen.keypoints2d, seen.confidence, seen.box_centre), CAMERA)
        hips = said.joints[:, [1, 2]].mean(1, keepdims=True)
        return said, np.einsum("tji,tnj->tni", view, said.joints - hips)

    def test_bones_meet_by_their_errors(self, seen, model, lifted):
        _, places = lifted
        own = seen.keypoints3d
        out = with_lifter(seen, TIMES, CAMERA, model)
        limb, trunk = (e**2 / (e**2 + 0.08**2) for e in (evidence._LIMB_ERROR, evidence._TRUNK_ERROR))
        shoulders = [KEYPOINT_INDEX[f"{side}_shoulder"] for side in ("left", "right")]
        a, b = (places[:, JOINT_INDEX[f"left_{part}"]] for part in ("shoulder", "elbow"))
        middle = places[:, [JOINT_INDEX["left_shoulder"], JOINT_INDEX["right_shoulder"]]].mean(1)
        tipped = leant(middle, places[:, 1] - places[:, 2], evidence._LEAN)
        first = deepened((1 - trunk) * own[:, shoulders].mean(1) + trunk * tipped)
        np.testing.assert_allclose(out.keypoints3d[:, shoulders].mean(1), first, atol=1e-6)
        half = (1 - limb) * (own[:, shoulders[0]] - own[:, shoulders].mean(1)) + limb * (a - middle)
        np.testing.assert_allclose(out.keypoints3d[:, shoulders[0]], first + deepened(half), atol=1e-6)
        elbow = KEYPOINT_INDEX["left_elbow"]
        bone = (1 - limb) * (own[:, elbow] - own[:, shoulders[0]]) + limb * (b - a)
        np.testing.assert_allclose(out.keypoints3d[:, elbow], first + deepened(half) + deepened(bone), atol=1e-6)
        np.testing.assert_array_equal(out.keypoints2d, seen.keypoints2d)

    def test_an_unsure_lifter_changes_little_a_sure_one_much(self, seen, model, lifted):
        said, places = lifted
        said.error[:] = 5.0
        unsure = with_lifter(seen, TIMES, CAMERA, model).keypoints3d[:, LIMB_ROWS]
        own = deepened_limbs(seen.keypoints3d, KEYPOINT_INDEX.__getitem__)
        np.testing.assert_allclose(unsure, own, atol=0.03)
        said.error[:] = 0.002
        sure = with_lifter(seen, TIMES, CAMERA, model).keypoints3d[:, LIMB_ROWS]
        np.testing.assert_allclose(sure, deepened_limbs(places, JOINT_INDEX.__getitem__, evidence._LEAN), atol=0.01)

    def test_hands_feet_and_head_go_along(self, seen, model, lifted):
        out = with_lifter(seen, TIMES, CAMERA, model).keypoints3d
        for child, parent in (("left_heel", "left_ankle"), ("right_pinky", "right_wrist")):
            a, b = KEYPOINT_INDEX[child], KEYPOINT_INDEX[parent]
            before = seen.keypoints3d[:, a] - seen.keypoints3d[:, b]
            np.testing.assert_allclose(out[:, a] - out[:, b], before, atol=1e-9)
        shoulders = [KEYPOINT_INDEX[f"{side}_shoulder"] for side in ("left", "right")]
        nose = KEYPOINT_INDEX["nose"]
        before = seen.keypoints3d[:, nose] - seen.keypoints3d[:, shoulders].mean(1)
        np.testing.assert_allclose(out[:, nose] - out[:, shoulders].mean(1), before, atol=1e-9)
        fingers = [k for k, name in enumerate(KEYPOINTS) if "_hand_" in name]
        np.testing.assert_array_equal(out[:, fingers], seen.keypoints3d[:, fingers])

    def test_joints_without_3d_get_the_lifters(self, seen, model, lifted):
        _, places = lifted
        elbow, shoulder = KEYPOINT_INDEX["right_elbow"], KEYPOINT_INDEX["right_shoulder"]
        seen.keypoints3d[:, elbow] = np.nan
        out = with_lifter(seen, TIMES, CAMERA, model).keypoints3d
        bone = places[:, JOINT_INDEX["right_elbow"]] - places[:, JOINT_INDEX["right_shoulder"]]
        np.testing.assert_allclose(out[:, elbow] - out[:, shoulder], deepened(bone), atol=1e-6)
        assert np.isfinite(out).all()

    def test_frames_the_lifter_did_not_see_stay(self, seen, model, lifted):
        said, _ = lifted
        said.measured[3] = False
        out = with_lifter(seen, TIMES, CAMERA, model).keypoints3d
        np.testing.assert_array_equal(out[3], seen.keypoints3d[3])
        assert np.abs(out[4] - seen.keypoints3d[4]).max() > 0.01
