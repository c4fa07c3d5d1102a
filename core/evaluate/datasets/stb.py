"""STB, the stereo hand pose benchmark (Zhang et al. 2017): one left hand before a stereo and a depth camera.

Layout and camera numbers: the readme of github.com/zhjwustc/icip17_stereo_hand_pose_dataset.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import BadInputError
from ...rotation import axis_angle_to_matrix
from ..annotation import Annotation
from ..joint_sets import JOINT_SETS
from .reading import MM, Array, cameras, existing, key, numbers, picture_numbers, pinhole, read_mat

BASELINE = 120.054 * MM
STEREO_K = pinhole((822.79041, 822.79041), (318.47345, 250.31296))
COLOUR_K = pinhole((607.92271, 607.88192), (314.78337, 236.42484))
DEPTH_K = pinhole((475.62768, 474.77709), (336.41179, 238.77962))
# From the colour camera's coordinates to the depth camera's.
DEPTH_ROTATION = (0.00531, -0.01196, 0.00301)
DEPTH_TRANSLATION = (-24.0381, -0.4563, -1.2326)
_SIZE = (640, 480)


def read(path: Path) -> Annotation:
    """One ``labels/<sequence>_BB.mat`` or ``…_SK.mat``: ``handPara`` (3,21,T) mm.

    Of _BB the joints are in the axes of the left stereo camera (OpenCV) and ``cameras`` are left and right; of _SK in
    those of the depth camera, and ``cameras`` are depth and colour. Their world is the first camera. The first point
    is the palm's centre, not the wrist. Frames are numbered 0, 1, ….
    """
    source = existing(path)
    stem = source.stem
    if not stem.endswith(("_BB", "_SK")):
        raise BadInputError(f"{source} is not called …_BB.mat or …_SK.mat.", "The ending says which camera it is for.")
    points = numbers(key(read_mat(source), "handPara", source), (3, 21, None), "handPara", source)
    joints = points.transpose(2, 1, 0) * MM
    times = picture_numbers(len(joints))
    K, R, t = _rig(stem.endswith("_BB"))
    return Annotation(
        name=f"STB {stem}",
        joint_names=JOINT_SETS["STB-21"],
        timestamps=times,
        people=("1",),
        joints=joints[None],
        frame="camera",
        cameras=cameras(times, K, R, t, [_SIZE, _SIZE]),
        hand_type=np.full((1, len(joints)), "left"),
    )


def _rig(stereo: bool) -> tuple[list[Array], list[Array], list[Array]]:
    """K, R, t (m) of both cameras in the axes of the first."""
    first = (np.eye(3), np.zeros(3))
    if stereo:
        return [STEREO_K, STEREO_K], [first[0], np.eye(3)], [first[1], np.array([-BASELINE, 0, 0])]
    turn = axis_angle_to_matrix(np.array(DEPTH_ROTATION))
    return [DEPTH_K, COLOUR_K], [first[0], turn.T], [first[1], -turn.T @ np.array(DEPTH_TRANSLATION) * MM]
