"""The sample clips and their truth: they belong together, move like people, and stay small."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import av
import numpy as np
import pytest

from understudy.core.body.numpy_model import load_free_body
from understudy.core.skeleton import CONTACT_POINTS, TAKE_JOINTS
from understudy.core.take import Take, TakePerson
from understudy.core.take_file import load
from understudy.core.video.reader import probe

SAMPLE = Path(__file__).resolve().parents[2] / "sample"
CLIPS = {"solo": 1, "duo": 2}


@pytest.fixture(params=CLIPS)
def clip(request) -> tuple[Path, Take]:
    return SAMPLE / f"{request.param}.mp4", load(SAMPLE / f"{request.param}.truth.take.npz")


def _pose(person: TakePerson) -> np.ndarray:
    smpl = person.smpl
    return np.concatenate(
        [smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose], axis=1
    ).astype(float)


def test_all_of_it_is_under_two_megabytes():
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 2_000_000


def test_truth_belongs_to_the_clip(clip):
    path, take = clip
    assert len(take.people) == CLIPS[path.stem]
    assert take.sources[0]["path"] == path.name
    assert take.sources[0]["sha256"] == sha256(path.read_bytes()).hexdigest()
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [frame.time for frame in container.decode(stream)]
        assert (stream.codec_context.width, stream.codec_context.height) == tuple(take.cameras.size[0])
    assert np.abs(np.array(times) - take.timestamps).max() < 1e-6


def test_one_clip_names_its_lens_and_one_does_not(clip):
    path, take = clip
    focal = probe(path).focal_px
    assert focal is None if path.stem == "duo" else focal == pytest.approx(take.cameras.K[0, 0, 0], abs=0.5)


def test_joints_are_those_of_the_body_today(clip):
    """Fails when the body changed: build the samples again."""
    body = load_free_body()
    for person in clip[1].people:
        points = body.points(person.smpl.betas, _pose(person), person.smpl.transl)
        assert np.abs(points - person.joints_world).max() < 1e-3
        assert abs(float(body.stature(person.smpl.betas)) - person.height) < 2e-3


def test_feet_stay_where_they_are_planted_and_above_the_floor(clip):
    body = load_free_body()
    for person in clip[1].people:
        points = body.forward(person.smpl.betas, _pose(person), person.smpl.transl, vertex_ids=body.contact_vertices)[0]
        step = np.linalg.norm(np.diff(points, axis=0), axis=-1)
        for k, name in enumerate(CONTACT_POINTS[:4]):
            held = (person.contacts[1:, k] > 0.5) & (person.contacts[:-1, k] > 0.5)
            assert held.sum() > 15, name
            assert step[held, k].max() < 0.006, name  # metres a frame; 0.15 m/s is 0.005
        assert points[:, :4, 2].min() > -0.005


def test_motion_is_smooth(clip):
    """No joint of the body is thrown about: accelerations stay under what people do."""
    _, take = clip
    for person in take.people:
        acceleration = np.diff(person.joints_world[:, :22], n=2, axis=0) * float(take.fps_nominal) ** 2
        assert np.linalg.norm(acceleration, axis=-1).max() < 60  # m/s²; a foot's landing is the largest


def test_everybody_is_in_the_picture(clip):
    _, take = clip
    pose, K, size = take.cameras.world_from_camera[0], take.cameras.K[0], take.cameras.size[0]
    for person in take.people:
        local = (person.joints_world.reshape(-1, 3) - pose[:3, 3]) @ pose[:3, :3]
        pixels = local @ K.T
        pixels = pixels[:, :2] / pixels[:, 2:]
        assert (pixels >= 0).all() and (pixels < size).all()


def test_somebody_steps_turns_and_uses_the_fingers():
    person = load(SAMPLE / "solo.truth.take.npz").people[0]
    joint = {name: person.joints_world[:, i] for i, name in enumerate(TAKE_JOINTS)}
    across = joint["left_hip"] - joint["right_hip"]
    heading = np.unwrap(np.arctan2(across[:, 1], across[:, 0]))
    assert np.degrees(np.ptp(heading)) > 40
    assert np.linalg.norm(joint["pelvis"][-1] - joint["pelvis"][0]) > 0.8
    lifts = sum(int(np.sum(np.diff((person.contacts[:, k] > 0.5).astype(int)) == -1)) for k in (0, 2))
    assert lifts >= 4
    curl = np.linalg.norm(person.smpl.right_hand_pose[:, :12], axis=(1, 2))
    assert np.ptp(curl) > 2.0  # rad, from an open hand to a fist


def test_the_two_cross_in_front_of_each_other():
    take = load(SAMPLE / "duo.truth.take.npz")
    pose = take.cameras.world_from_camera[0]
    first, second = ((p.joints_world[:, 0] - pose[:3, 3]) @ pose[:3, :3] for p in take.people)
    side = np.sign(first[:, 0] / first[:, 2] - second[:, 0] / second[:, 2])
    assert side[0] == -side[-1] != 0
    middle = int(np.argmax(side == side[-1]))
    assert abs(first[middle, 2] - second[middle, 2]) > 0.4  # one hides the other, they do not collide
    assert abs(take.people[0].height - take.people[1].height) > 0.15
