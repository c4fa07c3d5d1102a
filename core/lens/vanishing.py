"""What straight edges say of the focal length: in rooms and streets they run along three directions at right angles.

For every focal length the directions are sought that explain the edges best; how well they do is the likelihood of that
focal length. Where edges run to one vanishing point only, all focal lengths do equally well, and nothing is said.
Source: the mixture of Coughlan and Yuille (Manhattan World, 2003), with the focal length unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..rotation import axis_angle_to_matrix
from .grid import LOG_FOCALS, with_doubt

Array = NDArray[np.floating]

_FEWEST = 8
_LONGEST = 1.95
# An edge's end strays by so much (half the picture's longer side being 1); directions are no better than so many rad.
_STRAY, _BLUR = 0.0016, 0.004
_CHANCE = 0.35  # share of edges that run anywhere
# Edges come in pairs and rows: their evidence counts for so much of what independent ones would say.
_TEMPER = 0.5
# Log likelihood of an edge that runs anywhere, and what a fit gains by choosing directions and focal length.
_BY_CHANCE, _FITTED = float(np.log(2 / np.pi)), 8.0
# How much more the directions explain of each edge where there are right angles: landscapes stay below _EXPLAINED; the
# ln of the doubt falls by _TRUST for 1 more, down to _DOUBT.
_EXPLAINED, _TRUST, _DOUBT = 1.5, 16.0, -10.0
_ROLL, _TILT = np.radians(5.0), np.radians(25.0)  # spreads: people hold cameras upright
_COARSE, _TRIES = 4, 300  # every so many focal lengths are tried with so many random directions
_STEPS = np.radians(3.0) * 0.65 ** np.arange(11)


def likelihood_of_segments(segments: Array, size: tuple[int, int]) -> NDArray[np.float64]:
    """(G,) log likelihood of each of ``LOG_FOCALS``, the best being 0; all 0 where the edges tell nothing.

    segments (N, 4) px x0, y0, x1, y1; size (w, h) px: the optical axis is taken to meet the picture's middle.
    """
    if len(segments) < _FEWEST:
        return np.zeros(len(LOG_FOCALS))
    half = max(size) / 2
    middle = (np.array([*size, *size], float) - 1) / 2
    edges = _Edges.of((np.asarray(segments, float) - middle) / half)
    focals = np.exp(LOG_FOCALS)
    rotations, scores = _searched(edges, focals)
    for _ in range(2):
        rotations, scores = _with_neighbours(edges, focals, rotations, scores)
        rotations, scores = _refined(edges, focals, rotations, scores)
    explained = (float(scores.max()) - _FITTED) / len(segments) - _BY_CHANCE
    # Edges that hardly converge look the same through all long lenses, whichever of them explains them best.
    if LOG_FOCALS[scores.argmax()] > _LONGEST:
        return np.zeros(len(LOG_FOCALS))
    doubt = max(-_TRUST * (explained - _EXPLAINED), _DOUBT)
    return with_doubt(_TEMPER * (scores - scores.max()), doubt)


@dataclass(frozen=True)
class _Edges:
    """``middles`` (N, 2), unit ``directions`` (N, 2), ``blurs`` (N,) rad that each direction is known to, ``shares``
    (N,) of the length of all."""

    middles: Array
    directions: Array
    blurs: Array
    shares: Array

    @classmethod
    def of(cls, ends: Array) -> _Edges:
        """From ends (N, 4), the picture's middle being 0 and half its longer side 1."""
        along = ends[:, 2:] - ends[:, :2]
        lengths = np.maximum(np.linalg.norm(along, axis=1), 1e-9)
        middles, blurs = (ends[:, :2] + ends[:, 2:]) / 2, np.hypot(2 * _STRAY / lengths, _BLUR)
        columns = (middles, along / lengths[:, None], blurs, lengths / lengths.sum())
        return cls(*(column.astype(np.float32) for column in columns))

    def normals(self, focal: float) -> Array:
        """(N, 3) of the planes through the camera and each edge."""
        near = np.concatenate([self.middles / focal, np.ones((len(self.middles), 1))], axis=1)
        along = np.concatenate([self.directions, np.zeros((len(self.middles), 1))], axis=1)
        return _unit(np.cross(near, along))

    def scores(self, rotations: Array, focals: Array) -> Array:
        """(…,) log likelihood of axes, the columns of rotations (…, 3, 3) in camera axes, at focals (…,)."""
        axes = rotations.astype(np.float32)
        points, depths = axes[..., :2, :] * focals.astype(np.float32)[..., None, None], axes[..., 2, :, None]
        # From each edge's middle to each vanishing point, across the edge and along it; the edges come last, since
        # operations on long rows take a fraction of those on triples.
        (middle_x, middle_y), (u, v) = self.middles.T, self.directions.T
        x = points[..., 0, :, None] - middle_x * depths
        y = points[..., 1, :, None] - middle_y * depths
        off = (x * v - y * u) / (np.abs(x * u + y * v) + np.float32(1e-6))  # tangents: only small ones matter
        densities = np.exp(-0.5 * np.minimum((off / self.blurs) ** 2, 60)) / self.blurs
        mixed = _CHANCE * 2 / np.pi + (1 - _CHANCE) / 3 / np.sqrt(np.pi / 2) * densities.sum(-2)
        return np.log(mixed).sum(-1).astype(np.float64) + _upright(rotations) / _TEMPER


def _upright(rotations: Array) -> Array:
    """(…,) log prior of how the camera is held, from its axis that is nearest to the picture's upright."""
    nearest = np.abs(rotations[..., 1, :]).argmax(-1)
    up = np.take_along_axis(rotations, nearest[..., None, None], axis=-1)[..., 0]
    up = up * np.sign(up[..., 1:2])
    roll, tilt = np.arctan2(up[..., 0], up[..., 1]), np.arcsin(np.clip(up[..., 2], -1, 1))
    return -0.5 * ((roll / _ROLL) ** 2 + (tilt / _TILT) ** 2)


def _searched(edges: _Edges, focals: Array) -> tuple[Array, Array]:
    """Rotations (G, 3, 3) and scores (G,): at every few focal lengths the best of many axes through random edges."""
    rng = np.random.default_rng(0)
    count = len(edges.shares)
    # The three that ring first, long edges more often: drawn by their shares without putting back.
    picks = np.argsort(rng.exponential(size=(_TRIES, count)) / edges.shares, axis=1)[:, :3]
    rotations = np.tile(np.eye(3), (len(focals), 1, 1))
    scores = np.full(len(focals), -np.inf)
    for g in range(0, len(focals), _COARSE):
        normals = edges.normals(focals[g])
        first = _unit(np.cross(normals[picks[:, 0]], normals[picks[:, 1]]))
        second = _unit(np.cross(normals[picks[:, 2]], first))
        tried = np.stack([first, second, np.cross(first, second)], axis=-1)
        found = edges.scores(tried, np.full(_TRIES, focals[g]))
        best = int(found.argmax())
        rotations[g], scores[g] = tried[best], found[best]
    return rotations, scores


def _with_neighbours(edges: _Edges, focals: Array, rotations: Array, scores: Array) -> tuple[Array, Array]:
    """Each focal length tries the axes of those around it: up and down, so that good ones reach everywhere."""
    for order in (range(1, len(focals)), range(len(focals) - 2, -1, -1)):
        for g in order:
            other = g - 1 if order.step == 1 else g + 1
            score = float(edges.scores(rotations[other], focals[g]))
            if score > scores[g]:
                rotations[g], scores[g] = rotations[other], score
    return rotations, scores


def _refined(edges: _Edges, focals: Array, rotations: Array, scores: Array) -> tuple[Array, Array]:
    """Small turns about each axis, smaller and smaller, wherever one is better."""
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    for step in _STEPS:
        tried = axis_angle_to_matrix(step * axes) @ rotations[:, None]
        found = edges.scores(tried, np.broadcast_to(focals[:, None], tried.shape[:2]))
        best = found.argmax(1)
        rows = np.arange(len(focals))
        better = found[rows, best] > scores
        rotations = np.where(better[:, None, None], tried[rows, best], rotations)
        scores = np.where(better, found[rows, best], scores)
    return rotations, scores


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
