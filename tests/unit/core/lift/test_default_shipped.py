"""The weights that ship: what they are, and that they lift the sample clips' people from their true 2D."""

from __future__ import annotations

import numpy as np
import pytest
from safetensors import safe_open
from scipy.stats import spearmanr

from understudy.core.lift.causal import CausalStream
from understudy.core.lift.default import WEIGHTS, DefaultLifter, lift, load_default
from understudy.core.lift.default_input import LANDMARKS
from understudy.core.skeleton import JOINT_INDEX, LIMB_JOINTS, TAKE_JOINTS
from understudy.core.take_file import load

LIMBS = [JOINT_INDEX[name] for name in LIMB_JOINTS]
HIPS = [JOINT_INDEX["left_hip"], JOINT_INDEX["right_hip"]]
MARKED = {f"{side}_foot_index": f"{side}_big_toe" for side in ("left", "right")}


@pytest.fixture(scope="module", params=[False, True], ids=["whole", "causal"])
def model(request) -> DefaultLifter:
    return load_default(causal=request.param)


@pytest.fixture(scope="module")
def people(root) -> list[tuple[np.ndarray, np.ndarray]]:
    """(true rays (T, L, 2), true joints (T, 22, 3) m, camera axes) of the three people of the sample clips."""
    found = []
    for name in ("solo", "duo"):
        take = load(root / "sample" / f"{name}.truth.take.npz")
        pose = np.asarray(take.cameras.world_from_camera[0], float)
        for person in take.people:
            matrix = np.broadcast_to(pose, (len(person.joints_world), 4, 4))
            local = np.einsum("tji,tnj->tni", matrix[:, :3, :3], person.joints_world - matrix[:, None, :3, 3])
            rows = [TAKE_JOINTS.index(MARKED.get(landmark, landmark)) for landmark in LANDMARKS]
            found.append((local[:, rows, :2] / local[:, rows, 2:], local[:, :22]))
    return found


def distances(joints: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(T, 12) mm, relative to the middle of the hips."""
    a, b = (p[:, LIMBS] - p[:, HIPS].mean(1, keepdims=True) for p in (joints, truth))
    return 1000 * np.linalg.norm(a - b, axis=-1)


def test_size_licence_and_credit(model):
    path = WEIGHTS[model.architecture.causal]
    assert path.stat().st_size <= 20 * 2**20
    assert sum(p.numel() for p in model.parameters()) <= 5_000_000
    with safe_open(path, "pt") as file:
        header = file.metadata()
    assert "obtained from mocap.cs.cmu.edu" in header["data"] and "NSF EIA-0196217" in header["data"]
    card = (path.parent / "MODEL_CARD.md").read_text()
    assert header["data"] in " ".join(card.split())


def test_lifts_people_it_has_not_seen(model, people):
    for rays, truth in people:
        lifted = lift(model, rays, np.full(rays.shape[:2], 0.95), 1 / 30)
        error = distances(lifted.joints, truth)
        assert error.mean() < 90, "the mean pose is three times as far off"
        assert 0.4 < error.mean() / (1000 * lifted.error[:, LIMBS].mean()) < 1.6, "it knows about how far"


def test_hidden_legs_are_finite_and_said_to_be_unsure(model, people):
    legs = [k for k, name in enumerate(LANDMARKS) if name.endswith(("knee", "ankle", "heel", "foot_index"))]
    knees = [JOINT_INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("knee", "ankle")]
    for rays, _ in people:
        whole = lift(model, rays, np.full(rays.shape[:2], 0.95), 1 / 30)
        confidence = np.full(rays.shape[:2], 0.95)
        confidence[:, legs] = 0
        cut = lift(model, np.where(confidence[..., None] > 0, rays, np.nan), confidence, 1 / 30)
        assert np.isfinite(cut.joints).all()
        assert cut.error[:, knees].mean() > 1.5 * whole.error[:, knees].mean()


def test_expected_error_follows_the_error(model, people):
    rng = np.random.default_rng(0)
    errors, expected = [], []
    for rays, truth in people:
        for _ in range(6):
            confidence = np.full(rays.shape[:2], 0.95)
            confidence[:, rng.permutation(len(LANDMARKS))[: rng.integers(0, 14)]] = 0
            lifted = lift(model, rays, confidence, 1 / 30)
            errors.append(distances(lifted.joints, truth).ravel())
            expected.append(lifted.error[:, LIMBS].ravel())
    assert spearmanr(np.concatenate(errors), np.concatenate(expected)).statistic > 0.5


def test_the_causal_one_streams(people):
    stream = CausalStream(load_default(causal=True))
    rays, truth = people[0]
    joints = np.concatenate([stream.push(frame, np.full(len(LANDMARKS), 0.95), 1 / 30).joints for frame in rays[:40]])
    assert distances(joints[10:], truth[10:40]).mean() < 110
