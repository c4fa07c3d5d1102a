"""Operators that write a file refuse a path without a name, and write nothing anywhere."""

from __future__ import annotations

import bpy
import pytest
from retarget_armatures import armature_of

ops = bpy.ops.understudy
NO_NAME = r"No file name was given\. Name the file, such as"


def on_character(operator, **options):
    """The operator on a mapped character that plays an action."""

    def call(path: str) -> None:
        armature, _ = armature_of("unity")
        bpy.context.view_layer.objects.active = armature
        armature.select_set(True)
        armature.keyframe_insert("location", frame=1)
        ops.map_bones()
        operator(filepath=path, **options)

    return call


# What writes, and the extension of what it writes.
WRITERS = {
    "save_bones": (on_character(ops.save_bones), ".json"),
    "export_fbx": (on_character(ops.export_character, preset="unreal"), ".fbx"),
    "export_glb": (on_character(ops.export_character, preset="gltf"), ".glb"),
    "save_edited_take": (lambda path: ops.save_edited_take(filepath=path), ".take.npz"),
    "record": (lambda path: ops.record(camera="0", filepath=path), ".mp4"),
}
KINDS = ("nothing", "blank", "extension", "folder")
# A recording without a path gets a name by date and time.
CASES = [(name, kind) for name in WRITERS for kind in KINDS if (name, kind) != ("record", "nothing")]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_path_without_a_name_is_refused(pretended_engine, imported, tmp_path, monkeypatch, name, kind):
    write, suffix = WRITERS[name]
    imported()
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    path = {
        "nothing": "",
        "blank": " " + suffix,
        "extension": str(inside / suffix),  # what the file browser gives when the name was deleted
        "folder": f"{inside}/",
    }[kind]
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RuntimeError, match=NO_NAME):
        write(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_actor_needs_a_name(imported):
    imported()
    with pytest.raises(RuntimeError, match=r"no name\. Give one"):
        ops.save_actor(person="1", name="")
