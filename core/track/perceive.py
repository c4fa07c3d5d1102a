"""Everything between decoded frames and identities: people, their landmarks and their hands, one chunk at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..detect.people import PersonDetection, detect_people
from ..hands.follow import HandTrack, follow_hands
from ..nets import load_network
from ..pose2d.crops import Frame, crop_difference, interpolate_crops
from ..pose2d.landmarks import BodyLandmarks, landmark_bodies
from ..skeleton import BODY_KEYPOINTS, LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS
from ..video.source import FrameChunk
from .appearance import SIZE
from .confidence import body_confidence, hand_confidence
from .courses import MIN_PRESENCE, Course, Steps, follow
from .similarity import box_of
from .state import PerceptionState, PersonState
from .tracklets import K, Tracklet

if TYPE_CHECKING:
    import torch

    from ..nets.network import Network

# Seconds between looks of the detector, and between the sparse frames of the first pass.
DETECTION_INTERVAL = 0.5
STEP_INTERVAL = 0.1
# A crop this close to the wanted one has given the same landmarks; one further off than the second is looked at again.
_SAME_CROP = 0.03
_OFF_CROP = 0.2
# Seconds without a sighting that crops are interpolated over.
_MAX_GAP = 0.35


@dataclass(frozen=True)
class PerceptionNets:
    """The loaded networks; ``hand`` and ``palm`` are None where hands are not wanted."""

    detector: Network
    body: Network
    palm: Network | None
    hand: Network | None


def load_perception(
    device: str | torch.device = "cpu", hands: bool = True, dtype: torch.dtype | None = None
) -> PerceptionNets:
    """Load the default networks onto ``device``. Raises ``ModelsMissingError`` where their files are not there."""
    return PerceptionNets(
        detector=load_network("pose_detection", device, dtype),
        body=load_network("pose_landmark_full", device, dtype),
        palm=load_network("palm_detection_full", device, dtype) if hands else None,
        hand=load_network("hand_landmark_full", device, dtype) if hands else None,
    )


def perceive_chunk(
    chunk: FrameChunk, nets: PerceptionNets, state: PerceptionState | None = None
) -> tuple[list[Tracklet], dict[int, list[PersonDetection]], PerceptionState]:
    """People in a chunk of frames, given what was known at the end of the chunk before (``None`` for the first).

    Returns the tracklets, the detections by absolute frame index, and the state for the next chunk. The result depends
    on the arguments only.
    """
    state = state or PerceptionState()
    frames = [Frame(image) for image in chunk.images]
    times = chunk.timestamps
    steps = _steps(times)
    detections, last_detection = _detect(frames, steps, nets, state)

    def landmark(index: np.ndarray, crops: np.ndarray) -> BodyLandmarks:
        return landmark_bodies(nets.body, frames, index, crops)

    courses = follow(frames, steps, detections, state.people, state.next_track, landmark)
    tracklets, people = [], []
    for course in courses:
        index, bodies = _every_frame(course, steps, times, frames, nets)
        hands = None
        if len(index) and nets.hand is not None and nets.palm is not None:
            start = course.start.hands if course.start else None
            hands = follow_hands(frames, times, index, bodies, nets.hand, nets.palm, start)
        if len(index):
            tracklets.append(_tracklet(course, steps, index, bodies, hands, frames[0].size, state.next_frame))
        if not course.unseen(float(times[-1])):
            last = hands.last_crops if hands else np.full((2, 4), np.nan)
            people.append(PersonState(course.track, course.time, course.crop, course.velocity, course.appearance, last))
    next_track = max([state.next_track, *(c.track + 1 for c in courses)])
    following = PerceptionState(state.next_frame + len(frames), next_track, last_detection, tuple(people))
    by_frame = {state.next_frame + int(steps.frames[s]): found for s, found in detections.items()}
    return tracklets, by_frame, following


def _steps(times: np.ndarray) -> Steps:
    """The first and last frame, and frames no more than the interval apart where the rate allows it."""
    chosen = [0]
    for i in range(1, len(times)):
        ahead = times[i + 1] if i + 1 < len(times) else np.inf
        if ahead - times[chosen[-1]] > STEP_INTERVAL + 1e-6:
            chosen.append(i)
    return Steps(np.array(chosen), times[chosen])


def _detect(
    frames: list[Frame], steps: Steps, nets: PerceptionNets, state: PerceptionState
) -> tuple[dict[int, list[PersonDetection]], float]:
    """The detector's answers by step, at the first step after each interval; and the time of the last of them."""
    last, found = state.last_detection, {}
    for s, time in enumerate(steps.times):
        if time - last >= DETECTION_INTERVAL - 1e-6:
            found[s] = detect_people([frames[steps.frames[s]]], nets.detector)[0]
            last = float(time)
    return found, last


def _every_frame(
    course: Course, steps: Steps, times: np.ndarray, frames: list[Frame], nets: PerceptionNets
) -> tuple[np.ndarray, BodyLandmarks]:
    """Second pass: every frame where the person is, on smoothed crops. Indices in the chunk, and the answers."""
    seen = np.flatnonzero(course.ok)
    known, crops = steps.times[seen], course.landmarks.crops[seen]
    if course.start is not None and times[0] - course.start.time < _MAX_GAP:
        known, crops = np.append(course.start.time, known), np.concatenate([course.start.crop[None], crops])
    if not len(known):
        return np.zeros(0, int), course.landmarks.take(seen)
    index = np.flatnonzero(_covered(times, known))
    wanted = interpolate_crops(times[index], known, crops)
    answers = _empty(len(index))
    # Sparse frames whose crop was as good as the smoothed one keep their landmarks.
    done = np.zeros(len(index), bool)
    used = wanted.copy()
    for s in seen:
        at = np.flatnonzero(index == steps.frames[s])
        if len(at) and crop_difference(wanted[at], course.used[[s]])[0] < _SAME_CROP:
            answers.put(at, course.landmarks.take(np.array([s])))
            done[at], used[at] = True, course.used[s]
    todo = np.flatnonzero(~done)
    answers.put(todo, landmark_bodies(nets.body, frames, index[todo], wanted[todo]))
    off = np.flatnonzero((crop_difference(used, answers.crops) > _OFF_CROP) & (answers.presence >= MIN_PRESENCE))
    if len(off):
        answers.put(off, landmark_bodies(nets.body, frames, index[off], answers.crops[off]))
    keep = answers.presence >= MIN_PRESENCE
    return index[keep], answers.take(keep)


def _covered(times: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(n,) which frames lie between sightings not too far apart, or within a step of one."""
    after = np.searchsorted(known, times, side="left")
    before = np.searchsorted(known, times, side="right") - 1
    since = np.where(before >= 0, times - known[np.maximum(before, 0)], np.inf)
    until = np.where(after < len(known), known[np.minimum(after, len(known) - 1)] - times, np.inf)
    return (since + until <= _MAX_GAP) | (np.minimum(since, until) < STEP_INTERVAL)


def _empty(count: int) -> BodyLandmarks:
    return BodyLandmarks(
        np.empty((count, 33, 2), np.float32), np.empty((count, 33), np.float32), np.empty((count, 33, 3), np.float32),
        np.empty(count, np.float32), np.empty((count, 4)),
    )  # fmt: skip


def _tracklet(
    course: Course, steps: Steps, index: np.ndarray, bodies: BodyLandmarks, hands: HandTrack | None,
    size: tuple[int, int], first_frame: int,
) -> Tracklet:  # fmt: skip
    n = len(index)
    boxes = box_of(bodies.points, bodies.visibility, *size)
    points = np.full((n, K, 2), np.nan, np.float32)
    points3d = np.full((n, K, 3), np.nan, np.float32)
    confidence = np.zeros((n, K), np.float32)
    hand_score = np.zeros((n, 2), np.float32)
    points[:, BODY_KEYPOINTS] = bodies.points
    points3d[:, BODY_KEYPOINTS] = bodies.world
    confidence[:, BODY_KEYPOINTS] = body_confidence(bodies, size)
    if hands is not None:
        hand_score[:] = hands.score
        for side, where in enumerate((LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS)):
            points[:, where] = hands.points[:, side]
            points3d[:, where] = hands.world[:, side]
            confidence[:, where] = hand_confidence(hands.points[:, side], hands.score[:, side], size)
    appearance = np.full((n, SIZE), np.nan, np.float32)
    for s in np.flatnonzero(course.ok):
        appearance[index == steps.frames[s]] = course.appearance_at[s]
    frames = (first_frame + index).astype(np.int64)
    return Tracklet(course.track, frames, boxes, points, confidence, points3d, bodies.presence, hand_score, appearance)
