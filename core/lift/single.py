"""Martinez et al.'s network as trained here: landmarks of single frames with their confidence, averaged with what it
says of the mirrored frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ..skeleton import other_side
from .default import mirror_features
from .default_input import ANYTHING, LANDMARKS, encode
from .martinez import MartinezLifter

Array = NDArray[np.floating]

# Numbers that never change in training would else blow up the least difference.
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Statistics:
    """Mean and spread of every number in (FEATURES,) and out (J_out × 3, m), over training frames."""

    mean_in: Array
    spread_in: Array
    mean_out: Array
    spread_out: Array

    def seen(self, features: Array) -> Array:
        """Features (…, FEATURES) as z-scores."""
        return (features - self.mean_in) / np.maximum(self.spread_in, _LEAST_SPREAD)


@dataclass(frozen=True)
class SingleFrame:
    """``PublishedLifter`` of a trained network; ``names_out``: its joints, measured from the middle of the hips."""

    network: MartinezLifter
    names_out: tuple[str, ...]
    statistics: Statistics
    names_in: tuple[str, ...] = LANDMARKS

    def lift(self, rays: Array, confidence: Array, timestamps: Array) -> Array:
        return self.joints(rays, confidence)

    def joints(self, rays: Array, confidence: Array) -> Array:
        """Rays (…, L, 2) and confidence (…, L) in the order of ``LANDMARKS`` → (…, J_out, 3) m, camera axes."""
        found = encode(rays, confidence, 1 / 30)
        features = torch.from_numpy(found.features)
        straight, mirrored = self._answer(features), self._answer(mirror_features(features))
        swapped = [self.names_out.index(other_side(name)) for name in self.names_out]
        mirrored = mirrored[..., swapped, :] * np.array([-1, 1, 1], np.float32)
        return (straight + mirrored) / 2 @ np.swapaxes(found.view, -1, -2)

    def _answer(self, features: torch.Tensor) -> Array:
        s, device = self.statistics, next(self.network.parameters()).device
        # A frame with nothing measured, which no training had, gets about the mean pose.
        known = features[..., ANYTHING, None].numpy() > 0
        numbers = torch.from_numpy(np.where(known, s.seen(features.numpy()), 0).astype(np.float32))
        with torch.inference_mode():
            out = self.network(numbers.flatten(0, -2).to(device)).cpu().numpy()
        joints = out * np.asarray(s.spread_out, np.float32) + np.asarray(s.mean_out, np.float32)
        return joints.reshape(*features.shape[:-1], -1, 3)
