"""The default lifter: BlazePose landmarks of a sequence to SMPL-H body joints with an expected error for each.

A residual network of dilated temporal convolutions, in the manner of Pavllo et al. (CVPR 2019), small enough for two
CPU cores. Beyond the ends of a sequence there are zeros, which is what a frame with nothing measured looks like. The
causal variant has weights of the same shapes and looks back only; ``CausalStream`` runs it frame by frame, state kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..errors import BadInputError
from ..skeleton import BODY_JOINTS
from .default_input import FEATURES, LANDMARKS, MIN_VISIBLE, encode

Array = NDArray[np.floating]
DATA = Path(__file__).parent / "data"
WEIGHTS = {False: DATA / "default_lifter.safetensors", True: DATA / "default_lifter_causal.safetensors"}
JOINT_COUNT = len(BODY_JOINTS)
# Expected errors stay between these, m.
_SMALLEST, _LARGEST = 0.002, 1.0


@dataclass(frozen=True)
class Architecture:
    """Channels and the dilation of each block's three taps; the receptive field is 1 + 2 Σ dilations frames."""

    channels: int = 384
    dilations: tuple[int, ...] = (1, 3, 9, 27)
    causal: bool = False


class _Block(nn.Module):
    """Three taps ``dilation`` frames apart, then a layer within the frame, added to what came in."""

    def __init__(self, channels: int, dilation: int, causal: bool) -> None:
        super().__init__()
        self.dilation, self.causal = dilation, causal
        self.norm = nn.LayerNorm(channels)
        self.taps = nn.Linear(3 * channels, channels)
        self.mix = nn.Linear(channels, channels)

    def forward(self, x: torch.Tensor, drop: nn.Module) -> torch.Tensor:
        """(N, T, C) → (N, T, C)."""
        y = self.norm(x)
        steps = (2 * self.dilation, 0) if self.causal else (self.dilation, self.dilation)
        padded = nn.functional.pad(y, (0, 0, *steps))
        frames = x.shape[1]
        taps = [padded[:, k * self.dilation : k * self.dilation + frames] for k in range(3)]
        return self.step(x, torch.cat(taps, dim=-1), drop)

    def step(self, x: torch.Tensor, taps: torch.Tensor, drop: nn.Module) -> torch.Tensor:
        """The block's result for frames (…, C) whose three taps are laid side by side (…, 3C)."""
        return x + self.mix(drop(torch.relu(self.taps(taps))))


class DefaultLifter(nn.Module):
    """Features (N, T, FEATURES) → joints (N, T, 22, 3) m relative to the pelvis in view axes, and the scale (N, T, 22)
    of each joint's Laplace distribution, m: the expected distance from the truth is three times the scale."""

    def __init__(self, architecture: Architecture = Architecture(), dropout: float = 0.0) -> None:
        super().__init__()
        self.architecture = architecture
        channels = architecture.channels
        self.expand = nn.Linear(FEATURES, channels)
        self.within = nn.Linear(channels, channels)
        self.blocks = nn.ModuleList(_Block(channels, d, architecture.causal) for d in architecture.dilations)
        self.norm = nn.LayerNorm(channels)
        self.shrink = nn.Linear(channels, 4 * JOINT_COUNT)
        self.drop = nn.Dropout(dropout)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self._enter(features)
        for block in self.blocks:
            x = block(x, self.drop)
        return self._leave(x)

    def _enter(self, features: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.expand(features))
        # The sum over the blocks stays in single precision where training computes in bfloat16.
        return x.float() + self.within(x)

    def _leave(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.autocast(x.device.type, enabled=False):
            out = self.shrink(self.norm(x.float()))
        joints = out[..., : 3 * JOINT_COUNT].unflatten(-1, (JOINT_COUNT, 3))
        # Everything is relative to the pelvis, exactly.
        joints = joints - joints[..., :1, :]
        scale = torch.nn.functional.softplus(out[..., 3 * JOINT_COUNT :] - 3.0)
        return joints, scale.clamp(_SMALLEST / 3, _LARGEST / 3)


@dataclass(frozen=True)
class Lifted:
    """joints (T, 22, 3) m relative to the pelvis in camera axes; error (T, 22) m, the distance from the truth to
    expect; measured (T,) False where fewer than 6 landmarks were seen: such frames live from their neighbours."""

    joints: NDArray[np.float32]
    error: NDArray[np.float32]
    measured: NDArray[np.bool_]


def load_default(causal: bool = False, path: Path | None = None) -> DefaultLifter:
    """The shipped lifter, ready for inference. Raises BadInputError for a file that is not one."""
    from safetensors import SafetensorError, safe_open

    path = path or WEIGHTS[causal]
    if not path.is_file():
        raise BadInputError(f"The lifter's weights are missing: {path}.", "Install the package again.")
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})["architecture"])
            state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
        header["dilations"] = tuple(header["dilations"])
        model = DefaultLifter(Architecture(**header))
        model.load_state_dict({key: value.float() for key, value in state.items()})
    except (SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        message = f"{path} does not hold a default lifter: {error}"
        raise BadInputError(message, "Train one: understudy train lifter.") from None
    return model.eval()


def save_default(model: DefaultLifter, path: Path, notes: dict[str, str] | None = None, half: bool = False) -> None:
    """Writes weights with the architecture in the header, by a file beside that is renamed.

    ``half``: in float16, which moves joints by less than half a millimetre and is how they are shipped.
    """
    from safetensors.torch import save_file

    kept = torch.float16 if half else torch.float32
    state = {key: value.detach().to("cpu", kept).contiguous() for key, value in model.state_dict().items()}
    part = path.with_name(path.name + ".part")
    save_file(state, part, metadata={"architecture": json.dumps(asdict(model.architecture)), **(notes or {})})
    part.replace(path)


def lift(model: DefaultLifter, rays: Array, confidence: Array, interval: float, flip: bool = True) -> Lifted:
    """Joints of one sequence: rays (T, L, 2), confidence (T, L) in the order of ``LANDMARKS``, interval s per frame.

    ``flip`` averages with the mirrored sequence, at twice the time. Rays as in ``encode``.
    """
    found = encode(rays, confidence, interval)
    features = torch.from_numpy(found.features)[None]
    with torch.inference_mode():
        joints, scale = both_ways(model, features) if flip else model(features)
    turned = joints[0].numpy() @ np.swapaxes(found.view, -1, -2).astype(np.float32)
    measured = (np.nan_to_num(confidence) > 0).sum(-1) >= MIN_VISIBLE
    return Lifted(turned, 3 * scale[0].numpy(), measured)


def both_ways(model: DefaultLifter, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What the model gives, averaged with what it gives for the mirrored picture."""
    joints, scale = model(features)
    other, other_scale = model(mirror_features(features))
    return (joints + mirror_joints(other)) / 2, (scale + other_scale[..., MIRRORED_JOINTS]) / 2


def mirror_joints(joints: torch.Tensor) -> torch.Tensor:
    """Joints (…, 22, 3) in a mirror: x → −x, left and right renamed."""
    return joints[..., MIRRORED_JOINTS, :] * joints.new_tensor([-1, 1, 1])


def mirror_features(features: torch.Tensor) -> torch.Tensor:
    """Features (…, FEATURES) of the mirrored picture."""
    return features[..., _FEATURE_ORDER] * _FEATURE_SIGN


def _mirrored(names: tuple[str, ...]) -> list[int]:
    return [names.index(n.replace("left", "right") if "left" in n else n.replace("right", "left")) for n in names]


def _feature_mirror() -> tuple[torch.Tensor, torch.Tensor]:
    rows, count = _mirrored(LANDMARKS), len(LANDMARKS)
    order = [2 * row + axis for row in rows for axis in (0, 1)] + [2 * count + row for row in rows]
    sign = torch.ones(FEATURES)
    sign[: 2 * count : 2] = -1
    sign[3 * count] = -1  # the view's direction to the right
    return torch.tensor(order + list(range(3 * count, FEATURES))), sign


MIRRORED_JOINTS = _mirrored(BODY_JOINTS)
_FEATURE_ORDER, _FEATURE_SIGN = _feature_mirror()


class CausalStream:
    """A causal lifter frame by frame: ``push`` gives what the whole sequence would have given for that frame."""

    def __init__(self, model: DefaultLifter) -> None:
        if not model.architecture.causal:
            raise ValueError("a lifter that looks ahead cannot run frame by frame; load_default(causal=True) does")
        self._model = model
        channels = model.architecture.channels
        self._past = [torch.zeros(2 * d + 1, channels) for d in model.architecture.dilations]
        self._count = 0

    def push(self, rays: Array, confidence: Array, interval: float) -> Lifted:
        """The next frame: rays (L, 2), confidence (L,), interval s since the frame before → a sequence of one frame."""
        found = encode(np.asarray(rays)[None], np.asarray(confidence)[None], interval)
        model = self._model
        with torch.inference_mode():
            x = model._enter(torch.from_numpy(found.features))
            for block, past in zip(model.blocks, self._past, strict=True):
                assert isinstance(block, _Block)
                span = len(past)
                past[self._count % span] = block.norm(x)[0]
                # Ring of 2d + 1 frames: the oldest lies just after the newest.
                rows = [(self._count + 1) % span, (self._count + 1 + block.dilation) % span, self._count % span]
                x = block.step(x, past[rows].reshape(1, -1), model.drop)
            joints, scale = model._leave(x)
        self._count += 1
        turned = joints.numpy() @ np.swapaxes(found.view, -1, -2).astype(np.float32)
        measured = (np.nan_to_num(confidence) > 0).sum(-1, keepdims=True) >= MIN_VISIBLE
        return Lifted(turned, 3 * scale.numpy(), measured)
