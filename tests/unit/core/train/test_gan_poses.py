"""2D poses of windows: normalised, with what is missing on the root, and the same pool for the same step."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from understudy.core.lift.default_input import look
from understudy.core.lift.gan_geometry import in_space, pictured
from understudy.core.train import gan
from understudy.core.train.gan_poses import Draw, Pool, Poses, poses
from understudy.core.train.h36m import H36M, to_h36m
from understudy.core.train.sampling import PERFECT, draw_windows


def test_missing_joints_do_not_matter(mocap, noise):
    windows = draw_windows(np.random.default_rng(0), mocap, noise, 40, 1, gan.VARIETY)
    seen = poses(windows, "cpu", missing=True)
    assert 0.02 < (~seen.visible).float().mean() < 0.5
    assert not seen.pose[~seen.visible].any()
    rays = np.where((windows.confidence > 0)[..., None], windows.rays, np.nan).astype(np.float32)
    for part, other in zip(seen, poses(dataclasses.replace(windows, rays=rays), "cpu", missing=True), strict=True):
        torch.testing.assert_close(other, part)
    whole = seen.visible.all(dim=1)
    mean = seen.pose[whole][:, 1:].norm(dim=-1).mean(1)
    torch.testing.assert_close(mean, torch.ones_like(mean))


def test_unit_and_root_are_those_of_the_view(mocap, noise):
    """True depths from the hip, over unit times its distance, give the true figure in the view, and its picture."""
    windows = draw_windows(np.random.default_rng(1), mocap, noise, 60, 1, PERFECT)
    seen = poses(windows, "cpu", missing=True)
    view = look(windows.rays, windows.confidence).view[:, 0]
    true = torch.from_numpy(to_h36m(windows.marks)[:, 0] @ view)
    metres = seen.unit * true[:, 0, 2]
    from_hip = (true - true[:, :1]) / metres[:, None, None]
    points = in_space(seen.pose, from_hip[..., 2], seen.unit, seen.root)
    # Hip, spine, thorax and head are means and differences, which perspective does not keep; neither is the root then.
    limbs = [H36M.index(n) for n in H36M if n not in ("hip", "spine", "thorax", "head")]
    assert (points - from_hip)[:, limbs].norm(dim=-1).median() < 0.01
    flat = torch.cat([seen.pose, from_hip[..., 2:]], dim=-1)
    assert (flat - from_hip)[:, limbs].norm(dim=-1).median() > 0.03, "without perspective it is far off"
    pose, scale = pictured(points, seen.unit, seen.root, seen.visible)
    torch.testing.assert_close(pose, seen.pose, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(scale, torch.ones(60), rtol=1e-4, atol=1e-5)


def pool(mocap, noise, size, uses, variety=gan.VARIETY, workers=0) -> Pool:
    return Pool(Draw(mocap, noise, size, 5, variety, missing=True), uses, "cpu", workers)


def batch(pool: Pool, number: int, size: int = 64) -> Poses:
    return pool.batch(torch.Generator().manual_seed(number), number, size)


@pytest.mark.parametrize(
    ("size", "uses", "numbers", "workers"),
    [
        (256, 1, (0, 1, 2, 7), 0),
        (64, 4, (3, 4), 0),
        (128, 1, (0, 3), 2),  # drawn by others
    ],
)
def test_a_pool_depends_on_seed_and_step_alone(mocap, noise, size, uses, numbers, workers):
    walked, fresh = pool(mocap, noise, size, uses, workers=workers), pool(mocap, noise, size, uses)
    for number in range(max(numbers) + 1):
        at = batch(walked, number)
        if number in numbers:
            assert all(torch.equal(a, b) for a, b in zip(at, batch(fresh, number), strict=True))
            assert 0 < len(at.pose) <= 64 and bool(at.visible[:, 0].all())


def test_a_pool_is_used_as_often_as_told_and_no_pose_twice_in_a_batch(mocap, noise):
    own = pool(mocap, noise, 64, 2, PERFECT)
    rows = [batch(own, n).pose for n in range(4)]
    assert all(len(row.flatten(1).unique(dim=0)) == 64 for row in rows)

    def same(a, b):
        return torch.equal(a.flatten(1).unique(dim=0), b.flatten(1).unique(dim=0))

    assert same(rows[0], rows[1]) and same(rows[2], rows[3]) and not same(rows[1], rows[2])
