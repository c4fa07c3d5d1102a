"""Who is who: people of a prediction matched to people of the truth, and how often identities change hands."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BadInputError
from .masks import checked, mean_along

Array = NDArray[Any]

NOBODY = -1


def assign(cost: ArrayLike, limit: float = np.inf) -> Array:
    """(P,) column matched to each row of ``cost`` (P, Q), or −1: the least total (Hungarian method, Kuhn 1955).

    As many as possible are matched before the total counts. NaN and costs over ``limit`` are never matched.
    """
    from scipy.optimize import linear_sum_assignment

    costs = np.asarray(cost, np.float64)
    if costs.ndim != 2:
        raise BadInputError(f"Costs have shape {costs.shape}, expected (true people, predicted people).")
    result = np.full(len(costs), NOBODY)
    allowed = np.isfinite(costs) & (costs <= limit)
    if not allowed.any():
        return result
    # Dearer than all allowed pairs together, so that one more pair always pays.
    forbidden = 1.0 + 2.0 * min(costs.shape) * float(np.abs(costs[allowed]).max())
    rows, columns = linear_sum_assignment(np.where(allowed, costs, forbidden))
    kept = allowed[rows, columns]
    result[rows[kept]] = columns[kept]
    return result


def people_distances(predicted: ArrayLike, truth: ArrayLike) -> Array:
    """(T, P, Q) mean joint distance of true people (P, T, J, 3) to predicted people (Q, T, J, 3); NaN without a common
    joint."""
    a, b = checked(predicted, "the predicted people", 4, None), checked(truth, "the true people", 4, None)
    if a.shape[1:] != b.shape[1:]:
        raise BadInputError(
            f"Predicted people have shape {a.shape}, true people {b.shape}.", "Match frames by time and joints by name."
        )
    distance = np.full((b.shape[1], len(b), len(a)), np.nan)
    for p, true in enumerate(b):
        for q, own in enumerate(a):
            distance[:, p, q] = mean_along(np.linalg.norm(own - true, axis=-1), -1)
    return distance


def match_people(distance: ArrayLike, limit: float = np.inf) -> Array:
    """(P,) predicted person of each true person over the whole clip, or −1, from distances (T, P, Q).

    The cost of a pair is its mean distance with every frame cut off at ``limit``, frames in which only one of them is
    there included at the limit: a person tracked for a second does not win against one tracked throughout. Pairs
    whose cost is the limit are no pairs.
    """
    d = np.asarray(distance, np.float64)
    there = np.isfinite(d)
    if not np.isfinite(limit):
        return assign(mean_along(d, 0))
    # Frames in which the true person is seen by nobody say nothing about who is who.
    told = there.any(2, keepdims=True)
    cut = np.where(there, np.minimum(np.nan_to_num(d), limit), limit)
    cost = mean_along(np.where(told, cut, np.nan), 0)
    return assign(np.where(cost < limit, cost, np.nan))


def follow(distance: ArrayLike, limit: float) -> Array:
    """(T, P) predicted person of each true person in each frame, or −1 (CLEAR MOT, Bernardin & Stiefelhagen 2008).

    distance (T, P, Q). A correspondence of the frames before is kept while it is within ``limit``; the rest is
    assigned anew by the least total distance.
    """
    d = np.asarray(distance, np.float64)
    result = np.full(d.shape[:2], NOBODY)
    last = np.full(d.shape[1], NOBODY)
    for t, now in enumerate(d):
        for p, q in enumerate(last):
            if q != NOBODY and now[p, q] <= limit:
                result[t, p] = q
        taken = result[t][result[t] != NOBODY]
        rows = np.flatnonzero(result[t] == NOBODY)
        columns = np.setdiff1d(np.arange(d.shape[2]), taken)
        chosen = assign(now[np.ix_(rows, columns)], limit) if len(rows) and len(columns) else np.zeros(0, int)
        for p, c in zip(rows, chosen, strict=False):
            if c != NOBODY:
                result[t, p] = columns[c]
        for p in np.flatnonzero(result[t] != NOBODY):
            # A predicted person belongs to the last true person it was matched with.
            last[(last == result[t, p]) & (np.arange(len(last)) != p)] = NOBODY
            last[p] = result[t, p]
    return result


def identity_switches(matches: ArrayLike) -> int:
    """Identity switches: how often a true person is followed by another predicted person than last time (IDSW,
    Bernardin & Stiefelhagen 2008). matches (T, P), −1 where not followed; a gap does not count, coming back as another
    person does.
    """
    m = np.asarray(matches)
    if m.ndim != 2:
        raise BadInputError(f"Matches have shape {m.shape}, expected (frames, true people).")
    total = 0
    for person in m.T:
        seen = person[person != NOBODY]
        total += int(np.count_nonzero(seen[1:] != seen[:-1]))
    return total


def match_in_image(predicted: ArrayLike, truth: ArrayLike, limit: float = 40.0) -> Array:
    """(P,) predicted person of each true person of one picture, or −1, as the MuPoTS evaluation does (Mehta 2018).

    predicted (Q, J, 2) and truth (P, J, 2) px, NaN where not visible; the joints that decide only (as published, the
    2nd to the 14th of MuPoTS-17). In the truth's order, each takes the free person with most joints within ``limit``
    px in x and in y.
    """
    a, b = checked(predicted, "the predicted people", 3, 2), checked(truth, "the true people", 3, 2)
    result, free = np.full(len(b), NOBODY), np.ones(len(a), bool)
    for p, true in enumerate(b):
        near = (np.abs(a - true) < limit).all(-1).sum(-1) if len(a) else np.zeros(0, int)
        near = np.where(free, near, 0)
        if near.size and near.max() > 0:
            result[p] = int(near.argmax())
            free[result[p]] = False
    return result
