"""Polygon work on the quad mesh: drop the inside of the mouth, cap holes, mirror, smooth, triangulate, cut a hand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree


@dataclass(frozen=True)
class Surface:
    """A closed mesh whose vertices are linear in the source's: ``basis @ source_vertices + offset``.

    quads (Q,4), a triangle repeats its last corner; basis (V, V_source) sparse; offset (V,3) metres.
    """

    quads: np.ndarray
    basis: csr_matrix
    offset: np.ndarray

    def apply(self, vertices: np.ndarray) -> np.ndarray:
        """(S,V_source,3) → (S,V,3)."""
        flat = vertices.transpose(1, 0, 2).reshape(vertices.shape[1], -1)
        out = (self.basis @ flat).reshape(self.basis.shape[0], len(vertices), 3).transpose(1, 0, 2)
        return out + self.offset


def edges_of(quads: np.ndarray) -> np.ndarray:
    """Directed edges (4Q,2), degenerate ones of triangles left out."""
    edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    return edges[edges[:, 0] != edges[:, 1]]


def boundary_loops(quads: np.ndarray) -> list[np.ndarray]:
    """Vertex loops around holes, each in the direction that a cap's faces must run."""
    edges = edges_of(quads)
    directed = set(map(tuple, edges.tolist()))
    following = {b: a for a, b in directed if (b, a) not in directed}
    loops = []
    while following:
        start = next(iter(following))
        loop = [start]
        vertex = following.pop(start)
        while vertex != start:
            loop.append(vertex)
            vertex = following.pop(vertex)
        loops.append(np.array(loop))
    return loops


def components(quads: np.ndarray, count: int) -> np.ndarray:
    """Connected component of each of ``count`` vertices."""
    edges = edges_of(quads)
    return connected_components(coo_matrix((np.ones(len(edges)), edges.T), shape=(count, count)), directed=False)[1]


def keep_faces(quads: np.ndarray, keep: np.ndarray, vertices: np.ndarray, depth: float = 0.3) -> Surface:
    """The kept faces (mask (Q,)), with every hole capped by a fan around a point inside it.

    The point is the loop's mean, moved inwards by ``depth`` of the loop's radius (0 for a flat cap).
    """
    kept = quads[keep]
    used = np.unique(kept)
    index = np.full(len(vertices), -1)
    index[used] = np.arange(len(used))
    new_quads, rows, columns, values = [index[kept]], [np.arange(len(used))], [used], [np.ones(len(used))]
    offsets = [np.zeros((len(used), 3))]
    centre_id = len(used)
    for loop in boundary_loops(kept):
        points = vertices[loop]
        centre = points.mean(0)
        area = np.cross(points - centre, np.roll(points, -1, 0) - centre).sum(0)
        inwards = -area / np.linalg.norm(area)
        radius = np.linalg.norm(points - centre, axis=1).mean()
        following = np.roll(loop, -1)
        fan = np.stack([index[loop], index[following], np.full(len(loop), centre_id), np.full(len(loop), centre_id)], 1)
        new_quads.append(fan)
        rows.append(np.full(len(loop), centre_id))
        columns.append(loop)
        values.append(np.full(len(loop), 1 / len(loop)))
        offsets.append((depth * radius * inwards)[None])
        centre_id += 1
    basis = csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=(centre_id, len(vertices))
    )
    return Surface(np.concatenate(new_quads), basis, np.concatenate(offsets))


def mirror_map(vertices: np.ndarray) -> np.ndarray:
    """Index of each vertex's mirror image across x = 0 (nearest neighbour); raises if the mesh is not symmetric."""
    distance, mirror = cKDTree(vertices).query(vertices * np.array([-1.0, 1.0, 1.0]))
    if distance.max() > 2e-3 or (mirror[mirror] != np.arange(len(vertices))).any():
        raise ValueError(f"the mesh is not symmetric: {distance.max():.4f} m")
    return mirror


def smoothing_matrix(quads: np.ndarray, count: int, amount: float = 0.5) -> csr_matrix:
    """One step of uniform Laplacian smoothing over edges, (V,V)."""
    edges = edges_of(quads)
    adjacency = coo_matrix((np.ones(2 * len(edges)), np.concatenate([edges, edges[:, ::-1]]).T), shape=(count, count))
    adjacency = adjacency.tocsr()
    adjacency.data[:] = 1.0
    degree = np.asarray(adjacency.sum(1)).ravel()
    mean = csr_matrix((1 / degree, (np.arange(count), np.arange(count)))) @ adjacency
    identity = csr_matrix((np.ones(count), (np.arange(count), np.arange(count))))
    return ((1 - amount) * identity + amount * mean).tocsr()


def triangulate(quads: np.ndarray, vertices: np.ndarray, mirror: np.ndarray | None = None) -> np.ndarray:
    """(F,3) int32; each quad is split along its shorter diagonal, mirrored quads alike."""
    first = np.linalg.norm(vertices[quads[:, 0]] - vertices[quads[:, 2]], axis=1)
    second = np.linalg.norm(vertices[quads[:, 1]] - vertices[quads[:, 3]], axis=1)
    # A margin keeps the choice from depending on rounding in (nearly) square quads.
    along_first = (first <= second + 1e-5)[:, None]
    one = np.where(along_first, quads[:, [0, 1, 2]], quads[:, [0, 1, 3]])
    two = np.where(along_first, quads[:, [0, 2, 3]], quads[:, [1, 2, 3]])
    faces = np.concatenate([one, two], 1).reshape(-1, 3)
    distinct = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    return faces[distinct].astype(np.int32)


@lru_cache(maxsize=2)
def _quads_around(buffer: bytes, count: int) -> dict[int, list[np.ndarray]]:
    around: dict[int, list[np.ndarray]] = {}
    for quad in np.frombuffer(buffer, np.int64).reshape(count, 4):
        for vertex in set(quad.tolist()):
            around.setdefault(vertex, []).append(quad)
    return around


def edge_loop(quads: np.ndarray, start: tuple[int, int], limit: int = 80) -> list[int] | None:
    """The closed ring of edges through ``start``, going straight on at vertices of four quads; None where it ends."""
    around = _quads_around(quads.tobytes(), quads.shape[0])

    def straight_on(previous: int, vertex: int) -> int | None:
        if len(around[vertex]) != 4:
            return None
        near = {int(v) for quad in around[vertex] if previous in quad for v in quad}
        edges = edges_of(np.array(around[vertex]))
        neighbours = {int(b) for a, b in edges if a == vertex} | {int(a) for a, b in edges if b == vertex}
        ahead = neighbours - near
        return ahead.pop() if len(ahead) == 1 else None

    loop = list(start)
    while len(loop) < limit:
        following = straight_on(loop[-2], loop[-1])
        if following is None or following == loop[0]:
            return loop if following is not None else None
        loop.append(following)
    return None


def ring_at(quads: np.ndarray, level: np.ndarray, near: float = 0.05) -> np.ndarray:
    """The closed ring of edges that lies best on ``level`` (V,) = 0, as a hem or wrist. Raises if there is none."""
    edges = edges_of(quads)
    edges = edges[(np.abs(level[edges]) < near).all(1)]
    seen: set[tuple[int, int]] = set()
    best, best_cost = None, np.inf
    for first, second in edges.tolist():
        if (first, second) in seen:
            continue
        loop = edge_loop(quads, (first, second))
        if loop is None or len(loop) < 12:
            continue
        following = [*loop[1:], loop[0]]
        seen.update(zip(loop, following, strict=True))
        seen.update(zip(following, loop, strict=True))
        cost = abs(level[loop].mean()) + 2 * level[loop].std()
        if cost < best_cost:
            best, best_cost = np.array(loop), cost
    if best is None:
        raise ValueError("no closed ring of edges lies on this level")
    return best


def face_zones(quads: np.ndarray, zones: np.ndarray) -> np.ndarray:
    """Zones of the triangles that ``triangulate`` makes of the quads, (F,) int8."""
    triangles = np.where((quads[:, 2] == quads[:, 3]), 1, 2)
    return np.repeat(zones, triangles).astype(np.int8)
