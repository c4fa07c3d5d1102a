"""Each loss by hand: nothing for a perfect lift or a symmetric body, and gradients that go the right way."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from understudy.core.lift.gan_geometry import in_space
from understudy.core.train.gan import GanSettings, GanTask
from understudy.core.train.gan_losses import BONES, Skeleton, asymmetry, distance, lengths
from understudy.core.train.gan_poses import poses
from understudy.core.train.h36m import H36M
from understudy.core.train.sampling import PERFECT, draw_windows

ALL = torch.ones(1, 17, dtype=torch.bool)


def figure() -> torch.Tensor:
    """(1, 17, 3) somebody at random whose left and right are mirror images."""
    torch.manual_seed(4)
    points = torch.randn(1, 17, 3)
    swapped = [H36M.index(n.replace("left", "right") if "left" in n else n.replace("right", "left")) for n in H36M]
    mirrored = points[:, swapped] * torch.tensor([-1.0, 1, 1])
    return (points + mirrored) / 2


def row(name: str) -> int:
    return H36M.index(name)


def test_lengths_by_hand():
    points = torch.zeros(1, 17, 3)
    points[0, row("left_knee")] = torch.tensor([0.0, 3, 4])
    points[0, row("left_ankle")] = torch.tensor([0.0, 3, 5])
    found, known = lengths(points, ALL)
    rows = {bone: k for k, bone in enumerate(BONES)}
    assert float(found[0, rows[row("left_hip"), row("left_knee")]]) == pytest.approx(math.log(5), abs=1e-4)
    assert float(found[0, rows[row("left_knee"), row("left_ankle")]]) == pytest.approx(0, abs=1e-4)
    assert bool(torch.isfinite(found).all()) and bool(known.all())
    visible = ALL.clone()
    visible[0, row("left_ankle")] = False
    assert lengths(points, visible)[1].sum() == len(BONES) - 1


class TestSymmetry:
    def test_of_a_symmetric_body_is_nil(self):
        assert float(asymmetry(*lengths(figure(), ALL))) < 1e-6

    def test_by_hand_and_gradient(self):
        points = figure()
        elbow, wrist = row("left_elbow"), row("left_wrist")
        points[0, wrist] = points[0, elbow] + 2 * (points[0, wrist] - points[0, elbow])
        points.requires_grad_(True)
        loss = asymmetry(*lengths(points, ALL))
        assert float(loss) == pytest.approx(math.log(2), abs=1e-3)
        loss.backward()
        along = points[0, wrist] - points[0, elbow]
        assert float(points.grad[0, wrist] @ along) > 0, "the longer forearm shrinks"
        right = points[0, row("right_wrist")] - points[0, row("right_elbow")]
        assert float(points.grad[0, row("right_wrist")] @ right) < 0, "the shorter one grows"

    def test_a_missing_end_adds_nothing(self):
        points, visible = figure(), ALL.clone()
        points[0, row("left_wrist")] *= 3
        visible[0, row("left_wrist")] = False
        assert float(asymmetry(*lengths(points, visible))) < 1e-6


class TestRatios:
    def test_of_the_same_body_in_any_size_and_pose_is_nil(self):
        skeleton, body = Skeleton(), figure()
        sizes = torch.tensor([0.7, 1.0, 1.6])[:, None, None]
        turned = (sizes * body) @ torch.linalg.qr(torch.randn(3, 3)).Q
        assert float(skeleton.spread(*lengths(turned, ALL.expand(3, -1)))) < 1e-5

    def test_gradient_leads_to_the_running_mean(self):
        skeleton, body = Skeleton(), figure()
        skeleton.spread(*lengths(body, ALL))
        knee, ankle = row("right_knee"), row("right_ankle")
        other = body.clone()
        other[0, ankle] = other[0, knee] + 1.5 * (other[0, ankle] - other[0, knee])
        other.requires_grad_(True)
        loss = skeleton.spread(*lengths(other, ALL))
        loss.backward()
        assert float(loss) > 1e-3
        assert float(other.grad[0, ankle] @ (other[0, ankle] - other[0, knee])) > 0, "the longer shin shrinks"

    def test_the_mean_moves_slowly_and_only_with_whole_bodies(self):
        skeleton, body = Skeleton(), figure()
        skeleton.spread(*lengths(body, ALL))
        first = skeleton.mean.clone()
        visible = ALL.clone()
        visible[0, row("nose")] = False
        assert float(skeleton.spread(*lengths(2 * body.roll(1, 1), visible))) == 0
        assert torch.equal(skeleton.mean, first)
        skeleton.spread(*lengths(body.roll(1, 1), ALL))
        own = lengths(body.roll(1, 1), ALL)[0][0]
        torch.testing.assert_close(skeleton.mean, 0.99 * first + 0.01 * (own - own.mean()))


def test_distance_by_hand():
    found, visible = torch.zeros(1, 17, 3), ALL.clone()
    found[0, 3] = torch.tensor([0.0, 3, 4])
    found[0, 5] = 100
    visible[0, 5] = False
    assert float(distance(found, torch.zeros(1, 17, 3), visible)) == pytest.approx(25 / 16)
    assert float(distance(found, found, ALL & False)) == 0


class TestOfTheTask:
    """The generator's losses with a stand-in that knows the truth of every pose it is shown, turned ones too."""

    def oracle(self, mocap, noise, elevations=True):
        """(task, poses, true elevation and points): the learner looks poses up among those it can be shown."""
        windows = draw_windows(np.random.default_rng(2), mocap, noise, 12, 1, PERFECT)
        seen = poses(windows, "cpu", missing=True)
        task = GanTask(mocap, mocap, noise, GanSettings(channels=16, half=False, elevation=elevations), seed=0)
        points = in_space(seen.pose, 0.4 * torch.randn(12, 17) * (torch.arange(17) > 0), seen.unit, seen.root)
        return task, seen, points

    @pytest.mark.parametrize("elevations", [True, False])
    def test_a_perfect_lift_is_consistent(self, mocap, noise, monkeypatch, elevations):
        task, seen, points = self.oracle(mocap, noise, elevations)
        angle, other, tilt = torch.rand(12) * 6, torch.randperm(12), 0.3 * torch.randn(12)
        shown: list[torch.Tensor] = []

        def depth(pose, visible):
            """Of the first pose shown the points' own; of the second, what turning them has made of it."""
            shown.append(pose)
            if len(shown) == 1:
                return points[..., 2]
            rays = pose  # the turned pose: its depth follows from the same turn
            return self.turned_depth(task, points, seen, angle, other, tilt if elevations else 0 * tilt, rays)

        monkeypatch.setattr(task, "_depth", depth)
        calls = iter([tilt, tilt[other]])
        monkeypatch.setattr(task, "_run", lambda network, pose: next(calls)[:, None])
        losses, turned = task.generator_losses(seen, angle, other)
        assert torch.equal(shown[1], turned) and not torch.allclose(turned, seen.pose, atol=0.05)
        assert float(losses["consistency"]) < 1e-6 and float(losses["reprojection"]) < 1e-6
        assert float(losses.get("elevation", torch.zeros(()))) == 0

    def turned_depth(self, task, points, seen, angle, other, tilt, rays):
        from understudy.core.lift.gan_geometry import pictured, turn

        level = torch.zeros_like(tilt)
        rotation = turn(angle, torch.stack([tilt, level], 1), torch.stack([tilt[other], level], 1))
        moved = points @ rotation.transpose(1, 2)
        pose, scale = pictured(moved, seen.unit, seen.root, seen.visible)
        torch.testing.assert_close(pose, rays)
        return moved[..., 2] / scale[:, None]

    def test_a_flat_answer_is_not(self, mocap, noise):
        task, seen, points = self.oracle(mocap, noise)
        depths = iter([points[..., 2], torch.zeros(12, 17)])
        task._depth = lambda pose, visible: next(depths)  # type: ignore[method-assign]
        losses, _ = task.generator_losses(seen, torch.rand(12) * 6, torch.arange(12))
        assert float(losses["consistency"].detach()) > 0.1 and float(losses["reprojection"].detach()) > 0.1
