"""The default lifter: BlazePose landmarks of a sequence to SMPL-H body joints with an expected error for each.

A residual network of dilated temporal convolutions, in the manner of Pavllo et al. (CVPR 2019), small enough for two
CPU cores. Beyond the ends of a sequence there are zeros, which is what a frame with nothing measured looks like. What
stays the same for seconds (a body's proportions, the camera's tilt) comes from a mean over the frames around, which
reaches farther than the convolutions. The causal variant has no such mean and looks back only;
``causal.CausalStream`` runs it frame by frame.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..errors import BadInputError
from ..skeleton import BODY_JOINTS, other_side
from .chain import Chain, Chained
from .context import Context
from .default_input import ANYTHING, FEATURES, LANDMARKS, MIN_VISIBLE, encode

Array = NDArray[np.floating]
DATA = Path(__file__).parent / "data"
WEIGHTS = {False: DATA / "default_lifter.safetensors", True: DATA / "default_lifter_causal.safetensors"}
JOINT_COUNT = len(BODY_JOINTS)
# Expected errors stay between these, m.
_SMALLEST, _LARGEST = 0.002, 1.0


@dataclass(frozen=True)
class Architecture:
    """Channels and the dilation of each block's three taps; the receptive field is 1 + 2 Σ dilations frames.

    context: numbers per frame whose mean and spread over ``CONTEXT_REACH`` frames to both sides every frame in the
    middle of the network is told; 0: none. chain: limbs are laid out along their rays (``Chain``). The causal variant
    has neither.
    """

    channels: int = 384
    dilations: tuple[int, ...] = (1, 3, 9, 27)
    causal: bool = False
    context: int = 0
    chain: bool = False

    def __post_init__(self) -> None:
        if self.causal and (self.context or self.chain):
            raise ValueError("a causal lifter has neither context nor chain: they look ahead")


class Block(nn.Module):
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
        # What the expected errors turned out to be short by on footage that was not learnt from.
        self.error_factor = 1.0
        channels = architecture.channels
        self.expand = nn.Linear(FEATURES, channels)
        self.within = nn.Linear(channels, channels)
        self.blocks = nn.ModuleList(Block(channels, d, architecture.causal) for d in architecture.dilations)
        self.context = Context(channels, architecture.context) if architecture.context else None
        self.chain = Chain(channels) if architecture.chain else None
        self.norm = nn.LayerNorm(channels)
        self.shrink = nn.Linear(channels, 4 * JOINT_COUNT)
        self.drop = nn.Dropout(dropout)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        found = self.details(features)
        return found.joints, found.scale

    def details(self, features: torch.Tensor) -> Details:
        """The same with what led to it."""
        x = self.enter(features)
        for number, block in enumerate(self.blocks):
            if self.context is not None and number == len(self.blocks) // 2:
                x = self.context(x, features[..., ANYTHING, None])
            x = block(x, self.drop)
        with torch.autocast(x.device.type, enabled=False):
            x = self.norm(x.float())
            free, scale = self.leave(x)
            if self.chain is None:
                return Details(free, scale, free, None)
            chained = self.chain(x, features, free)
        return Details(chained.joints, scale, free, chained)

    def enter(self, features: torch.Tensor) -> torch.Tensor:
        """(…, FEATURES) → (…, C), what the first block is given."""
        x = torch.relu(self.expand(features))
        # The sum over the blocks stays in single precision where training computes in bfloat16.
        return x.float() + self.within(x)

    def leave(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Joints and scales of what the last block gave (…, C), normalised."""
        out = self.shrink(x)
        joints = out[..., : 3 * JOINT_COUNT].unflatten(-1, (JOINT_COUNT, 3))
        # Everything is relative to the pelvis, exactly.
        joints = joints - joints[..., :1, :]
        scale = torch.nn.functional.softplus(out[..., 3 * JOINT_COUNT :] - 3.0)
        return joints, scale.clamp(_SMALLEST / 3, _LARGEST / 3)


class Details(NamedTuple):
    """joints, scale: the lifter's answer; free (N, T, 22, 3): joints before ``chained`` laid out the limbs."""

    joints: torch.Tensor
    scale: torch.Tensor
    free: torch.Tensor
    chained: Chained | None


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
        # Widened by numpy: torch asks the system about its processor for it, which not every sandbox answers.
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            header = json.loads(metadata["architecture"])
            state = {key: file.get_tensor(key).astype(np.float32) for key in file.keys()}  # noqa: SIM118 - not a dict
        header["dilations"] = tuple(header["dilations"])
        model = DefaultLifter(Architecture(**header))
        model.load_state_dict({key: torch.from_numpy(value) for key, value in state.items()})
        model.error_factor = float(metadata.get("error_factor", 1.0))
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
    header = {"architecture": json.dumps(asdict(model.architecture)), "error_factor": str(model.error_factor)}
    part = path.with_name(path.name + ".part")
    save_file(state, part, metadata=header | (notes or {}))
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
    return Lifted(turned, (3 * model.error_factor * scale[0]).numpy(), measured)


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
    return features[..., _FEATURE_ORDER] * _FEATURE_SIGN.to(features.device)


def _mirrored(names: tuple[str, ...]) -> list[int]:
    return [names.index(other_side(name)) for name in names]


def _feature_mirror() -> tuple[torch.Tensor, torch.Tensor]:
    rows, count = _mirrored(LANDMARKS), len(LANDMARKS)
    order = [2 * row + axis for row in rows for axis in (0, 1)] + [2 * count + row for row in rows]
    sign = torch.ones(FEATURES)
    sign[: 2 * count : 2] = -1
    sign[3 * count] = -1  # the view's direction to the right
    return torch.tensor(order + list(range(3 * count, FEATURES))), sign


MIRRORED_JOINTS = _mirrored(BODY_JOINTS)
_FEATURE_ORDER, _FEATURE_SIGN = _feature_mirror()
