"""Our skinning against the published implementation, on the free models saved in the official layouts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from understudy.core.body.files import load_body, save_official
from understudy.core.body.layout import SMPLH_SLOTS
from understudy.core.body.numpy_model import BodyModel, load_free_body, load_free_hand
from understudy.core.body.torch_model import TorchBody
from understudy.core.skeleton import EXTRA_JOINTS

from .conftest import as_smpl, random_pose, with_random_correctives

smplx = pytest.importorskip("smplx", reason="the parity reference smplx is not installed")

TOLERANCE = 1e-5  # metres
FILE = {
    "smpl": "SMPL_NEUTRAL.pkl",
    "smplh": "SMPLH_NEUTRAL.npz",
    "mano_left": "MANO_LEFT.pkl",
    "mano_right": "MANO_RIGHT.pkl",
}
COUNT = 3


def free_model(kind: str) -> BodyModel:
    if kind.startswith("mano"):
        return load_free_hand(kind.removeprefix("mano_"))
    return load_free_body() if kind == "smplh" else as_smpl(load_free_body())


@pytest.mark.parametrize("kind", list(FILE))
def test_parity(kind: str, tmp_path: Path) -> None:
    # Correctives are random on every joint, so that the order of posedirs counts.
    model = with_random_correctives(free_model(kind))
    path = tmp_path / FILE[kind]
    save_official(model, path)
    betas, pose, transl = random_pose(model, COUNT, 11)
    tensors = {k: torch.tensor(v, dtype=torch.float32) for k, v in {"betas": betas, "transl": transl}.items()}
    flat = torch.tensor(pose.reshape(COUNT, -1), dtype=torch.float32)
    tensors["global_orient"] = flat[:, :3]
    options: dict = {"batch_size": COUNT, "use_pca": False, "flat_hand_mean": True, "ext": path.suffix[1:]}
    if kind.startswith("mano"):
        reference = smplx.create(str(path), "mano", is_rhand=kind == "mano_right", **options)
        tensors["hand_pose"] = flat[:, 3:]
    elif kind == "smplh":
        reference = smplx.create(str(path), "smplh", vertex_ids=_vertex_ids(), **options)
        tensors |= {"body_pose": flat[:, 3:66], "left_hand_pose": flat[:, 66:111], "right_hand_pose": flat[:, 111:]}
    else:
        reference = smplx.create(str(path), "smpl", batch_size=COUNT, vertex_ids=_vertex_ids())
        tensors["body_pose"] = flat[:, 3:]
    with torch.no_grad():
        expected = reference(**tensors)
    expected_joints = expected.joints[:, : model.joint_count].numpy()

    loaded = load_body(path)
    vertices, joints, _ = loaded.forward(betas, pose, transl)
    np.testing.assert_allclose(vertices, expected.vertices.numpy(), atol=TOLERANCE)
    np.testing.assert_allclose(joints, expected_joints, atol=TOLERANCE)
    torch_out = TorchBody(loaded)(*(torch.tensor(x, dtype=torch.float32) for x in (betas, pose, transl)))
    np.testing.assert_allclose(torch_out[0], expected.vertices.numpy(), atol=TOLERANCE)
    np.testing.assert_allclose(torch_out[1], expected_joints, atol=TOLERANCE)
    if kind == "smplh":
        # smplx appends surface points in its own order; ours must be among them, point for point.
        extras = loaded.points(betas, pose, transl)[:, model.joint_count :]
        appended = expected.joints[:, model.joint_count :].numpy()
        for name, point in zip(EXTRA_JOINTS, extras.swapaxes(0, 1), strict=True):
            distance = np.abs(appended - point[:, None]).max(axis=(0, 2)).min()
            assert distance < TOLERANCE, name


def _vertex_ids() -> dict[str, int]:
    """The free body's landmarks under smplx's names (which are the published numbers)."""
    names = {"reye": "right_eye", "leye": "left_eye", "rear": "right_ear", "lear": "left_ear", "nose": "nose"}
    names |= {
        f"{s[0]}{f}": f"{s}_{f}_tip" for s in ("left", "right") for f in ("thumb", "index", "middle", "ring", "pinky")
    }
    for side in ("left", "right"):
        letter = side[0].upper()
        names |= {
            f"{letter}BigToe": f"{side}_big_toe",
            f"{letter}SmallToe": f"{side}_small_toe",
            f"{letter}Heel": f"{side}_heel",
        }
    return {short: SMPLH_SLOTS[name] for short, name in names.items()}
