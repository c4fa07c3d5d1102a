"""A small network that says which soles stand, trained on motion that was solved from simulated landmarks
(``core/train/contacts.py``). numpy only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import BadInputError
from .features import FEATURES, foot_features

Array = NDArray[np.floating]

WEIGHTS = Path(__file__).parent / "data" / "contacts.safetensors"
_LAYERS = 3


@dataclass(frozen=True)
class ContactNet:
    """Fully connected layers with ReLU between: ``weights`` (out, in) and ``biases`` (out,); features are first taken
    off their ``mean`` and over their ``spread`` (FEATURES,)."""

    mean: Array
    spread: Array
    weights: tuple[Array, ...]
    biases: tuple[Array, ...]

    def __call__(self, features: Array) -> Array:
        """(…, FEATURES) to the probabilities (…, 2) that heel and ball of that foot are in contact."""
        x = (features - self.mean) / self.spread
        for i, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = x @ weight.T + bias
            if i + 1 < len(self.weights):
                x = np.maximum(x, 0)
        return 1 / (1 + np.exp(-np.clip(x, -30, 30)))

    def soles(self, soles: Array, camera: Array, timestamps: Array, confidence: Array, height: float) -> Array:
        """(T, 4) probabilities of contact with the floor; arguments as ``features.foot_features`` takes them."""
        return self(foot_features(soles, camera, timestamps, confidence, height)).reshape(len(soles), 4)


@cache
def load_contact_net(path: Path = WEIGHTS) -> ContactNet:
    """The network in a file. Raises BadInputError for a file that is not one."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if not path.is_file():
        raise BadInputError(f"The contact network's weights are missing: {path}.", "Install the package again.")
    try:
        arrays = load_file(path)
        net = ContactNet(
            arrays["mean"],
            arrays["spread"],
            tuple(arrays[f"layers.{i}.weight"].astype(np.float32) for i in range(_LAYERS)),
            tuple(arrays[f"layers.{i}.bias"].astype(np.float32) for i in range(_LAYERS)),
        )
        if net.weights[0].shape[1] != FEATURES:
            raise ValueError(f"it takes {net.weights[0].shape[1]} features, not {FEATURES}")
    except (SafetensorError, KeyError, ValueError) as error:
        raise BadInputError(
            f"{path} does not hold a contact network: {error}", "Train one: understudy train contacts."
        ) from None
    return net
