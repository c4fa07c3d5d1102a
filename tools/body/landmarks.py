"""Named surface points, contact points and clothing zones of the T-posed mean body (Y up, facing +Z)."""

from __future__ import annotations

import numpy as np

ZONES: tuple[tuple[str, tuple[float, float, float]], ...] = (
    ("skin", (0.56, 0.36, 0.27)), ("shirt", (0.14, 0.21, 0.27)), ("trousers", (0.045, 0.05, 0.065)),
    ("hair", (0.035, 0.022, 0.015)), ("eye", (0.75, 0.74, 0.72)), ("iris", (0.03, 0.022, 0.018)),
)  # fmt: skip  linear RGB

# Vertex numbers that other software takes for these points in 6,890-vertex bodies and 778-vertex hands: facts about
# a numbering, which the free body's vertex order is arranged to meet.
SMPLH_SLOTS: dict[str, int] = {
    "nose": 332, "right_eye": 6260, "left_eye": 2800, "right_ear": 4071, "left_ear": 583,
    "right_thumb_tip": 6191, "right_index_tip": 5782, "right_middle_tip": 5905, "right_ring_tip": 6016,
    "right_pinky_tip": 6133, "left_thumb_tip": 2746, "left_index_tip": 2319, "left_middle_tip": 2445,
    "left_ring_tip": 2556, "left_pinky_tip": 2673, "left_big_toe": 3216, "left_small_toe": 3226, "left_heel": 3387,
    "right_big_toe": 6617, "right_small_toe": 6624, "right_heel": 6787,
}  # fmt: skip
MANO_SLOTS: dict[str, int] = {"thumb_tip": 744, "index_tip": 320, "middle_tip": 443, "ring_tip": 554, "pinky_tip": 671}


def body_landmarks(
    vertices: np.ndarray, weights: np.ndarray, joints: np.ndarray, names: tuple[str, ...], toes: dict[str, np.ndarray],
    eyeballs: np.ndarray, mirror: np.ndarray,
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

    below("left_heel_contact", foot & (y < sole + 0.012), ankle + [0, 0, -0.015])
    below("left_ball_contact", foot & (y < sole + 0.012), ball)
    knuckles = np.mean([joints[index[f"left_{finger}1"]] for finger in ("index", "middle", "ring")], axis=0)
    palm = 0.35 * joints[index["left_wrist"]] + 0.65 * knuckles
    below("left_palm_contact", (dominant == index["left_wrist"]) & (y < palm[1] - 0.008), palm)
    return found


def body_zones(
    quads: np.ndarray, vertices: np.ndarray, weights: np.ndarray, joints: np.ndarray, names: tuple[str, ...],
    eyeballs: np.ndarray, landmarks: dict[str, int],
) -> np.ndarray:
    """Zone of every quad, (Q,) int8: short-sleeved shirt, trousers, cropped hair, eyes; the rest is skin."""
    index = {name: i for i, name in enumerate(names)}
    centre = vertices[quads].mean(1)
    segment = weights[quads].sum(1).argmax(1)
    x, y, z = np.abs(centre[:, 0]), centre[:, 1], centre[:, 2]
    at = {name: joints[i] for name, i in index.items()}
    zone = np.zeros(len(quads), np.int8)

    def joint_ids(*parts: str) -> list[int]:
        return [i for name, i in index.items() if name.split("_")[-1] in parts]

    sleeve = at["left_shoulder"][0] + 0.52 * (at["left_elbow"][0] - at["left_shoulder"][0])
    torso = np.isin(segment, joint_ids("pelvis", "spine1", "spine2", "spine3", "collar", "shoulder", "neck"))
    collar_height = at["neck"][1] - 0.012 - 0.55 * (z - at["neck"][2])
    zone[torso & (x < sleeve) & ((y < collar_height) | (x > 0.085))] = 1
    waist = 0.5 * (at["pelvis"][1] + at["spine1"][1])
    legs = np.isin(segment, joint_ids("pelvis", "hip", "knee", "ankle"))
    zone[legs & (y < waist) & (y > at["left_ankle"][1] + 0.035)] = 2
    ear = vertices[landmarks["left_ear"]]
    brow = vertices[landmarks["left_eye"]][1] + 0.045
    head = np.isin(segment, joint_ids("head", "neck"))
    # The hairline runs from the brow down behind the ears to the nape.
    behind = z < ear[2] - 0.012
    above = y > brow + 0.012 - np.clip((0.03 - (z - ear[2])) * 1.1, 0, 0.05)
    zone[head & (above | (behind & (y > ear[1] - 0.055)))] = 3
    ball = eyeballs[quads].all(1)
    zone[ball] = 4
    for side in ("left", "right"):
        front = vertices[landmarks[f"{side}_eye"]]
        zone[ball & (np.linalg.norm(centre - front, axis=1) < 0.0068)] = 5
    return zone
