"""Settings of the GAN lifter's training, and the published ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GanSettings:
    """Networks, steps and weights of losses. Weights of 0 leave a loss out.

    consistency, reprojection: of the pose in space and of the picture (Chen et al. 2019). elevation, elevation_weight:
    whether turns are about the vertical that a second network finds, and its own consistency (Wandt et al. 2022).
    symmetry, ratios: of bone lengths. perspective: turned poses are seen by a camera as near as the true one; else by
    one infinitely far away. average: of the generator's weights over steps (Yazıcı et al., ICLR 2019), which is what is
    saved. pool, uses: poses drawn at a time, and how often each is used; workers: processes that draw the next ones.
    anneal: the rate falls along a cosine; half: the layers compute in bfloat16.
    """

    batch: int = 512
    rate: float = 1e-3
    beta1: float = 0.5
    weight_decay: float = 1e-5
    batch_norm: bool = False
    channels: int = 512
    accuracy_cap: float = 0.9
    heading_weight: float = 1.0
    generator_steps: int = 1
    consistency: float = 1.0
    reprojection: float = 1.0
    elevation: bool = True
    elevation_weight: float = 1.0
    symmetry: float = 0.3
    ratios: float = 1.0
    perspective: bool = True
    average: float = 0.999
    pool: int = 65536
    uses: int = 4
    workers: int = 0
    missing: bool = True
    anneal: bool = True
    half: bool = True
    device: str = "cpu"


# Kudo et al.'s numbers, but for the cosine.
PUBLISHED = GanSettings(batch=16, rate=2e-4, channels=1024, consistency=0, reprojection=0, elevation=False, symmetry=0,
                        ratios=0, perspective=False, average=0, pool=16, uses=1)  # fmt: skip
