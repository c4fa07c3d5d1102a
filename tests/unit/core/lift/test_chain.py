"""The construction of limbs against a skeleton whose lengths, rays and distance are known exactly."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from understudy.core.lift.chain import BONES, LENGTH_OF, Chain
from understudy.core.lift.default_input import LANDMARKS, encode
from understudy.core.skeleton import BODY_JOINTS, JOINT_INDEX

FRAMES, DISTANCE = 7, 4.0
LENGTHS = (0.3, 0.45, 0.26, 0.43)
LIMBS = tuple(f"{s}_{p}" for s in ("left", "right") for p in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"))


@pytest.fixture
def pose() -> torch.Tensor:
    """(1, T, 22, 3) m from the pelvis: random directions of bones of LENGTHS, well towards or away from the camera."""
    rng = np.random.default_rng(3)
    joints = rng.normal(0, 0.1, (FRAMES, len(BODY_JOINTS), 3))
    joints[:, 0] = 0
    for number, (parent, child) in enumerate(BONES):
        way = rng.normal(0, 0.4, (FRAMES, 3))
        way[:, 2] = rng.choice([-1, 1], FRAMES) * rng.uniform(0.6, 1.2, FRAMES)
        way *= LENGTHS[LENGTH_OF[number]] / np.linalg.norm(way, axis=-1, keepdims=True)
        joints[:, JOINT_INDEX[child]] = joints[:, JOINT_INDEX[parent]] + way
    return torch.from_numpy(joints[None].astype(np.float32))


def features_of(pose: torch.Tensor, missing: tuple[str, ...] = ()) -> torch.Tensor:
    """Features of the twelve limb joints seen by a camera straight before the person (no other landmark is seen)."""
    points = pose[0].numpy() + np.array([0, 0, DISTANCE])
    rays, confidence = np.zeros((FRAMES, len(LANDMARKS), 2)), np.zeros((FRAMES, len(LANDMARKS)))
    for name in LIMBS:
        rays[:, LANDMARKS.index(name)] = points[:, JOINT_INDEX[name], :2] / points[:, JOINT_INDEX[name], 2:]
        confidence[:, LANDMARKS.index(name)] = name not in missing
    found = encode(rays, confidence, 1 / 30)
    # The test is about the construction: everything stays in the camera's axes.
    flat = np.where(confidence[..., None] > 0, rays, 0) / np.exp(found.features[..., -3, None, None] - 2)
    found.features[..., : 2 * len(LANDMARKS)] = flat.reshape(FRAMES, -1)
    return torch.from_numpy(found.features[None])


def knowing(
    features: torch.Tensor, trust: float = 20.0, pose: torch.Tensor | None = None
) -> tuple[Chain, torch.Tensor]:
    """A chain that knows LENGTHS, DISTANCE and, of a ``pose``, which bones point away, and the input that tells it."""
    chain = Chain(FRAMES)
    told = torch.zeros(FRAMES, sum(chain.sizes))
    spread = torch.exp(features[0, :, -3] - 2)
    told[:, 0] = torch.log(DISTANCE * spread / 0.45) / 0.3
    told[:, 1:5] = torch.log(torch.tensor(LENGTHS) / torch.tensor([0.27, 0.41, 0.25, 0.41])) / 0.3
    first = sum(chain.sizes[:4])
    told[:, first : first + len(BONES)] = trust
    if pose is not None:
        ways = [pose[0, :, JOINT_INDEX[child], 2] - pose[0, :, JOINT_INDEX[parent], 2] for parent, child in BONES]
        told[:, first - len(BONES) : first] = 20 * torch.sign(torch.stack(ways, dim=-1))
    with torch.no_grad():
        chain.tell.weight.copy_(told.T)
    return chain, torch.eye(FRAMES)[None]


def test_knows_lengths_and_distance(pose):
    features = features_of(pose)
    chain, x = knowing(features)
    found = chain(x, features, pose)
    np.testing.assert_allclose(found.lengths.detach().numpy()[0], np.tile(LENGTHS, (FRAMES, 1)), rtol=1e-5)
    np.testing.assert_allclose(found.distance.detach().numpy(), DISTANCE, rtol=1e-5)
    assert found.trust.min() > 0.999


def test_true_pose_from_one_that_only_says_which_way(pose):
    """Depths of bones too small, as an unsure network has them: lengths and rays give the true ones back."""
    features = features_of(pose)
    chain, x = knowing(features, pose=pose)
    unsure = pose.clone()
    for parent, child in BONES:
        rest = pose[..., JOINT_INDEX[child], 2] - pose[..., JOINT_INDEX[parent], 2]
        unsure[..., JOINT_INDEX[child], 2] = unsure[..., JOINT_INDEX[parent], 2] + 0.6 * rest
    rows = [JOINT_INDEX[child] for _, child in BONES]
    found = chain(x, features, unsure).joints.detach()
    before = (unsure - pose)[..., rows, :].norm(dim=-1)
    after = (found - pose)[..., rows, :].norm(dim=-1)
    assert before.mean() > 0.1
    assert after.max() < 0.02


def test_a_side_that_is_argued_for_is_taken(pose):
    features = features_of(pose)
    chain, x = knowing(features)
    flat = pose.clone()
    flat[..., [JOINT_INDEX[child] for _, child in BONES], 2] = 0
    results = []
    for side in (-20.0, 20.0):
        with torch.no_grad():
            chain.tell.bias[9:17] = side
            results.append(chain(x, features, flat).joints)
    for parent, child in BONES[:4]:
        near, far = (r[..., JOINT_INDEX[child], :] - r[..., JOINT_INDEX[parent], :] for r in results)
        assert bool((near[..., 2] < far[..., 2]).all())
        length = LENGTHS[LENGTH_OF[BONES.index((parent, child))]]
        for bone in (near, far):
            np.testing.assert_allclose(bone.norm(dim=-1).numpy(), length, rtol=0.15)


def test_bones_without_both_ends_seen_are_left_alone(pose):
    features = features_of(pose, missing=("left_elbow", "right_ankle"))
    chain, x = knowing(features)
    other = pose + 0.05 * torch.randn(pose.shape, generator=torch.Generator().manual_seed(0))
    found = chain(x, features, other)
    untrusted = [k for k, bone in enumerate(BONES) if {"left_elbow", "right_ankle"} & set(bone)]
    assert found.trust[..., untrusted].max() == 0
    for name, parent in (("left_elbow", "left_shoulder"), ("right_ankle", "right_knee")):
        a, b = ((p[..., JOINT_INDEX[name], :] - p[..., JOINT_INDEX[parent], :]) for p in (found.joints, other))
        torch.testing.assert_close(a, b)


def test_feet_go_with_their_ankles_and_the_rest_stays(pose):
    features = features_of(pose)
    chain, x = knowing(features)
    other = pose + 0.05 * torch.randn(pose.shape, generator=torch.Generator().manual_seed(0))
    found = chain(x, features, other).joints
    for side in ("left", "right"):
        foot, ankle = JOINT_INDEX[f"{side}_foot"], JOINT_INDEX[f"{side}_ankle"]
        torch.testing.assert_close(
            found[..., foot, :] - found[..., ankle, :], other[..., foot, :] - other[..., ankle, :]
        )
    moved = {JOINT_INDEX[child] for _, child in BONES} | {JOINT_INDEX["left_foot"], JOINT_INDEX["right_foot"]}
    kept = [row for row in range(len(BODY_JOINTS)) if row not in moved]
    assert torch.equal(found[..., kept, :], other[..., kept, :])


def test_gradients_are_finite_where_bones_look_too_long(pose):
    features = features_of(3 * pose)
    chain, x = knowing(features, trust=0.0)
    pose.requires_grad_(True)
    chain(x, features, pose).joints.square().sum().backward()
    assert pose.grad is not None and bool(pose.grad.isfinite().all())
    assert all(bool(p.grad.isfinite().all()) for p in chain.parameters() if p.grad is not None)
