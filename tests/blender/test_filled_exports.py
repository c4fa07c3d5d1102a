"""Files whose keys were worked out at once, beside what Blender's exporters write of every frame themselves."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from retarget_armatures import armature_of, transfer

from understudy.addon.scene import builder, fbx, fbx_file, fbx_fill, glb_fill
from understudy.addon.scene.formats import Choice, write_format
from understudy.addon.scene.glb import read_glb
from understudy.addon.scene.sampling import decomposed, eulers, inverted, sample
from understudy.core.errors import BadInputError
from understudy.core.rotation import axis_angle_to_matrix

FRAMES = 30


@pytest.fixture
def actor(addon, scene, saved_take):
    take, path = saved_take(frames=FRAMES)
    return builder.build(take, path, scene).actors[0]


def character(scene, actor, dialect: str, scale: float, drop: tuple[str, ...] = ()):
    target, bone_map = armature_of(dialect, scale, drop=drop)
    transfer(actor, None, target, bone_map, scene)
    scene.frame_start, scene.frame_end = 1, FRAMES
    return target, sample(target, scene, 1, FRAMES)


def records(record, path=""):
    for child in record.children:
        yield f"{path}/{child.name.decode()}", child
        yield from records(child, f"{path}/{child.name.decode()}")


@pytest.mark.parametrize(
    ("preset", "dialect", "scale", "drop"),
    [("generic", "mixamo", 0.01, ()), ("unreal_skeleton", "unreal5", 0.01, ("root",)), ("unity", "unity", 1.0, ()),
     ("unreal", "unreal4", 1.0, ())],
)  # fmt: skip
def test_fbx_is_record_by_record_what_blender_writes(scene, actor, tmp_path, preset, dialect, scale, drop):
    target, sampled = character(scene, actor, dialect, scale, drop)
    trees = []
    for name, known in (("filled", sampled), ("plain", None)):
        path = tmp_path / f"{name}.fbx"
        fbx.export_actor(target, path, fbx.preset(preset), "walk", sampled=known)
        trees.append(list(records(fbx_file.parse(path.read_bytes()).root)))
    filled, plain = trees
    assert [path for path, _ in filled] == [path for path, _ in plain]
    for (path, ours), (_, theirs) in zip(filled, plain, strict=True):
        if "CreationTime" in path or ours.values == theirs.values:
            continue
        assert path.startswith("/Objects/AnimationCurve/Key"), f"{path} differs"
        a, b = (fbx_file.array(record.values[0]) for record in (ours, theirs))
        assert len(a) == len(b) == (FRAMES if not path.endswith("RefCount") else 1)
        assert np.abs(a - b.astype(np.float64)).max() < 0.01, path  # degrees, where angles are near a pole


def test_gltf_holds_what_blender_writes(scene, actor, tmp_path):
    target, sampled = character(scene, actor, "godot", 1.0)
    found = []
    for name, known in (("filled", sampled), ("plain", None)):
        path = tmp_path / f"{name}.glb"
        write_format("gltf", target, path, Choice("walk", True, known), scene)
        document, data = read_glb(path)
        [animation] = document["animations"]
        tracks = {}
        for channel in animation["channels"]:
            sampler, goal = animation["samplers"][channel["sampler"]], channel["target"]
            width = glb_fill._WIDTHS[goal["path"]]
            node = document["nodes"][goal["node"]]["name"]
            tracks[node, goal["path"]] = (
                glb_fill._read(document, data, sampler["input"], 1),
                glb_fill._read(document, data, sampler["output"], width),
            )
        found.append((tracks, document))
    (filled, ours), (plain, theirs) = found
    assert filled.keys() == plain.keys() and ours["nodes"] == theirs["nodes"]
    assert len(ours["accessors"]) < len(theirs["accessors"]) + 3 * len(sampled.names)
    for key, (times, values) in plain.items():
        assert np.abs(filled[key][0] - times).max() < 1e-6
        own = filled[key][1]
        sign = np.sign(np.sum(own * values, axis=1, keepdims=True)) if key[1] == "rotation" else 1.0
        assert np.abs(own * sign - values).max() < 1e-4, key


def test_what_does_not_fit_is_left_as_it_is(scene, actor, tmp_path):
    """Two frames that are not those sampled, or another armature: nothing is changed, and Blender writes everything."""
    target, sampled = character(scene, actor, "unity", 1.0)
    moved = sampled.poses.copy()
    moved[:, 5, 0, 3] += 0.01
    other = dataclasses.replace(sampled, poses=moved)
    scene.frame_end = 2
    fbx.export_actor(target, tmp_path / "two.fbx", fbx.preset("generic"), "walk")
    write_format("gltf", target, tmp_path / "two.glb", Choice("walk"), scene)
    before = (tmp_path / "two.fbx").read_bytes()
    fps = scene.render.fps / scene.render.fps_base
    assert not fbx_fill.fill(tmp_path / "two.fbx", other, target.name, 1, fps)
    assert not fbx_fill.fill(tmp_path / "two.fbx", sampled, "nobody", 1, fps)
    assert (tmp_path / "two.fbx").read_bytes() == before
    assert not glb_fill.fill(tmp_path / "two.glb", sampled, "nobody", fps)
    scene.frame_end = FRAMES
    fbx.export_actor(target, tmp_path / "whole.fbx", fbx.preset("generic"), "walk", sampled=other)
    curves = [
        r for p, r in records(fbx_file.parse((tmp_path / "whole.fbx").read_bytes()).root) if p.endswith("KeyTime")
    ]
    assert {len(fbx_file.array(record.values[0])) for record in curves} == {FRAMES}


def test_files_are_kept_to_the_bit(scene, actor, tmp_path):
    target, _ = character(scene, actor, "unity", 1.0)
    path = tmp_path / "a.fbx"
    fbx.export_actor(target, path, fbx.preset("generic"), "walk")
    assert fbx_file.write(fbx_file.parse(path.read_bytes())) == path.read_bytes()
    with pytest.raises(BadInputError, match="no binary FBX"):
        fbx_file.parse(b"; FBX 7.4.0 project file")


@pytest.mark.parametrize("seed", range(3))
def test_angles_and_inverses_by_their_definition(seed):
    rng = np.random.default_rng(seed)
    turns = axis_angle_to_matrix(np.cumsum(rng.normal(size=(200, 4, 3)) * 0.1, axis=0))
    matrices = np.tile(np.eye(4), (200, 4, 1, 1))
    matrices[..., :3, :3] = turns * rng.uniform(0.5, 2, (1, 4, 1, 3))
    matrices[..., :3, 3] = rng.normal(size=(200, 4, 3))
    assert np.abs(inverted(matrices) @ matrices - np.eye(4)).max() < 1e-12
    _, rotations, scale = decomposed(matrices)
    assert np.abs(rotations - turns).max() < 1e-12 and (scale > 0).all()
    angles = eulers(rotations, np.zeros((4, 3)))
    x, y, z = (axis_angle_to_matrix(angles[..., k, None] * np.eye(3)[k]) for k in range(3))
    assert np.abs(z @ y @ x - rotations).max() < 1e-9
    assert np.abs(np.diff(angles, axis=0)).max() < np.pi, "no reading jumps by a whole turn"
