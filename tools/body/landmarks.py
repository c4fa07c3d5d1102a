"""Named surface points, contact points and clothing zones of the T-posed mean body (Y up, facing +Z)."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, identity
from scipy.sparse.csgraph import connected_components

from .mesh import edges_of, ring_at

ZONES: tuple[tuple[str, tuple[float, float, float]], ...] = (
    ("skin", (0.56, 0.36, 0.27)),
    ("shirt", (0.14, 0.21, 0.27)),
    ("trousers", (0.045, 0.05, 0.065)),
    ("hair", (0.035, 0.022, 0.015)),
    ("eye", (0.75, 0.74, 0.72)),
    ("iris", (0.03, 0.022, 0.018)),
)  # fmt: skip  linear RGB


def body_landmarks(
    vertices: np.ndarray,
    weights: np.ndarray,
    joints: np.ndarray,
    names: tuple[str, ...],
    toes: dict[str, np.ndarray],
    eyeballs: np.ndarray,
    mirror: np.ndarray,
) -> dict[str, int]:
    """Vertex of every surface and contact point. toes: vertex ids by ``left_big_toe`` …; eyeballs: mask (V,)."""
    index = {name: i for i, name in enumerate(names)}
    dominant = weights.argmax(1)
    x, y, z = vertices.T
    found: dict[str, int] = {}

    def best(name: str, mask: np.ndarray, score: np.ndarray) -> None:
        ids = np.flatnonzero(mask)
        found[name] = int(ids[score[ids].argmax()])
        found[name.replace("left_", "right_")] = int(mirror[found[name]])

    head = (dominant == index["head"]) & ~eyeballs
    best("nose", head & (np.abs(x) < 1e-4) & (y > joints[index["head"], 1]), z)
    best("left_eye", eyeballs & (x > 0), z)
    best("left_ear", head & (np.abs(z - joints[index["head"], 2]) < 0.05), x)
    ankle, ball = joints[index["left_ankle"]], joints[index["left_foot"]]
    foot = np.isin(dominant, [index["left_ankle"], index["left_foot"]])
    sole = y[foot].min()
    best("left_heel", foot & (y < sole + 0.035), -z)
    best("left_big_toe", np.isin(np.arange(len(x)), toes["left_big_toe"]), z)
    best("left_small_toe", np.isin(np.arange(len(x)), toes["left_small_toe"]), z)
    for finger in ("thumb", "index", "middle", "ring", "pinky"):
        last, before = joints[index[f"left_{finger}3"]], joints[index[f"left_{finger}2"]]
        best(f"left_{finger}_tip", dominant == index[f"left_{finger}3"], (vertices - last) @ (last - before))

    def below(name: str, mask: np.ndarray, spot: np.ndarray) -> None:
        best(name, mask, -np.hypot(x - spot[0], z - spot[2]))

    below("left_heel_contact", foot & (y < sole + 0.012), ankle - np.array([0, 0, 0.015]))
    below("left_ball_contact", foot & (y < sole + 0.012), ball)
    knuckles = np.mean([joints[index[f"left_{finger}1"]] for finger in ("index", "middle", "ring")], axis=0)
    palm = 0.35 * joints[index["left_wrist"]] + 0.65 * knuckles
    below("left_palm_contact", (dominant == index["left_wrist"]) & (y < palm[1] - 0.008), palm)
    return found


def body_zones(
    quads: np.ndarray,
    vertices: np.ndarray,
    weights: np.ndarray,
    joints: np.ndarray,
    names: tuple[str, ...],
    eyeballs: np.ndarray,
    landmarks: dict[str, int],
) -> np.ndarray:
    """Zone of every quad, (Q,) int8: short-sleeved shirt, trousers, cropped hair, eyes; the rest is skin."""
    index = {name: i for i, name in enumerate(names)}
    centre = vertices[quads].mean(1)
    segment = weights[quads].sum(1).argmax(1)
    y, z = centre[:, 1], centre[:, 2]
    at = {name: joints[i] for name, i in index.items()}
    zone = _garments(quads, vertices, at)

    def joint_ids(*parts: str) -> list[int]:
        return [i for name, i in index.items() if name.split("_")[-1] in parts]

    ear = vertices[landmarks["left_ear"]]
    brow = vertices[landmarks["left_eye"]][1] + 0.045
    head = np.isin(segment, joint_ids("head", "neck"))
    # The hairline runs from the brow down behind the ears to the nape.
    behind = z < ear[2] - 0.012
    above = y > brow + 0.012 - np.clip((0.03 - (z - ear[2])) * 1.1, 0, 0.05)
    zone[head & (above | (behind & (y > ear[1] - 0.055)))] = 3
    zone = _majority(quads, zone)
    ball = eyeballs[quads].all(1)
    zone[ball] = 4
    for side in ("left", "right"):
        front = vertices[landmarks[f"{side}_eye"]]
        zone[ball & (np.linalg.norm(centre - front, axis=1) < 0.0068)] = 5
    return zone


def _garments(quads: np.ndarray, vertices: np.ndarray, at: dict[str, np.ndarray]) -> np.ndarray:
    """Shirt and trousers between hems that run along the mesh's own rings, (Q,) int8."""
    x, y, z = vertices.T
    far = 9.0  # keeps a ring on its own limb
    hems = [np.where(np.abs(x) < 0.3, y - 0.5 * (at["pelvis"][1] + at["spine1"][1]), far)]
    hems.append(np.where(np.abs(x) < 0.12, y - at["neck"][1] + 0.012 + 0.55 * (z - at["neck"][2]), far))
    for side, sign in (("left", 1), ("right", -1)):
        shoulder, elbow = at[f"{side}_shoulder"], at[f"{side}_elbow"]
        hems.append(sign * (x - shoulder[0] - 0.52 * (elbow[0] - shoulder[0])))
        hems.append(np.where(sign * x > 0, y - at[f"{side}_ankle"][1] - 0.035, far))
    cut = set()
    for hem in hems:
        ring = ring_at(quads, hem)
        cut.update(tuple(sorted(pair)) for pair in zip(ring.tolist(), np.roll(ring, -1).tolist(), strict=True))
    edges, beside = _edge_quads(quads)
    joined = beside[[tuple(edge) not in cut for edge in edges.tolist()]]
    part = connected_components(coo_matrix((np.ones(len(joined)), joined.T), shape=(len(quads), len(quads))))[1]
    centre = vertices[quads].mean(1)

    def part_at(point: np.ndarray) -> int:
        return int(part[np.linalg.norm(centre - point, axis=1).argmin()])

    zone = np.zeros(len(quads), np.int8)
    zone[part == part_at(at["spine2"])] = 1
    zone[np.isin(part, [part_at(at["left_knee"]), part_at(at["right_knee"])])] = 2
    return zone


def _edge_quads(quads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges (E,2) of a closed mesh with the two quads (E,2) beside each."""
    edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    owner = np.tile(np.arange(len(quads)), 4)
    real = edges[:, 0] != edges[:, 1]
    edges, owner = np.sort(edges[real], 1), owner[real]
    order = np.lexsort(edges.T)
    return edges[order][::2], owner[order].reshape(-1, 2)


def _majority(quads: np.ndarray, zones: np.ndarray, rounds: int = 4) -> np.ndarray:
    """Zones without single teeth: a quad with three neighbours in another zone joins it."""
    beside = _edge_quads(quads)[1]
    pairs = np.concatenate([beside, beside[:, ::-1]])
    count = zones.max() + 1
    for _ in range(rounds):
        votes = np.zeros((len(quads), count))
        np.add.at(votes, (pairs[:, 0], zones[pairs[:, 1]]), 1)
        zones = np.where(votes.max(1) >= 3, votes.argmax(1), zones).astype(np.int8)
    return zones


def border_smoothing(quads: np.ndarray, zones: np.ndarray, count: int, rounds: int = 12) -> csr_matrix:
    """(V,V) operator that slides vertices on the border between two zones into a smooth line."""
    edges, beside = _edge_quads(quads)
    zone = np.where(zones >= 4, 0, zones)  # eyeballs keep their shape
    border = edges[zone[beside[:, 0]] != zone[beside[:, 1]]]
    both = np.concatenate([border, border[:, ::-1]])
    adjacency = coo_matrix((np.ones(len(both)), both.T), shape=(count, count)).tocsr()
    degree = np.asarray(adjacency.sum(1)).ravel()
    line = degree == 2  # where three zones meet, the corner stays
    weight = csr_matrix((np.where(line, 0.25, 0.0), (np.arange(count), np.arange(count)))) @ adjacency
    step = (
        identity(count) - csr_matrix((np.where(line, 0.5, 0.0), (np.arange(count), np.arange(count)))) + weight
    ).tocsr()
    out = step
    for _ in range(rounds - 1):
        out = step @ out
    # The inside follows a little, so that quads beside the border keep their shape.
    neighbours = edges_of(quads)
    around = coo_matrix((np.ones(len(neighbours)), neighbours.T), shape=(count, count)).tocsr()
    around = around + around.T
    beside_line = (np.asarray(around @ (degree > 0).astype(float)).ravel() > 0) & (degree == 0)
    mean = (
        csr_matrix((1 / np.maximum(np.asarray(around.sum(1)).ravel(), 1), (np.arange(count), np.arange(count))))
        @ around
    )
    pull = csr_matrix((np.where(beside_line, 0.4, 0.0), (np.arange(count), np.arange(count))))
    relax = (identity(count) + pull @ (mean - identity(count))).tocsr()
    return relax @ relax @ relax @ out
