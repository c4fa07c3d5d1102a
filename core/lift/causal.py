"""The causal default lifter frame by frame, for live capture: nothing is computed twice."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .default import Block, DefaultLifter, Lifted
from .default_input import MIN_VISIBLE, encode

Array = NDArray[np.floating]


class CausalStream:
    """A causal lifter frame by frame: ``push`` gives what the whole sequence would have given for that frame."""

    def __init__(self, model: DefaultLifter) -> None:
        if not model.architecture.causal:
            raise ValueError("a lifter that looks ahead cannot run frame by frame; load_default(causal=True) can")
        self._model = model
        channels = model.architecture.channels
        self._past = [torch.zeros(2 * d + 1, channels) for d in model.architecture.dilations]
        self._count = 0

    def push(self, rays: Array, confidence: Array, interval: float) -> Lifted:
        """The next frame: rays (L, 2), confidence (L,), interval s since the frame before → a sequence of one frame."""
        found = encode(np.asarray(rays)[None], np.asarray(confidence)[None], interval)
        model = self._model
        with torch.inference_mode():
            x = model.enter(torch.from_numpy(found.features))
            for block, past in zip(model.blocks, self._past, strict=True):
                assert isinstance(block, Block)
                span = len(past)
                past[self._count % span] = block.norm(x)[0]
                # Ring of 2d + 1 frames: the oldest lies just after the newest.
                rows = [(self._count + 1) % span, (self._count + 1 + block.dilation) % span, self._count % span]
                x = block.step(x, past[rows].reshape(1, -1), model.drop)
            joints, scale = model.leave(model.norm(x))
        self._count += 1
        turned = joints.numpy() @ np.swapaxes(found.view, -1, -2).astype(np.float32)
        measured = (np.nan_to_num(confidence) > 0).sum(-1, keepdims=True) >= MIN_VISIBLE
        return Lifted(turned, (3 * model.error_factor * scale).numpy(), measured)
