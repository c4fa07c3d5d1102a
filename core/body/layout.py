"""Facts of the published file layouts: joints of each kind, and the vertices that other software takes for landmarks.

The free body's vertex order meets the same vertex numbers, so one table serves both.
"""

from __future__ import annotations

JOINT_COUNT: dict[str, int] = {"smpl": 24, "smplh": 52, "mano_left": 16, "mano_right": 16}

# Vertex numbers in 6,890-vertex bodies and 778-vertex hands.
SMPLH_SLOTS: dict[str, int] = {
    "nose": 332, "right_eye": 6260, "left_eye": 2800, "right_ear": 4071, "left_ear": 583,
    "right_thumb_tip": 6191, "right_index_tip": 5782, "right_middle_tip": 5905, "right_ring_tip": 6016,
    "right_pinky_tip": 6133, "left_thumb_tip": 2746, "left_index_tip": 2319, "left_middle_tip": 2445,
    "left_ring_tip": 2556, "left_pinky_tip": 2673, "left_big_toe": 3216, "left_small_toe": 3226, "left_heel": 3387,
    "right_big_toe": 6617, "right_small_toe": 6624, "right_heel": 6787,
}  # fmt: skip
MANO_SLOTS: dict[str, int] = {"thumb_tip": 744, "index_tip": 320, "middle_tip": 443, "ring_tip": 554, "pinky_tip": 671}
FINGER_TIPS: tuple[str, ...] = tuple(MANO_SLOTS)
