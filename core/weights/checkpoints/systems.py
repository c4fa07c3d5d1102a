"""The published systems whose checkpoints are understood: how their files look and which network they belong to.

Each entry of ``SYSTEMS`` finds its weights in what ``containers.read_checkpoint`` returns and builds, from the shapes
alone, the network that they must fill completely. Facts: the authors' repositories and papers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import BadInputError
from ...evaluate.joint_sets import JOINT_SETS

if TYPE_CHECKING:
    from torch import nn

State = dict[str, np.ndarray]
Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Choice:
    """Something that weights do not tell: its values, the first being the rule, and what it means."""

    values: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class System:
    """One kind of checkpoint.

    ``places``: keys of the authors' dictionary under which weights lie, each a part of its own, "" for the whole file;
    ``optional``: those of them that may be absent. ``signature``: keys that tell this system from others.
    ``build(shapes, choices)`` gives the network, on no device, and the options it was built with; ``authors_key`` is
    the authors' name of a parameter. ``untracked``: keys that older versions of their program did not write.
    """

    name: str
    title: str
    container: str
    places: tuple[str, ...]
    signature: frozenset[str]
    build: Callable[[Shapes, Mapping[str, str]], tuple[nn.Module, dict[str, Any]]]
    licence: str
    optional: tuple[str, ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)
    statistics: tuple[str, ...] = ()
    authors_key: Callable[[str], str] = lambda key: key
    untracked: str = "num_batches_tracked"

    def parts(self, content: Any) -> dict[str, State]:
        """Its weights in a file's content by place, ``module.`` in front of keys taken away; empty where there are
        none."""
        if not isinstance(content, dict):
            return {}
        found = {place: _state(content.get(place) if place else content) for place in self.places}
        return {place: state for place, state in found.items() if state}


def recognise(content: Any) -> tuple[System, dict[str, State]] | None:
    """The system that a file's content belongs to, by at least half of its signature, and its weights by place."""
    best: tuple[float, System, dict[str, State]] | None = None
    for system in SYSTEMS:
        parts = system.parts(content)
        first = parts.get(system.places[0])
        if first is None:
            continue
        share = len(system.signature & first.keys()) / len(system.signature)
        if share >= 0.5 and (best is None or share > best[0]):
            best = share, system, parts
    return None if best is None else best[1:]


def build_temporal(shapes: Shapes, choices: Mapping[str, str]) -> tuple[nn.Module, dict[str, Any]]:
    """VideoPose3D: filter widths and joints from the shapes; whether it is causal cannot be told from them."""
    from ...lift.temporal import TemporalLifter

    channels, inputs, first = _shape(shapes, "expand_conv.weight", 3)
    (outputs, _, _) = _shape(shapes, "shrink.weight", 3)
    widths = [first]
    while f"layers_conv.{2 * (len(widths) - 1)}.weight" in shapes:
        widths.append(_shape(shapes, f"layers_conv.{2 * (len(widths) - 1)}.weight", 3)[2])
    causal = choices.get("causal", "no") == "yes"
    if inputs % 2 or outputs % 3 or any(width % 2 == 0 for width in widths):
        raise BadInputError("The weights are of no network of VideoPose3D.", "Give the authors' own file.")
    network = TemporalLifter(inputs // 2, outputs // 3, widths, causal, channels)
    return network, {
        "widths": widths,
        "causal": causal,
        "channels": channels,
        "joints_in": _joint_names(inputs // 2, choices.get("joints", "H36M-17")),
        "joints_out": ["pelvis"] if outputs == 3 else _joint_names(outputs // 3, "H36M-17"),
    }


def build_martinez(shapes: Shapes, choices: Mapping[str, str]) -> tuple[nn.Module, dict[str, Any]]:
    """Martinez: 16 joints of Human3.6M in, 16 out; the number of stages from the keys."""
    from ...lift.martinez import MartinezLifter

    channels, inputs = _shape(shapes, "w1.weight", 2)
    (outputs, _) = _shape(shapes, "w2.weight", 2)
    if (inputs, outputs) != (32, 48):
        raise BadInputError(
            f"The network takes {inputs} and gives {outputs} numbers; the authors' takes 32 and gives 48.",
            "Only 16 joints of Human3.6M are understood.",
        )
    stages = len({key.split(".")[1] for key in shapes if key.startswith("linear_stages.")})
    joints = _joint_names(17, "H36M-17")
    return MartinezLifter(16, 16, channels, stages), {
        "channels": channels,
        "stages": stages,
        "joints_in": [name for name in joints if name != "neck_nose"],
        "joints_out": [name for name in joints if name != "pelvis"],
    }


def build_kudo(shapes: Shapes, choices: Mapping[str, str]) -> tuple[nn.Module, dict[str, Any]]:
    """Kudo's generator: with batch normalisation where the file has it; the activation cannot be told from it."""
    from ...lift.gan import KudoNetwork

    channels, inputs = _shape(shapes, "l1/W", 2)
    outputs = _shape(shapes, "l4/W", 2)[0]
    if outputs == 1:
        raise BadInputError("The file holds a discriminator, which lifts nothing.", "Give the generator, gen_*.npz.")
    if inputs != 34 or outputs != 17:
        raise BadInputError(f"The generator has {inputs // 2} joints.", "Only the authors' 17 are understood.")
    batch_norm = any(key.startswith("bn1/") for key in shapes)
    relu = choices.get("activation", "leaky_relu") == "relu"
    network = KudoNetwork(17, 17, batch_norm, relu, channels)
    joints = _joint_names(17, "H36M-17")
    return network, {
        "channels": channels,
        "batch_norm": batch_norm,
        "relu": relu,
        "joints_in": joints,
        "joints_out": joints,
    }


def _chainer_key(key: str) -> str:
    return key.replace(".", "/")


SYSTEMS: tuple[System, ...] = (
    System(
        name="videopose3d",
        title="VideoPose3D (Pavllo et al. 2019)",
        container="torch dictionary with model_pos, maybe model_traj",
        places=("model_pos", "model_traj"),
        optional=("model_traj",),
        signature=frozenset({"expand_conv.weight", "expand_bn.weight", "shrink.weight", "layers_bn.0.weight"}),
        build=build_temporal,
        licence="CC-BY-NC-4.0",
        choices={
            "causal": Choice(("no", "yes"), "whether it was trained without looking ahead"),
            "joints": Choice(("H36M-17", "COCO-17"), "the 2D joints it takes; the authors' *_coco.bin takes COCO-17"),
        },
    ),
    System(
        name="martinez",
        title="simple baseline (Martinez et al. 2017, PyTorch version)",
        container="torch dictionary with state_dict",
        places=("state_dict",),
        signature=frozenset({"w1.weight", "batch_norm1.weight", "linear_stages.0.w1.weight", "w2.weight"}),
        build=build_martinez,
        licence="MIT for the code; trained on Human3.6M, whose licence is for research",
        statistics=("2D", "3D"),
    ),
    System(
        name="gan",
        title="projection GAN (Kudo et al. 2018), generator",
        container="chainer .npz",
        places=("",),
        signature=frozenset({"l1/W", "l2/W", "l3/W", "l4/W"}),
        build=build_kudo,
        licence="MIT for the code; trained on Human3.6M, whose licence is for research",
        choices={"activation": Choice(("leaky_relu", "relu"), "what it was trained with")},
        authors_key=_chainer_key,
        untracked="N",
    ),
)


def _state(value: Any) -> State:
    """The arrays of a dictionary by key, without ``module.``; empty for anything else."""
    if not isinstance(value, dict):
        return {}
    return {str(key).removeprefix("module."): item for key, item in value.items() if isinstance(item, np.ndarray)}


def _shape(shapes: Shapes, key: str, dimensions: int) -> tuple[int, ...]:
    if key not in shapes:
        raise BadInputError(f"The weights lack {key}, without which the network cannot be told.", "")
    if len(shapes[key]) != dimensions:
        raise BadInputError(f"{key} has shape {shapes[key]}.", "Give the authors' own file.")
    return shapes[key]


def _joint_names(count: int, joint_set: str) -> list[str]:
    if count != len(JOINT_SETS[joint_set]):
        raise BadInputError(
            f"The network has {count} joints, {joint_set} has {len(JOINT_SETS[joint_set])}.",
            "The authors' networks for Human3.6M and COCO joints are understood.",
        )
    return list(JOINT_SETS[joint_set])
