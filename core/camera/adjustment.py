"""A bundle adjustment with inverse depths of one stretch of pictures: how the camera turned, moved and zoomed.

Every corner lies on the ray it was first seen by, at an inverse depth of its own in units of the scene's usual one. So
a camera that only turns is no special case: nothing then tells depths, nothing needs them, and its place stays where it
is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve

from ..rotation import axis_angle_to_matrix

Array = NDArray[np.floating]
Index = NDArray[np.integer]

# Expected errors: of a place's acceleration (units/s²), of the logarithm of an inverse depth.
_ACCELERATION, _DEPTH = 0.4, 0.6
_HELD = 1e-4  # spread of what an earlier window has settled
_ROUNDS, _ZOOM_ROUNDS = 10, 15
_ROBUST = 3.0  # expected errors, beyond which a sighting counts less and less (Cauchy)


@dataclass(frozen=True)
class Zoom:
    """``log``: ln(focal length / the one that was given), and its ``spread`` as the errors of corners alone have it;
    ``left``: mean square of what is left over, in expected errors; how far the camera ``turned`` (rad) from its first
    picture at the most, and ``moved``, in units of the scene's usual depth."""

    log: float
    spread: float
    left: float
    turned: float
    moved: float


@dataclass(frozen=True)
class _State:
    """``rotations`` (F, 3, 3), ``centres`` (F, 3), ``logs`` (P,) of the corners' inverse depths; ``zoom``: ln(focal
    length / the one that rays were made with)."""

    rotations: Array
    centres: Array
    logs: Array
    zoom: float = 0.0


@dataclass(frozen=True)
class _Sights:
    """M sightings of corners after their first: in which of the ``frames``, first seen in ``anchors``, of ``owners``;
    ``rays`` (M, 2), and the ``bearings`` (M, 3) they were first seen by."""

    frames: Index
    anchors: Index
    owners: Index
    rays: Array
    bearings: Array

    def local(self, state: _State) -> tuple[Array, Array]:
        """(M, 3) where the corners lie before the cameras, up to their depth, and their inverse depths (M,)."""
        inverse = np.exp(state.logs)[self.owners]
        ray = (state.rotations[self.anchors] @ self.zoomed(state)[..., None])[..., 0]
        world = ray + inverse[:, None] * (state.centres[self.anchors] - state.centres[self.frames])
        return (np.swapaxes(state.rotations[self.frames], 1, 2) @ world[..., None])[..., 0], inverse

    def zoomed(self, state: _State) -> Array:
        """(M, 3) the bearings with the state's focal length."""
        return self.bearings * np.exp([-state.zoom, -state.zoom, 0.0])


@dataclass(frozen=True)
class Window:
    """Sightings (M,) of frames 0 … F − 1 and tracks, rays (M, 2), times (F,) s; the first ``held`` frames stay.
    ``lens``: spread of what is thought of the focal length (its logarithm), 0 where it is known."""

    frames: Index
    tracks: Index
    rays: Array
    times: Array
    held: int
    error: float
    lens: float = 0.0

    def adjusted(self, rotations: Array, centres: Array) -> tuple[Array, Array]:
        """Better rotations (F, 3, 3) and centres (F, 3).

        Small motions before flat scenes look alike with near and far exchanged and the motion reversed (Necker's cube):
        both are tried, and the one that fits better is taken.
        """
        sights, count = self._sights()
        start = _State(rotations, centres, np.zeros(count))
        one = self._settled(start, start, sights, _ROUNDS)
        held = centres[self.held - 1]
        other = _State(rotations, 2 * held - one.centres, -one.logs)
        one = self._settled(one, start, sights, _ROUNDS)
        other = self._settled(other, start, sights, 2 * _ROUNDS)
        best = min((one, other), key=lambda state: self._cost(state, sights))
        return best.rotations, best.centres

    def zoom(self, rotations: Array) -> Zoom:
        """The focal length, from rotations (F, 3, 3) to begin with."""
        sights, count = self._sights()
        start = _State(rotations, np.zeros((len(rotations), 3)), np.zeros(count))
        state = self._settled(start, start, sights, _ZOOM_ROUNDS)
        normal, _ = self._equations(state, start, sights)
        last = np.zeros(len(normal))
        last[-1] = 1
        spread = float(np.sqrt(solve(normal, last, assume_a="pos", check_finite=False)[-1]))
        cosines = (np.trace(state.rotations[0].T @ state.rotations, axis1=1, axis2=2) - 1) / 2
        return Zoom(
            state.zoom, spread, self._cost(state, sights) / (2 * len(sights.frames)),
            float(np.arccos(np.clip(cosines.min(), -1, 1))),
            float(np.linalg.norm(state.centres - state.centres[0], axis=1).max()),
        )  # fmt: skip

    def _sights(self) -> tuple[_Sights, int]:
        """Sightings after each corner's first, and how many corners there are."""
        ids, first, owner = np.unique(self.tracks, return_index=True, return_inverse=True)
        anchors = self.frames[first]
        bearings = np.concatenate([self.rays[first], np.ones((len(ids), 1))], axis=1)
        later = np.flatnonzero(self.frames != anchors[owner])
        owner = owner[later]
        return _Sights(self.frames[later], anchors[owner], owner, self.rays[later], bearings[owner]), len(ids)

    def _settled(self, state: _State, start: _State, sights: _Sights, rounds: int) -> _State:
        for _ in range(rounds):
            normal, side = self._equations(state, start, sights)
            change = -solve(normal, side, assume_a="pos", check_finite=False, overwrite_a=True)
            F = len(state.centres)
            turns, moves, depths, zoom = np.split(change, [3 * F, 6 * F, 6 * F + len(state.logs)])
            state = _State(
                state.rotations @ axis_angle_to_matrix(turns.reshape(-1, 3)),
                state.centres + moves.reshape(-1, 3),
                np.clip(state.logs + np.clip(depths, -0.5, 0.5), -4, 4),
                state.zoom + float(np.clip(zoom, -0.3, 0.3).sum()),
            )
        return state

    def _cost(self, state: _State, sights: _Sights) -> float:
        local, _ = sights.local(state)
        sight = np.exp(state.zoom) * local[:, :2] / np.maximum(local[:, 2:], 0.05)
        off = np.linalg.norm(sight - sights.rays, axis=1) / self.error
        return float(_ROBUST**2 * np.log1p((off / _ROBUST) ** 2).sum() + (state.logs**2).sum() / _DEPTH**2)

    def _equations(self, state: _State, start: _State, sights: _Sights) -> tuple[Array, Array]:
        rotations, centres = state.rotations, state.centres
        F, P, M = len(centres), len(state.logs), len(sights.frames)
        local, inverse = sights.local(state)
        back = np.swapaxes(rotations[sights.frames], 1, 2)
        depth = np.maximum(local[:, 2], 0.05)
        zoom = np.exp(state.zoom)
        sight = zoom * local[:, :2] / depth[:, None]
        residual = sight - sights.rays
        size = np.linalg.norm(residual, axis=1) / self.error
        weight = 1 / np.sqrt(1 + (size / _ROBUST) ** 2) / self.error
        # Pixels by the point in the camera, the point by each unknown.
        onto = np.zeros((M, 2, 3))
        onto[:, 0, 0] = onto[:, 1, 1] = zoom / depth
        onto[:, :, 2] = -sight / depth[:, None]
        onto *= weight[:, None, None]
        placed = onto @ back * inverse[:, None, None]
        moved = centres[sights.anchors] - centres[sights.frames]
        first = onto @ back @ rotations[sights.anchors]
        bearings = sights.zoomed(state)
        jacobian = np.concatenate(
            [onto @ _skew(local), -first @ _skew(bearings), -placed, placed, placed @ moved[..., None]], axis=2
        )  # fmt: skip
        axes = np.arange(3)
        columns = np.concatenate(
            [3 * sights.frames[:, None] + axes, 3 * sights.anchors[:, None] + axes,
             3 * F + 3 * sights.frames[:, None] + axes, 3 * F + 3 * sights.anchors[:, None] + axes,
             6 * F + sights.owners[:, None]], axis=1
        )  # fmt: skip
        count = 6 * F + P
        if self.lens:
            flat = bearings * [1.0, 1.0, 0.0]
            by_zoom = (weight[:, None] * sight)[..., None] - first @ flat[..., None]
            jacobian = np.concatenate([jacobian, by_zoom], axis=2)
            columns = np.concatenate([columns, np.full((M, 1), count)], axis=1)
            count += 1
        where = (columns[:, :, None] * count + columns[:, None, :]).reshape(-1)
        blocks = np.swapaxes(jacobian, 1, 2) @ jacobian
        normal = np.bincount(where, blocks.reshape(-1), count * count).reshape(count, count).astype(np.float64)
        gradient = (np.swapaxes(jacobian, 1, 2) @ (residual * weight[:, None])[..., None])[..., 0]
        side = np.bincount(columns.reshape(-1), gradient.reshape(-1), count).astype(np.float64)
        self._priors(normal, side, state, start)
        return normal, side

    def _priors(self, normal: Array, side: Array, state: _State, start: _State) -> None:
        F, centres = len(state.centres), state.centres
        diagonal = np.full(len(side), 1e-6)
        depths = slice(6 * F, 6 * F + len(state.logs))
        diagonal[depths] += 1 / _DEPTH**2
        side[depths] += state.logs / _DEPTH**2
        if self.lens:
            diagonal[-1] += 1 / self.lens**2
            side[-1] += state.zoom / self.lens**2
        held = slice(3 * F, 3 * F + 3 * self.held)
        diagonal[: 3 * self.held] += 1 / _HELD**2
        diagonal[held] += 1 / _HELD**2
        side[held] += ((centres[: self.held] - start.centres[: self.held]) / _HELD**2).reshape(-1)
        relative = np.swapaxes(start.rotations[: self.held], 1, 2) @ state.rotations[: self.held]
        offset = 0.5 * np.stack([relative[:, 2, 1] - relative[:, 1, 2], relative[:, 0, 2] - relative[:, 2, 0],
                                 relative[:, 1, 0] - relative[:, 0, 1]], axis=1)  # fmt: skip
        side[: 3 * self.held] += (offset / _HELD**2).reshape(-1)
        normal[np.arange(len(side)), np.arange(len(side))] += diagonal
        if F < 3:
            return
        step = np.diff(self.times)
        before, after = step[:-1], step[1:]
        both = before + after
        weight = np.sqrt(15 * both) / _ACCELERATION
        coefficients = weight[:, None] * np.stack([2 / (before * both), -2 / (before * after), 2 / (after * both)], 1)
        band = np.zeros((F - 2, F))
        for k in range(3):
            band[np.arange(F - 2), np.arange(F - 2) + k] = coefficients[:, k]
        square = band.T @ band
        for axis in range(3):
            where = 3 * F + 3 * np.arange(F) + axis
            normal[np.ix_(where, where)] += square
            side[where] += square @ centres[:, axis]


def _skew(v: Array) -> Array:
    """(…, 3) to (…, 3, 3): the matrix of the cross product."""
    x, y, z = np.moveaxis(v, -1, 0)
    zero = np.zeros_like(x)
    return np.stack([np.stack([zero, -z, y], -1), np.stack([z, zero, -x], -1), np.stack([-y, x, zero], -1)], -2)
