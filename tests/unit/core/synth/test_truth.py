"""The truth take: what was animated, what rests on the floor, what each camera sees."""

from __future__ import annotations

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.body.numpy_model import load_free_body
from understudy.core.errors import BadInputError
from understudy.core.skeleton import JOINT_INDEX, TAKE_JOINTS
from understudy.core.synth.cameras import intrinsics, look_at
from understudy.core.synth.props import Box
from understudy.core.synth.truth import (
    Performance,
    contacts,
    load_visibility,
    save_truth,
    truth_take,
    visibility,
    with_presence,
)
from understudy.core.synth.visibility import flesh
from understudy.core.take import SmplMotion, TakeCameras
from understudy.core.take_file import load

BODY = load_free_body()
UPRIGHT = np.array([np.pi / 2, 0, 0])  # Y up to Z up, facing −Y


def standing(count: int = 3, place: tuple[float, float] = (0.0, 0.0)) -> SmplMotion:
    """In the T-pose on the floor, facing −Y."""
    pelvis, soles = BODY.joints()[0], BODY.shaped()[:, 1].min()
    transl = np.array([*place, pelvis[1] - soles]) - pelvis
    zeros = np.zeros((count, 15, 3))
    return SmplMotion(np.zeros(10), np.tile(UPRIGHT, (count, 1)), np.zeros((count, 21, 3)), zeros, zeros,
                      np.tile(transl, (count, 1)))  # fmt: skip


def cameras(count: int, *positions: tuple[float, float, float], size: tuple[int, int] = (400, 400)) -> TakeCameras:
    """Standing cameras that face (0, 0, 1) through a 40 mm lens."""
    poses = np.stack([look_at(np.array(p, float), np.array([0.0, 0.0, 1.0])) for p in positions])
    n = len(positions)
    return TakeCameras(
        np.tile(np.arange(count) / 10, (n, 1)), np.tile(intrinsics(40, size), (n, 1, 1)), np.zeros((n, 4)),
        np.tile(np.array(size), (n, 1)), poses,
    )  # fmt: skip


def take_of(*motions: SmplMotion, positions=((0.0, -4.0, 1.2),), size=(400, 400)):
    count = len(motions[0].transl)
    cast = [Performance(motion, 1.7) for motion in motions]
    own = cameras(count, *positions, size=size)
    return truth_take(np.arange(count) / 10, Fraction(10), cast, own, BODY, [], {"seed": 3}, "tests")


def test_joints_hands_and_parameters_say_the_same() -> None:
    rng = np.random.default_rng(0)
    still = standing(4)
    motion = dataclasses.replace(
        still, body_pose=rng.normal(0, 0.3, (4, 21, 3)), left_hand_pose=rng.normal(0, 0.3, (4, 15, 3)),
        betas=rng.normal(0, 0.5, 10),
    )  # fmt: skip
    person = take_of(motion).people[0]
    pose = np.concatenate(
        [motion.global_orient[:, None], motion.body_pose, motion.left_hand_pose, motion.right_hand_pose], axis=1
    )
    assert np.allclose(person.joints_world, BODY.points(motion.betas, pose, motion.transl), atol=1e-6)
    for side, hand in (("left", person.left_hand), ("right", person.right_hand)):
        wrist = person.joints_world[:, JOINT_INDEX[f"{side}_wrist"]]
        assert np.allclose(hand.transl, wrist, atol=1e-6)
        # The palm's bone, turned by the hand's own orientation, ends where the body's does.
        rest = BODY.joints(motion.betas)
        bone = rest[JOINT_INDEX[f"{side}_middle1"]] - rest[JOINT_INDEX[f"{side}_wrist"]]
        expected = wrist + Rotation.from_rotvec(hand.global_orient).apply(bone)
        assert np.allclose(person.joints_world[:, JOINT_INDEX[f"{side}_middle1"]], expected, atol=1e-5)
    assert np.all(person.joints_confidence == 1) and np.all(np.isnan(person.keypoints2d))


LOW, HIGH = 0.0295, 0.0305  # m, either side of the limit, and near enough that the step between is slow


@pytest.mark.parametrize(
    ("heights", "speed", "expected"),
    [
        ([LOW] * 6, 0.0, [1] * 6),  # stands
        ([HIGH] * 6, 0.0, [0] * 6),  # too high
        ([LOW] * 6, 0.14, [1] * 6),  # creeps
        ([LOW] * 6, 0.16, [0] * 6),  # slides
        ([HIGH, LOW, LOW, HIGH, HIGH, HIGH], 0.0, [0] * 6),  # for less than 0.1 s
        ([HIGH, LOW, LOW, LOW, HIGH, HIGH], 0.0, [0, 1, 1, 1, 0, 0]),  # for 0.1 s
        ([LOW, HIGH, HIGH, HIGH, HIGH, LOW], 0.0, [1, 0, 0, 0, 0, 1]),  # cut off by the clip's ends
    ],
)
def test_contacts(heights: list[float], speed: float, expected: list[int]) -> None:
    times = np.arange(6) / 30
    points = np.stack([speed * times, np.zeros(6), heights], axis=-1)[:, None]
    assert contacts(points, times)[:, 0].tolist() == expected


def test_a_foot_that_stands_is_in_contact_and_one_frame_is_a_take_too() -> None:
    take = take_of(standing(1))
    assert np.all(take.people[0].contacts[0, :4] == 1) and np.all(take.people[0].contacts[0, 4:] == 0)


def seen_names(take, boxes=(), camera=0, person="1") -> set[str]:
    row = visibility(take, BODY, boxes)[person][camera, 0]
    return {name for name, seen in zip(TAKE_JOINTS, row, strict=True) if seen}


def test_somebody_alone_is_seen_but_for_what_the_body_hides() -> None:
    take = take_of(standing(), positions=((0.0, -4.0, 1.2), (0.0, 4.0, 1.2), (-4.0, 0.0, 1.2)), size=(600, 600))
    front, back, right = (seen_names(take, camera=c) for c in range(3))
    limbs = {f"{s}_{p}" for s in ("left", "right") for p in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")}
    assert limbs <= front and limbs <= back
    assert {"nose", "left_eye", "right_eye"} <= front and not {"nose", "left_eye", "right_eye"} & back
    assert {"left_heel", "right_heel"} <= back
    # From its right, the body hides its left shoulder and hip.
    assert "right_hip" in right and not {"left_hip", "left_shoulder", "left_ear"} & right


def test_furniture_and_other_people_hide_what_is_behind_them() -> None:
    table = Box((0.0, -2.0, 0.45), (2.0, 0.1, 0.9), 0.0)
    names = seen_names(take_of(standing()), (table,))
    assert {"head", "left_shoulder", "left_elbow"} <= names
    assert not {"left_knee", "right_ankle", "left_heel", "right_foot"} & names
    # The same board behind the person, or turned out of the way, hides nothing more.
    alone = seen_names(take_of(standing()))
    for board in (Box((0.0, 2.0, 0.45), (2.0, 0.1, 0.9), 0.0), Box((1.9, -2.0, 0.45), (2.0, 0.1, 0.9), np.pi / 2)):
        assert seen_names(take_of(standing()), (board,)) == alone
    behind = take_of(standing(place=(0.0, 0.0)), standing(place=(0.0, 1.5)))
    assert seen_names(behind, person="1") == alone
    assert not {"pelvis", "left_hip", "neck", "nose"} & seen_names(behind, person="2")


def test_outside_the_picture_and_behind_the_camera_is_not_seen() -> None:
    take = take_of(standing(), positions=((0.0, -0.9, 1.0), (0.0, -4.0, 1.0)), size=(400, 400))
    near = seen_names(take)
    assert near and not {"left_wrist", "right_wrist", "left_ankle", "right_ankle", "head"} & near
    turned = dataclasses.replace(
        take.cameras, world_from_camera=take.cameras.world_from_camera @ np.diag([-1.0, 1, -1, 1])
    )
    away = dataclasses.replace(take, cameras=turned)
    assert seen_names(away) == set() == seen_names(away, camera=1)


def test_moving_cameras_see_frame_by_frame() -> None:
    take = take_of(standing(2))
    still = take.cameras.world_from_camera[0]
    away = still @ np.diag([-1.0, 1, -1, 1])
    moving = dataclasses.replace(take.cameras, world_from_camera=np.stack([still, away])[None])
    visible = visibility(dataclasses.replace(take, cameras=moving), BODY, ())["1"]
    assert visible[0, 0].sum() > 40 and visible[0, 1].sum() == 0
    present = with_presence(dataclasses.replace(take, cameras=moving), {"1": visible}).people[0].present
    assert present.tolist() == [True, False]


def test_presence_needs_six_joints_in_one_camera() -> None:
    take = take_of(standing(3), positions=((0.0, -4.0, 1.2), (1.0, -4.0, 1.2)))
    visible = np.zeros((2, 3, len(TAKE_JOINTS)), bool)
    visible[0, 0, :6] = True  # six in one
    visible[0, 1, :3] = visible[1, 1, 3:6] = True  # three and three
    visible[0, 2, 22:60] = True  # fingers and face only
    assert with_presence(take, {"1": visible}).people[0].present.tolist() == [True, False, False]


def test_visibility_is_kept_beside_the_take(tmp_path) -> None:
    take = take_of(standing(2))
    visible = {"1": np.random.default_rng(0).uniform(size=(1, 2, len(TAKE_JOINTS))) > 0.5}
    path = save_truth(take, visible, tmp_path / "truth.take.npz")
    assert np.array_equal(load_visibility(path)["1"], visible["1"])
    back = load(path)  # every reader of takes opens it
    assert np.array_equal(back.people[0].joints_world, take.people[0].joints_world)
    assert back.settings == {"truth": True, "seed": 3}
    assert [f.name for f in tmp_path.iterdir()] == ["truth.take.npz"]
    (tmp_path / "x.take.npz").write_bytes(b"nothing")
    with pytest.raises(BadInputError):
        load_visibility(tmp_path / "x.take.npz")


def test_seeing_agrees_with_rays_against_every_triangle() -> None:
    """Möller and Trumbore's test, written out for every joint and triangle, instead of the picture's bounding boxes."""
    rng = np.random.default_rng(4)
    motion = dataclasses.replace(standing(1), body_pose=rng.normal(0, 0.5, (1, 21, 3)))
    take = take_of(motion, positions=((1.5, -3.0, 1.7),), size=(500, 500))
    cover = flesh(BODY, motion.betas)
    pose = np.concatenate(
        [motion.global_orient[:, None], motion.body_pose, motion.left_hand_pose, motion.right_hand_pose], axis=1
    )
    skin = BODY.forward(motion.betas, pose, motion.transl)[0][0]
    origin = take.cameras.world_from_camera[0, :3, 3]
    axis = take.cameras.world_from_camera[0, :3, 2]
    a, b, c = (skin[BODY.faces[:, k]] for k in range(3))
    expected = []
    for point, thick in zip(take.people[0].joints_world[0].astype(float), cover, strict=True):
        way = (point - origin) / ((point - origin) @ axis)  # one metre of depth
        h = np.cross(way, c - a)
        det = np.einsum("fi,fi->f", b - a, h)
        with np.errstate(divide="ignore", invalid="ignore"):
            u = np.einsum("fi,fi->f", origin - a, h) / det
            q = np.cross(origin - a, b - a)
            v, depth = q @ way / det, np.einsum("fi,fi->f", c - a, q) / det
            hits = (u >= 0) & (v >= 0) & (u + v <= 1) & (depth > 0)
        expected.append(not np.any(hits & (depth < (point - origin) @ axis - thick)))
    found = visibility(take, BODY, ())["1"][0, 0]
    assert found.tolist() == expected and 20 < found.sum() < 71
