"""Marker and motion files as annotations, by the names of joints; and our own exports read back."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.evaluate.datasets import motions
from understudy.core.evaluate.datasets.labels import BONES, MARKERS, canonical
from understudy.core.evaluate.joint_sets import JOINT_SETS, convert
from understudy.core.files.bvh import write_bvh
from understudy.core.skeleton import SMPLH_JOINTS

TRC = (
    "PathFileType\t4\t(X/Y/Z)\ta.trc\n"
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames\n"
    "50\t50\t2\t3\tm\t50\t1\t2\n"
    "Frame#\tTime\tRHip\t\t\tNeck\t\t\tCLAV\t\t\n"
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3\n"
    "1\t0.00\t1\t2\t3\t4\t5\t6\t7\t8\t9\n"
    "2\t0.02\t1\t2\t4\t\t\t\t7\t8\t9\n"
)


def test_markers_get_our_names_where_they_mean_our_joints(tmp_path: Path) -> None:
    (tmp_path / "a.trc").write_text(TRC)
    annotation = motions.trc(tmp_path / "a.trc")
    assert annotation.joint_names == ("right_hip", "Neck", "CLAV") and annotation.frame == "world"
    np.testing.assert_allclose(annotation.joints[0, 0, 0], [3, 1, 2])
    assert np.isnan(annotation.joints[0, 1, 1]).all()
    named = motions.trc(tmp_path / "a.trc", names={"Neck": "upper_neck"})
    assert named.joint_names == ("right_hip", "upper_neck", "CLAV")


def test_labels() -> None:
    """A column per convention; what is ambiguous, or taken already, stays as it is."""
    assert canonical(["RHip", "L_Knee", "right ankle", "LBigToe", "Nose"], MARKERS) == (
        "right_hip", "left_knee", "right_ankle", "left_big_toe", "nose"
    )  # fmt: skip
    assert canonical(["Hips", "LeftUpLeg", "mixamorig:RightArm", "LeftShoulder"], BONES) == (
        "pelvis", "left_hip", "right_shoulder", "left_clavicle"
    )  # fmt: skip
    assert canonical(["Neck", "Head", "Hip", "left_knee", "LKnee"], MARKERS) == (
        "Neck", "Head", "Hip", "left_knee", "LKnee"
    )  # fmt: skip
    assert set(MARKERS.values()) | set(BONES.values()) <= {name for names in JOINT_SETS.values() for name in names}


def test_the_shipped_reference_as_limb_joints(shared_dir: Path) -> None:
    path = shared_dir / "media" / "balance_4cam" / "reference" / "filtered.trc"
    if not path.is_file():
        pytest.skip("the clips balance_4cam are not in ../shared/media")
    annotation = motions.trc(path)
    limbs = convert(annotation.joints, annotation.joint_names, "BODY_25B")
    found = np.isfinite(limbs).all(axis=(0, 1, 3))
    lacking = {name for name, there in zip(JOINT_SETS["BODY_25B"], found, strict=True) if not there}
    assert lacking == {"left_eye", "right_eye", "left_ear", "right_ear", "upper_neck", "head_top"}


def test_our_own_bvh_is_the_take_again(make_take, tmp_path: Path) -> None:
    take = make_take(frames=10)
    annotation = motions.bvh(write_bvh(take, tmp_path / "a.bvh")[0])
    joints = convert(annotation.joints[0], annotation.joint_names, SMPLH_JOINTS)
    np.testing.assert_allclose(joints, take.people[0].joints_world[:, :52], atol=1e-4)
    np.testing.assert_allclose(annotation.timestamps, take.timestamps, atol=1e-4)


def test_bvh_units_axes_and_bones(tmp_path: Path) -> None:
    text = (
        "HIERARCHY\nROOT Hips\n{\n OFFSET 0 0 0\n CHANNELS 3 Xposition Yposition Zposition\n JOINT LeftUpLeg\n {\n"
        " OFFSET 10 0 0\n CHANNELS 3 Zrotation Xrotation Yrotation\n End Site\n {\n OFFSET 0 -1 0\n }\n }\n}\n"
        "MOTION\nFrames: 2\nFrame Time: 0.04\n1 100 2 0 0 0\n3 100 4 90 0 0\n"
    )
    (tmp_path / "a.bvh").write_text(text)
    annotation = motions.bvh(tmp_path / "a.bvh")
    assert annotation.joint_names == ("pelvis", "left_hip")
    np.testing.assert_allclose(annotation.joints[0, 0], [[0.01, -0.02, 1.0], [0.11, -0.02, 1.0]])
    np.testing.assert_allclose(annotation.timestamps, [0, 0.04])
    other = motions.bvh(tmp_path / "a.bvh", unit="mm", up="z")
    np.testing.assert_allclose(other.joints[0, 0, 0], [0.001, 0.1, 0.002])
    with pytest.raises(BadInputError, match="up is 'x'"):
        motions.bvh(tmp_path / "a.bvh", up="x")
    with pytest.raises(BadInputError, match="unknown unit 'inch'"):
        motions.bvh(tmp_path / "a.bvh", unit="inch")


def test_openpose_is_2d_only(tmp_path: Path) -> None:
    for frame, people in ((5, 1), (7, 2)):
        body = [value for j in range(25) for value in (frame + j, 2.0 * j, 0.5)]
        content = {"people": [{"pose_keypoints_2d": body}] * people}
        (tmp_path / f"a_{frame:012d}_keypoints.json").write_text(json.dumps(content))
    annotation = motions.openpose(tmp_path, fps=25)
    assert annotation.joint_names == JOINT_SETS["BODY_25"] and annotation.people == ("1", "2")
    np.testing.assert_allclose(annotation.timestamps, [0.2, 0.28])
    assert annotation.joints2d is not None and annotation.joints2d.shape == (1, 2, 2, 25, 2)
    np.testing.assert_allclose(annotation.joints2d[0, 1, 1, 3], [10, 6])
    assert np.isnan(annotation.joints2d[0, 1, 0]).all() and np.isnan(annotation.joints).all()
    assert annotation.extra["confidence"][1].tolist() == [[0.0] * 25, [0.5] * 25]
    assert motions.openpose(tmp_path, joint_set="BODY_25B").joint_names == JOINT_SETS["BODY_25B"]


def test_the_shipped_detections(shared_dir: Path, tmp_path: Path) -> None:
    archive = shared_dir / "media" / "balance_4cam" / "reference" / "keypoints2d_body25b_json.tar.gz"
    if not archive.is_file():
        pytest.skip("the clips balance_4cam are not in ../shared/media")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, [m for m in file.getmembers() if "cam03" in m.name], filter="data")
    annotation = motions.openpose(tmp_path / "pose" / "cam03_json", joint_set="BODY_25B", fps=60)
    assert annotation.joints2d is not None and annotation.joints2d.shape == (1, 1, 100, 25, 2)
    seen = annotation.joints2d[0, 0]
    assert np.nanmin(seen[..., 0]) > 0 and np.nanmax(seen[..., 0]) < 1088 and np.nanmax(seen[..., 1]) < 1920
