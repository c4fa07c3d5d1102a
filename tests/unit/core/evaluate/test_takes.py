"""A take against a truth: what is matched, what is masked, and that nothing missing becomes a zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from understudy.core.errors import BadInputError
from understudy.core.evaluate.pose import mpjpe, pa_mpjpe
from understudy.core.evaluate.takes import evaluate_takes

BODY = 22


def with_people(take, change):
    """The take with every person's fields changed by ``change(person, index)``."""
    return replace(take, people=tuple(replace(p, **change(p, i)) for i, p in enumerate(take.people)))


def moved_joints(take, change):
    return with_people(take, lambda p, i: {"joints_world": change(np.asarray(p.joints_world, np.float64))})


def at_frames(take, frames):
    """The take with some of its frames only."""

    def cut(value):
        return value[frames] if np.ndim(value) and len(value) == take.frame_count else value

    def person(p):
        parts = {
            name: replace(part, **{k: cut(v) for k, v in vars(part).items()})
            for name, part in (("smpl", p.smpl), ("left_hand", p.left_hand), ("right_hand", p.right_hand))
        }
        views = {k: getattr(p, k)[:, frames] for k in ("keypoints2d", "keypoints2d_confidence", "keypoints3d")}
        plain = {k: getattr(p, k)[frames] for k in ("present", "joints_world", "joints_confidence", "contacts")}
        return replace(p, **parts, **views, **plain)

    return replace(
        take,
        timestamps=take.timestamps[frames],
        cameras=replace(take.cameras, timestamps=take.cameras.timestamps[:, frames]),
        people=tuple(map(person, take.people)),
    )


def with_joints(take, columns):
    """The take with the joints ``columns`` only, in that order."""
    people = tuple(
        replace(p, joints_world=p.joints_world[:, columns], joints_confidence=p.joints_confidence[:, columns])
        for p in take.people
    )
    names, parents = (tuple(x[i] for i in columns) for x in (take.joint_names, take.joint_parents))
    return replace(take, people=people, joint_names=names, joint_parents=parents)


def noisy(take, sigma=0.03, seed=1):
    r = np.random.default_rng(seed)
    return moved_joints(take, lambda joints: joints + r.normal(0, sigma, joints.shape))


@pytest.fixture
def truth(make_take):
    return make_take(frames=30, people=2)


def assert_same(a, b, names=("MPJPE", "PA-MPJPE (similarity)", "MRPE", "3DPCK_rel (matched)", "acceleration error")):
    for name in names:
        assert a.overall[name].value == pytest.approx(b.overall[name].value, rel=1e-5, abs=1e-9), name
        assert a.overall[name].count == b.overall[name].count, name


def test_a_take_against_itself(truth):
    report = evaluate_takes(truth, truth)
    assert report.frames == (30, 0, 0) and not report.missing_people and not report.extra_people
    for name in ("MPJPE", "PA-MPJPE (rigid)", "N-MPJPE", "MPJVE", "PVE", "MRPE", "W-MPJPE", "acceleration error",
                 "reprojection error", "bone-length error", "timestamp error"):  # fmt: skip
        assert report.overall[name].value == pytest.approx(0, abs=1e-4), name
        assert report.overall[name].count > 0, name
    for name in ("coverage", "PCP", "3DPCK_abs (all)", "peak wrist acceleration preserved"):
        assert report.overall[name].value == pytest.approx(1), name
    assert report.overall["identity switches"].value == 0


def test_figures_are_those_of_the_functions(truth):
    found = noisy(truth)
    report = evaluate_takes(found, truth)
    for person, own, true in zip(report.people, found.people, truth.people, strict=True):
        a, b = own.joints_world[:, :BODY], true.joints_world[:, :BODY]
        assert person.values["MPJPE"].value == pytest.approx(mpjpe(a, b, root=0), rel=1e-6)
        assert person.values["PA-MPJPE (similarity)"].value == pytest.approx(pa_mpjpe(a, b), rel=1e-6)
        wrists = [person.joints[f"{side}_wrist"]["MPJPE"].value for side in ("left", "right")]
        error = np.linalg.norm((a - a[:, :1]) - (b - b[:, :1]), axis=-1)
        np.testing.assert_allclose(wrists, error[:, [20, 21]].mean(0), rtol=1e-6)
    assert report.overall["MPJPE"].value == pytest.approx(
        np.mean([p.values["MPJPE"].value for p in report.people]), rel=1e-9
    )


def test_depth_is_the_cameras(truth):
    # The camera of these takes looks along the world's +y.
    report = evaluate_takes(moved_joints(truth, lambda joints: joints + np.array([0, 0.1, 0])), truth)
    assert report.overall["MRPE_z"].value == pytest.approx(0.1, rel=1e-5)
    assert report.overall["MRPE_x"].value == pytest.approx(0, abs=1e-6)
    assert report.overall["MPJPE"].value == pytest.approx(0, abs=1e-6)


def test_ignores_where_the_world_lies(truth):
    turn, shift = Rotation.from_euler("z", 0.7).as_matrix(), np.array([3, -2, 0.2])
    found = noisy(truth)
    pose = truth.cameras.world_from_camera.copy()
    pose[0, :3, :3] = turn @ pose[0, :3, :3]
    pose[0, :3, 3] = turn @ pose[0, :3, 3] + shift
    elsewhere = moved_joints(found, lambda joints: joints @ turn.T + shift)
    elsewhere = replace(elsewhere, cameras=replace(found.cameras, world_from_camera=pose))
    names = ("MPJPE", "MRPE", "MRPE_z", "acceleration error", "W-MPJPE", "RTE", "reprojection error", "MRRPE")
    there, here = (evaluate_takes(take, truth) for take in (elsewhere, found))
    for name in names:
        a, b = there.overall[name].value, here.overall[name].value
        assert a == pytest.approx(b, rel=1e-5, nan_ok=True), name


def test_a_moving_camera_is_followed(truth):
    poses = np.repeat(truth.cameras.world_from_camera[:, None], 30, axis=1)
    poses[0, :, 0, 3] += np.linspace(0, 2, 30)
    moving = replace(noisy(truth), cameras=replace(truth.cameras, world_from_camera=poses))
    still = evaluate_takes(noisy(truth), truth)
    report = evaluate_takes(moving, replace(truth, cameras=moving.cameras))
    assert_same(report, still)
    assert evaluate_takes(moving, truth).overall["MRPE_x"].value > 0.5


class TestPeople:
    def test_ids_and_order_do_not_matter(self, truth):
        found = noisy(truth)
        renamed = replace(found, people=tuple(replace(p, id=f"x{p.id}") for p in reversed(found.people)))
        report = evaluate_takes(renamed, truth)
        assert [(p.truth, p.predicted) for p in report.people] == [("1", "x1"), ("2", "x2")]
        assert_same(report, evaluate_takes(found, truth))

    def test_a_guessed_scale_does_not_mix_them_up(self, truth):
        centre = truth.cameras.world_from_camera[0, :3, 3]
        far = moved_joints(noisy(truth), lambda joints: centre + 1.3 * (joints - centre))
        report = evaluate_takes(far, truth)
        assert [(p.truth, p.predicted) for p in report.people] == [("1", "1"), ("2", "2")]
        assert report.overall["reprojection error"].value < 10 and report.overall["MRPE"].value > 1

    def test_who_is_not_found_is_listed_and_wrong_and_in_no_mean(self, truth):
        alone = replace(noisy(truth), people=noisy(truth).people[:1])
        report, both = evaluate_takes(alone, truth), evaluate_takes(noisy(truth), truth)
        assert report.missing_people == ("2",) and report.overall["people missing"].value == 1
        assert report.overall["MPJPE"].value == pytest.approx(both.people[0].values["MPJPE"].value)
        assert report.overall["3DPCK_abs (all)"].value == pytest.approx(0.5, abs=0.01)
        assert report.overall["3DPCK_abs (matched)"].value > 0.95
        assert report.overall["AP_root 25 cm"].value == pytest.approx(0.5, abs=0.03)

    def test_strangers_are_listed(self, truth):
        found = noisy(truth)
        stranger = replace(found.people[0], id="9", joints_world=found.people[0].joints_world + np.array([0, 0, 7.0]))
        report = evaluate_takes(replace(found, people=(stranger, *found.people)), truth)
        assert report.extra_people == ("9",) and report.overall["people extra"].value == 1
        assert_same(report, evaluate_takes(found, truth))

    def test_nobody_found_is_no_perfect_score(self, truth):
        report = evaluate_takes(replace(truth, people=()), truth)
        assert report.missing_people == ("1", "2") and not report.people
        assert "MPJPE" not in report.overall and "expected calibration error" not in report.overall
        assert report.overall["3DPCK_rel (all)"].value == 0.0 and report.overall["AP_root 25 cm"].value == 0.0

    def test_a_truth_without_people_is_refused(self, truth):
        with pytest.raises(BadInputError, match="has no people"):
            evaluate_takes(truth, replace(truth, people=()))

    def test_identities_that_change_hands_are_counted(self, truth):
        a, b = (np.array(p.joints_world) for p in truth.people)
        a[15:], b[15:] = b[15:].copy(), a[15:].copy()
        one, two = truth.people
        mixed = replace(truth, people=(replace(one, joints_world=a), replace(two, joints_world=b)))
        assert evaluate_takes(mixed, truth).overall["identity switches"].value == 2


class TestFrames:
    def test_are_matched_by_time(self, truth):
        keep = np.delete(np.arange(30), [3, 11, 12])
        report = evaluate_takes(at_frames(noisy(truth), keep), truth)
        assert report.frames == (27, 0, 3)
        assert "3 frames of the truth" in " ".join(report.notes)
        assert report.overall["MPJPE"].value == pytest.approx(
            evaluate_takes(at_frames(noisy(truth), keep), at_frames(truth, keep)).overall["MPJPE"].value
        )

    def test_late_by_a_third_of_a_frame_is_a_timestamp_error(self, truth):
        late = replace(truth, timestamps=truth.timestamps + 0.01)
        assert evaluate_takes(late, truth).overall["timestamp error"].value == pytest.approx(0.01)

    def test_other_times_are_refused(self, truth):
        with pytest.raises(BadInputError, match="No frame"):
            evaluate_takes(replace(truth, timestamps=truth.timestamps + 60), truth)

    def test_frames_that_were_not_measured_count_only_when_asked(self, truth):
        away = np.arange(30) >= 20

        def lose(person, index):
            wrong = np.where(away[:, None, None], person.joints_world + np.array([0.3, 0, 0]), person.joints_world)
            return {"present": ~away if index == 0 else person.present, "joints_world": wrong if index == 0 else
                    person.joints_world}  # fmt: skip

        found = with_people(truth, lose)
        report = evaluate_takes(found, truth)
        person = report.people[0]
        assert (person.frames_true, person.frames_compared) == (30, 20)
        assert person.values["coverage"].value == pytest.approx(2 / 3)
        assert person.values["MRPE"].value == pytest.approx(0, abs=1e-6)
        assert "person 1 was not measured in 10 of 30 frames" in report.notes
        with_gaps = evaluate_takes(found, truth, gaps=True)
        assert with_gaps.people[0].values["MRPE"].value == pytest.approx(0.1, rel=1e-5)

    def test_one_frame_has_a_pose_and_no_motion(self, truth):
        one = at_frames(truth, np.array([4]))
        report = evaluate_takes(noisy(one), one)
        assert report.overall["MPJPE"].value > 0
        for name in ("MPJVE", "acceleration error", "jitter", "stance-foot speed", "bone-length deviation"):
            assert np.isnan(report.overall[name].value) and report.overall[name].shown() == "–", name


class TestJoints:
    def test_order_does_not_matter(self, truth):
        found = noisy(truth)
        order = np.random.default_rng(0).permutation(len(found.joint_names))
        shuffled = with_joints(found, order)
        assert_same(evaluate_takes(shuffled, truth), evaluate_takes(found, truth))

    def test_joints_the_prediction_lacks_are_listed_and_left_out(self, truth):
        keep = [i for i, n in enumerate(truth.joint_names) if "wrist" not in n and not n.startswith("left_index")]
        found = noisy(truth)
        fewer = with_joints(found, keep)
        report = evaluate_takes(fewer, truth)
        assert {"left_wrist", "right_wrist", "left_index1", "left_index_tip"} <= set(report.lacking)
        assert "left_wrist" not in report.people[0].joints and report.overall["MPJPE"].count == 2 * 30 * 20
        body = [i for i in range(BODY) if i not in (20, 21)]
        wanted = np.mean([mpjpe(p.joints_world[:, body], t.joints_world[:, body], root=0)
                          for p, t in zip(found.people, truth.people, strict=True)])  # fmt: skip
        assert report.overall["MPJPE"].value == pytest.approx(wanted)
        # A figure that needs the wrists is not there rather than 0.
        assert np.isnan(report.overall["peak wrist acceleration preserved"].value)
        assert "hand EPE" not in report.overall

    def test_joints_missing_in_some_frames_are_masked_and_counted(self, truth):
        found = noisy(truth)

        def hole(person, index):
            joints = np.array(person.joints_world)
            joints[:10, 20] = np.nan
            return {"joints_world": joints}

        report = evaluate_takes(with_people(found, hole), truth)
        assert [p.joints_missing for p in report.people] == [10, 10]
        assert report.overall["MPJPE"].count == 2 * (30 * 22 - 10)
        assert report.people[0].joints["left_wrist"]["MPJPE"].count == 20
        assert any("10 joints are missing" in note for note in report.notes)

    def test_other_skeletons_are_refused(self, truth):
        other = replace(truth, joint_names=tuple(f"bone{i}" for i in range(len(truth.joint_names))))
        with pytest.raises(BadInputError, match="no joint in common"):
            evaluate_takes(other, truth)


class TestHands:
    def hands(self, take, left=1.0, right=1.0):
        def scored(p, i):
            n = take.frame_count
            return {"left_hand": replace(p.left_hand, score=np.full(n, left)),
                    "right_hand": replace(p.right_hand, score=np.full(n, right))}  # fmt: skip

        return with_people(take, scored)

    def test_are_judged_where_both_have_them(self, truth):
        report = evaluate_takes(self.hands(noisy(truth)), self.hands(truth))
        assert report.overall["hand EPE"].count == 2 * 30 * 2 * 20
        assert 0.02 < report.overall["hand PA-MPJPE (similarity)"].value < report.overall["hand EPE"].value < 0.1
        one = evaluate_takes(self.hands(noisy(truth), left=0.2), self.hands(truth))
        assert one.overall["hand EPE"].count == 2 * 30 * 20
        assert one.overall["handedness accuracy"].value == 0.0
        assert np.isnan(one.overall["MRRPE"].value)

    def test_left_and_right_exchanged_is_a_swap(self, truth):
        names = list(truth.joint_names)
        other = {n: names.index(n.replace("left_", "right_")) for n in names if n.startswith("left_")}
        exchange = np.arange(len(names))
        for name, right in other.items():
            if "wrist" in name or any(f in name for f in ("index", "middle", "ring", "pinky", "thumb")):
                left = names.index(name)
                exchange[left], exchange[right] = right, left

        def swap(p, i):
            joints = np.array(p.joints_world)
            joints[10:15] = joints[10:15][:, exchange]
            return {"joints_world": joints}

        report = evaluate_takes(self.hands(with_people(truth, swap)), self.hands(truth))
        assert report.overall["left/right swaps per minute"].value == pytest.approx(60)
        assert evaluate_takes(self.hands(truth), self.hands(truth)).overall["left/right swaps per minute"].value == 0

    def test_a_turned_wrist_is_measured(self, truth):
        def turn(p, i):
            pose = np.array(p.smpl.body_pose, np.float64)
            wrist = Rotation.from_rotvec(pose[:, 19]) * Rotation.from_rotvec([0.2, 0, 0])  # joint 20, the left wrist
            pose[:, 19] = wrist.as_rotvec()
            return {"smpl": replace(p.smpl, body_pose=pose)}

        report = evaluate_takes(self.hands(with_people(truth, turn)), self.hands(truth))
        assert report.overall["wrist-rotation error"].value == pytest.approx(0.1, rel=1e-4)  # of two wrists one


class TestConfidence:
    def test_is_pooled_over_people_and_leaves_the_root_out(self, truth):
        r = np.random.default_rng(3)
        size = np.asarray(truth.people[0].joints_world).shape[:2]
        error = r.uniform(0, 0.12, size)

        def shaken(p, i):
            direction = r.normal(size=(*size, 3))
            step = error[..., None] * direction / np.linalg.norm(direction, axis=-1, keepdims=True)
            step[:, 0] = 0
            return {"joints_world": p.joints_world + step, "joints_confidence": np.where(error < 0.05, 0.9, 0.1)}

        report = evaluate_takes(with_people(truth, shaken), truth)
        assert report.overall["expected calibration error"].value == pytest.approx(0.1, abs=0.01)
        assert report.overall["Spearman of confidence"].value > 0.7
        diagram = report.reliability["all joints"]
        assert diagram.count.sum() == 2 * 30 * (len(truth.joint_names) - 1)
        assert report.reliability["body"].count.sum() == 2 * 30 * 21
        np.testing.assert_allclose(diagram.accuracy[[1, 9]], [0, 1], atol=0.01)
