"""The hand: cut from the body along a ring of edges at the wrist, capped closed, with its own shape space."""

from __future__ import annotations

import numpy as np

from .mesh import Surface, components, edge_loop, edges_of, keep_faces


def wrist_ring(quads: np.ndarray, vertices: np.ndarray, wrist: np.ndarray, behind: float = 0.012) -> np.ndarray:
    """The closed ring of edges around the forearm nearest to ``behind`` metres up the arm from the wrist joint."""
    edges = edges_of(quads)
    goal = abs(wrist[0]) - behind
    middle, direction = vertices[edges].mean(1), np.diff(vertices[edges], axis=1)[:, 0]
    around = np.abs(direction[:, 0]) < 0.35 * np.linalg.norm(direction, axis=1)
    near = (np.abs(np.abs(middle[:, 0]) - goal) < 0.03) & (np.linalg.norm(middle - wrist, axis=1) < 0.08)
    best, best_cost = None, np.inf
    for edge in edges[around & near & (np.sign(middle[:, 0]) == np.sign(wrist[0]))]:
        loop = edge_loop(quads, (int(edge[0]), int(edge[1])))
        if loop is None or len(loop) < 12:
            continue
        along = np.abs(vertices[loop][:, 0])
        cost = abs(along.mean() - goal) + 2 * np.ptp(along)
        if cost < best_cost:
            best, best_cost = np.array(loop), cost
    if best is None:
        raise ValueError("no closed ring of edges runs around the wrist")
    return best


def cut_hand(quads: np.ndarray, vertices: np.ndarray, ring: np.ndarray, finger_vertex: int) -> Surface:
    """The part beyond the ring that holds ``finger_vertex``, its wrist capped flat."""
    on_ring = np.zeros(len(vertices), bool)
    on_ring[ring] = True
    # Without the ring's own vertices the hand falls apart from the arm; the ring's outer faces then join it again.
    loose = quads[~on_ring[quads].any(1)]
    label = components(loose, len(vertices))
    inside = label == label[finger_vertex]
    return keep_faces(quads, inside[quads].any(1), vertices, depth=0.0)
