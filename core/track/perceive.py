"""Everything between decoded frames and identities: people, their landmarks and their hands, one chunk at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ..detect.beside import detect_beside
from ..detect.people import PersonDetection, detect_people, tiles
from ..hands.follow import HandTrack, follow_hands
from ..nets import load_network
from ..pose2d.crops import Frame
from ..pose2d.landmarks import BodyLandmarks, landmark_bodies
from ..skeleton import BODY_KEYPOINTS, LEFT_HAND_KEYPOINTS, RIGHT_HAND_KEYPOINTS
from ..video.source import FrameChunk
from .appearance import SIZE
from .confidence import body_confidence, hand_confidence
from .course import Course, Steps
from .courses import follow
from .headway import Headway, Sight
from .second_pass import every_frame
from .similarity import box_of
from .state import PerceptionState, PersonState
from .tracklets import K, Tracklet

if TYPE_CHECKING:
    import torch

    from ..nets import Predictor

# Seconds between looks of the detector while nobody is known and while somebody is followed (a newcomer is followed
# back to where they came in), and between the sparse frames of the first pass.
DETECTION_INTERVAL, RARE_INTERVAL = 0.5, 1.0
STEP_INTERVAL = 0.1
# People to be expected before anybody looked; where there are more, the first look slows the progress down.
_GUESS = 2


@dataclass(frozen=True)
class PerceptionNets:
    """The loaded networks; ``hand`` and ``palm`` are None where hands are not wanted."""

    detector: Predictor
    body: Predictor
    palm: Predictor | None
    hand: Predictor | None

    def watched(self, headway: Headway) -> PerceptionNets:
        """The same networks, whose looks count for ``headway``."""
        palm, hand = (None if net is None else headway.watched(net) for net in (self.palm, self.hand))
        return PerceptionNets(headway.watched(self.detector), headway.watched(self.body), palm, hand)


def load_perception(
    device: str | torch.device = "cpu", hands: bool = True, dtype: torch.dtype | None = None
) -> PerceptionNets:
    """Load the default networks onto ``device``. Raises ``ModelsMissingError`` where their files are not there."""
    # Crops are cut side by side with the networks; OpenCV's own threads would only get in their way.
    cv2.setNumThreads(1)
    return PerceptionNets(
        detector=load_network("pose_detection", device, dtype),
        body=load_network("pose_landmark_full", device, dtype),
        palm=load_network("palm_detection_full", device, dtype) if hands else None,
        hand=load_network("hand_landmark_full", device, dtype) if hands else None,
    )


def perceive_chunk(
    chunk: FrameChunk,
    nets: PerceptionNets,
    state: PerceptionState | None = None,
    tell: Callable[[Sight], None] | None = None,
) -> tuple[list[Tracklet], dict[int, list[PersonDetection]], PerceptionState]:
    """People in a chunk of frames, given what was known at the end of the chunk before (``None`` for the first).

    Returns the tracklets, the detections by absolute frame index, and the state for the next chunk. The result depends
    on the arguments only. ``tell`` hears how far it is, from several threads, one at a time.
    """
    state = state or PerceptionState()
    frames = [Frame(image) for image in chunk.images]
    times = chunk.timestamps
    steps = _steps(times)
    looks, last_detection = _looks(steps, state)
    headway = None if tell is None else Headway(tell, nets.hand is not None)
    if headway is not None:
        nets = nets.watched(headway)
        count = len(tiles(*frames[0].size)) * len(looks)
        headway.plan(steps, len(frames), count, len(state.people) or _GUESS)
    found = detect_people([frames[steps.frames[s]] for s in looks], nets.detector)
    detections = dict(zip(looks, found, strict=True))
    if headway is not None:
        headway.plan(steps, len(frames), 0, max([1, len(state.people), *map(len, found)]))

    def landmark(index: np.ndarray, crops: np.ndarray) -> BodyLandmarks:
        return landmark_bodies(nets.body, frames, index, crops)

    def beside(frame: Frame, known: np.ndarray) -> list[PersonDetection]:
        return detect_beside(frame, known, nets.detector, nets.body)

    followed = headway.followed if headway is not None else _unheard
    courses = follow(frames, steps, detections, state.people, state.next_track, landmark, beside, followed)
    if headway is not None:
        headway.second(courses)

    def observe(course: Course) -> tuple[Tracklet | None, PersonState | None]:
        index, bodies = every_frame(course, steps, times, frames, nets.body)
        tracklet, hands, person = None, None, None
        if len(index) and nets.hand is not None and nets.palm is not None:
            start = course.start.hands if course.start else None
            hands = follow_hands(frames, times, index, bodies, nets.hand, nets.palm, start)
        if len(index):
            tracklet = _tracklet(course, steps, index, bodies, hands, frames[0].size, state.next_frame)
        if not course.unseen(float(times[-1])):
            last = hands.last_crops if hands else np.full((2, 4), np.nan)
            person = PersonState(course.track, course.time, course.crop, course.velocity, course.appearance, last)
        return tracklet, person

    # Side by side, so that the networks always have images while the rest of the work is done.
    with ThreadPoolExecutor(max(1, len(courses))) as pool:
        observed = list(pool.map(observe, courses))
    tracklets = [tracklet for tracklet, _ in observed if tracklet is not None]
    people = [person for _, person in observed if person is not None]
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


def _unheard(step: int, courses: list[Course]) -> None:
    """Nobody wants to know."""


def _looks(steps: Steps, state: PerceptionState) -> tuple[list[int], float]:
    """The steps that the detector looks at, the first after each interval; and the time of the last of them."""
    interval = RARE_INTERVAL if state.people else DETECTION_INTERVAL
    last, looks = state.last_detection, []
    for s, time in enumerate(steps.times):
        if time - last >= interval - 1e-6:
            looks.append(s)
            last = float(time)
    return looks, last


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
