"""A rig of one's own, such as Epic's mannequin or a character of Daz or Auto-Rig Pro, which cannot lie here: mapped,
given a motion, exported and read back.

    UNDERSTUDY_RIG=path/to/rig.blend|.fbx|.glb|.vrm .venv-bpy-5.0/bin/python -m pytest tests/blender/test_own_rig.py
"""

from __future__ import annotations

import os
from pathlib import Path

import bpy
import numpy as np
import pytest
from retarget_armatures import armature_of, transfer

from understudy.addon.scene import builder
from understudy.addon.scene.character_export import export_character
from understudy.addon.scene.rigs import read_rig
from understudy.addon.scene.sampling import sample
from understudy.core.rotation import matrix_to_axis_angle
from understudy.retarget.matching.guess import map_rig
from understudy.retarget.solve.settings import RetargetSettings

GIVEN = os.environ.get("UNDERSTUDY_RIG", "")
FRAMES = 24


def opened(path: Path):
    """The armature of most bones in a file."""
    suffix = path.suffix.lower()
    if suffix == ".blend":
        with bpy.data.libraries.load(str(path)) as (there, wanted):
            wanted.objects = there.objects
        for ob in wanted.objects:
            if ob.name not in bpy.context.scene.objects:
                bpy.context.scene.collection.objects.link(ob)
    elif suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path))
    else:
        bpy.ops.import_scene.gltf(filepath=str(path))
    found = [ob for ob in bpy.context.scene.objects if ob.type == "ARMATURE"]
    assert found, f"{path} holds no armature"
    target = max(found, key=lambda ob: len(ob.data.bones))
    target.animation_data_clear()
    return target


@pytest.fixture(params=["given", "built"])
def rig_file(request, scene, tmp_path) -> Path:
    """The file named by UNDERSTUDY_RIG, and one built here, by which this test itself is tested."""
    if request.param == "given":
        if not GIVEN:
            pytest.skip("no rig of one's own: set UNDERSTUDY_RIG to a file that holds it")
        return Path(GIVEN)
    armature, _ = armature_of("mixamo", 0.01)
    bpy.data.libraries.write(str(tmp_path / "rig.blend"), {armature})
    bpy.data.objects.remove(armature)
    return tmp_path / "rig.blend"


def test_a_motion_arrives_and_leaves(addon, scene, rig_file, saved_take, tmp_path):
    target = opened(rig_file)
    take, path = saved_take(frames=FRAMES)
    actor = builder.build(take, path, scene).actors[0]
    bone_map = map_rig(read_rig(target).rig)
    assert not bone_map.missing, f"not found: {bone_map.missing}"
    done = transfer(actor, None, target, bone_map, scene, RetargetSettings(plant_feet=False, hold_hands=False))
    assert not done.warnings
    if bone_map.controls:
        return
    ours, theirs = sample(actor, scene, 1, FRAMES), sample(target, scene, 1, FRAMES)
    for bone, slot in (("pelvis", "hips"), ("head", "head")):
        turns = []
        for armature, sampled, name in ((actor, ours, bone), (target, theirs, bone_map.bones[slot])):
            rest = np.array(armature.matrix_world @ armature.data.bones[name].matrix_local)[:3, :3]
            world = sampled.in_world((name,))[:, 0, :3, :3]
            axes = [m / np.linalg.norm(m, axis=-2, keepdims=True) for m in (world, rest)]
            turns.append(axes[0] @ axes[1].T)
        off = np.linalg.norm(matrix_to_axis_angle(np.swapaxes(turns[0], -1, -2) @ turns[1]), axis=-1)
        assert np.degrees(off).max() < 0.5, slot
    for preset, suffix in (("generic", ".fbx"), ("gltf", ".glb")):
        report = export_character(target, tmp_path / f"out{suffix}", preset, scene)
        assert report.good, report.line
