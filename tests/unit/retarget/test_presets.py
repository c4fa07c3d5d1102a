"""Maps: dialects recognised, saved, loaded, mirrored, checked."""

from __future__ import annotations

import json

import numpy as np
import pytest
from retarget_rigs import renamed, rig_of

from understudy.core.errors import BadInputError
from understudy.retarget import presets, slots
from understudy.retarget.dialects.reader import FOLDER, TESTED, dialects, read_dialect
from understudy.retarget.mapping import BoneMap, Twist
from understudy.retarget.matching.guess import map_rig
from understudy.retarget.rig import Rig


@pytest.mark.parametrize("name", sorted(dialects()))
def test_every_dialect_is_recognised_from_its_own_rig(name):
    rig, truth = rig_of(name, seed=1)
    found = map_rig(rig)
    assert found.dialect == name
    assert found.bones == truth.bones
    assert found.unsure == () and found.missing == ()


def test_the_library_names_every_rig_it_promises():
    promised = {
        "smpl", "smplx", "mixamo", "unreal4", "unreal5", "metahuman", "unity", "godot", "vrm0", "vrm1",
        "rigify_metarig", "rigify", "auto_rig_pro", "daz_genesis8", "daz_genesis9", "character_creator", "biped",
        "cmu_bvh",
    }  # fmt: skip
    assert promised <= set(dialects())
    for dialect in dialects().values():
        assert dialect.tested in TESTED and dialect.source
        assert not [slot for slot in slots.REQUIRED if slot not in dialect.bones]
        assert len(set(dialect.bones.values())) == len(dialect.bones)


@pytest.mark.parametrize("prefix", ["mixamorig:", "mixamorig1:", "hero|mixamorig:", "mixamorig_", ""])
def test_namespaces_do_not_matter(prefix):
    rig, truth = rig_of("mixamo")
    other = renamed(rig, {name: prefix + name.removeprefix("mixamorig:") for name in rig.names})
    assert map_rig(other).bones == {
        slot: prefix + bone.removeprefix("mixamorig:") for slot, bone in truth.bones.items()
    }


@pytest.mark.parametrize("text", ["label = 1", "not toml", 'label = "x"\n[centre]\nhips = "a"'])
def test_descriptions_that_are_none_name_the_file(tmp_path, text):
    path = tmp_path / "odd.toml"
    path.write_text(text)
    with pytest.raises(BadInputError, match=r"odd\.toml"):
        read_dialect(path)


def test_no_dialect_file_is_left_out():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(dialects())


@pytest.mark.parametrize("name", ["unreal5", "rigify", "daz_genesis8"])
def test_saved_and_loaded_maps_are_equal(tmp_path, name):
    _, bone_map = rig_of(name)
    assert presets.load(presets.save(bone_map, tmp_path / "rig.json")) == bone_map


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"schema": 99, "bones": {}}',
        '{"schema": 1, "bones": {"left_wing": "a"}}',
        '{"schema": 1, "bones": 3}',
    ],
)
def test_files_that_are_no_maps_are_refused_by_name(tmp_path, text):
    path = tmp_path / "rig.json"
    path.write_text(text)
    with pytest.raises(BadInputError):
        presets.load(path)


def test_presets_fit_rigs_with_fewer_bones():
    _, bone_map = rig_of("unreal5")
    rig, _ = rig_of("unreal4")
    fitted = presets.fitted(bone_map, rig)
    assert set(fitted.bones.values()) <= set(rig.names)
    assert "spine_5" not in fitted.bones and "left_hand" in fitted.bones


@pytest.mark.parametrize(
    "name", ["mixamo", "unreal5", "rigify_metarig", "daz_genesis8", "biped", "smplx", "vroid", "vrm1"]
)
def test_one_side_mirrored_gives_the_other(name):
    rig, truth = rig_of(name)
    half = BoneMap({slot: bone for slot, bone in truth.bones.items() if slots.side_of(slot) != "right"})
    assert presets.mirrored(half, rig, "left").bones == dict(truth.bones)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("hand.L", "hand.R"), ("LeftArm", "RightArm"), ("l_hand", "r_hand"), ("Bip01 L Hand", "Bip01 R Hand"),
     ("thigh_l", "thigh_r"), ("lHand", "rHand"), ("leftUpperArm", "rightUpperArm")],
)  # fmt: skip
def test_mirrored_names(name, expected):
    assert expected in presets.mirrored_names(name)
    assert name in presets.mirrored_names(expected)


def test_middle_bones_have_no_mirrored_name():
    assert not any(presets.mirrored_names(name) for name in ("spine", "Head", "pelvis", "neck_01"))


def test_a_bone_chosen_by_hand_leaves_its_former_slot():
    bone_map = BoneMap({"head": "a", "hips": "b"}, {"head": 0.5, "hips": 0.5})
    changed = bone_map.with_bone("hips", "a")
    assert dict(changed.bones) == {"hips": "a"} and changed.sure("hips")
    assert "hips" not in bone_map.with_bone("hips", None).bones


def test_what_cannot_be_a_map_is_refused():
    with pytest.raises(BadInputError, match="left_wing"):
        BoneMap({"left_wing": "a"})
    with pytest.raises(BadInputError, match="both"):
        BoneMap({"head": "a", "hips": "a"})
    with pytest.raises(BadInputError, match="share"):
        Twist("a", "left_hand", "end", 1.5)
    rig, bone_map = rig_of("unity")
    with pytest.raises(BadInputError, match="no bone 'gone'"):
        bone_map.with_bone("head", "gone").check(rig)
    with pytest.raises(BadInputError, match="Head"):
        bone_map.with_bone("head", None).check(rig)
    upside_down = bone_map.with_bone("left_hand", None).with_bone("left_lower_arm", "LeftHand")
    with pytest.raises(BadInputError, match="below"):
        upside_down.with_bone("left_hand", "LeftLowerArm").check(rig)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: {"names": ("a", "a"), "parents": r.parents}, "Two bones"),
        (lambda r: {"parents": np.array([1, -1])}, "before its parent"),
        (lambda r: {"rotations": -r.rotations}, "mirrored"),
        (lambda r: {"rotations": 2 * r.rotations}, "scaled"),
        (lambda r: {"heads": r.heads * np.nan}, "not numbers"),
        (lambda r: {"heads": r.heads[:1]}, "shape"),
    ],
)
def test_skeletons_that_are_none_are_refused(change, message):
    good = Rig.of_joints(["a", "b"], [-1, 0], np.array([[0, 0, 0.0], [0, 0, 1]]))
    data = {name: getattr(good, name) for name in ("names", "parents", "rotations", "heads", "tails")}
    with pytest.raises(BadInputError, match=message):
        Rig(**{**data, **change(good)})


def test_maps_are_json_that_others_can_read():
    data = json.loads(presets.to_json(BoneMap({"head": "a"})))
    assert data["kind"] == "understudy bone map" and data["bones"] == {"head": "a"}
