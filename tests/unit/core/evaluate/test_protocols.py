"""The published protocols, on annotations made of a take: what each counts, aligns and leaves out."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from motions import near, rng

from understudy.core.errors import BadInputError
from understudy.core.evaluate.annotation import Annotation
from understudy.core.evaluate.datasets.registry import READERS
from understudy.core.evaluate.figures import FIGURES
from understudy.core.evaluate.joint_sets import DERIVATIONS, JOINT_SETS, PARENTS, convert
from understudy.core.evaluate.multiview import project, to_camera
from understudy.core.evaluate.pose import mpjpe
from understudy.core.evaluate.protocols import PROTOCOLS, protocol_named
from understudy.core.evaluate.sequences import evaluate_sequence

# Joints that stand in for those a take lacks, so that an annotation of any set can be made of it.
EVERY = tuple(DERIVATIONS)


def joints_of(take, joint_set, frame="camera"):
    """(P, T, J, 3) of a take in a joint set; joints that cannot be made are random but fixed points near the root."""
    derive = tuple(n for n in EVERY if n not in take.joint_names)
    pose = take.cameras.world_from_camera[0]
    out = []
    for person in take.people:
        world = np.asarray(person.joints_world, np.float64)
        points = convert(world, take.joint_names, joint_set, derive)
        lacking = np.isnan(points[0, :, 0])
        points[:, lacking] = world[:, :1] + rng(5).normal(0, 0.2, (lacking.sum(), 3))
        out.append(to_camera(points, pose) if frame == "camera" else points)
    return np.array(out)


def annotation(take, joint_set, frame="camera", times=None, **more):
    joints = joints_of(take, joint_set, frame)
    return Annotation(
        name=f"test of {joint_set}", joint_names=JOINT_SETS[joint_set],
        timestamps=np.asarray(take.timestamps if times is None else times, float),
        people=tuple(str(p + 1) for p in range(len(joints))), joints=joints, frame=frame, **more,
    )  # fmt: skip


def changed(truth, joints):
    return replace(truth, joints=joints)


@pytest.fixture
def take(make_take):
    return make_take(frames=66, people=1)


class TestTable:
    @pytest.mark.parametrize("name", PROTOCOLS)
    def test_every_protocol_names_what_there_is(self, name):
        protocol = PROTOCOLS[name]
        names = JOINT_SETS[protocol.joint_set]
        assert set(protocol.readers) <= set(READERS)
        assert {READERS[r].joint_set for r in protocol.readers} == {protocol.joint_set}
        assert set(protocol.root) | set(protocol.left_out) <= set(names)
        assert set(protocol.figures) | set(protocol.options) <= set(FIGURES)
        assert set(protocol.derive) <= set(DERIVATIONS)
        for reader in protocol.readers[:1]:
            assert set(protocol.reader_options) <= set(READERS[reader].options)
        assert protocol.source and protocol.title

    def test_the_data_sets_of_the_readers_have_one(self):
        covered = {reader for protocol in PROTOCOLS.values() for reader in protocol.readers}
        with_3d = {n for n, r in READERS.items() if r.joint_set and n not in ("mpii", "coco", "amass")}
        assert covered == with_3d

    @pytest.mark.parametrize("name", PROTOCOLS)
    def test_the_truth_itself_is_perfect(self, take, name):
        protocol = PROTOCOLS[name]
        truth = annotation(take, protocol.joint_set)
        if protocol.matching == "picture":
            truth = replace(truth, joints2d=truth.joints[None, ..., :2] * 500)
        report = evaluate_sequence(truth, truth, protocol)
        assert report.lacking == () and report.missing_people == ()
        assert report.overall
        for figure, value in report.overall.items():
            higher = any(word in figure for word in ("PCK", "AUC", "AP_root", "PCP", "accuracy"))
            if figure == "jitter":
                continue
            if value.count == 0:
                assert "single" in figure, figure  # both hands are annotated in every frame
                continue
            low = 30 / 31 if "AUC_" in figure else 0.98 if "AP_root" in figure else 1.0
            assert value.value == pytest.approx(low if higher else 0, abs=0.02 if higher else 1e-6), figure

    def test_an_unknown_name_lists_those_there_are(self):
        with pytest.raises(BadInputError, match="mupots") as caught:
            protocol_named("nothing")
        assert "bvh" in str(caught.value)


class TestHuman36m:
    def test_every_64th_frame_counts(self, take):
        truth = annotation(take, "H36M-17", "world", times=take.timestamps)
        wrong = truth.joints.copy()
        wrong[:, :, 6] += [0.3, 0, 0]  # left ankle, 1 of 17
        wrong[:, [0, 64], 6] = truth.joints[:, [0, 64], 6]
        assert evaluate_sequence(changed(truth, wrong), truth, PROTOCOLS["h36m-p2"]).overall["MPJPE"].value == 0.0
        every = evaluate_sequence(changed(truth, wrong), truth, PROTOCOLS["h36m"]).overall
        assert every["MPJPE"].value == pytest.approx(0.3 / 17 * 64 / 66)
        assert every["MPJVE"].unit == "m/frame"

    def test_counts_by_the_data_sets_own_frame_numbers(self, take):
        numbers = np.arange(66) * 32
        truth = annotation(take, "H36M-17", "world", extra={"frame_indices": numbers})
        report = evaluate_sequence(truth, truth, PROTOCOLS["h36m-p2"])
        assert report.frames[0] == 33

    def test_a_take_stands_in_for_what_it_lacks_and_says_so(self, take):
        truth = annotation(take, "H36M-17")
        report = evaluate_sequence(take, truth, PROTOCOLS["h36m"], name="x.take.npz")
        assert report.lacking == () and any("thorax" in note for note in report.notes)
        assert report.overall["MPJPE"].value == pytest.approx(0, abs=1e-6)
        assert "MRPE" not in report.overall  # not one of this protocol's

    def test_rigid_and_similarity_differ_by_scale(self, take):
        truth = annotation(take, "H36M-17")
        report = evaluate_sequence(changed(truth, 1.1 * truth.joints), truth, PROTOCOLS["h36m-p1"]).overall
        assert report["PA-MPJPE (similarity)"].value == pytest.approx(0, abs=1e-9)
        assert report["PA-MPJPE (rigid)"].value > 0.02


class TestMupots:
    @pytest.fixture
    def two(self, make_take):
        take = make_take(frames=6, people=2)
        truth = annotation(take, "MuPoTS-17", times=np.arange(6))
        flat = [project(p, take.cameras.K[0], np.eye(4)) for p in truth.joints]
        return take, replace(truth, joints2d=np.array(flat)[None])

    def test_a_take_is_matched_in_the_picture_frame_by_number(self, two):
        take, truth = two
        report = evaluate_sequence(take, truth, PROTOCOLS["mupots"])
        assert report.frames == (6, 0, 0) and not report.missing_people
        assert report.lacking == ("head_3dhp",)
        assert any("1 of 17 joints" in note for note in report.notes)
        for name in ("3DPCK_rel (all)", "3DPCK_abs (matched)"):
            assert report.overall[name].value == 1.0
            assert report.overall[name].count == 2 * 6 * 16
        assert report.overall["AP_root 25 cm"].value == pytest.approx(11 / 12)

    def test_bones_are_those_of_the_truth(self, two):
        _, truth = two
        centre = truth.joints[:, :, 14:15]
        giant = changed(truth, centre + 1.5 * (truth.joints - centre))
        giant = replace(giant, joints2d=truth.joints2d)
        report = evaluate_sequence(giant, truth, PROTOCOLS["mupots"])
        assert report.overall["AUC_rel (all)"].value == pytest.approx(30 / 31)
        assert report.people[0].values["MPJPE"].value > 0.1  # which rescales nothing

    def test_undetected_people_are_wrong_in_all_and_left_out_of_matched(self, two):
        take, truth = two
        report = evaluate_sequence(replace(take, people=take.people[:1]), truth, PROTOCOLS["mupots"]).overall
        assert report["3DPCK_rel (all)"].value == 0.5 and report["3DPCK_rel (matched)"].value == 1.0
        assert report["AP_root 25 cm"].value == pytest.approx(5 / 12)

    def test_a_detection_in_another_place_is_nobody(self, two):
        take, truth = two
        elsewhere = replace(take, people=tuple(
            replace(p, joints_world=p.joints_world + np.array([0, 0, 0.9])) for p in take.people))  # fmt: skip
        report = evaluate_sequence(elsewhere, truth, PROTOCOLS["mupots"])
        assert report.missing_people == ("1", "2")
        assert report.overall["3DPCK_rel (all)"].value == 0.0
        assert np.isnan(report.overall["3DPCK_rel (matched)"].value)

    def test_too_few_frames_for_the_pictures_numbers_are_refused(self, two):
        take, truth = two
        late = replace(truth, timestamps=np.arange(6) + 10.0)
        with pytest.raises(BadInputError, match="up to 15; the prediction has 6"):
            evaluate_sequence(take, late, PROTOCOLS["mupots"])


class TestWorld:
    def test_the_files_own_world_is_used(self, take):
        # A camera that moves: joints in its axes tremble, those in the file's world do not.
        truth = annotation(take, "SMPL-24", "camera")
        world = joints_of(take, "SMPL-24", "world")
        shake = rng().normal(0, 0.05, (1, 66, 1, 3))
        truth = replace(truth, joints=truth.joints + shake, extra={"joints_file_world": world})
        report = evaluate_sequence(take, truth, PROTOCOLS["emdb-2"])
        assert report.overall["W-MPJPE"].value == pytest.approx(0, abs=1e-5)
        assert report.overall["RTE"].value == pytest.approx(0, abs=1e-5)
        assert report.lacking == ("left_hand", "right_hand")

    def test_masked_frames_stay_masked_in_the_world(self, take):
        truth = annotation(take, "SMPL-24", "camera")
        joints = truth.joints.copy()
        joints[:, 10:40] = np.nan
        truth = replace(truth, joints=joints, extra={"joints_file_world": joints_of(take, "SMPL-24", "world")})
        report = evaluate_sequence(take, truth, PROTOCOLS["emdb-2"])
        assert report.overall["W-MPJPE"].count == 36 * 22


class TestHands:
    def test_interhand_by_kind_of_frame(self, take):
        truth = annotation(take, "InterHand-42")
        joints = truth.joints.copy()
        joints[:, :30, 21:] = np.nan  # frames with the right hand only
        truth = changed(truth, joints)
        wrong = joints.copy()
        wrong[:, :, 0] += [0.042, 0, 0]  # the right thumb's tip, 1 of 42
        report = evaluate_sequence(changed(truth, wrong), truth, PROTOCOLS["interhand"]).overall
        assert report["MPJPE"].value == pytest.approx(0.042 / 42)
        assert report["MPJPE single hand"].value == pytest.approx(0.042 / 21)
        assert report["MPJPE interacting hands"].value == pytest.approx(0.042 / 42)
        assert report["MRRPE"].count == 36

    def test_handedness_of_a_take(self, take):
        truth = annotation(take, "InterHand-42")
        person = take.people[0]
        hands = {"right_hand": replace(person.right_hand, score=np.ones(66)),
                 "left_hand": replace(person.left_hand, score=(np.arange(66) < 33) * 1.0)}  # fmt: skip
        report = evaluate_sequence(replace(take, people=(replace(person, **hands),)), truth, PROTOCOLS["interhand"])
        assert report.overall["handedness accuracy"].value == pytest.approx(0.5)
        assert report.overall["MPJPE"].value == pytest.approx(0, abs=1e-6)

    def test_each_hand_is_centred_on_its_own_wrist(self, take):
        truth = annotation(take, "RHD-42")
        apart = truth.joints.copy()
        apart[:, :, :21] += [0.3, 0, 0]
        report = evaluate_sequence(changed(truth, apart), truth, PROTOCOLS["rhd"]).overall
        assert report["EPE"].value == pytest.approx(0, abs=1e-12)
        assert report["PCK-AUC 20–50 mm"].value == pytest.approx(1)

    def test_stb_has_palms_which_a_take_makes_of_wrist_and_knuckle(self, take):
        source = joints_of(take, "LeftHand-21")
        names = JOINT_SETS["LeftHand-21"]
        palm = (source[:, :, names.index("left_wrist")] + source[:, :, names.index("left_middle1")]) / 2
        joints = joints_of(take, "STB-21")
        joints[:, :, 0] = palm
        truth = replace(annotation(take, "STB-21"), joints=joints)
        report = evaluate_sequence(take, truth, PROTOCOLS["stb"])
        assert report.overall["EPE"].value == pytest.approx(0, abs=1e-6) and report.lacking == ()

    def test_freihand_is_in_centimetres_after_a_similarity(self, take):
        truth = annotation(take, "FreiHAND-21")
        found = changed(truth, 1.2 * near(truth.joints, 0.005))
        report = evaluate_sequence(found, truth, PROTOCOLS["freihand"]).overall
        error = report["PA-MPJPE (similarity)"]
        assert error.shown().endswith("cm") and 0.003 < error.value < 0.01
        # All errors lie within the range: the area above the curve is their mean.
        assert report["PCK-AUC 0–50 mm"].value == pytest.approx(1 - error.value / 0.05, abs=0.01)

    def test_finger_tips_are_absolute(self, take):
        truth = annotation(take, "Dexter-5")
        found = changed(truth, truth.joints + np.array([0, 0, 0.02]))
        report = evaluate_sequence(found, truth, PROTOCOLS["dexter-object"])
        assert report.overall["EPE (absolute)"].value == pytest.approx(0.02)


class TestLimbs:
    def test_pcp_per_actor(self, make_take):
        take = make_take(frames=8, people=3)
        truth = annotation(take, "Shelf-14", "world")
        lost = truth.joints.copy()
        lost[1] = np.nan
        report = evaluate_sequence(changed(truth, lost), truth, PROTOCOLS["shelf"])
        assert report.missing_people == ("2",)
        assert report.overall["PCP"].value == pytest.approx(2 / 3)
        assert report.overall["PCP, mean of actors 1–3"].value == pytest.approx(2 / 3)

    def test_an_actor_who_is_seldom_there_weighs_as_much_in_the_mean_of_actors(self, make_take):
        truth = annotation(make_take(frames=8, people=2), "Shelf-14", "world")
        joints = truth.joints.copy()
        joints[1, 2:] = np.nan
        truth, lost = changed(truth, joints), joints.copy()
        lost[1] = np.nan
        report = evaluate_sequence(changed(truth, lost), truth, PROTOCOLS["campus"]).overall
        assert report["PCP"].value == pytest.approx(8 / 10)
        assert report["PCP, mean of actors"].value == pytest.approx(1 / 2)


class TestPresence:
    def test_frames_that_a_take_did_not_measure_count_only_when_asked(self, take):
        person = replace(take.people[0], present=np.arange(66) < 40)
        own, truth = replace(take, people=(person,)), annotation(take, "SMPL-24")
        report = evaluate_sequence(own, truth, PROTOCOLS["3dpw"])
        assert (report.people[0].frames_true, report.people[0].frames_compared) == (66, 40)
        assert report.overall["MPJPE"].count == 40 * 22
        assert report.people[0].values["coverage"].value == pytest.approx(40 / 66)
        assert evaluate_sequence(own, truth, PROTOCOLS["3dpw"], gaps=True).overall["MPJPE"].count == 66 * 22


class TestGeneral:
    def test_a_motion_file_is_compared_by_the_names_it_has(self, take):
        truth = annotation(take, "SMPL-H-52", "world")
        report = evaluate_sequence(take, replace(truth, joint_names=("mystery", *truth.joint_names[1:])),
                                   protocol_named("bvh"))  # fmt: skip
        assert "mystery" not in report.joint_names and len(report.joint_names) == 51
        # No pelvis: the hips' middle is the root.
        assert report.overall["MPJPE"].value == pytest.approx(0, abs=1e-6)
        assert any("no camera" in note for note in report.notes) and "MRPE" not in report.overall

    def test_no_common_joint_is_refused(self, take):
        truth = replace(annotation(take, "SMPL-H-52", "world"), joint_names=tuple(f"b{i}" for i in range(52)))
        with pytest.raises(BadInputError, match="No joint is common"):
            evaluate_sequence(take, truth, protocol_named("bvh"))

    def test_a_missing_root_is_refused_by_name(self, take):
        truth = annotation(take, "FreiHAND-21")
        own = replace(truth, joint_names=("left_hand", *truth.joint_names[1:]))
        with pytest.raises(BadInputError, match="right_wrist"):
            evaluate_sequence(own, truth, PROTOCOLS["freihand"])

    def test_per_joint_and_per_person(self, make_take):
        take = make_take(frames=10, people=2)
        truth = annotation(take, "Panoptic-19", "world", cameras=take.cameras)
        wrong = truth.joints.copy()
        wrong[1, :, 5] += [0, 0, 0.19]
        report = evaluate_sequence(changed(truth, wrong), truth, PROTOCOLS["panoptic"])
        assert report.people[0].values["MPJPE"].value == pytest.approx(0, abs=1e-12)
        assert report.people[1].values["MPJPE"].value == pytest.approx(0.01)
        assert report.people[1].joints["left_wrist"]["MPJPE"].value == pytest.approx(0.19)
        assert report.overall["MPJPE"].value == pytest.approx(mpjpe(wrong, truth.joints, root=2))
        assert report.overall["MRPE"].value == pytest.approx(0, abs=1e-12)

    def test_nobody_in_the_take_is_refused(self, take):
        with pytest.raises(BadInputError, match="has no people"):
            evaluate_sequence(replace(take, people=()), annotation(take, "SMPL-24"), PROTOCOLS["3dpw"])


def test_every_traversal_of_bones_starts_at_one_root():
    assert sum(p < 0 for p in PARENTS["MuPoTS-17"]) == 1
