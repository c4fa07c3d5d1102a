"""No joint flips: every rig of the library performs every motion, and clips of real motion capture, on limbs of other
lengths, and no joint turns more than 1.5 times as fast as the source's."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from retarget_measures import fastest, flips
from retarget_rigs import BODY, rig_of

from understudy.core.synth.motions import load_motion
from understudy.retarget.dialects.reader import dialects
from understudy.retarget.smpl import smpl_map, smpl_motion
from understudy.retarget.solve.retarget import retarget

MOTIONS = (("walk", 90), ("dance", 90), ("crouch", 120), ("sit", 90), ("wave", 60), ("fingers", 60))
# legs, arms
SIZES = ((1.0, 1.0), (1.2, 1.2), (0.8, 0.8), (1.2, 0.8), (0.8, 1.2))
FPS, FRAMES = 30, 150
# Clips in which a joint flips where hips, hands, feet or twists are not paced, and which.
CLIPS = (
    "02_09",  # elbow and wrist: hands that were near one another part
    "60_06~salsa",  # wrist, likewise
    "01_06#0",  # knee: short legs reach for the ground
    "05_18#0",  # knee
    "05_20#0",  # knee
    "li2018_washwindow_1_t",  # knee of a leg that lands nearly straight
    "li2018_directing_traffic_4",  # thigh, toes
    "135_04~martial",  # thigh in two bones, kicked above the head
    "61_09~salsa",  # upper arm in two bones
    "135_06~martial",  # upper arm, elbows and wrists: hands that fly apart, let go too late
    "05_09",
    "li2018_basketball_signal_5",
)


@pytest.mark.parametrize("dialect", sorted(dialects()))
def test_every_rig_and_motion(motion, dialect):
    for name, frames in MOTIONS:
        source = motion(name, frames)
        own = smpl_map(source.rig)
        speeds = fastest(source, own)
        for legs, arms in SIZES[1:3]:
            rig, bone_map = rig_of(dialect, legs=legs, arms=arms, seed=2)
            moved = retarget(source, own, rig, bone_map).motion
            assert not flips(speeds, fastest(moved, bone_map)), (name, legs, arms)


@pytest.mark.parametrize("clip", CLIPS)
def test_real_motion_capture(shared_dir, clip):
    file = shared_dir / "mocap" / "cmu_subset.npz"
    if not file.is_file():
        pytest.skip("no motion-capture clips in ../shared/mocap")
    source = captured(file, clip)
    own = smpl_map(source.rig)
    speeds = fastest(source, own)
    for dialect in ("mixamo", "daz_genesis8"):
        for legs, arms in SIZES:
            rig, bone_map = rig_of(dialect, legs=legs, arms=arms, seed=1)
            moved = retarget(source, own, rig, bone_map).motion
            assert not flips(speeds, fastest(moved, bone_map)), (dialect, legs, arms)


def captured(file: Path, clip: str):
    """Five seconds of a clip on the free body; contacts are found by the retarget itself."""
    rng = np.random.default_rng(1)
    smpl = load_motion(f"{file}#{clip}", BODY, np.zeros(10), Fraction(FPS), FRAMES, rng).smpl
    pose = [smpl.global_orient[:, None], smpl.body_pose, smpl.left_hand_pose, smpl.right_hand_pose]
    return smpl_motion(BODY, np.zeros(10), np.concatenate(pose, axis=1), smpl.transl, FPS)
