"""The figures of one person in a take against the truth, by the functions of the registry."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..skeleton import BODY_JOINTS, FINGERS, HAND_JOINTS, SMPLH_JOINTS, SMPLH_PARENTS
from . import absolute, bones, contact, dynamics, hands, multiview, pose, world
from .alignment import aligned, centred
from .confidence import expected_calibration_error, spearman
from .masks import count, mean_along
from .pairs import Pair
from .report import Value, Values

Array = NDArray[Any]

HIPS = ("left_hip", "right_hip")
_FEET = slice(0, 4)  # of CONTACT_POINTS
_VERTEX_STEP, _VERTEX_FRAMES = 8, 50
LIMBS = tuple(
    (f"{side}_{a}", f"{side}_{b}")
    for a, b in (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
    for side in ("left", "right")
)


def body_joints(names: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Indices among ``names`` of SMPL's body joints, and among those of the root: pelvis, else both hips, else none."""
    body = [name for name in BODY_JOINTS if name in names]
    root = next((r for r in (("pelvis",), HIPS) if set(r) <= set(body)), ())
    return [names.index(name) for name in body], [body.index(name) for name in root]


def pose_values(pair: Pair) -> Values:
    """Body joints in camera axes."""
    chosen, root = body_joints(pair.names)
    a, b = pair.joints("camera", chosen)
    number = count(pose.joint_errors(a, b))
    values = {
        "PA-MPJPE (rigid)": Value(pose.pa_mpjpe(a, b, scale=False), "m", number),
        "PA-MPJPE (similarity)": Value(pose.pa_mpjpe(a, b), "m", number),
    }
    if not root:
        return values
    values = {"MPJPE": Value(pose.mpjpe(a, b, root), "m", number)} | values
    values["N-MPJPE"] = Value(pose.n_mpjpe(a, b, root), "m", number)
    steps = count(pose.joint_errors(np.diff(a, axis=0), np.diff(b, axis=0)))
    values["MPJVE"] = Value(pose.mpjve(a, b, pair.timestamps, root), "m/s", steps)
    return values | _vertex_values(pair)


def place_values(pair: Pair) -> Values:
    """Where the root and the joints are in camera axes: MRPE, 3DPCK, PCP, reprojection."""
    chosen, root = body_joints(pair.names)
    a, b = pair.joints("camera", chosen)
    number = count(pose.joint_errors(a, b))
    values: Values = {}
    if root:
        parts = absolute.mrpe(root_of(a, root), root_of(b, root))
        roots = count(pose.joint_errors(root_of(a, root), root_of(b, root)))
        for name, value in zip(("MRPE", "MRPE_x", "MRPE_y", "MRPE_z"), parts, strict=True):
            values[name] = Value(value, "m", roots)
        values["3DPCK_rel (matched)"] = Value(absolute.pck3d(a, b, root=root, matched=True), "share", number)
        values["AUC_rel (matched)"] = Value(absolute.auc3d(a, b, root=root, matched=True), "share", number)
    values["3DPCK_abs (matched)"] = Value(absolute.pck3d(a, b, matched=True), "share", number)
    values["AUC_abs (matched)"] = Value(absolute.auc3d(a, b, matched=True), "share", number)
    names = [pair.names[i] for i in chosen]
    limbs = [(names.index(p), names.index(q)) for p, q in LIMBS if p in names and q in names]
    if limbs and root:
        values["PCP"] = Value(
            multiview.pcp(centred(a, root), centred(b, root), limbs), "share", number // len(names) * len(limbs)
        )
    return values


def reprojection_values(pair: Pair, predicted_camera: dict[str, Any], true_camera: dict[str, Any]) -> Values:
    """Body joints in the picture of camera 0, each side through its own camera."""
    chosen, _ = body_joints(pair.names)
    a, b = pair.joints("world", chosen)
    error = pose.joint_errors(multiview.project(a, **predicted_camera), multiview.project(b, **true_camera))
    return {"reprojection error": Value(float(np.nanmean(error)) if count(error) else np.nan, "px", count(error))}


def world_values(pair: Pair) -> Values:
    """Motion through the world, and how it moves."""
    chosen, root = body_joints(pair.names)
    a, b = pair.joints("world", chosen)
    number = count(pose.joint_errors(a, b))
    values = {
        "W-MPJPE": Value(world.w_mpjpe(a, b), "m", number),
        "WA-MPJPE": Value(world.wa_mpjpe(a, b), "m", number),
    }
    if root:
        path, true_path = root_of(a, root), root_of(b, root)
        values["RTE"] = Value(world.rte(path, true_path), "share", count(pose.joint_errors(path, true_path)))
    fixed_a, fixed_b = pair.joints("fixed", chosen)
    times = pair.timestamps
    values["acceleration error"] = Value(
        dynamics.acceleration_error(fixed_a, fixed_b, times), "m/s²", count(dynamics.acceleration(a - b, times)) // 3
    )
    for name, points in (("jitter", a), ("jitter of the truth", b)):
        values[name] = Value(dynamics.jitter(points, times), "m/s³", count(dynamics.jerk(points, times)) // 3)
    for part in ("wrist", "ankle"):
        both = pair.indices((f"left_{part}", f"right_{part}"))
        ends, true_ends = pair.joints("fixed", both)
        kept = dynamics.peak_acceleration_preserved(ends, true_ends, times)
        values[f"peak {part} acceleration preserved"] = Value(kept, "1", int(np.isfinite(kept)) * len(times))
    return values


def contact_values(pair: Pair) -> Values:
    """Feet and floor, each side in its own world; who stands is the truth's to say."""
    keep = pair.compared[:, None]
    points = np.where(keep[..., None], pair.predicted.contact_points[:, _FEET], np.nan)
    true = np.where(keep, pair.truth.contacts[:, _FEET], np.nan)
    ours = np.where(keep, pair.predicted.contacts[:, _FEET], np.nan)
    steps = contact.standing(true)
    number, standing_frames = int(steps.sum()), int((true >= 0.5).any(-1).sum())
    compared = int(pair.compared.sum())
    below, above = contact.penetration(points), contact.floating(points, true)
    score = contact.contact_f1(ours, true)
    return {
        "foot sliding": Value(contact.foot_sliding(points, steps), "m/frame", number),
        "stance-foot speed": Value(contact.stance_foot_speed(points, steps, pair.timestamps), "m/s", number),
        "penetration p95": Value(below.p95, "m", compared),
        "penetration mean": Value(below.mean, "m", compared),
        "float p95": Value(above.p95, "m", standing_frames),
        "float mean": Value(above.mean, "m", standing_frames),
        "contact F1": Value(score.f1, "1", count(true)),
        "contact precision": Value(score.precision, "1", count(true)),
        "contact recall": Value(score.recall, "1", count(true)),
    }


def skeleton_values(pair: Pair) -> Values:
    """Bones of SMPL-H that both have whole."""
    chosen = pair.indices(SMPLH_JOINTS)
    names = [pair.names[i] for i in chosen]
    parents = []
    for name in names:
        parent = SMPLH_PARENTS[SMPLH_JOINTS.index(name)]
        parents.append(names.index(SMPLH_JOINTS[parent]) if parent >= 0 and SMPLH_JOINTS[parent] in names else -1)
    if all(parent < 0 for parent in parents):
        return {}
    a, b = pair.joints("world", chosen)
    number = sum(parent >= 0 for parent in parents)
    return {
        "bone-length deviation": Value(bones.bone_length_deviation(a, parents), "m", number),
        "bone-length error": Value(bones.bone_length_error(a, b, parents), "m", number),
    }


def hand_values(pair: Pair) -> Values:
    """Hands where both sides have them: wrist-centred joints in camera axes, wrists to each other, and their turn."""
    errors, similar, there = [], [], {}
    for side in ("left", "right"):
        chosen = pair.indices((f"{side}_wrist", *hand_names(side)))
        there[side] = pair.predicted.hand_there(side) & pair.truth.hand_there(side) & pair.compared
        if len(chosen) < 4 or pair.names[chosen[0]] != f"{side}_wrist":
            continue
        a, b = (np.where(there[side][:, None, None], x, np.nan) for x in pair.joints("camera", chosen))
        # The wrist itself is 0 by definition and would only flatter the mean.
        errors.append(pose.joint_errors(centred(a, 0), centred(b, 0))[:, 1:])
        similar.append(pose.joint_errors(aligned(a, b), b))
    if not errors:
        return {}
    number = sum(count(e) for e in errors)
    flat, pa = np.concatenate([e.ravel() for e in errors]), np.concatenate([e.ravel() for e in similar])
    both = pair.indices(("left_wrist", "right_wrist"))
    values = {
        "hand EPE": Value(float(np.nanmean(flat)) if number else np.nan, "m", number),
        "hand EPE median": Value(float(np.nanmedian(flat)) if number else np.nan, "m", number),
        "hand PA-MPJPE (similarity)": Value(float(np.nanmean(pa)) if count(pa) else np.nan, "m", count(pa)),
        "hand PCK-AUC 20–50 mm": Value(hands.pck_auc(flat), "1", number),
    }
    if len(both) == 2:
        a, b = pair.joints("camera", both)
        together = there["left"] & there["right"]
        value = hands.mrrpe(a[:, 0], a[:, 1], b[:, 0], b[:, 1], together)
        values["MRRPE"] = Value(value, "m", int(together.sum()))
    return values | _side_values(pair, there)


def confidence_values(groups: dict[str, tuple[Array, Array]]) -> Values:
    """Does confidence follow the error? Over all joints; ``groups`` from ``confidence_groups``."""
    sure, error = groups["all joints"]
    number = count(error)
    values = {
        "Spearman of confidence": Value(spearman(sure, error), "1", number),
        "expected calibration error": Value(expected_calibration_error(sure, error), "1", number),
    }
    return values if number else {name: Value(np.nan, "1", 0) for name in values}


def confidence_groups(pair: Pair) -> dict[str, tuple[Array, Array]]:
    """Confidence and error (m, root-centred, camera axes) of every joint but the root: all, body, hands and face."""
    a, b = pair.joints("camera", list(range(len(pair.names))))
    chosen, root = body_joints(pair.names)
    if root:
        at = [chosen[r] for r in root]
        a, b = centred(a, at), centred(b, at)
        error = pose.joint_errors(a, b)
        if len(at) == 1:
            error[:, at[0]] = np.nan
    else:
        error = pose.joint_errors(a, b)
    sure = np.where(np.isfinite(error), pair.predicted.confidence, np.nan)
    body = pair.indices(BODY_JOINTS)
    rest = [i for i in range(len(pair.names)) if i not in body]
    groups = {"all joints": list(range(len(pair.names))), "body": body, "hands and surface points": rest}
    return {name: (sure[:, columns], error[:, columns]) for name, columns in groups.items() if columns}


def joint_values(pair: Pair) -> dict[str, Values]:
    """Per joint: MPJPE of all joints both have, and PA-MPJPE (similarity) of the body's."""
    chosen, root = body_joints(pair.names)
    a, b = pair.joints("camera", list(range(len(pair.names))))
    result: dict[str, Values] = {name: {} for name in pair.names}
    if root:
        at = [chosen[r] for r in root]
        error = pose.joint_errors(centred(a, at), centred(b, at))
        for i, name in enumerate(pair.names):
            result[name]["MPJPE"] = Value(float(mean_along(error[:, i], 0)), "m", count(error[:, i]))
    own, true = pair.joints("camera", chosen)
    error = pose.joint_errors(aligned(own, true), true)
    for i, joint in enumerate(chosen):
        value = Value(float(mean_along(error[:, i], 0)), "m", count(error[:, i]))
        result[pair.names[joint]]["PA-MPJPE (similarity)"] = value
    return result


def hand_names(side: str) -> tuple[str, ...]:
    """The 15 finger joints and 5 tips of one hand."""
    return (*(f"{side}_{name}" for name in HAND_JOINTS), *(f"{side}_{finger}_tip" for finger in FINGERS))


def root_of(joints: Array, root: list[int]) -> Array:
    """(T, 3) the middle of the joints ``root``."""
    return joints[:, root].mean(1)


def _side_values(pair: Pair, there: dict[str, Array]) -> Values:
    """Which hand is which, and how the wrists turn."""
    chosen, root = body_joints(pair.names)
    scores = [
        np.stack([np.asarray(h.score)[s.at] for h in (s.person.right_hand, s.person.left_hand)], axis=-1)
        for s in (pair.predicted, pair.truth)
    ]
    told = np.where(pair.compared[:, None], scores[1] >= 0.5, np.nan)
    compared = int(pair.compared.sum())
    values = {"handedness accuracy": Value(hands.handedness_accuracy(scores[0], told), "share", compared)}
    columns = {s: pair.indices((f"{s}_wrist", *hand_names(s))) for s in ("left", "right")}
    if root and len(columns["left"]) == len(columns["right"]) > 0:
        at = [chosen[r] for r in root]
        a, b = (centred(x, at) for x in pair.joints("camera", list(range(len(pair.names)))))
        both = (there["left"] & there["right"])[:, None, None]
        state = hands.swapped(
            *(np.where(both, x[:, columns[s]], np.nan) for x in (a, b) for s in ("left", "right"))
        )
        rate = hands.swaps_per_minute(state, pair.timestamps)
        values["left/right swaps per minute"] = Value(rate, "1/min", count(state))
    seen = np.stack([there["left"], there["right"]], axis=-1)
    turned = hands.wrist_rotation_error(pair.predicted.wrist_rotations, pair.truth.wrist_rotations, seen)
    values["wrist-rotation error"] = Value(turned, "rad", int(seen.sum()))
    return values


def _vertex_values(pair: Pair) -> Values:
    """PVE over every 8th vertex, pelvis-centred: the mean of all to a fraction of a millimetre; nothing where the two
    bodies are of different meshes."""
    meshes_of = [len(side.body.v_template) for side in (pair.predicted, pair.truth)]
    if "pelvis" not in pair.names or meshes_of[0] != meshes_of[1]:
        return {}
    ids = np.arange(0, meshes_of[0], _VERTEX_STEP)
    frames = np.flatnonzero(pair.compared)
    total, number = 0.0, 0
    for start in range(0, len(frames), _VERTEX_FRAMES):
        chosen = frames[start : start + _VERTEX_FRAMES]
        meshes = [s.vertices(chosen, ids) for s in (pair.predicted, pair.truth)]
        column = pair.names.index("pelvis")
        roots = [np.einsum("tij,tj->ti", s.turn[chosen], s.world[chosen, column]) for s in (pair.predicted, pair.truth)]
        error = pose.pve(meshes[0], meshes[1], roots[0], roots[1])
        total, number = total + error * len(chosen) * len(ids), number + len(chosen) * len(ids)
    return {"PVE": Value(total / number if number else np.nan, "m", number)}
