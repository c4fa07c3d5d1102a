"""Clothes and hair as shells: parts of the skin cut out along a line, smoothed, and held off the body.

A shell's vertices are fixed mixtures of the body's, so it moves with every pose and fits every shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Array = NDArray[np.floating]
Faces = NDArray[np.integer]

RIM = 0.002  # m that a hem goes below the skin
_THIN = 0.15


@dataclass(frozen=True, eq=False)
class Shell:
    """``mixture`` (S,V) sparse: the smooth surface from body vertices; ``offset`` (S,) m along its normals.

    faces (F,3) index the S vertices. The last vertices repeat those of ``hem`` (H,) at the skin, so that cloth has an
    edge; ``hidden`` (body faces,) bool is what nobody sees below the shell.
    """

    mixture: sparse.csr_array
    offset: Array
    faces: Faces
    hem: NDArray[np.integer]
    hidden: NDArray[np.bool_]

    def pose(self, vertices: Array) -> Array:
        """(T, S, 3) for body vertices (T, V, 3) m."""
        count, size = len(vertices), vertices.shape[1]
        flat = np.ascontiguousarray(np.swapaxes(vertices, 0, 1)).reshape(size, count * 3)
        surface = np.swapaxes((self.mixture @ flat).reshape(-1, count, 3), 0, 1)
        outer = len(self.offset) - len(self.hem)
        own = self.faces[np.all(self.faces < outer, axis=1)]
        normals = vertex_normals(surface[:, :outer], own)
        return surface + self.offset[:, None] * np.concatenate([normals, normals[:, self.hem]], axis=1)


def make_shell(
    template: Array, faces: Faces, field: Array, thickness: Array, smoothing: int, even: int = 3,
    covered: float = 0.012,
) -> Shell:  # fmt: skip
    """The shell over the part of the template (V,3) m where ``field`` (V,) m is positive, ``thickness`` (V,) m thick.

    ``smoothing``: rounds of averaging over neighbours, which bridge hollows; what bulges lose by it is given back,
    evened out in ``even`` rounds. Skin deeper than ``covered`` m inside the field is hidden.
    """
    mixture, own = cut(faces, field)
    count = int(own.max()) + 1
    smooth = _averaging(own, count)
    whole = mixture
    for _ in range(smoothing):
        whole = smooth @ whole
    bare, rounded = mixture @ template, whole @ template
    normals = vertex_normals(rounded[None], own)[0]
    lost = np.maximum(np.einsum("si,si->s", bare - rounded, normals), 0)
    for _ in range(even):
        lost = smooth @ lost
    offset = mixture @ thickness + lost
    hem = _boundary(own)
    ring = np.unique(hem)
    inner = np.full(count, -1)
    inner[ring] = count + np.arange(len(ring))
    a, b = hem[:, 0], hem[:, 1]
    quads = np.concatenate([np.stack([a, inner[a], inner[b]], 1), np.stack([a, inner[b], b], 1)])
    return Shell(
        mixture=sparse.csr_array(sparse.vstack([whole, whole[ring]])),
        offset=np.concatenate([offset, lost[ring] - RIM]),
        faces=np.concatenate([own, quads]),
        hem=ring,
        hidden=np.all(field[faces] > covered, axis=1),
    )


def cut(faces: Faces, field: Array) -> tuple[sparse.csr_array, Faces]:
    """The part of a mesh where ``field`` (V,) ≥ 0: vertices as mixtures (S,V) of two of the mesh's, and faces.

    Triangles across the line are cut along it (marching triangles).
    """
    inside = field >= 0
    kinds = inside[faces].sum(axis=1)
    whole = faces[kinds == 3]
    edges: list[tuple[NDArray[np.integer], NDArray[np.integer]]] = []
    pieces: list[NDArray[np.integer]] = []
    base = len(field)

    def crossing(a: NDArray[np.integer], b: NDArray[np.integer]) -> NDArray[np.integer]:
        """New vertices' numbers, counted on from the mesh's own, one per undirected edge later."""
        edges.append((np.minimum(a, b), np.maximum(a, b)))
        begin = base + sum(len(e[0]) for e in edges[:-1])
        return begin + np.arange(len(a))

    for k in range(3):
        a, b, c = (faces[:, (k + j) % 3] for j in range(3))
        # One corner inside: a; two inside: all but a.
        one = (kinds == 1) & inside[a]
        pieces.append(np.stack([a[one], crossing(a[one], b[one]), crossing(a[one], c[one])], 1))
        two = (kinds == 2) & ~inside[a]
        ab, ac = crossing(a[two], b[two]), crossing(a[two], c[two])
        pieces.append(np.stack([ab, b[two], c[two]], 1))
        pieces.append(np.stack([ab, c[two], ac], 1))
    first = np.concatenate([e[0] for e in edges])
    second = np.concatenate([e[1] for e in edges])
    if len(first):
        unique, where = np.unique(np.stack([first, second], 1), axis=0, return_inverse=True)
    else:
        unique, where = np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    cutting = np.concatenate(pieces).astype(np.int64)
    new = cutting >= base
    cutting[new] = base + np.reshape(where, -1)[cutting[new] - base]
    joined = np.concatenate([whole, cutting])
    # Number the vertices that are used.
    used, numbered = np.unique(joined, return_inverse=True)
    old = used < base
    rows_old = np.flatnonzero(old)
    fresh = unique[used[~old] - base]
    low, high = field[fresh[:, 0]], field[fresh[:, 1]]
    share = np.clip(low / (low - high), 0.02, 0.98)
    rows_new = np.flatnonzero(~old)
    rows = np.concatenate([rows_old, rows_new, rows_new])
    columns = np.concatenate([used[old], fresh[:, 0], fresh[:, 1]])
    values = np.concatenate([np.ones(len(rows_old)), 1 - share, share])
    mixture = sparse.csr_array((values, (rows, columns)), shape=(len(used), base))
    return mixture, numbered.reshape(-1, 3)


def vertex_normals(vertices: Array, faces: Faces) -> Array:
    """Unit normals (T, V, 3) of meshes (T, V, 3), weighted by the faces' areas."""
    corners = vertices[:, faces]
    flat = np.cross(corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0])
    count = vertices.shape[1]
    spread = sparse.csr_array(
        (np.ones(faces.size), (faces.ravel(), np.repeat(np.arange(len(faces)), 3))), shape=(count, len(faces))
    )
    joined = np.swapaxes(flat, 0, 1).reshape(len(faces), -1)
    normals = np.swapaxes((spread @ joined).reshape(count, len(vertices), 3), 0, 1)
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)


def without_slivers(template: Array, faces: Faces, zones: NDArray[np.integer]) -> Faces:
    """The same surface with needle-thin triangles turned: an edge is flipped where that makes a pair less thin.

    Smooth shading goes by the angles at a corner, and a needle's normal is chance: it shows as a dent.
    ``zones`` (F,): edges between two zones stay.
    """
    faces = np.array(faces, np.int64)
    edges = {(int(f[k]), int(f[(k + 1) % 3])): i for i, f in enumerate(faces) for k in range(3)}
    for i in np.flatnonzero(_roundness(template, faces) < _THIN):
        corners = template[faces[i]]
        k = int(np.argmax(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)))
        a, b, apex = (int(faces[i, (k + j) % 3]) for j in range(3))
        j = edges.get((b, a))
        if j is None or zones[i] != zones[j] or (b, a) not in _directed(faces[j]):
            continue
        other = int(next(v for v in faces[j] if v not in (a, b)))
        new = np.array([(apex, a, other), (apex, other, b)])
        if _roundness(template, new).min() <= _roundness(template, faces[[i, j]]).min():
            continue
        faces[i], faces[j] = new
        edges |= {edge: n for n in (i, j) for edge in _directed(faces[n])}
    return faces


def _directed(face: NDArray[np.integer]) -> list[tuple[int, int]]:
    return [(int(face[k]), int(face[(k + 1) % 3])) for k in range(3)]


def _roundness(points: Array, faces: Faces) -> Array:
    """Height over longest side of each triangle: 0.87 for an equilateral one."""
    corners = points[faces]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=-1)
    return area / np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=-1).max(axis=1) ** 2


def _averaging(faces: Faces, count: int) -> sparse.csr_array:
    """Half of oneself and half of the mean of the neighbours; hems are averaged along the hem only."""
    pairs = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    hem = _boundary(faces)
    on_hem = np.zeros(count, bool)
    on_hem[hem.ravel()] = True
    pairs = np.concatenate([pairs[~on_hem[pairs[:, 0]]], hem, hem[:, ::-1]])
    near = sparse.csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    near.data[:] = 1.0
    degree = np.maximum(np.asarray(near.sum(axis=1)).ravel(), 1)
    return sparse.csr_array(0.5 * sparse.eye_array(count) + sparse.diags_array(0.5 / degree) @ near)


def _boundary(faces: Faces) -> NDArray[np.integer]:
    """(E, 2) edges that one face alone has, in that face's direction."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    _, where, counts = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    return edges[where[counts == 1]]
