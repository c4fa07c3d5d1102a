"""EMDB (Kaufmann et al. 2023): people outdoors before a moving phone, by electromagnetic sensors. Research use;
eth-ait.github.io/emdb."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import BadInputError
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .joint_tree import load_joint_tree
from .pickles import read_pickle
from .reading import cameras, existing, integer, key, listed, numbers

FPS = 30.0
_OTHER_BODY = 5.0  # px; the file's own kp2d are the projected joints of the right model


def read(path: Path, body: Path | None = None) -> Annotation:
    """One ``P<n>/<sequence>/P<n>_<sequence>_data.pkl`` (fields: dataset.md of github.com/eth-ait/emdb).

    ``body``: the user's SMPL file of the sequence's ``gender``, from which the joints are made (SMPL-24). They are
    given in camera axes by ``camera.extrinsics`` (T,4,4), world to camera, and are NaN where ``good_frames_mask`` is
    false; the file's own world, whose up axis is not stated, is that of ``cameras.world_from_camera`` and of
    ``extra['joints_file_world']`` (1,T,24,3). ``joints2d`` is ``kp2d``. ``extra`` has ``poses`` (1,T,72), ``betas``
    (1,10), ``trans`` (1,T,3), and ``emdb1`` and ``emdb2`` (), the benchmarks that the sequence belongs to.

    Raises BadInputError also when the model's joints do not project onto ``kp2d``: it is another model.
    """
    source = existing(path)
    content = read_pickle(source)
    gender = str(key(content, "gender", source))
    tree = load_joint_tree(body, "SMPL", f"EMDB ({source.name}: {gender})")
    frames = integer(key(content, "n_frames", source), "n_frames", source)
    smpl, camera = key(content, "smpl", source), key(content, "camera", source)
    root = numbers(key(smpl, "poses_root", f"{source}: smpl"), (frames, 3), "poses_root", source)
    rest = numbers(key(smpl, "poses_body", f"{source}: smpl"), (frames, 69), "poses_body", source)
    trans = numbers(key(smpl, "trans", f"{source}: smpl"), (frames, 3), "trans", source)
    betas = numbers(listed(key(smpl, "betas", f"{source}: smpl"), "betas", source)[:10], (10,), "betas", source)
    extrinsics = numbers(key(camera, "extrinsics", f"{source}: camera"), (frames, 4, 4), "extrinsics", source)
    K = numbers(key(camera, "intrinsics", f"{source}: camera"), (3, 3), "intrinsics", source)
    flat = numbers(key(content, "kp2d", source), (frames, 24, 2), "kp2d", source).copy()
    good = numbers(key(content, "good_frames_mask", source), (frames,), "good_frames_mask", source) > 0
    poses = np.concatenate([root, rest], axis=1)
    world = tree.joints(betas, poses.reshape(frames, 24, 3), trans)
    R, t = extrinsics[:, :3, :3], extrinsics[:, :3, 3]
    joints = np.einsum("tij,tnj->tni", R, world) + t[:, None]
    image = joints @ K.T
    misses = np.linalg.norm(image[good, :, :2] / image[good, :, 2:] - flat[good], axis=-1)
    if misses.size and not np.median(misses) <= _OTHER_BODY:
        raise BadInputError(
            f"{source}: the joints of {tree.source} lie {np.median(misses):.0f} px off the file's own kp2d.",
            f"Give the official SMPL model, gender {gender}.",
        )
    joints[~good] = flat[~good] = np.nan
    times = np.arange(frames) / FPS
    size = [[integer(key(camera, name, f"{source}: camera"), name, source) for name in ("width", "height")]]
    return Annotation(
        name=f"EMDB {content.get('name', source.stem)}",
        joint_names=JOINT_SETS["SMPL-24"],
        timestamps=times,
        people=("1",),
        joints=joints[None],
        frame="camera",
        joints2d=flat[None, None],
        cameras=cameras(times, K[None], R[None], t[None], size),
        extra={
            "joints_file_world": world[None],
            "poses": poses[None],
            "betas": betas[None],
            "trans": trans[None],
            "emdb1": np.array(bool(content.get("emdb1", False))),
            "emdb2": np.array(bool(content.get("emdb2", False))),
        },
    )
