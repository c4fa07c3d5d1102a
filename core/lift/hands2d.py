"""Fingers in 3D from their picture alone: bones of known lengths, seen shorter the more they point along the view.

The palm is a rigid plane, so its picture tells its tilt but for a mirror (the reversal that Necker's cube shows); each
bone of a finger likewise leans towards or away from the camera by a known amount (Taylor 2000). Which of the two it is
follows from what wrists and fingers can do, and from the frames before and after: the cheapest path through the
possibilities (Viterbi 1967).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from ..body.numpy_model import load_free_body
from ..fit.hands import bent_axes, rest_fingers
from ..fit.shape import DEFAULT_HEIGHT, rig_for
from ..fit.view import view_centre, view_rotation
from ..rotation import normalise
from ..skeleton import FINGERS, HAND_LANDMARKS, KEYPOINT_INDEX, LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS
from ..track.identity import PersonTrack

Array = NDArray[np.floating]

_ROW = {name: i for i, name in enumerate(HAND_LANDMARKS)}
_KNUCKLES = [_ROW[f"{finger}_mcp"] for finger in ("index", "middle", "ring", "pinky")]
_SIGNS = np.array(list(product((1.0, -1.0), repeat=3)))  # towards and away, of a finger's three bones
_SEEN = 0.1
# Spreads, rad: of the hand's direction from the forearm's, of flexions beyond their range, of bones out of their plane,
# of the end joint about its share of the middle one's, and of turning in a tenth of a second.
_WRIST, _BEYOND, _ASIDE, _TENDON, _TURN = 0.6, 0.15, 0.2, 0.5, 0.5
_FINGER_RANGE = ((-0.4, 1.6), (-0.1, 1.95), (-0.15, 1.4))
_THUMB_RANGE = ((-0.8, 0.8), (-0.3, 1.1), (-0.4, 1.4))
_TENDON_SHARE = 0.6
_SCALE_SECONDS = 0.3


def lift_hands(tracks: Sequence[PersonTrack], timestamps: Array, camera: Array) -> list[PersonTrack]:
    """The tracks with keypoints3d of hands that have none of their own, where wrist and knuckles are seen: (T, 21, 3) m
    from the wrist, in the axes of the view on the hand, as a hand network gives them."""
    body = load_free_body()
    rig = rig_for(body, body.betas_for_height(DEFAULT_HEIGHT), DEFAULT_HEIGHT)
    lifted = []
    for track in tracks:
        points3d = np.array(track.keypoints3d, np.float32)
        for side, rows in (("left", LEFT_HAND_KEYPOINTS), ("right", RIGHT_HAND_KEYPOINTS)):
            pixels = np.asarray(track.keypoints2d[:, rows], np.float64)
            seen = np.isfinite(pixels).all(-1) & (np.nan_to_num(track.confidence[:, rows]) >= _SEEN)
            if seen.any() and not np.isfinite(points3d[:, rows]).any():
                pixels = np.where(seen[..., None], pixels, np.nan)
                forearm = _forearm(track, side, pixels, camera)
                points3d[:, rows] = lift_hand(pixels, forearm, rest_fingers(rig, side), timestamps)
        lifted.append(dataclasses.replace(track, keypoints3d=points3d))
    return lifted


def lift_hand(pixels: Array, forearm: Array, rest: dict[str, Array], timestamps: Array) -> Array:
    """(T, 21, 3) m from the wrist, x right, y down, z away; NaN where wrist or a knuckle of a finger is not seen.

    ``pixels`` (T, 21, 2), NaN where not seen; ``forearm`` (T, 3) direction from elbow to wrist in the same axes, NaN
    where unknown; ``rest``: each finger's joints and tip (4, 3) from the wrist, with the palm's own axes.
    """
    out = np.full((len(pixels), len(HAND_LANDMARKS), 3), np.nan)
    frames = np.flatnonzero(np.isfinite(pixels[:, [0, *_KNUCKLES]]).all((1, 2)))
    if not len(frames):
        return out
    seen, times = pixels[frames] - pixels[frames, :1], np.asarray(timestamps, np.float64)[frames]
    palms, scale = _palms(seen, rest)
    window = max(1, int(_SCALE_SECONDS / max(float(np.median(np.diff(times))), 1e-3))) if len(times) > 1 else 1
    scale = median_filter(scale, window, mode="nearest")
    options = {finger: [_bones(seen, palm, scale, rest, finger) for palm in palms] for finger in FINGERS}
    cost = np.stack([_wrist_cost(palm, forearm[frames], rest) for palm in palms], axis=1)
    for pair in options.values():
        cost += np.stack([costs.min(1) for _, costs in pair], axis=1)
    turning = _transition(np.stack(palms, axis=1).reshape(len(frames), 2, 9) / np.sqrt(2), times)
    chosen = cheapest_path(cost, turning)
    palm = np.where((chosen == 0)[:, None, None], palms[0], palms[1])

    points = np.full((len(frames), len(HAND_LANDMARKS), 3), np.nan)
    points[:, 0] = 0
    for finger, pair in options.items():
        bones = np.where((chosen == 0)[:, None, None, None], pair[0][0], pair[1][0])
        costs = np.where((chosen == 0)[:, None], pair[0][1], pair[1][1])
        path = cheapest_path(costs, _transition(bones.reshape(len(frames), 8, 9) / np.linalg.norm(rest[finger]), times))
        first = _ROW["thumb_cmc" if finger == "thumb" else f"{finger}_mcp"]
        points[:, first] = palm @ rest[finger][0]
        picked = bones[np.arange(len(frames)), path]
        points[:, first + 1 : first + 4] = points[:, first, None] + np.cumsum(picked, axis=1)
    out[frames] = points
    return out


def cheapest_path(cost: Array, transition: Array) -> NDArray[np.integer]:
    """(T,) the state of each frame whose costs (T, S), and transition costs (T − 1, S, S) between them, sum least."""
    total, back = cost[0].copy(), []
    for own, step in zip(cost[1:], transition, strict=True):
        through = total[:, None] + step
        back.append(through.argmin(0))
        total = through.min(0) + own
    path = [int(total.argmin())]
    for best in reversed(back):
        path.append(int(best[path[-1]]))
    return np.array(path[::-1])


def _palms(seen: Array, rest: dict[str, Array]) -> tuple[list[Array], Array]:
    """The two rotations (T, 3, 3) of the palm from rest that give its picture, and px per metre (T,)."""
    model = np.stack([rest[finger][0] for finger in ("index", "middle", "ring", "pinky")])
    along = normalise(model.mean(0))
    across = model[0] - model[-1]
    across = normalise(across - along * (across @ along))
    flat = model @ np.stack([along, across], axis=1)
    # Pictures of the two axes, px per metre, by least squares over the knuckles.
    image = np.linalg.pinv(flat) @ seen[:, _KNUCKLES]
    q1, q2 = image[:, 0], image[:, 1]
    a, b, c = (q1**2).sum(1), (q2**2).sum(1), (q1 * q2).sum(1)
    # Two axes of one length at a right angle: z1² − z2² = b − a, z1 z2 = −c.
    root = np.sqrt((b - a) ** 2 + 4 * c**2)
    z1, z2 = np.sqrt(np.maximum((b - a + root) / 2, 0)), np.sqrt(np.maximum((a - b + root) / 2, 0))
    z2 = np.where(c > 0, -z2, z2)
    scale = np.sqrt(a + z1**2)
    own = np.stack([along, across, np.cross(along, across)], axis=1)
    palms = []
    for sign in (1.0, -1.0):
        first = normalise(np.concatenate([q1, sign * z1[:, None]], axis=1))
        second = np.concatenate([q2, sign * z2[:, None]], axis=1)
        second = normalise(second - first * np.sum(first * second, axis=1, keepdims=True))
        palms.append(np.stack([first, second, np.cross(first, second)], axis=-1) @ own.T)
    return palms, np.maximum(scale, 1e-6)


def _bones(seen: Array, palm: Array, scale: Array, rest: dict[str, Array], finger: str) -> tuple[Array, Array]:
    """A finger's bones (T, 8, 3, 3) m for each choice of towards and away, and what each costs (T, 8).

    A bone that is not seen goes on as the one before.
    """
    first = _ROW["thumb_cmc" if finger == "thumb" else f"{finger}_mcp"]
    lengths = np.linalg.norm(np.diff(rest[finger], axis=0), axis=-1)
    flat = np.diff(seen[:, first : first + 4], axis=1) / scale[:, None, None]
    size = np.linalg.norm(flat, axis=-1, keepdims=True)
    flat = flat * np.minimum(1, lengths[:, None] / np.maximum(size, 1e-9))
    depth = np.sqrt(np.maximum(lengths**2 - (flat**2).sum(-1), 0))
    leaning = _SIGNS[None] * depth[:, None]
    bones = np.concatenate([np.repeat(flat[:, None], 8, axis=1), leaning[..., None]], axis=-1)
    for k in range(3):
        hidden = np.logical_not(np.isfinite(bones[:, :, k]).all(axis=-1))
        start = palm @ (rest[finger][1] - rest[finger][0]) / lengths[0]
        before = np.repeat(start[:, None], 8, axis=1) if k == 0 else bones[:, :, k - 1] / lengths[k - 1]
        bones[:, :, k] = np.where(hidden[..., None], lengths[k] * before, bones[:, :, k])
    inside = normalise(np.einsum("tji,tskj->tski", palm, bones))
    cost, before = np.zeros(inside.shape[:2]), np.zeros(inside.shape[:2])
    bends = []
    for k, limits in enumerate(_THUMB_RANGE if finger == "thumb" else _FINGER_RANGE):
        b, n, s = bent_axes(rest, finger, k)
        angle = np.arctan2(inside[:, :, k] @ n, inside[:, :, k] @ b)
        bend = (angle - before + np.pi) % (2 * np.pi) - np.pi
        before = angle
        bends.append(bend)
        beyond = np.maximum(bend - limits[1], 0) + np.maximum(limits[0] - bend, 0)
        aside = inside[:, :, k] @ s * (0.5 if finger == "thumb" else 1.0)
        cost += (beyond / _BEYOND) ** 2 + (aside / _ASIDE) ** 2
    if finger != "thumb":
        cost += ((bends[2] - _TENDON_SHARE * bends[1]) / _TENDON) ** 2
    return bones, cost


def _wrist_cost(palm: Array, forearm: Array, rest: dict[str, Array]) -> Array:
    """(T,) how far the hand's direction is from the forearm's, in spreads, squared; 0 where that is unknown."""
    along = normalise(np.mean([rest[finger][0] for finger in ("index", "middle", "ring", "pinky")], axis=0))
    cosine = np.sum((palm @ along) * normalise(forearm), axis=-1)
    return np.where(np.isfinite(cosine), (np.arccos(np.clip(cosine, -1, 1)) / _WRIST) ** 2, 0.0)


def _transition(states: Array, times: Array) -> Array:
    """(T − 1, S, S) cost of going from each state (T, S, D) to each of the next frame, by their distance and the time
    between."""
    apart = np.linalg.norm(states[1:, None] - states[:-1, :, None], axis=-1)
    return (apart / (_TURN * np.sqrt(np.maximum(np.diff(times), 1e-3) / 0.1))[:, None, None]) ** 2


def _forearm(track: PersonTrack, side: str, pixels: Array, camera: Array) -> Array:
    """(T, 3) from elbow to wrist in the axes of the view on the hand, of the body's own 3D."""
    body = np.asarray(track.keypoints3d, np.float64)
    arm = body[:, KEYPOINT_INDEX[f"{side}_wrist"]] - body[:, KEYPOINT_INDEX[f"{side}_elbow"]]
    places, confidence = np.asarray(track.keypoints2d, np.float64), np.nan_to_num(track.confidence)
    boxes = np.asarray(track.boxes, np.float64)
    on_body = view_rotation(view_centre(places, confidence, (boxes[:, :2] + boxes[:, 2:]) / 2), camera)
    seen = np.isfinite(pixels).all(-1, keepdims=True)
    middle = np.where(seen, pixels, 0).sum(1) / np.maximum(seen.sum(1), 1)
    on_hand = view_rotation(middle, camera)
    return np.einsum("tji,tjk,tk->ti", on_hand, on_body, arm)
