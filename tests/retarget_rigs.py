"""Test rigs: people of the free body's proportions with the bones of any dialect, any rest pose and any bone axes."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from understudy.core.body.numpy_model import load_free_body
from understudy.core.rotation import axis_angle_to_matrix, normalise
from understudy.retarget import slots
from understudy.retarget.dialects.reader import Dialect, dialects
from understudy.retarget.mapping import BoneMap
from understudy.retarget.matching.exact import fit_dialect
from understudy.retarget.rig import Rig
from understudy.retarget.smpl import smpl_rig

BODY = load_free_body()
_SMPL = dialects()["smplx"]
_DOWN = {"T": 0.0, "A": np.radians(45)}


def joints(bones, legs: float = 1.0, arms: float = 1.0, rest: str = "T", curl: float = 0.0) -> dict[str, np.ndarray]:
    """Joint (3,) m of every slot in ``bones``: Z up, facing −Y, soles on the floor.

    ``legs`` and ``arms`` scale those limbs; ``rest`` A hangs the arms 45° down; ``curl`` (rad) bends every finger.
    """
    rig = smpl_rig(BODY)
    base = {slot: rig.heads[rig.index[bone]] for slot, bone in _SMPL.bones.items() if bone in rig.index}
    place = {"root": np.zeros(3), "jaw": base["head"] + [0, -0.05, 0.03], **base}
    for side, x in (("left", 0.03), ("right", -0.03)):
        place[f"{side}_eye"] = base["head"] + [x, -0.08, 0.07]
        for finger in slots.FINGERS[1:]:
            place[f"{side}_{finger}_0"] = base[f"{side}_hand"] * 0.75 + base[f"{side}_{finger}_1"] * 0.25
    column = np.array([base["hips"], base["spine_1"], base["spine_2"], base["spine_3"], base["neck_1"]])
    neck = np.array([base["neck_1"], base["head"]])
    for kind, line in (("spine", column), ("neck", neck)):
        chain = slots.chain(kind, bones)
        for i, slot in enumerate(chain):
            share = (i + 1) / (len(chain) + 1) if kind == "spine" else i / len(chain)
            place[slot] = _along(line, share)
    place = {slot: place[slot] for slot in bones}
    for side in slots.SIDES:
        down = _DOWN[rest] * (1 if side == "left" else -1)
        _turn(place, f"{side}_upper_arm", np.array([0, down, 0]))
        for finger in slots.FINGERS[1:]:
            for slot in slots.finger(side, finger, place):
                axis = (-1 if side == "right" else 1) * np.array([0, curl, 0])
                _turn(place, slot, axis, itself=False)
        _stretch(place, f"{side}_upper_leg", legs)
        _stretch(place, f"{side}_upper_arm", arms)
    lift = base["left_foot"][2] - place["left_foot"][2]
    return {slot: p + np.array([0, 0, lift if slot != "root" else 0.0]) for slot, p in place.items()}


def rig_of(
    dialect: str | Dialect, *, seed: int | None = None, drop: tuple[str, ...] = (), shape: BoneMap | None = None, **pose
) -> tuple[Rig, BoneMap]:
    """A rig with the bones of ``dialect``, in its rest pose unless ``rest`` says another, and its map.

    ``seed`` rolls every bone about itself by chance; without one, axes are the dialect's. ``drop``: slots left out.
    """
    known = dialects()[dialect] if isinstance(dialect, str) else dialect
    bones = {slot: name for slot, name in known.bones.items() if slot not in drop}
    place = joints(bones, **{"rest": known.rest, **pose})
    rng = np.random.default_rng(seed) if seed is not None else None
    rows: list[tuple[str, str | None, np.ndarray, np.ndarray, str | None]] = []
    inline = {t.slot: t.bone for t in known.twists if t.at == "inline"}
    for slot, bone in sorted(bones.items(), key=lambda item: _depth(item[0])):
        above = slots.nearest_above(slot, bones)
        parent = bones[above] if above else None
        reach = _reach(slot, place)
        head = place[slot]
        if slot in inline:
            rows.append((inline[slot], parent, head, reach / 2, slot))
            parent, head, reach = inline[slot], head + reach / 2, reach / 2
        rows.append((bone, parent, head, reach, slot))
    for twist in known.twists:
        if twist.at != "inline":
            reach = _reach(twist.slot, place)
            rows.append((twist.bone, bones[twist.slot], place[twist.slot] + twist.share * reach, reach / 4, twist.slot))
    for bone, slot in known.follows.items():
        if bone in bones.values() or slot not in bones:
            continue
        rows.append((bone, bones.get("root"), place[slot], _reach(slot, place), slot))
    for bone, slot in known.poles.items():
        middle = place[slot] + _reach(slot, place)
        ahead = np.array([0, -0.4 if "leg" in slot else 0.4, 0])
        rows.append((bone, None, middle + ahead, np.array([0, 0, 0.1]), slot))
    for bone in known.signature:
        if bone not in {row[0] for row in rows}:
            rows.append((bone, bones["hips"], place["hips"], np.array([0, 0, 0.1]), None))
    rig = _assemble(rows, known, rng)
    if shape is not None:
        return rig, shape
    fit = fit_dialect(rig, known)
    assert fit is not None
    return rig, fit.map


def renamed(rig: Rig, names: dict[str, str]) -> Rig:
    """The rig with other names."""
    return dataclasses.replace(rig, names=tuple(names.get(name, name) for name in rig.names))


def _assemble(rows, known: Dialect, rng) -> Rig:
    prefix = known.write_prefix
    names = [prefix + (name.replace("_", " ") if prefix.endswith(" ") else name) for name, *_ in rows]
    index = {row[0]: i for i, row in enumerate(rows)}
    parents = [index[row[1]] if row[1] else -1 for row in rows]
    order = sorted(range(len(rows)), key=lambda i: len(_ancestors(i, parents)))
    place = {old: new for new, old in enumerate(order)}
    axis = "XYZ".index(known.along[1])
    rotations, heads, tails = [], [], []
    for i in order:
        _, _, head, reach, slot = rows[i]
        sign = -1.0 if known.mirrored and slot and slot.startswith("right_") else 1.0
        x = sign * normalise(reach)
        helper = np.array([0, -1.0, 0]) if abs(x[1]) < 0.9 else np.array([0, 0, 1.0])
        if rng is not None:
            helper = axis_angle_to_matrix(x * rng.uniform(-np.pi, np.pi)) @ helper
        z = normalise(helper - x * (x @ helper))
        frame = np.stack([x, np.cross(z, x), z], axis=1)
        frame = np.roll(frame, axis, axis=1)  # a cyclic change of columns stays a rotation
        rotations.append(frame)
        heads.append(head)
        tails.append(head + frame[:, 1] * np.linalg.norm(reach))
    parent_rows = [place[parents[i]] if parents[i] >= 0 else -1 for i in order]
    return Rig(
        tuple(names[i] for i in order), np.array(parent_rows), np.array(rotations), np.array(heads), np.array(tails)
    )


def _ancestors(i: int, parents: list[int]) -> list[int]:
    out = []
    while (i := parents[i]) >= 0:
        out.append(i)
    return out


def _depth(slot: str) -> int:
    depth = 0
    while (above := slots.parent_slot(slot)) is not None:
        slot, depth = above, depth + 1
    return depth


def _reach(slot: str, place: dict[str, np.ndarray]) -> np.ndarray:
    below = [p for s, p in place.items() if slots.nearest_above(s, place) == slot]
    side, _, part = slot.partition("_")
    head = place[slot]
    if slot == "root":
        return np.array([0, -0.1, 0.0])
    if slot == "hips":
        below = [place[s] for s in slots.chain("spine", place)[:1]]
    elif slot.startswith(("spine", "neck")):
        later = [*slots.chain("spine", place), *slots.chain("neck", place), "head"]
        below = [place[later[later.index(slot) + 1]]]
    elif part == "hand":
        below = [p for s, p in place.items() if s in (f"{side}_middle_0", f"{side}_middle_1")][:1] or below[:1]
    elif part == "foot" and f"{side}_toes" not in place:
        return np.array([0, -0.14, -0.06])
    elif part == "toes":
        return np.array([0, -0.07, 0.0])
    elif slot == "head":
        return np.array([0, 0, 0.18])
    elif slot == "jaw" or part == "eye":
        return np.array([0, -0.05, 0.0])
    if below and np.linalg.norm(below[0] - head) > 1e-6:
        return below[0] - head
    above = slots.nearest_above(slot, place)
    return 0.8 * (head - place[above]) if above else np.array([0, 0, 0.1])


def _along(line: np.ndarray, share: float) -> np.ndarray:
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    return np.array([np.interp(share * lengths[-1], lengths, line[:, k]) for k in range(3)])


def _subtree(place: dict[str, np.ndarray], slot: str) -> list[str]:
    found = []
    for other in place:
        above: str | None = other
        while above is not None and above != slot:
            above = slots.parent_slot(above)
        if above == slot and other != slot:
            found.append(other)
    return found


def _turn(place: dict[str, np.ndarray], slot: str, axis_angle: np.ndarray, itself: bool = True) -> None:
    matrix = axis_angle_to_matrix(axis_angle)
    for other in _subtree(place, slot):
        place[other] = place[slot] + matrix @ (place[other] - place[slot])


def _stretch(place: dict[str, np.ndarray], slot: str, factor: float) -> None:
    """Makes a limb's two long bones ``factor`` times as long; hand or foot keep their size."""
    side, _, part = slot.partition("_")
    limb = slots.ARM if part in slots.ARM else slots.LEG
    for a, b in itertools.pairwise(limb[1:] if limb is slots.ARM else limb[:3]):
        first, second = f"{side}_{a}", f"{side}_{b}"
        move = (factor - 1) * (place[second] - place[first])
        for other in (second, *_subtree(place, second)):
            place[other] = place[other] + move
