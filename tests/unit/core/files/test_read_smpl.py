"""Parameter files in the layouts of AMASS and of estimators, each written here by its published description."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.errors import BadInputError
from understudy.core.files.read_smpl import read_smpl

T = 4
RNG = np.random.default_rng(1)
BODY = RNG.normal(0, 0.4, (T, 22, 3))
HANDS = RNG.normal(0, 0.4, (T, 30, 3))
FACE = RNG.normal(0, 0.4, (T, 3, 3))
SMPL_HANDS = RNG.normal(0, 0.4, (T, 2, 3))
TRANS = RNG.normal(0, 1, (T, 3))


def matrices(vectors: np.ndarray) -> np.ndarray:
    return Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(*vectors.shape, 3)


AMASS = {"trans": TRANS, "betas": np.arange(16.0), "gender": np.array("female"), "mocap_framerate": np.array(120.0)}
LAYOUTS = {
    # name: (arrays, kind, has hands)
    "AMASS SMPL-H": (AMASS | {"poses": np.concatenate([BODY, HANDS], 1).reshape(T, 156)}, "smplh", True),
    "AMASS SMPL-X": (AMASS | {"poses": np.concatenate([BODY, FACE, HANDS], 1).reshape(T, 165)}, "smplx", True),
    "SMPL, joints of the hand dropped": (AMASS | {"poses": np.concatenate([BODY, SMPL_HANDS], 1).reshape(T, 72)},
                                         "smpl", False),
    "smplx names": (AMASS | {"global_orient": BODY[:, 0], "body_pose": BODY[:, 1:].reshape(T, 63),
                             "left_hand_pose": HANDS[:, :15].reshape(T, 45),
                             "right_hand_pose": HANDS[:, 15:].reshape(T, 45)}, "smplh", True),
    "matrices": (AMASS | {"global_orient": matrices(BODY[:, 0]), "body_pose": matrices(BODY[:, 1:])}, "smpl", False),
    "hands as components are left flat": (AMASS | {"global_orient": BODY[:, 0], "body_pose": BODY[:, 1:],
                                                   "left_hand_pose": HANDS[:, :2], "right_hand_pose": HANDS[:, :2]},
                                          "smpl", False),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name, tmp_path):
    arrays, kind, hands = LAYOUTS[name]
    np.savez(tmp_path / "m.npz", **arrays)
    file = read_smpl(tmp_path / "m.npz")
    assert np.allclose(file.pose[:, :22], BODY)
    assert np.allclose(file.pose[:, 22:], HANDS if hands else 0)
    assert np.allclose(file.transl, TRANS)
    assert (file.kind, file.has_hands, file.gender, file.fps) == (kind, hands, "female", 120.0)
    assert np.allclose(file.betas, np.arange(16))
    assert file.z_up


# What estimators give, once their results are saved as .npz; none says its rate or axes.
ESTIMATORS = {
    "WHAM": {"pose": np.zeros((T, 72)), "trans": np.zeros((T, 3)), "trans_world": TRANS, "betas": np.zeros((T, 10)),
             "pose_world": np.concatenate([BODY, SMPL_HANDS], 1).reshape(T, 72)},
    "GVHMR": {"smpl_params_global/body_pose": BODY[:, 1:].reshape(T, 63), "smpl_params_global/transl": TRANS,
              "smpl_params_global/global_orient": BODY[:, 0], "smpl_params_incam/transl": np.zeros((T, 3))},
    "4D-Humans": {"global_orient": matrices(BODY[:, :1]), "pred_cam_t": TRANS,
                  "body_pose": matrices(np.concatenate([BODY[:, 1:], SMPL_HANDS], 1))},
}  # fmt: skip


@pytest.mark.parametrize("name", ESTIMATORS)
def test_what_estimators_write(name, tmp_path):
    np.savez(tmp_path / "m.npz", **ESTIMATORS[name])
    file = read_smpl(tmp_path / "m.npz")
    assert np.allclose(file.pose[:, :22], BODY) and np.allclose(file.transl, TRANS)
    assert np.isnan(file.fps) and not file.z_up


def test_newer_rate_key_and_a_gender_stored_as_an_object(tmp_path):
    arrays = {k: v for k, v in AMASS.items() if k != "mocap_framerate"}
    arrays |= {"poses": np.zeros((T, 156)), "mocap_frame_rate": np.array([60.0]), "gender": np.array(None)}
    np.savez(tmp_path / "m.npz", **arrays)
    file = read_smpl(tmp_path / "m.npz")
    assert (file.fps, file.gender, file.has_hands) == (60.0, "neutral", False)


def test_no_rate_is_not_a_number(tmp_path):
    np.savez(tmp_path / "m.npz", poses=np.zeros((T, 156)), trans=TRANS)
    file = read_smpl(tmp_path / "m.npz")
    assert np.isnan(file.fps)
    assert not file.z_up  # not AMASS: any axis may be up


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"trans": TRANS}, "no poses"),
        ({"poses": np.zeros((T, 156))}, "no translation"),
        ({"poses": np.zeros((T, 150)), "trans": TRANS}, r"\(4, 150\)"),
        ({"poses": np.zeros((T, 156)), "trans": TRANS[:2]}, r"\(2, 3\)"),
        ({"poses": np.full((T, 156), np.nan), "trans": TRANS}, "not numbers"),
        ({"global_orient": BODY[:, 0], "body_pose": BODY[:, 1:10], "trans": TRANS}, "body_pose"),
    ],
)
def test_what_is_wrong_is_named(arrays, message, tmp_path):
    np.savez(tmp_path / "m.npz", **arrays)
    with pytest.raises(BadInputError, match=message):
        read_smpl(tmp_path / "m.npz")


def test_not_an_archive(tmp_path):
    (tmp_path / "m.npz").write_bytes(b"no archive")
    with pytest.raises(BadInputError, match="not a readable"):
        read_smpl(tmp_path / "m.npz")


def test_nothing_is_executed(tmp_path):
    """A pose stored as Python objects is refused, not unpickled."""
    np.savez(tmp_path / "m.npz", poses=np.array([{"a": 1}], object), trans=TRANS)
    with pytest.raises(BadInputError, match="not a readable"):
        read_smpl(tmp_path / "m.npz")
