"""Footage and sound in step with the actors."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import bpy
import numpy as np
import pytest

from understudy.addon import compat
from understudy.addon.scene import builder, footage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clip(tmp_path):
    """A short video beside the takes of the test."""
    found = [*sorted(ROOT.glob("sample/*.mp4")), *sorted((ROOT.parent / "shared" / "media" / "sign").glob("*.mkv"))]
    if not found:
        pytest.skip("neither the sample clip nor ../shared has a video here")
    return Path(shutil.copy(found[0], tmp_path / f"clip{found[0].suffix}"))


def background(camera):
    assert camera.data.show_background_images and len(camera.data.background_images) == 1
    return camera.data.background_images[0]


@pytest.mark.parametrize("skipped", [0, 12])
def test_footage_starts_with_the_take(scene, saved_take, clip, skipped):
    # The container's own times begin anywhere; the capture began `skipped` frames later.
    source = {"path": clip.name, "rotation": 0, "first_timestamp": 7.031}
    take, path = saved_take(timestamps=7.031 + (skipped + np.arange(20)) / 30, sources=[source])
    built = builder.build(take, path, scene)
    shown = background(built.cameras[0]).clip
    assert Path(shown.filepath).resolve() == clip
    assert min(shown.size) > 0
    # Blender shows frame `scene frame − frame_start + frame_offset` of the file, counted from 0.
    assert 1 - shown.frame_start + shown.frame_offset == skipped
    assert built.warnings == []


def test_sideways_footage_is_turned_where_blender_does_not(scene, saved_take, clip):
    take, path = saved_take(sources=[{"path": clip.name, "rotation": 90, "first_timestamp": 0.0}])
    shown = background(builder.build(take, path, scene).cameras[0])
    if compat.READS_VIDEO_ROTATION:
        assert (shown.rotation, shown.scale) == (0.0, 1.0)
    else:
        width, height = shown.clip.size
        assert shown.rotation == pytest.approx(-math.pi / 2)
        assert shown.scale == pytest.approx(max(width, height) / min(width, height))


def test_variable_rate_footage_plays_from_its_proxy_only(scene, saved_take, clip):
    timestamps = np.cumsum(np.random.default_rng(1).uniform(0.01, 0.05, 30))
    take, path = saved_take(timestamps=timestamps, sources=[{"path": clip.name, "first_timestamp": 0.0}])
    built = builder.build(take, path, scene)
    assert len(built.cameras[0].data.background_images) == 0 and len(built.warnings) == 1
    proxy = Path(shutil.copy(clip, footage.proxy_path(path)))
    assert proxy.name == "walk.proxy.mp4"
    bpy.ops.wm.read_homefile(use_empty=True)
    built = builder.build(take, path, bpy.context.scene)
    shown = background(built.cameras[0]).clip
    assert Path(shown.filepath).name == "walk.proxy.mp4"
    assert (shown.frame_start, shown.frame_offset) == (1, 0)


def test_a_scene_at_another_rate_gets_no_footage_and_says_so(scene, saved_take, clip):
    scene.render.fps = 24
    take, path = saved_take(sources=[{"path": clip.name, "first_timestamp": 0.0}])
    built = builder.build(take, path, scene, set_scene=False)
    assert len(built.cameras[0].data.background_images) == 0
    assert "rate" in built.warnings[0]


def test_a_folder_of_pictures_is_footage(scene, saved_take, tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for number in range(8, 13):
        image = bpy.data.images.new("picture", 32, 16)
        image.filepath_raw, image.file_format = str(folder / f"{number}.png"), "PNG"
        image.save()
    take, path = saved_take(frames=5, sources=[{"path": "frames", "rotation": 0, "first_timestamp": 0.0}])
    shown = background(builder.build(take, path, scene).cameras[0]).clip
    assert Path(shown.filepath).name == "8.png"
    assert shown.frame_duration == 5


def test_silent_footage_adds_no_strip(scene, saved_take, clip):
    take, path = saved_take(sources=[{"path": clip.name, "first_timestamp": 0.0}])
    built = builder.build(take, path, scene)
    if built.sound is None:
        assert len(bpy.data.sounds) == 0
    else:
        assert built.sound.frame_final_start == 1


def test_sound_starts_with_the_take(scene, saved_take, tmp_path):
    if bpy.app.version < (4, 3):
        pytest.importorskip("aud", reason="this bpy was built without sound")
    _write_tone(tmp_path / "tone.wav", seconds=2.0)
    strip = footage.add_sound(scene, tmp_path / "tone.wav", frame_start=1, skip=6)
    assert strip.frame_final_start == 1
    assert strip.frame_start == -5
    assert list(compat.strips(scene)) == [strip]
    second = footage.add_sound(scene, tmp_path / "tone.wav", frame_start=1, skip=0)
    assert second.channel == strip.channel + 1
    compat.remove_strip(scene, second)
    compat.remove_strip(scene, compat.strips(scene)[0])
    assert not compat.strips(scene) and not bpy.data.sounds


def _write_tone(path, seconds):
    import wave

    samples = (8000 * np.sin(2 * np.pi * 440 * np.arange(int(48000 * seconds)) / 48000)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(samples.tobytes())
