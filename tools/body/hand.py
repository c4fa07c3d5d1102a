"""The hand: cut from the body along a ring of edges at the wrist, capped closed, with its own shape space."""

from __future__ import annotations

import numpy as np

from .mesh import Surface, components, keep_faces, ring_at


def wrist_ring(quads: np.ndarray, vertices: np.ndarray, wrist: np.ndarray, behind: float = 0.012) -> np.ndarray:
    """The closed ring of edges around the forearm nearest to ``behind`` metres up the arm from the wrist joint."""
    along = np.sign(wrist[0]) * vertices[:, 0] - (abs(wrist[0]) - behind)
    return ring_at(quads, along, near=0.03)


def cut_hand(quads: np.ndarray, vertices: np.ndarray, ring: np.ndarray, finger_vertex: int) -> Surface:
    """The part beyond the ring that holds ``finger_vertex``, its wrist capped flat."""
    on_ring = np.zeros(len(vertices), bool)
    on_ring[ring] = True
    # Without the ring's own vertices the hand falls apart from the arm; the ring's outer faces then join it again.
    loose = quads[~on_ring[quads].any(1)]
    label = components(loose, len(vertices))
    inside = label == label[finger_vertex]
    return keep_faces(quads, inside[quads].any(1), vertices, depth=0.0)
