"""The script behind ``understudy synth``: cameras and depth against hand-made scenes, the same pictures every time."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

from understudy.addon.headless import render_footage
from understudy.addon.headless.footage import places
from understudy.core.errors import EXIT_BAD_INPUT, EXIT_DONE, EXIT_INTERNAL

LIGHT = {
    "azimuth": 0.4, "elevation": 0.8, "sun_angle": 0.05, "sun_strength": 3.0, "sun_colour": [1, 0.95, 0.9],
    "zenith": [0.3, 0.5, 0.8], "horizon": [0.7, 0.8, 0.9], "ground": [0.25, 0.23, 0.2], "sky_strength": 0.8, "seed": 1,
}  # fmt: skip
CLOTH = {"name": "tshirt", "colour": [0.8, 0.1, 0.1], "second": [0.1, 0.1, 0.8], "pattern": "mottled"}


class Silent:
    """Takes what the script reports."""

    def __init__(self):
        self.events = []

    def write(self, **event):
        self.events.append(event)


def look_along_y(height=1.0, pitch=0.0, yaw=0.0, roll=0.0, shift=(0.0, 0.0, 0.0)):
    """world_from_camera (4,4), OpenCV's axes, from explicit rotations."""

    def about(axis, angle):
        c, s = np.cos(angle), np.sin(angle)
        i, j = [(1, 2), (2, 0), (0, 1)][axis]
        m = np.eye(3)
        m[i, i] = m[j, j] = c
        m[i, j], m[j, i] = -s, s
        return m

    level = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
    pose = np.eye(4)
    pose[:3, :3] = about(2, yaw) @ about(0, pitch) @ level @ about(2, roll)
    pose[:3, 3] = np.array([0, 0, height]) + shift
    return pose


def write_job(folder, actors, poses, size, focal, mode="fast", markers=False, place="studio", exposure=0.01):
    """A job of ``actors`` [(T,V,3)…], each a mesh of one quad unless they are markers, before cameras (C,T,4,4)."""
    folder.mkdir(parents=True, exist_ok=True)
    poses = np.asarray(poses, float)
    K = np.array([[focal, 0, (size[0] - 1) / 2], [0, focal, (size[1] - 1) / 2], [0, 0, 1]])
    meta = {
        "mode": mode, "size": list(size), "fps": 25.0, "exposure_s": exposure, "markers": markers, "light": LIGHT,
        "place": {"kind": place, "seed": 3, "centre": [0.0, 3.0], "heading": 0.3}, "props": [],
        "people": [{"materials": [CLOTH]} for _ in actors],
    }  # fmt: skip
    arrays = {"meta": np.array(json.dumps(meta)), "times": np.arange(poses.shape[1]) / 25}
    arrays |= {"camera/K": np.tile(K, (len(poses), 1, 1)), "camera/world_from_camera": poses}
    for i, track in enumerate(actors):
        np.save(folder / f"actor_{i}.npy", np.asarray(track, np.float32))
        if not markers:
            arrays[f"actor_{i}/faces"] = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
            arrays[f"actor_{i}/zones"] = np.zeros(2, np.int32)
            arrays[f"actor_{i}/rest"] = np.asarray(track[0], np.float32)
    np.savez(folder / "scene.npz", **arrays)
    pairs = [(c, f) for f in range(poses.shape[1]) for c in range(len(poses))]
    np.save(folder / "missing.npy", np.array(pairs, np.int32))
    return K


def render(job, out, cameras=1, depth=False):
    """Runs the script in this process; returns its reports."""
    for c in range(cameras):
        (out / f"cam{c + 1:02d}").mkdir(parents=True, exist_ok=True)
        (out / f"depth{c + 1:02d}").mkdir(parents=True, exist_ok=True)
    report = Silent()
    render_footage.run(job, out, depth, report)
    return report.events


def pixels(path, values=255, channel=0):
    """(H, W) of one channel, upper row first, as whole numbers."""
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    flat = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(flat)
    grid = flat.reshape(image.size[1], image.size[0], image.channels)[::-1, :, channel]
    bpy.data.images.remove(image)
    return np.round(grid * values)


def quad(x, y, z, half=0.3):
    """(4,3): an upright square across the view, ``y`` m away."""
    return [[x - half, y, z - half], [x + half, y, z - half], [x + half, y, z + half], [x - half, y, z + half]]


def project(points, K, pose):
    local = (np.asarray(points) - pose[:3, 3]) @ pose[:3, :3]
    return local[:, :2] / local[:, 2:] * K[0, 0] + K[:2, 2]


def dot_centres(picture, expected, reach=4):
    """Where the light near each expected pixel lies; all of the picture's light must be near one."""
    height, width = picture.shape
    rows, columns = np.mgrid[:height, :width]
    centres, used = [], np.zeros_like(picture, bool)
    for x, y in expected:
        near = (np.abs(columns - x) <= reach) & (np.abs(rows - y) <= reach)
        light = np.where(near, picture, 0)
        assert light.sum() > 60, f"no dot within {reach} px of ({x:.1f}, {y:.1f})"
        centres.append([(light * columns).sum() / light.sum(), (light * rows).sum() / light.sum()])
        used |= near
    assert picture[~used].sum() == 0, "light where no joint is"
    return np.array(centres)


MARKERS = [[-0.25, 1.2, 0.8], [0.22, 1.1, 0.75], [0.0, 1.3, 1.0], [-0.2, 1.25, 1.25], [0.2, 1.15, 1.3]]


@pytest.mark.parametrize(
    ("size", "poses"),
    [
        ((128, 96), [look_along_y()]),  # landscape
        ((96, 128), [look_along_y(pitch=0.1, roll=0.15)]),  # portrait, tilted
        ((96, 96), [look_along_y(yaw=0.05 * t, roll=0.1 * t, shift=(0.05 * t, 0.02 * t, 0)) for t in range(3)]),
    ],
    ids=["landscape", "portrait", "moving"],
)
def test_joints_land_where_the_cameras_say(tmp_path, size, poses):
    K = write_job(tmp_path / "job", [[MARKERS] * len(poses)], [poses], size, 110.0, markers=True)
    render(tmp_path / "job", tmp_path / "out")
    for t, pose in enumerate(poses):
        expected = project(MARKERS, K, pose)
        assert np.all((expected > 3) & (expected < np.array(size) - 4)), "the test's own dots must be in the picture"
        found = dot_centres(pixels(tmp_path / "out" / "cam01" / f"{t:06d}.png"), expected)
        assert np.linalg.norm(found - expected, axis=1).max() < 0.5


def test_a_turned_camera_moves_the_dots(tmp_path):
    """The check above would notice: half a degree is a pixel here."""
    pose, off = look_along_y(), look_along_y(yaw=np.radians(0.5))
    K = write_job(tmp_path / "job", [[MARKERS]], [[off]], (128, 96), 110.0, markers=True)
    render(tmp_path / "job", tmp_path / "out")
    expected = project(MARKERS, K, pose)
    found = dot_centres(pixels(tmp_path / "out" / "cam01" / "000000.png"), expected)
    assert np.linalg.norm(found - expected, axis=1).min() > 0.5


def test_depth_is_millimetres_along_the_axis(tmp_path):
    track = [quad(0.0, 2.0, 1.0), quad(0.2, 2.5, 1.0)]
    K = write_job(tmp_path / "job", [track], [[look_along_y()] * 2], (80, 60), 60.0)
    render(tmp_path / "job", tmp_path / "out", depth=True)
    for t, distance in enumerate((2000, 2500)):
        depth = pixels(tmp_path / "out" / "depth01" / f"{t:06d}.png", 65535)
        (left, top), (right, bottom) = (project([track[t][k]], K, look_along_y())[0] for k in (3, 1))
        inside = depth[int(top) + 2 : int(bottom) - 1, int(left) + 2 : int(right) - 1]
        assert inside.size > 50 and np.abs(inside - distance).max() <= 1
        # The floor under the camera's foot of view: z = 1 m below, so depth = focal / (row below the axis).
        row = 58
        expected = 1000 * 60.0 / (row - K[1, 2])
        assert abs(depth[row, 4] - expected) <= 1
    # The colour pictures are what they were without a depth pass.
    render(tmp_path / "job", tmp_path / "plain")
    for t in range(2):
        name = f"cam01/{t:06d}.png"
        assert np.array_equal(pixels(tmp_path / "out" / name), pixels(tmp_path / "plain" / name))


def test_the_same_job_gives_the_same_pictures_and_only_missing_pictures_are_made(tmp_path):
    track = [quad(0.02 * t, 2.0, 1.0) for t in range(2)]
    poses = [[look_along_y(yaw=0.02 * t) for t in range(2)]]
    for mode in ("fast", "full"):
        job = tmp_path / mode
        write_job(job, [track], poses, (48, 32), 40.0, mode=mode, place="courtyard")
        a, b = tmp_path / f"{mode}a", tmp_path / f"{mode}b"
        assert [e["done"] for e in render(job, a)] == [1, 2]
        render(job, b)
        names = [f"cam01/{t:06d}.png" for t in range(2)]
        # The files differ: Blender writes render times into them.
        assert all(np.array_equal(pixels(a / n), pixels(b / n)) for n in names)
        assert not np.array_equal(pixels(a / names[0]), pixels(a / names[1]))
        # What is there is left alone; frames do not depend on those rendered before them.
        (b / names[1]).unlink()
        np.save(job / "missing.npy", np.array([[0, 1]], np.int32))
        kept = (b / names[0]).stat().st_mtime_ns
        render(job, b)
        assert np.array_equal(pixels(b / names[1]), pixels(a / names[1]))
        assert (b / names[0]).stat().st_mtime_ns == kept
        assert sorted(f.name for f in (b / "cam01").iterdir()) == ["000000.png", "000001.png"]


def test_motion_blur_is_as_wide_as_the_exposure(tmp_path):
    """A square that crosses the picture at 10 m/s smears by speed × exposure, evenly to both sides."""
    track = [quad(0.4 * (t - 1), 2.0, 1.0, 0.1) for t in range(3)]
    spread = {}
    for exposure in (0.0004, 0.02):
        job = tmp_path / f"{exposure}"
        write_job(job, [track], [[look_along_y()] * 3], (96, 64), 90.0, mode="full", exposure=exposure)
        np.save(job / "missing.npy", np.array([[0, 1]], np.int32))
        render(job, job / "out")
        red, green = (pixels(job / "out" / "cam01" / "000001.png", channel=c)[26:38].mean(axis=0) for c in (0, 1))
        weight = red - green - (red - green)[:20].mean()  # the cloth is red, the backdrop is not
        weight[weight < 0.08 * weight.max()] = 0
        middle = (weight * np.arange(96)).sum() / weight.sum()
        spread[exposure] = (weight * (np.arange(96) - middle) ** 2).sum() / weight.sum()
        assert abs(middle - 47.5) < 1.0
    # Smearing evenly over a length adds its square / 12 to the variance.
    length = np.sqrt(12 * (spread[0.02] - spread[0.0004]))
    assert length == pytest.approx(10.0 * 0.02 / 2.0 * 90.0, rel=0.2)  # m/s × s / m × px


@pytest.mark.parametrize("kind", sorted(places.KINDS))
def test_every_place_surrounds_the_people_and_has_its_floor_at_zero(kind):
    bpy.ops.wm.read_homefile(use_empty=True)
    places.build({"kind": kind, "seed": 5, "centre": [1.0, 2.0], "heading": 0.7})
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    for x in np.linspace(-5, 5, 5):
        for y in np.linspace(-5, 5, 5):
            hit, where, normal, *_ = bpy.context.scene.ray_cast(graph, (1 + x, 2 + y, 1.9), (0, 0, -1))
            assert hit and abs(where.z) < 2e-3 and normal.z > 0.99
    # Nothing stands within a camera's reach of the middle.
    for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
        way = (float(np.cos(angle)), float(np.sin(angle)), 0.0)
        hit, where, *_ = bpy.context.scene.ray_cast(graph, (1, 2, 1.2), way)
        assert not hit or np.hypot(where.x - 1, where.y - 2) > 8.5


def test_the_script_reports_in_json_and_by_exit_code(tmp_path):
    script = Path(render_footage.__file__)

    def run(*arguments):
        done = subprocess.run(
            [sys.executable, "-I", script, *map(str, arguments)], capture_output=True, text=True, timeout=300
        )
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    code, lines = run("--version")
    assert code == EXIT_DONE and lines[0]["blender"].startswith(bpy.app.version_string)
    write_job(tmp_path / "job", [[quad(0, 2, 1)]], [[look_along_y()]], (32, 32), 30.0)
    (tmp_path / "out" / "cam01").mkdir(parents=True)
    code, lines = run("--job", tmp_path / "job", "--out", tmp_path / "out")
    assert code == EXIT_DONE and [line["type"] for line in lines] == ["progress", "result"]
    assert lines[0]["seconds"] > 0 and (tmp_path / "out" / "cam01" / "000000.png").is_file()
    code, lines = run("--job", tmp_path / "nowhere", "--out", tmp_path / "out")
    assert code == EXIT_BAD_INPUT and lines[-1]["type"] == "error"
    (tmp_path / "job" / "scene.npz").write_bytes(b"not an archive")
    code, lines = run("--job", tmp_path / "job", "--out", tmp_path / "out")
    assert code == EXIT_INTERNAL and lines[-1]["type"] == "error"
