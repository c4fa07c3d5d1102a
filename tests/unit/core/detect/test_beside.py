"""Whom the detector sees past those who are painted over: the real networks on the sample clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from understudy.core.detect.beside import detect_beside
from understudy.core.detect.people import detect_people
from understudy.core.nets import load_network
from understudy.core.nets.network import Network
from understudy.core.pose2d.crops import Frame
from understudy.core.pose2d.landmarks import landmark_bodies
from understudy.core.video.reader import read_chunks

SAMPLE = Path(__file__).resolve().parents[4] / "sample"


@pytest.fixture(scope="module")
def networks() -> tuple[Network, Network]:
    return load_network("pose_detection"), load_network("pose_landmark_full")


def people_in(clip: str, number: int, networks: tuple[Network, Network]) -> tuple[Frame, np.ndarray]:
    """A frame of the clip and the crops (N, 4) of those whom detector and landmark network are sure of."""
    detector, landmarks = networks
    chunks = read_chunks(SAMPLE / clip, chunk_frames=1, warn=print)
    frame = Frame(next(chunk for k, chunk in enumerate(chunks) if k == number).images[0])
    crops = np.array([person.crop for person in detect_people([frame], detector)[0] if person.score > 0.85])
    seen = landmark_bodies(landmarks, [frame], np.zeros(len(crops), int), crops)
    return frame, seen.crops[seen.presence > 0.8]


@pytest.mark.parametrize("number", [45, 65])  # the two pass each other
def test_the_one_who_is_not_known_is_found(number: int, networks: tuple[Network, Network]) -> None:
    frame, crops = people_in("duo.mp4", number, networks)
    assert len(crops) == 2
    for known, other in ((0, 1), (1, 0)):
        (found,) = detect_beside(frame, crops[[known]], *networks)
        assert found.uncovered
        assert np.hypot(*(found.crop[:2] - crops[other, :2])) < 0.1 * crops[other, 2]
        assert found.crop[2] == pytest.approx(crops[other, 2], rel=0.15)


@pytest.mark.parametrize(("clip", "number"), [("solo.mp4", 0), ("duo.mp4", 0), ("duo.mp4", 45)])
def test_what_the_paint_leaves_is_nobody(clip: str, number: int, networks: tuple[Network, Network]) -> None:
    frame, crops = people_in(clip, number, networks)
    assert detect_beside(frame, crops, *networks) == []


def test_the_picture_stays_as_it_is(networks: tuple[Network, Network]) -> None:
    frame, crops = people_in("solo.mp4", 0, networks)
    before = frame.levels[0].copy()
    detect_beside(frame, crops, *networks)
    assert np.array_equal(frame.levels[0], before)
