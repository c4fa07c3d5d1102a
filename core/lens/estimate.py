"""The focal length from everything in the footage that tells it, weighed by how sure each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .grid import LOG_FOCALS, middle_and_spread, prior

if TYPE_CHECKING:
    from ..camera.background import BackgroundTracks

Array = NDArray[np.floating]

EDGES, TURNS = "edges", "turns"
# Edges are looked for in so many pictures of a take at the most.
_LOOKS = 2
# A source counts as having told something where its likelihoods differ by more than this.
_TOLD = 0.5
# Footage whose spread (of the logarithm) stays above this has told next to nothing.
WORTH = 0.25


@dataclass(frozen=True)
class LensEstimate:
    """``focal_px``: upright full-size pixels; ``spread``: its standard deviation as a share of it; ``told_by``: which
    of EDGES and TURNS said something."""

    focal_px: float
    spread: float
    told_by: tuple[str, ...]


def estimate_lens(
    segments: tuple[Array, ...], background: BackgroundTracks | None, timestamps: Array, size: tuple[int, int]
) -> LensEstimate | None:
    """The focal length of footage without a word about its lens; None where it tells next to nothing.

    segments: of a few pictures, (N, 4) px as ``find_segments`` gives them; background: corners behind the people, where
    they were followed; timestamps (T,) s; size (w, h) px.
    """
    from .turning import likelihood_of_turns
    from .vanishing import likelihood_of_segments

    sources = {EDGES: np.zeros(len(LOG_FOCALS)), TURNS: np.zeros(len(LOG_FOCALS))}
    looks = [segments[i] for i in np.unique(np.linspace(0, len(segments) - 1, _LOOKS).astype(int))] if segments else []
    if looks:
        # Pictures of one place are no independent witnesses: their mean.
        sources[EDGES] = np.mean([likelihood_of_segments(look, size) for look in looks], axis=0)
    if background is not None:
        sources[TURNS] = likelihood_of_turns(background, timestamps, size)
    log, spread = middle_and_spread(prior() + sum(sources.values()))
    if spread > WORTH:
        return None
    told_by = tuple(name for name, told in sources.items() if np.ptp(told) > _TOLD)
    return LensEstimate(float(np.exp(log)) * max(size) / 2, spread, told_by)
