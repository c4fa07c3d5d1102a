"""Every tool on a clip: one answer in one form, whatever the tool writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from common import Worker
from numpy.typing import NDArray
from peer_tools import Peer

from understudy.core.evaluate.comparison import MEDIAPIPE_LIMBS, TAKE_LIMBS, LimbTrack, limbs_of_take
from understudy.core.evaluate.multiview import project, to_camera
from understudy.core.resolve import resolve
from understudy.core.settings import ResolveSettings
from understudy.core.take import Take, TakePerson
from understudy.core.take_file import load

from .clip import HAND_POINTS, SIDES, Clip

Array = NDArray[Any]

UNDERSTUDY, PLAIN, KNOWN = "Understudy", "Understudy, no lifter", "Understudy, height known"
HAND_THERE = 0.5  # score of a hand that a take says is there


@dataclass(frozen=True)
class Found:
    """One person that a tool reports on a clip's T frames.

    ``limbs``: NaN where it reports none. ``pixels`` (T,12,2): where they are in the picture. ``hands``: (T,21,3) in the
    camera's axes, None where the tool has none. ``confidence`` (T,12): of the limb joints. ``metric`` and
    ``metric_hands``: False where the tool has no metres, and a scale is taken from the truth.
    """

    limbs: LimbTrack
    pixels: Array
    hands: dict[str, Array] | None = None
    confidence: Array | None = None
    metric: bool = True
    metric_hands: bool = True


@dataclass(frozen=True)
class Run:
    """What a tool answered on one clip: ``seconds`` of wall time with decoding, without imports and loading of models.

    ``stages``: seconds per stage where it tells. ``take`` where it wrote one. ``hands``: the tool looks for hands.
    ``joint``: all cameras were used together. ``failure``: why there is nothing.
    """

    tool: str
    clip: Clip
    seconds: float
    people: tuple[Found, ...]
    stages: dict[str, float] = field(default_factory=dict)
    take: Path | None = None
    hands: bool = False
    joint: bool = False
    failure: str = ""


def run_understudy(worker: Worker, clip: Clip, folder: Path, lifter: bool = True) -> Run:
    """A capture in the warm worker, with the lens and without heights; without the lifter, the landmark network's own
    3D is the evidence."""
    target = folder / f"{clip.name.replace('/', '-')}{'' if lifter else '-plain'}.take.npz"
    target.unlink(missing_ok=True)
    summary = worker.capture(clip.video, target, focal=clip.focal, method="default" if lifter else "blazepose")
    take = load(target)
    people = tuple(found_in_take(take, person) for person in take.people)
    seconds = float(summary["seconds_total"])
    tool = UNDERSTUDY if lifter else PLAIN
    return Run(tool, clip, seconds, people, dict(summary["seconds"]), target, hands=True)


def run_height_known(run: Run, folder: Path) -> Run | None:
    """The take of a capture solved again with the true height; None unless one person was there and one was found."""
    if run.take is None or run.clip.truth is None:
        return None
    truth = load(run.clip.truth)
    if len(truth.people) != 1 or len(run.people) != 1:
        return None
    target = folder / f"{run.take.name.removesuffix('.take.npz')}-height.take.npz"
    target.unlink(missing_ok=True)
    summary = resolve(ResolveSettings(run.take, target, height=truth.people[0].height)).summary
    take = load(target)
    people = tuple(found_in_take(take, person) for person in take.people)
    return Run(KNOWN, run.clip, run.seconds + float(summary["seconds_total"]), people, take=target, hands=True)


def found_in_take(take: Take, person: TakePerson) -> Found:
    """A person of a take, in its camera's axes."""
    limbs = limbs_of_take(take, person)
    cameras = take.cameras
    pixels = project(
        person.joints_world[:, TAKE_LIMBS], cameras.K[0], cameras.world_from_camera[0], cameras.distortion[0]
    )
    pixels[~person.present] = np.nan
    local = to_camera(person.joints_world, take.cameras.world_from_camera[0])
    hands = {}
    for side, motion in zip(SIDES, (person.left_hand, person.right_hand), strict=True):
        hands[side] = local[:, HAND_POINTS[side]].copy()
        hands[side][(motion.score < HAND_THERE) | ~person.present] = np.nan
    return Found(limbs, pixels, hands, np.asarray(person.joints_confidence, float)[:, TAKE_LIMBS])


def run_mediapipe(peer: Peer, solution: str, clip: Clip, keep: Path | None = None) -> Run:
    """``pose`` or ``holistic`` as it comes; ``keep``: where the landmarks go that other peers start from."""
    answer, arrays = peer.arrays(clip=str(clip.video))
    if keep is not None:
        np.savez_compressed(keep, **arrays)  # pyright: ignore[reportArgumentType]
    limbs = LimbTrack(clip.timestamps, on_frames(clip, arrays["world"][:, MEDIAPIPE_LIMBS]), absolute=False)
    pixels = on_frames(clip, arrays["image"][:, MEDIAPIPE_LIMBS])
    hands = None
    if solution == "holistic":
        hands = {side: on_frames(clip, arrays[f"{side}_hand"]) for side in SIDES}
    people = (Found(limbs, pixels, hands, metric_hands=False),) if np.isfinite(limbs.joints).any() else ()
    tool = f"MediaPipe {solution.capitalize()}"
    return Run(tool, clip, float(answer["seconds"]), people, hands=hands is not None)


def run_freemocap(peer: Peer, tool: str, clip: Clip) -> Run:
    """Its single-camera processing: pixels, for which a scale is taken from the truth."""
    answer, arrays = peer.arrays(videos=[str(clip.video)], calibration=None, fps=frame_rate(clip))
    points = on_frames(clip, arrays["world"][:, MEDIAPIPE_LIMBS])
    people = (Found(LimbTrack(clip.timestamps, points, absolute=False), points[..., :2], metric=False),)
    return Run(tool, clip, float(answer["seconds"]), people if np.isfinite(points).any() else ())


def run_sports2d(peer: Peer, tool: str, clip: Clip, landmarks: Path, landmark_seconds: float) -> Run:
    """Its plane of movement from MediaPipe's 2D, whose time is counted with its own."""
    answer, arrays = peer.arrays(clip=str(clip.video), landmarks=str(landmarks), fps=frame_rate(clip))
    joints = at_frames(clip, arrays["timestamps"], arrays["joints"])
    with np.load(landmarks) as file:
        pixels = on_frames(clip, file["image"][:, MEDIAPIPE_LIMBS])
    people = (Found(LimbTrack(clip.timestamps, joints, absolute=False), pixels),)
    return Run(tool, clip, float(answer["seconds"]) + landmark_seconds, people)


def run_many_cameras(
    peer: Peer, tool: str, clips: Sequence[Clip], calibration: Path, landmarks: Sequence[Path], landmark_seconds: float
) -> list[Run]:
    """Pose2Sim (from ``landmarks``, MediaPipe's 2D) or FreeMoCap (without) on all cameras; one answer for each camera,
    in its axes. The seconds are divided among the cameras."""
    first = clips[0]
    if landmarks:
        answer, arrays = peer.arrays(
            landmarks=[str(path) for path in landmarks], calibration=str(calibration), fps=frame_rate(first),
            synchronise=False,
        )  # fmt: skip
        world = at_frames(first, arrays["timestamps"], arrays["joints"])
    else:
        answer, arrays = peer.arrays(
            videos=[str(clip.video) for clip in clips], calibration=str(calibration), fps=frame_rate(first)
        )
        world = on_frames(first, arrays["world"][:, MEDIAPIPE_LIMBS])
    runs = []
    for clip in clips:
        local = to_camera(world, clip.world_from_camera)
        # Who it found is not told in pixels; with one true person there is nobody else to match.
        found = Found(LimbTrack(clip.timestamps, local, absolute=True), clip.people[0].pixels)
        seconds = (float(answer["seconds"]) + landmark_seconds) / len(clips)
        runs.append(Run(tool, clip, seconds, (found,), joint=True))
    return runs


def frame_rate(clip: Clip) -> float:
    """Frames per second for tools that know of one rate only."""
    return 1.0 / float(np.median(np.diff(clip.timestamps)))


def on_frames(clip: Clip, values: Array) -> Array:
    """One value per frame that the tool decoded, on the clip's frames: the n-th is the n-th, missing ones are NaN."""
    result = np.full((len(clip.timestamps), *values.shape[1:]), np.nan)
    count = min(len(result), len(values))
    result[:count] = values[:count]
    return result


def at_frames(clip: Clip, times: Array, values: Array) -> Array:
    """Values at the tool's own times, on the clip's frames: the nearest within half a frame, else NaN."""
    result = np.full((len(clip.timestamps), *values.shape[1:]), np.nan)
    step = float(np.median(np.diff(clip.timestamps)))
    nearest = np.abs(clip.timestamps[:, None] - times[None]).argmin(axis=1)
    close = np.abs(clip.timestamps - times[nearest]) < 0.51 * step
    result[close] = values[nearest[close]]
    return result
