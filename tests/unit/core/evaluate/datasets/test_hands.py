"""Hand data sets, each in its own layout: InterHand2.6M, RHD, STB, FreiHAND, Dexter+Object."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets import dexter, freihand, interhand, rhd, stb

from .conftest import points, project, turn

# --- InterHand2.6M ----------------------------------------------------------------------------------------------------

LENSES = {
    "campos": {"cam400002": [100.0, -50, -900], "cam400004": [-400.0, 20, -800]},
    "camrot": {"cam400002": turn(0.1, 0.2, 0).tolist(), "cam400004": turn(0, -0.4, 0.1).tolist()},
    "focal": {"cam400002": [1261.0, 1262.0], "cam400004": [1270.0, 1271.0]},
    "princpt": {"cam400002": [171.0, 241.0], "cam400004": [160.0, 250.0]},
}


def hand_frame(seed: int, kind: str = "interacting", seq: str = "ROM01", valid: bool = True) -> dict[str, Any]:
    flags = np.ones((42, 1))
    flags[7] = 0
    return {
        "world_coord": (100 * points(42, 3, seed=seed)).tolist(), "joint_valid": flags.tolist(), "hand_type": kind,
        "hand_type_valid": valid, "seq": seq,
    }  # fmt: skip


@pytest.fixture
def interhand_folder(tmp_path: Path) -> Path:
    frames = {"18655": hand_frame(1), "976": hand_frame(2, "right"), "18658": hand_frame(3, "left", "ROM02", False)}
    (tmp_path / "InterHand2.6M_val_joint_3d.json").write_text(json.dumps({"0": frames}))
    (tmp_path / "InterHand2.6M_val_camera.json").write_text(json.dumps({"0": LENSES}))
    return tmp_path


def test_interhand_in_a_cameras_axes(interhand_folder: Path) -> None:
    annotation = interhand.read(interhand_folder, camera="cam400004")
    assert annotation.extra["frame_indices"].tolist() == [976, 18655, 18658]
    assert annotation.extra["camera_names"].tolist() == ["cam400004", "cam400002"]
    assert annotation.hand_type is not None and annotation.hand_type.tolist() == [["right", "interacting", ""]]
    # X_cam = R (X - position), in metres
    world = 100 * points(42, 3, seed=1)
    expected = (world - LENSES["campos"]["cam400004"]) @ np.array(LENSES["camrot"]["cam400004"]).T / 1000
    valid = np.arange(42) != 7
    np.testing.assert_allclose(annotation.joints[0, 1, valid], expected[valid])
    assert np.isnan(annotation.joints[0, :, 7]).all()
    assert annotation.joint_names[20] == "right_wrist" and annotation.joint_names[41] == "left_wrist"


def test_interhand_projects_into_every_camera(interhand_folder: Path) -> None:
    annotation = interhand.read(interhand_folder)
    for c, name in enumerate(("cam400002", "cam400004")):
        x = (100 * points(42, 3, seed=2) - LENSES["campos"][name]) @ np.array(LENSES["camrot"][name]).T
        expected = x[:, :2] / x[:, 2:] * LENSES["focal"][name] + LENSES["princpt"][name]
        valid = np.arange(42) != 7
        np.testing.assert_allclose(project(annotation, c)[0, 0, valid], expected[valid])


def test_interhand_sequences_and_mano(interhand_folder: Path) -> None:
    right = {"pose": points(48).tolist(), "shape": points(10).tolist(), "trans": [0.1, 0.2, 0.3]}
    mano = {"0": {"18655": {"right": right, "left": None}}}
    (interhand_folder / "InterHand2.6M_val_MANO_NeuralAnnot.json").write_text(json.dumps(mano))
    annotation = interhand.read(interhand_folder, sequence="ROM01")
    assert annotation.extra["frame_indices"].tolist() == [976, 18655]
    np.testing.assert_allclose(annotation.extra["mano_right_pose"][1], points(48))
    np.testing.assert_allclose(annotation.extra["mano_right_trans"][1], [0.1, 0.2, 0.3])
    assert np.isnan(annotation.extra["mano_right_pose"][0]).all()
    assert np.isnan(annotation.extra["mano_left_shape"]).all()


def test_interhand_mistakes(interhand_folder: Path) -> None:
    with pytest.raises(BadInputError, match=r"no capture 3\..*0"):
        interhand.read(interhand_folder, capture=3)
    with pytest.raises(BadInputError, match=r"no sequence 'ROM09'.*ROM01, ROM02"):
        interhand.read(interhand_folder, sequence="ROM09")
    with pytest.raises(BadInputError, match=r"no camera 'cam9'.*cam400002"):
        interhand.read(interhand_folder, camera="cam9")
    path = interhand_folder / "InterHand2.6M_val_joint_3d.json"
    for change, message in (
        ({"world_coord": [[0, 0, 0]] * 21}, r"frame 5: 'world_coord' has shape \(21, 3\), expected \(42, 3\)"),
        ({"joint_valid": [1] * 21}, "'joint_valid' has 21 numbers, expected 42"),
        ({"hand_type": "both"}, "hand_type is 'both'"),
    ):
        path.write_text(json.dumps({"0": {"5": hand_frame(1) | change}}))
        with pytest.raises(BadInputError, match=message) as caught:
            interhand.read(interhand_folder)
        assert str(path) in str(caught.value)
    path.write_text(json.dumps({"0": {"5": hand_frame(1)}}))
    lenses = interhand_folder / "InterHand2.6M_val_camera.json"
    lenses.write_text(json.dumps({"0": {k: v for k, v in LENSES.items() if k != "focal"}}))
    with pytest.raises(BadInputError, match=r"camera\.json: capture 0: no 'focal'"):
        interhand.read(interhand_folder)
    lenses.write_text(lenses.read_text()[:50])
    with pytest.raises(BadInputError, match=r"camera\.json is not readable JSON"):
        interhand.read(interhand_folder)


# --- RHD --------------------------------------------------------------------------------------------------------------


def rhd_content() -> dict[int, Any]:
    content = {}
    for i in range(3):
        visible = np.ones((42, 1))
        visible[[3, 30]] = 0
        if i == 1:
            visible[:21] = 0
        uv = np.concatenate([100 + points(42, 2, seed=i), visible], axis=1)
        content[i] = {"xyz": points(42, 3, seed=i), "uv_vis": uv, "K": np.diag([282.9, 282.9, 1.0])}
    return content


def test_rhd_keeps_metres_and_masks_what_is_hidden(write_pickle) -> None:
    path = write_pickle("anno_evaluation.pickle", rhd_content())
    annotation = rhd.read(path)
    np.testing.assert_allclose(annotation.joints[0, 2, 5], points(42, 3, seed=2)[5])
    assert np.isnan(annotation.joints[0, :, [3, 30]]).all() and np.isnan(annotation.joints[0, 1, :21]).all()
    assert annotation.joints2d is not None and np.isnan(annotation.joints2d[0, 0, 0, 3]).all()
    np.testing.assert_allclose(annotation.joints2d[0, 0, 1, 40], 100 + points(42, 2, seed=1)[40])
    assert annotation.hand_type is not None
    assert annotation.hand_type.tolist() == [["interacting", "right", "interacting"]]
    assert annotation.extra["K"].shape == (3, 3, 3)
    assert annotation.joint_names[0] == "left_wrist" and annotation.joint_names[21] == "right_wrist"
    kept = rhd.read(path.parent, hidden="keep")
    assert np.isfinite(kept.joints).all() and kept.extra["occluded"].sum() == 2 + 22 + 2


def test_rhd_mistakes(write_pickle) -> None:
    content = rhd_content()
    content[1]["xyz"] = content[1]["xyz"][:21]
    with pytest.raises(BadInputError, match=r"picture 1: 'xyz' has shape \(21, 3\)"):
        rhd.read(write_pickle("anno_a.pickle", content))
    del content[1]["xyz"]
    with pytest.raises(BadInputError, match=r"anno_a\.pickle: picture 1: no 'xyz'"):
        rhd.read(write_pickle("anno_a.pickle", content))
    with pytest.raises(BadInputError, match="numbered pictures"):
        rhd.read(write_pickle("anno_a.pickle", {"xyz": 1}))


# --- STB --------------------------------------------------------------------------------------------------------------


def stb_file(folder: Path, name: str, frames: int = 4) -> Path:
    folder.mkdir(exist_ok=True)
    savemat(folder / name, {"handPara": 50 * points(3, 21, frames) + np.array([0, 0, 500])[:, None, None]})
    return folder / name


def test_stb_stereo(tmp_path: Path) -> None:
    annotation = stb.read(stb_file(tmp_path, "B1Counting_BB.mat"))
    hand = 50 * points(3, 21, 4) + np.array([0, 0, 500])[:, None, None]
    np.testing.assert_allclose(annotation.joints[0, 3, 20], hand[:, 20, 3] / 1000)
    assert annotation.joint_names[0] == "left_palm" and annotation.frame == "camera"
    # the readme's K and base line, in the file's millimetres
    x, y, z = hand[:, 8, 1]
    left = [822.79041 * x / z + 318.47345, 822.79041 * y / z + 250.31296]
    np.testing.assert_allclose(project(annotation, 0)[0, 1, 8], left)
    right = [822.79041 * (x - 120.054) / z + 318.47345, left[1]]
    np.testing.assert_allclose(project(annotation, 1)[0, 1, 8], right)


def test_stb_depth_camera(tmp_path: Path) -> None:
    """The readme: colour = R \\ (depth - t), with R by Rodrigues' formula."""
    annotation = stb.read(stb_file(tmp_path, "B6Random_SK.mat"))
    point = 50 * points(3, 21, 4)[:, 8, 1] + [0, 0, 500]
    R, _ = cv2.Rodrigues(np.array([0.00531, -0.01196, 0.00301]))
    x, y, z = np.linalg.solve(R, point - [-24.0381, -0.4563, -1.2326])
    expected = [607.92271 * x / z + 314.78337, 607.88192 * y / z + 236.42484]
    np.testing.assert_allclose(project(annotation, 1)[0, 1, 8], expected)


def test_stb_mistakes(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"not called …_BB\.mat or …_SK\.mat"):
        stb.read(stb_file(tmp_path, "B1Counting.mat"))
    path = tmp_path / "B1Counting_BB.mat"
    savemat(path, {"handPara": points(3, 20, 4)})
    with pytest.raises(BadInputError, match=r"'handPara' has shape \(3, 20, 4\), expected \(3, 21, any\)"):
        stb.read(path)
    savemat(path, {"hand": points(3, 21, 4)})
    with pytest.raises(BadInputError, match=r"_BB\.mat: no 'handPara'"):
        stb.read(path)
    path.write_bytes(stb_file(tmp_path, "B2_BB.mat").read_bytes()[:500])
    with pytest.raises(BadInputError, match="not a readable MATLAB file"):
        stb.read(path)


# --- FreiHAND ---------------------------------------------------------------------------------------------------------

FREI_K = [[[480.0 + i, 0, 112], [0, 481.0 + i, 112], [0, 0, 1]] for i in range(3)]


def frei_folder(tmp_path: Path, K: Any = FREI_K, split: str = "training") -> Path:
    hands = 0.05 * points(3, 21, 3) + [0, 0, 0.7]
    (tmp_path / f"{split}_xyz.json").write_text(json.dumps(hands.tolist()))
    (tmp_path / f"{split}_K.json").write_text(json.dumps(K))
    return tmp_path


def test_freihand(tmp_path: Path) -> None:
    (tmp_path / "training_mano.json").write_text(json.dumps(points(3, 1, 61).tolist()))
    annotation = freihand.read(frei_folder(tmp_path))
    hand = 0.05 * points(3, 21, 3) + [0, 0, 0.7]
    np.testing.assert_allclose(annotation.joints[0], hand)
    x, y, z = hand[2, 4]
    assert annotation.joints2d is not None
    np.testing.assert_allclose(annotation.joints2d[0, 0, 2, 4], [482 * x / z + 112, 483 * y / z + 112])
    assert annotation.hand_type is not None and set(annotation.hand_type.ravel()) == {"right"}
    np.testing.assert_allclose(annotation.extra["mano"], points(3, 1, 61)[:, 0])


def test_freihand_choice_and_mistakes(tmp_path: Path) -> None:
    frei_folder(tmp_path)
    frei_folder(tmp_path, split="evaluation")
    with pytest.raises(BadInputError, match=r"which split\?.*evaluation, training"):
        freihand.read(tmp_path)
    assert freihand.read(tmp_path, "evaluation").name == "FreiHAND evaluation"
    frei_folder(tmp_path, FREI_K[:2])
    with pytest.raises(BadInputError, match=r"training_K\.json: 2 cameras for 3 hands"):
        freihand.read(tmp_path, "training")
    path = tmp_path / "training_xyz.json"
    path.write_text(path.read_text()[:80])
    with pytest.raises(BadInputError, match=r"training_xyz\.json is not readable JSON"):
        freihand.read(tmp_path, "training")
    (tmp_path / "training_K.json").unlink()
    path.write_text(json.dumps(points(1, 21, 3).tolist()))
    with pytest.raises(BadInputError, match=r"no file .*training_K\.json"):
        freihand.read(tmp_path, "training")


# --- Dexter+Object ----------------------------------------------------------------------------------------------------

ROWS = """12.5, -30, 400; 20,-10,410; 30,0,420; 40,10,32001; 50,20,440; 1,2,300; 3,4,310; 5,6,320;
-12.5,30,401;0,0,0;30,0,421;40,10,431;50,20,441
"""


def test_dexter_object(tmp_path: Path) -> None:
    path = tmp_path / "Grasp13D.txt"
    path.write_text(ROWS)
    annotation = dexter.read(path)
    assert annotation.name == "Dexter+Object Grasp1"
    np.testing.assert_allclose(annotation.joints[0, 0, 0], [-0.0125, 0.03, 0.4])  # x and y turned round, metres
    np.testing.assert_allclose(annotation.joints[0, 1, 4], [-0.05, -0.02, 0.441])
    assert np.isnan(annotation.joints[0, 0, 3]).all() and np.isnan(annotation.joints[0, 1, 1]).all()
    np.testing.assert_allclose(annotation.extra["object_corners"][0, 2], [-0.005, -0.006, 0.32])
    assert np.isnan(annotation.extra["object_corners"][1]).all()
    assert annotation.joint_names[0] == "left_thumb_tip"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROWS.replace("410", "4l0"), "line 1: could not convert"),
        (ROWS + "1,2,3;4,5,6\n", "line 3: 2 points, expected 5 to 8"),
        (ROWS.replace("-12.5,30,401", "-12.5,30"), "line 2: 5 points, expected 5 to 8 of x,y,z"),
        ("\n", "is empty"),
    ],
)
def test_dexter_object_mistakes(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "Grasp13D.txt"
    path.write_text(text)
    with pytest.raises(BadInputError, match=message) as caught:
        dexter.read(path)
    assert str(path) in str(caught.value)
