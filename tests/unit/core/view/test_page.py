"""The HTML page: its data and, where Chromium is installed, that it draws without an error."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from understudy.core.view.page import MAX_FRAMES, page_scene, write_page


def _scene(text: str) -> dict:
    return json.loads(re.search(r'<script id="take" type="application/json">(.*?)</script>', text, re.S)[1])


def test_page_stands_alone_and_holds_the_joints(make_take, tmp_path):
    take = make_take(frames=5, people=2)
    take.people[0].joints_world[3, 7] = np.nan
    [path] = write_page(take, tmp_path / "a.html")
    text = path.read_text()
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="http', text)
    scene = _scene(text)
    packed = np.frombuffer(base64.b64decode(scene["people"][0]["positions"]), "<i2").reshape(5, 71, 3)
    assert (packed[3, 7] == -32768).all()
    packed_ok = np.delete(packed.reshape(-1, 3), 3 * 71 + 7, axis=0) / 1000
    joints = np.delete(take.people[0].joints_world.reshape(-1, 3), 3 * 71 + 7, axis=0)
    assert np.abs(packed_ok - joints).max() <= 5.01e-4
    assert [p["id"] for p in scene["people"]] == ["1", "2"]
    assert path.stat().st_size < 7e6


def test_limits_hold_people_floor_and_camera(make_take):
    take = make_take(frames=5)
    scene = page_scene(take, np.arange(5))
    joints = take.people[0].joints_world.reshape(-1, 3)
    points = np.concatenate([joints, np.array(scene["cameras"][0]["points"]), [[0, 0, 0]]])
    assert (points >= np.array(scene["low"]) - 1e-3).all() and (points <= np.array(scene["high"]) + 1e-3).all()


def test_frustum_corners_project_to_the_image_corners(make_take):
    take = make_take(frames=1)
    points = np.array(page_scene(take, np.arange(1))["cameras"][0]["points"])
    pose, K = take.cameras.world_from_camera[0], take.cameras.K[0]
    local = (points[1:] - pose[:3, 3]) @ pose[:3, :3]
    pixels = local @ K.T
    assert np.allclose(pixels[:, :2] / pixels[:, 2:], [[0, 0], [640, 0], [640, 480], [0, 480]], atol=3)


def test_long_takes_are_thinned(make_take, tmp_path):
    take = make_take(frames=2 * MAX_FRAMES + 7)
    scene = _scene(write_page(take, tmp_path / "a.html")[0].read_text())
    assert len(scene["frames"]) <= MAX_FRAMES
    assert scene["frames"][:2] == [0, 3]


def test_a_title_cannot_break_out(make_take, tmp_path):
    take = make_take(frames=1)
    take.sources.append({"path": "</script><script>alert(1)</script>.mp4"})
    object.__setattr__(take.people[0], "name", "</script><b>")
    text = write_page(take, tmp_path / "a.html")[0].read_text()
    assert "<script>alert" not in text
    assert _scene(text)["people"][0]["name"] == "</script><b>"


def unpacked(text: str, *shape: int) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(text), "<i2").reshape(shape).astype(float)
    return np.where(values == -32768, np.nan, values)


def test_the_picture_has_landmarks_and_the_solve_in_pixels(make_take):
    take = make_take(frames=4)
    person = take.people[0]
    person.keypoints2d[0, 2, 5], person.keypoints2d_confidence[0, 2, 5] = (321.25, 99.5), 0.73
    scene = page_scene(take, np.arange(4))
    camera, shown = scene["cameras"][0], scene["people"][0]
    points = unpacked(shown["landmarks"][0]["points"], 4, len(take.keypoint_names), 2) * camera["unit"]
    np.testing.assert_allclose(points[2, 5], (321.25, 99.5), atol=0.03)
    assert np.isnan(points[1]).all()
    confidence = np.frombuffer(base64.b64decode(shown["landmarks"][0]["confidence"]), np.uint8).reshape(4, -1)
    assert confidence[2, 5] == 73 and confidence.sum() == 73
    found = unpacked(shown["reprojected"][0], 4, 71, 2) * camera["unit"]
    pose, K = take.cameras.world_from_camera[0], take.cameras.K[0]
    local = (person.joints_world[1] - pose[:3, 3]) @ pose[:3, :3] @ K.T
    np.testing.assert_allclose(found[1], local[:, :2] / local[:, 2:], atol=0.03)
    names = take.keypoint_names
    assert [names.index("left_shoulder"), names.index("left_elbow")] in scene["landmark_bones"]


def test_footage_is_in_the_page_or_it_says_why_not(filmed, tmp_path):
    take, path = filmed
    [camera] = page_scene(take, np.arange(12), path)["cameras"]
    assert camera["stills"]["frames"][:3] == [0, 1, 2] and not camera["note"]
    assert page_scene(take, np.arange(12))["cameras"][0]["stills"] is None
    (tmp_path / "clip.mkv").unlink()
    [camera] = page_scene(take, np.arange(12), path)["cameras"]
    assert camera["stills"] is None and "clip.mkv is not where" in camera["note"]


def test_takes_are_laid_over_one_another_by_their_times(make_take):
    take, other = make_take(frames=6, people=2), make_take(frames=12, timestamps=0.1 + np.arange(12) / 60, seed=4)
    scene = page_scene(take, np.arange(6), others=[("other", other)], name="first")
    assert scene["takes"] == ["first", "other"]
    assert [(p["take"], p["match"]) for p in scene["people"]] == [(0, 0), (0, 1), (1, 0)]
    joints = unpacked(scene["people"][2]["positions"], 6, 71, 3) / 1000
    present = np.frombuffer(base64.b64decode(scene["people"][2]["present"]), np.uint8)
    # Frames of the first at 0 to 0.167 s; the other begins at 0.1 s, at twice the rate.
    assert present.tolist() == [0, 0, 0, 1, 1, 1]
    for frame, theirs in ((3, 0), (4, 2), (5, 4)):
        np.testing.assert_allclose(joints[frame], other.people[0].joints_world[theirs], atol=6e-4)
    assert np.isnan(joints[0]).all()
    assert len({p["colour"] for p in scene["people"]}) == 3


@pytest.mark.slow
def test_chromium_draws_it(make_take, tmp_path):
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("Chromium is not installed")
    [path] = write_page(make_take(frames=5, people=2), tmp_path / "a.html")
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync --disable-quic --use-angle=swiftshader --enable-unsafe-swiftshader --virtual-time-budget=4000 --dump-dom"  # noqa: E501
    page = subprocess.run(
        [chromium, *flags.split(), f"--user-data-dir={tmp_path / 'profile'}", path.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout  # fmt: skip
    assert 'id="clock" for="frame">0.00 s' in page
    assert "gl-container" in page
