"""The published lifters at work: joints of a clip in 2D to 3D, each fed as it was trained.

All see rays, so that any lens will do. VideoPose3D reads the authors' screen coordinates of a camera as Human3.6M's,
50 frames a second; Martinez sees people where and as large as those of its training, or where trained here what the
default lifter sees; the GAN sees them hip-centred and divided by their size, and says depths in that unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import BadInputError
from ..skeleton import other_side
from .default_input import FEATURES, LANDMARKS, look
from .gan import KudoNetwork
from .gan_geometry import in_space, normalise
from .joints2d import completed
from .martinez import MartinezLifter
from .single import SingleFrame, Statistics
from .temporal import TemporalLifter
from .weights import LifterWeights

Array = NDArray[np.floating]
Network = TypeVar("Network", bound=torch.nn.Module)

SCREEN_SCALE = 2.29  # Human3.6M's focal length, 1145 px, by half of the picture's 1000
_RATE = 50.0
# Our training's names for joints of Human3.6M that it makes of landmarks.
_OWN_NAMES = {"hip": "mid_hip", "thorax": "mid_shoulder", "head": "head_top"}
# Lengths of the free body at a stature of 1.70 m, metres.
_LENGTHS = {("shoulder", "elbow"): 0.264, ("elbow", "wrist"): 0.236, ("hip", "knee"): 0.389, ("knee", "ankle"): 0.425}


class PublishedLifter(Protocol):
    """``names_in`` and ``names_out``: joints by name."""

    @property
    def names_in(self) -> tuple[str, ...]: ...

    @property
    def names_out(self) -> tuple[str, ...]: ...

    def lift(self, rays: Array, confidence: Array, timestamps: Array) -> Array:
        """Rays (T, J_in, 2) with NaN and confidence (T, J_in) with 0 where not measured, timestamps (T,) s →
        (T, J_out, 3) m, camera axes, from the root."""
        ...


def build_lifter(weights: LifterWeights) -> PublishedLifter:
    """The lifter of a set of weights. Raises BadInputError where they do not fill its network."""
    makers = {"videopose3d": _videopose, "martinez": _martinez, "gan": _gan}
    system = weights.card.system
    if system not in makers:
        raise BadInputError(f"The weights {weights.card.name} are of {system}, which is no lifter.", "Import others.")
    return makers[system](weights)


@dataclass(frozen=True)
class VideoPose:
    """VideoPose3D, averaged with its answer for the mirrored clip as the authors do."""

    network: TemporalLifter
    names_in: tuple[str, ...]
    names_out: tuple[str, ...]

    def lift(self, rays: Array, confidence: Array, timestamps: Array) -> Array:
        screen = SCREEN_SCALE * completed(rays, confidence, self.names_in, timestamps)
        times = timestamps
        if len(timestamps) > 1:
            times = np.arange(timestamps[0], timestamps[-1] + 0.5 / _RATE, 1 / _RATE)
            screen = _at(times, timestamps, screen)
        seen = torch.from_numpy(screen.astype(np.float32))[None]
        with torch.inference_mode():
            straight = self.network.sequence(seen)
            mirrored = mirror(self.network.sequence(mirror(seen, self.names_in)), self.names_out)
        joints = ((straight + mirrored) / 2)[0].numpy().astype(np.float64)
        return joints if times is timestamps else _at(timestamps, times, joints)


@dataclass(frozen=True)
class Martinez:
    """The authors' network of Martinez et al., fed with their pixels, answering in their millimetres: ``mean`` and
    ``std`` of its training's numbers in and out; ``used`` rows of ``names_in``."""

    network: MartinezLifter
    names_in: tuple[str, ...]
    names_out: tuple[str, ...]
    used: list[int]
    mean_in: Array
    std_in: Array
    mean_out: Array
    std_out: Array

    def lift(self, rays: Array, confidence: Array, timestamps: Array) -> Array:
        seen = look(completed(rays, confidence, self.names_in, timestamps), np.ones_like(confidence))
        points = np.asarray(seen.points, np.float64) * seen.spread[..., None]
        points = _as_in_training(points, self.mean_in.reshape(-1, 2), self.names_in)
        numbers = (points[:, self.used].reshape(len(points), -1) - self.mean_in) / self.std_in
        with torch.inference_mode():
            out = self.network(torch.from_numpy(numbers.astype(np.float32))).numpy()
        joints = (out * self.std_out + self.mean_out).reshape(len(out), -1, 3)
        return joints / 1000 @ np.swapaxes(seen.view, -1, -2)


@dataclass(frozen=True)
class Gan:
    """Kudo et al.; ``knows_missing``: trained with missing joints on the root, as ours is; ``perspective``: trained for
    cameras as near as the true one, where the authors' are infinitely far away."""

    network: KudoNetwork
    names_in: tuple[str, ...]
    names_out: tuple[str, ...]
    knows_missing: bool
    perspective: bool = False

    def lift(self, rays: Array, confidence: Array, timestamps: Array) -> Array:
        whole = completed(rays, confidence, self.names_in, timestamps)
        known = np.ones_like(confidence, dtype=bool)
        if self.knows_missing:
            known = confidence > 0
            known[:, 0] = True  # the root, bridged or stood for where it is hidden
        seen = look(whole, np.where(known, np.maximum(confidence, 0.1), 0.0))
        points = torch.from_numpy(np.where(known[..., None], seen.points, 0.0).astype(np.float32))
        shown = torch.from_numpy(known)
        pose, scale = normalise(points, visible=shown)
        unit = torch.from_numpy(seen.spread[:, 0]).float() * self.perspective
        with torch.inference_mode():
            depth = torch.where(shown, self.network(pose.flatten(1)), 0)
            depth[:, 0] *= not self.perspective  # ours are measured from the root
            found = in_space(pose, depth, unit * scale, points[:, 0] * unit[:, None])
        joints = found.numpy().astype(np.float64)
        joints = joints * _metres(joints, known, self.names_out)
        return joints @ np.swapaxes(seen.view, -1, -2)


def mirror(points: torch.Tensor, names: Sequence[str]) -> torch.Tensor:
    """Points (…, J, D) in a mirror: x → −x, left and right renamed."""
    other = [names.index(other_side(name)) for name in names]
    sign = torch.ones(points.shape[-1])
    sign[0] = -1
    return points[..., other, :] * sign


def _videopose(weights: LifterWeights) -> VideoPose:
    options = weights.card.options
    own = bool(options.get("trained_here"))
    names_in = own_names(options["joints"]) if own else tuple(options["joints_in"])
    names_out = names_in if own else tuple(options["joints_out"])
    network = TemporalLifter(
        len(names_in), len(names_out), tuple(options["widths"]), bool(options["causal"]), int(options["channels"])
    )
    return VideoPose(_filled(network, weights, "" if own else "model_pos."), names_in, names_out)


def _martinez(weights: LifterWeights) -> PublishedLifter:
    options = weights.card.options
    own = bool(options.get("trained_here"))
    sizes = int(options["channels"]), int(options["stages"])
    keys = ("mean_in", "spread_in", "mean_out", "spread_out") if own else ("mean_2d", "std_2d", "mean_3d", "std_3d")
    try:
        numbers = [np.asarray(weights.tensors[f"statistics.{key}"], np.float64) for key in keys]
    except KeyError as error:
        raise BadInputError(f"The weights {weights.card.name} lack {error.args[0]}.", "Import them again.") from None
    if own:
        names_out = own_names(options["joints"])
        network = MartinezLifter(
            len(LANDMARKS), len(names_out), *sizes, max_norm=options.get("max_norm"), numbers_in=FEATURES
        )
        return SingleFrame(_filled(network, weights, ""), names_out, Statistics(*numbers))
    names_in, names_out = tuple(options["joints_in"]), tuple(options["joints_out"])
    used = [row for row, name in enumerate(names_in) if name != "nose"]
    network = MartinezLifter(len(used), len(names_out), *sizes, max_norm=options.get("max_norm"))
    return Martinez(_filled(network, weights, ""), names_in, names_out, used, *numbers)


def _gan(weights: LifterWeights) -> Gan:
    options = weights.card.options
    own = bool(options.get("trained_here"))
    names = own_names(options["joints"]) if own else tuple(options["joints_in"])
    network = KudoNetwork(len(names), len(names), bool(options["batch_norm"]), bool(options.get("relu", False)),
                          int(options["channels"]))  # fmt: skip
    return Gan(_filled(network, weights, ""), names, names, own, bool(options.get("perspective", False)))


def _filled(network: Network, weights: LifterWeights, prefix: str) -> Network:
    state = {
        key.removeprefix(prefix): torch.from_numpy(value.copy())
        for key, value in weights.tensors.items()
        if key.startswith(prefix) and not key.startswith("statistics.")
    }
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise BadInputError(f"The weights {weights.card.name} do not fill their network: {reason}", "") from error
    return network.eval()


def own_names(joints: Sequence[str]) -> tuple[str, ...]:
    """What joints that our training writes are called elsewhere."""
    return tuple(_OWN_NAMES.get(name, name) for name in joints)


def _at(times: Array, known: Array, values: Array) -> Array:
    """Values (T, …) known at ``known`` (T,) at other times, along lines."""
    flat = values.reshape(len(values), -1)
    columns = [np.interp(times, known, column) for column in flat.T]
    return np.stack(columns, axis=1).reshape(len(times), *values.shape[1:])


def _as_in_training(points: Array, mean: Array, names: tuple[str, ...]) -> Array:
    """Points (T, J, 2) moved and scaled so that the hip lies at the training's mean hip and the trunk, whose length a
    turn of the body changes least, is as long as the mean pose's (J, 2)."""
    hip, neck = names.index("pelvis"), names.index("thorax")
    trunk = np.percentile(np.linalg.norm(points[:, neck] - points[:, hip], axis=-1), 75)
    scale = np.linalg.norm(mean[neck] - mean[hip]) / max(float(trunk), 1e-9)
    return (points - points[:, hip : hip + 1]) * scale + mean[hip]


def _metres(joints: Array, known: NDArray[np.bool_], names: tuple[str, ...]) -> float:
    """What turns poses (T, J, 3) of an unknown unit into an ordinary adult's: limbs of ordinary length."""
    ratios = []
    for (a, b), length in _LENGTHS.items():
        for side in ("left", "right"):
            i, j = names.index(f"{side}_{a}"), names.index(f"{side}_{b}")
            both = known[:, i] & known[:, j]
            ratios.append(length / np.maximum(np.linalg.norm(joints[both, i] - joints[both, j], axis=-1), 1e-3))
    found = np.concatenate(ratios)
    return float(np.median(found)) if len(found) else 0.5
