"""Training of VideoPose3D (Pavllo et al., CVPR 2019): windows of one receptive field, MPJPE, amsgrad, falling rate and
batch-norm momentum; and its semi-supervised step with 2D that has no 3D.

Semi-supervised: a second network of the same form predicts where the root is (labelled loss by 1 / depth);
root plus pose of unlabelled windows is projected and compared with the 2D, and the mean bone lengths of unlabelled
predictions are held to those of the labelled ones. ``views`` > 1 adds, for the unlabelled motion seen by several
cameras at once, that the poses agree when turned into one another's axes.
2D are normalised image coordinates times ``SCREEN_SCALE``: the authors' screen coordinates of a camera as Human3.6M's.
"""

from __future__ import annotations

import copy
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ..lift.published import SCREEN_SCALE, VideoPose, own_names
from ..lift.temporal import TemporalLifter
from .h36m import H36M, H36M_PARENTS, LIMB_ROWS, confidence_of, to_h36m, truth_of
from .heldout import aligned_errors, errors, held_out
from .loop import cosine, set_rate, to_half
from .mocap import Mocap
from .noise import NoiseModel
from .sampling import Variety, Windows, draw_windows

Array = NDArray[np.floating]
Tensor = torch.Tensor

VARIETY = Variety(missing=False, exchanges=False, focal_error=0.0, frame_rates=(50.0, 50.0), bodies=0.0, poses=0.0)
_BONES = [(joint, parent) for joint, parent in enumerate(H36M_PARENTS) if parent >= 0]


@dataclass(frozen=True)
class VideoPoseSettings:
    """The published numbers, but for ``steps_per_epoch``, which says when rate and momentum fall.

    labelled: share of the clips whose 3D is used; below 1 the others are the unlabelled 2D of the semi-supervised step,
    which begins after ``warm_up`` of the budget. bodies, poses: shares as in ``Variety``, of labelled and unlabelled
    windows; 0 as published: only mirrored. half: compute in bfloat16.
    """

    widths: tuple[int, ...] = (3, 3, 3)
    channels: int = 1024
    causal: bool = False
    dropout: float = 0.25
    batch: int = 1024
    rate: float = 1e-3
    decay: float = 0.95
    steps_per_epoch: int = 1500
    labelled: float = 1.0
    views: int = 1
    warm_up: float = 0.1
    bodies: float = 0.0
    poses: float = 0.0
    half: bool = True
    device: str = "cpu"


class VideoPoseTask:
    """``loop.Task`` of the temporal lifter and, where some clips have no 3D, its trajectory model."""

    def __init__(self, mocap: Mocap, test: Mocap, noise: NoiseModel, settings: VideoPoseSettings, seed: int) -> None:
        torch.manual_seed(seed)
        self.settings, self.noise = settings, noise
        self.variety = replace(VARIETY, bodies=settings.bodies, poses=settings.poses)
        kind = {"widths": settings.widths, "channels": settings.channels, "causal": settings.causal,
                "dropout": settings.dropout}  # fmt: skip
        self.model = TemporalLifter(**kind).to(settings.device)
        self.modules: dict[str, torch.nn.Module] = {"model_pos": self.model}
        order = np.random.default_rng(seed).permutation(len(mocap.names))
        count = max(1, round(settings.labelled * len(order)))
        self.labelled = mocap.take(np.sort(order[:count]))
        self.unlabelled = mocap.take(np.sort(order[count:])) if count < len(order) else None
        self.trajectory = None
        if self.unlabelled is not None:
            self.trajectory = TemporalLifter(joints_out=1, **kind).to(settings.device)
            self.modules["model_traj"] = self.trajectory
        parameters = [p for module in self.modules.values() for p in module.parameters()]
        self.optimizers = {"model": torch.optim.Adam(parameters, settings.rate, amsgrad=True)}
        self.test = held_out(test, noise, frames=60)

    def step(self, rng: np.random.Generator, number: int, share: float) -> dict[str, float]:
        """One step; logs its losses in mm, those on the screen as they are."""
        settings = self.settings
        epoch = number / settings.steps_per_epoch
        set_rate(self.optimizers["model"], settings.rate * settings.decay**epoch * cosine(share))
        for module in self.modules.values():
            module.train()
            for part in module.modules():
                if isinstance(part, torch.nn.BatchNorm1d):
                    part.momentum = 0.1 * (0.001 / 0.1) ** share
        frames = self.model.receptive_field
        windows = draw_windows(rng, self.labelled, self.noise, settings.batch, frames, self.variety)
        screen, truth = self._tensors(windows)
        pose = self._run(self.model, screen)
        wanted = truth[:, self._middle]
        position = (pose[:, 0] - (wanted - wanted[:, :1])).norm(dim=-1).mean()
        loss, values = position, {"mpjpe_mm": 1000 * position.item()}
        if self.trajectory is not None:
            root = self._run(self.trajectory, screen)[:, 0, 0]
            far = ((root - wanted[:, 0]).norm(dim=-1) / wanted[:, 0, 2].clamp(min=0.5)).mean()
            loss = loss + far
            values["trajectory"] = far.item()
            if share >= settings.warm_up:
                extra, more = self._unlabelled(rng, pose)
                loss, values = loss + extra, values | more
        optimizer = self.optimizers["model"]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return values

    def _unlabelled(self, rng: np.random.Generator, labelled: Tensor) -> tuple[Tensor, dict[str, float]]:
        """The losses of windows that have no 3D; ``labelled`` (B, 1, 17, 3) what was predicted where there is some."""
        assert self.trajectory is not None and self.unlabelled is not None
        settings = self.settings
        windows = draw_windows(rng, self.unlabelled, self.noise, max(1, settings.batch // settings.views),
                               self.model.receptive_field, self.variety, settings.views)  # fmt: skip
        screen, _ = self._tensors(windows)
        pose = self._run(self.model, screen)[:, 0]
        root = self._run(self.trajectory, screen)[:, 0]
        reprojected = project(pose + root)
        projection = (reprojected - screen[:, self._middle]).norm(dim=-1).mean()
        bones = (bone_lengths(pose).mean(0) - bone_lengths(labelled[:, 0]).mean(0)).abs().mean()
        values = {"projection": projection.item(), "bones_mm": 1000 * bones.item()}
        loss = projection + bones
        if settings.views > 1:
            views = disagreement(pose, torch.from_numpy(windows.rotation).to(settings.device), settings.views)
            loss = loss + views
            values["views_mm"] = 1000 * views.item()
        return loss, values

    def _run(self, network: TemporalLifter, screen: Tensor) -> Tensor:
        with torch.autocast(screen.device.type, torch.bfloat16, enabled=self.settings.half):
            return network.window(screen).float()

    @property
    def _middle(self) -> int:
        """The frame of a window that the result is for."""
        return self.model.padding[0]

    def _tensors(self, windows: Windows) -> tuple[Tensor, Tensor]:
        """Screen (B, T, 17, 2) and truth (B, T, 17, 3) m, camera axes."""
        screen, truth = (
            torch.from_numpy(a.astype(np.float32)).to(self.settings.device)
            for a in (SCREEN_SCALE * to_h36m(windows.rays), truth_of(windows))
        )
        return screen, truth

    def evaluate(self) -> dict[str, float]:
        """MPJPE and PA-MPJPE of the limb joints, mm, on the held-out windows."""
        found = self.predict(self.test)
        return {"mpjpe_mm": float(errors(found, self.test).mean()),
                "pa_mpjpe_mm": float(aligned_errors(found, self.test).mean())}  # fmt: skip

    def predict(self, windows: Windows) -> Array:
        """(B, T, 12, 3) m, camera axes, relative to the hip: the limb joints, as ``--method`` lifts them."""
        network = copy.deepcopy(self.model).to("cpu").eval()
        lifter = VideoPose(network, own_names(H36M), own_names(H36M))
        rays, confidence = to_h36m(windows.rays), confidence_of(windows.confidence)
        times = np.arange(rays.shape[1])
        found = [lifter.lift(r, c, dt * times) for r, c, dt in zip(rays, confidence, windows.interval, strict=True)]
        return np.stack(found)[..., LIMB_ROWS, :]

    def save(self, path: Path, notes: dict[str, str] | None = None) -> None:
        """The pose network's weights under the authors' names, in float16."""
        from safetensors.torch import save_file

        state = {key: to_half(value) for key, value in self.model.state_dict().items()}
        chosen = ("widths", "channels", "causal")
        settings = json.dumps({k: v for k, v in asdict(self.settings).items() if k in chosen})
        header = {"network": "videopose", "input": "screen", "joints": json.dumps(H36M), "settings": settings}
        part = path.with_name(path.name + ".part")
        save_file(state, part, metadata=header | (notes or {}))
        part.replace(path)


def project(points: Tensor) -> Tensor:
    """Screen coordinates (…, 2) of points (…, 3) m in camera axes; what lies behind 0.2 m is taken to be there."""
    return SCREEN_SCALE * (points[..., :2] / points[..., 2:].clamp(min=0.2)).clamp(-3, 3)


def bone_lengths(joints: Tensor) -> Tensor:
    """(…, 16) m of joints (…, 17, 3)."""
    children, parents = zip(*_BONES, strict=True)
    return (joints[..., list(children), :] - joints[..., list(parents), :]).norm(dim=-1)


def disagreement(poses: Tensor, rotations: Tensor, views: int) -> Tensor:
    """Mean distance (m) of the poses (B · views, J, 3) from their mean over the views, in world axes.

    rotations (B · views, 3, 3) from world to camera.
    """
    world = (poses @ rotations).unflatten(0, (-1, views))
    return (world - world.mean(dim=1, keepdim=True)).norm(dim=-1).mean()
