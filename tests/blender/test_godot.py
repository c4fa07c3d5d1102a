"""Exported files in Godot: every bone of every frame, for every FBX and glTF preset.

Godot is the program named by UNDERSTUDY_GODOT, or that of the tool real-blender beside the checkout; skipped without.
"""

from __future__ import annotations

import os
import shutil
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
import pytest
from retarget_armatures import armature_of, transfer

from understudy.addon.operators import export as export_operators
from understudy.addon.preferences import preferences
from understudy.addon.scene import builder, fbx, godot
from understudy.addon.scene.character_export import export_character
from understudy.addon.scene.format_list import FORMATS
from understudy.addon.scene.verification import Expected
from understudy.core.errors import BadInputError

TESTS = Path(__file__).resolve().parents[1]
TOOL = Path(os.environ.get("REAL_BLENDER", TESTS.parents[1] / "shared" / "tools" / "real-blender"))
CHROOT = Path(os.environ.get("REAL_BLENDER_HOME", Path.home() / ".cache" / "real-blender")) / "sid"
FRAMES = 40
# Each preset on a rig as its engine has it, with the units of that.
PRESETS = {
    "generic": ("mixamo", 0.01, ()),
    "unreal_skeleton": ("unreal5", 0.01, ("root",)),
    "unreal": ("unreal4", 1.0, ()),
    "unity": ("unity", 1.0, ()),
    "godot": ("godot", 1.0, ()),
    "gltf": ("godot", 1.0, ()),
}


@pytest.fixture(scope="session")
def program() -> str:
    named = os.environ.get("UNDERSTUDY_GODOT") or shutil.which("godot")
    if named:
        return named
    if os.geteuid() != 0 or not (TOOL / "run.sh").is_file() or not (CHROOT / ".ready").is_file():
        pytest.skip("no Godot: set UNDERSTUDY_GODOT, or run get.sh sid of the tool real-blender")
    os.environ["REAL_BLENDER"] = str(TOOL)
    return str(TESTS / "godot_program.sh")


@pytest.fixture
def actor(addon, scene, saved_take):
    take, path = saved_take(frames=FRAMES)
    return builder.build(take, path, scene).actors[0]


def test_every_preset_has_a_case():
    assert set(PRESETS) == set(fbx.PRESETS) | {"gltf"}


@pytest.mark.parametrize("preset", PRESETS)
def test_every_bone_of_every_frame(program, scene, actor, tmp_path, preset):
    dialect, scale, drop = PRESETS[preset]
    target, bone_map = armature_of(dialect, scale, drop=drop)
    transfer(actor, None, target, bone_map, scene)
    report = export_character(target, tmp_path / f"out{FORMATS[preset].suffix}", preset, scene, godot=program)
    assert report.good, report.line
    assert report.godot.startswith("Godot 4") and "mm" in report.godot, report.line
    print(preset, report.godot)


@pytest.mark.parametrize("preset", ["godot", "gltf"])
def test_actors_with_their_skin_at_a_rate_with_a_base(program, addon, scene, saved_take, tmp_path, preset):
    take, path = saved_take(frames=FRAMES, fps=Fraction(30000, 1001))
    actor = builder.build(take, path, scene).actors[0]
    report = export_character(actor, tmp_path / f"out{FORMATS[preset].suffix}", preset, scene, godot=program)
    assert report.good, report.line
    print(preset, report.godot)


def test_the_preference_makes_the_button_ask_godot(program, scene, actor, tmp_path):
    preferences().godot = program
    actor.select_set(True)
    assert bpy.ops.understudy.export_character(filepath=str(tmp_path / "a"), preset="gltf") == {"FINISHED"}
    [report] = export_operators.reports
    assert report.good and report.godot.startswith("Godot 4"), report.line


def found(names: tuple[str, ...], matrices: np.ndarray, **changes) -> godot.Found:
    fields = {"version": "4", "names": names, "matrices": matrices, "animations": ("a",), "length": 4 / 30}
    return godot.Found(**{**fields, **changes})


def test_what_godot_has_otherwise_is_a_problem():
    names = ("a:b", "c")
    wanted = Expected(names, np.tile(np.eye(4), (5, 2, 1, 1)), 30.0)
    same = wanted.matrices.copy()
    assert godot.differences(wanted, found(("a_b", "c"), same))[0] == []
    off = same.copy()
    off[2, 1, 0, 3] += 0.001
    for has, word in (
        (found(("a_b", "c"), off), "1.00 mm off in frame 2"),
        (found(("a_b",), same[:, :1]), "lacks 1 bones"),
        (found(("a_b", "c", "d"), np.tile(np.eye(4), (5, 3, 1, 1))), "too many"),
        (found(("a_b", "c"), same, animations=("a", "b")), "2 animations"),
        (found(("a_b", "c"), same, length=1.0), "lasts 1.000 s"),
    ):
        assert any(word in problem for problem in godot.differences(wanted, has)[0]), word


def test_a_program_that_is_none_is_an_error_of_the_report(scene, actor, tmp_path):
    with pytest.raises(BadInputError, match="Godot does not run"):
        godot.read(tmp_path / "a.glb", 30.0, 1, tmp_path / "nothing") if (tmp_path / "a.glb").write_bytes(
            b"x"
        ) else None
    report = export_character(actor, tmp_path / "out.glb", "gltf", scene, godot=str(tmp_path / "nothing"))
    assert not report.good and any("Godot does not run" in problem for problem in report.problems)
