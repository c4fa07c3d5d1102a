"""Clips by name and number, the split kept apart, BVH with the usual names."""

from __future__ import annotations

import numpy as np
import pytest

from understudy.core.errors import BadInputError
from understudy.core.files.read_bvh import read_bvh
from understudy.core.synth.clips import choose_clips, clip_names, read_clip, tracks_of_bvh


@pytest.mark.parametrize("which", ["9_01", "0", ""])
def test_a_clip_by_name_by_number_and_the_first(which, clip_file, tracks):
    clip = read_clip(clip_file, which)
    assert clip.frame_count == 180
    assert clip.fps == 60
    assert clip.name == "clips.npz#9_01"
    assert "mocap.cs.cmu.edu" in clip.licence
    for name, track in tracks.items():
        assert np.abs(clip.joints[name] - track).max() < 2e-3  # half precision in the file


def test_splits_are_kept_apart(clip_file):
    assert clip_names(clip_file, "test") == {"9_01": 180}
    assert clip_names(clip_file, "train") == {"9_02": 60}


def test_what_is_wrong_is_named(clip_file, tmp_path):
    with pytest.raises(BadInputError, match=r"no clip '9_07'.*9_01"):
        read_clip(clip_file, "9_07")
    with pytest.raises(BadInputError, match="no clip '2'"):
        read_clip(clip_file, "2")
    with pytest.raises(BadInputError, match="dance"):
        choose_clips(clip_file, "sculpture")
    np.savez(tmp_path / "other.npz", poses=np.zeros(3))
    with pytest.raises(BadInputError, match="root"):
        read_clip(tmp_path / "other.npz", "0")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(BadInputError, match="not a readable"):
        read_clip(tmp_path / "text.npz", "0")


@pytest.mark.parametrize("kind", ["dance", "leap", "martial", "kick", "stylised", "walk"])
def test_chosen_clips_are_of_the_held_out_subjects(kind, shared_dir):
    path = shared_dir / "mocap" / "cmu_subset.npz"
    if not path.is_file():
        pytest.skip("the motion-capture clips are not in ../shared/mocap")
    held_out = clip_names(path, "test")
    chosen = choose_clips(path, kind)
    assert chosen
    for source in chosen:
        clip, _, start = source.partition("#")[2].partition("@")
        assert clip in held_out
        assert held_out[clip] / 60 - float(start or 0) > 1.5  # s of it are left




def small_bvh(names: dict[str, str], unit: float) -> str:
    """A standing figure with the bones of CMU's files under other names, lengths of ``unit`` to the metre."""
    offsets = {
        "Hips": (0, 0.95, 0), "LeftUpLeg": (0.09, -0.05, 0), "LeftLeg": (0, -0.41, 0), "LeftFoot": (0, -0.42, 0),
        "LeftToeBase": (0, -0.05, 0.13), "Spine": (0, 0.12, 0), "Spine1": (0, 0.15, 0), "Neck": (0, 0.2, 0),
        "Head": (0, 0.1, 0), "LeftShoulder": (0.03, 0.15, 0), "LeftArm": (0.15, 0, 0), "LeftForeArm": (0.27, 0, 0),
        "LeftHand": (0.25, 0, 0),
    }  # fmt: skip
    tree = {"Hips": ["LeftUpLeg", "RightUpLeg", "Spine"], "Spine": ["Spine1"],
            "Spine1": ["Neck", "LeftShoulder", "RightShoulder"], "Neck": ["Head"]}  # fmt: skip
    for side in ("Left", "Right"):
        tree |= {f"{side}UpLeg": [f"{side}Leg"], f"{side}Leg": [f"{side}Foot"], f"{side}Foot": [f"{side}ToeBase"],
                 f"{side}Shoulder": [f"{side}Arm"], f"{side}Arm": [f"{side}ForeArm"],
                 f"{side}ForeArm": [f"{side}Hand"]}  # fmt: skip
    lines, count = ["HIERARCHY"], 0

    def visit(joint: str, root: bool) -> None:
        nonlocal count
        count += 1
        x, y, z = offsets[joint.replace("Right", "Left")]
        x = -x if joint.startswith("Right") else x
        lines.extend([f"{'ROOT' if root else 'JOINT'} {names.get(joint, joint)}", "{",
                      f"OFFSET {x * unit} {y * unit} {z * unit}"])  # fmt: skip
        position = "6 Xposition Yposition Zposition" if root else "3"
        lines.append(f"CHANNELS {position} Zrotation Yrotation Xrotation")
        for child in tree.get(joint, []):
            visit(child, False)
        if joint not in tree:
            lines.extend(["End Site", "{", f"OFFSET 0 {0.1 * unit} 0", "}"])
        lines.append("}")

    visit("Hips", True)
    row = f"0 {0.95 * unit} 0 " + " ".join(["0"] * 3 * count)
    return "\n".join([*lines, "MOTION", "Frames: 2", "Frame Time: 0.025", row, row]) + "\n"


@pytest.mark.parametrize(
    ("names", "unit"),
    [
        ({}, 100.0),  # centimetres, CMU's names
        ({}, 1 / 0.0254 * 0.45),  # the unit of CMU's own skeletons
        ({name: f"mixamorig:{name}" for name in ("Hips", "Spine", "Spine1", "Neck", "Head", "LeftArm")}, 1.0),
        ({"Neck": "neck", "LeftUpLeg": "LeftThigh", "RightUpLeg": "RightThigh"}, 39.37),  # inches, other habits
    ],
)
def test_usual_names_and_units(names, unit, tmp_path):
    (tmp_path / "a.bvh").write_text(small_bvh(names, unit))
    found = tracks_of_bvh(read_bvh(tmp_path / "a.bvh"), "a")
    assert found.fps == pytest.approx(40)
    assert np.allclose(found.joints["l_wrist"][0], [0.70, 0, 1.37], atol=0.01)  # Z up, metres
    assert np.allclose(found.joints["r_ankle"][0], [-0.09, 0, 0.07], atol=0.01)
    assert np.allclose(found.joints["r_toe"][1], [-0.09, -0.13, 0.02], atol=0.01)
    assert np.allclose(found.joints["head_top"][0], [0, 0, 1.62], atol=0.01)


def test_a_missing_joint_is_named(tmp_path):
    (tmp_path / "a.bvh").write_text(small_bvh({"LeftLeg": "Kahve"}, 100.0))
    with pytest.raises(BadInputError, match="l_knee"):
        tracks_of_bvh(read_bvh(tmp_path / "a.bvh"), "a.bvh")
