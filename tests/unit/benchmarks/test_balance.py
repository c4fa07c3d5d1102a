"""The real clips: the reference through its calibration, and MediaPipe's known figures."""

from __future__ import annotations

import numpy as np
import pytest
from common import ROOT
from peer_tools import mediapipe
from suite.clip import clips_of_balance
from suite.tools import run_mediapipe

from understudy.core.evaluate.comparison import compare

# Offsets in frames between camera and reference, MPJPE and PA-MPJPE in mm: ../shared/media/README.md.
KNOWN = {1: (-1, 116, 82), 2: (-1, 236, 128), 3: (-4, 133, 92), 4: (-1, 122, 91)}


@pytest.fixture(scope="module")
def clips(shared_dir):
    return clips_of_balance(shared_dir / "media" / "balance_4cam")


def test_the_reference_lies_before_every_camera_and_in_its_picture(clips):
    assert [clip.camera for clip in clips] == [0, 1, 2, 3]
    for clip in clips:
        (person,) = clip.people
        assert (person.limbs.joints[..., 2] > 1).all()
        assert (person.pixels > 0).all()
        assert (person.pixels < clip.size).all()
        # Upright in the picture, though the cameras are tilted: the shoulders are above the ankles.
        assert np.median(person.limbs.joints[:, 0, 1] - person.limbs.joints[:, 10, 1]) < -0.8


@pytest.mark.slow
def test_mediapipes_known_figures_are_reproduced(clips):
    if not (ROOT / ".venv-peers" / ".ready").is_file():
        pytest.skip("the environment .venv-peers is not there: make benchmark makes it")
    with mediapipe("pose") as peer:
        for clip in clips:
            (found,) = run_mediapipe(peer, "pose", clip).people
            frames, mpjpe, pa_mpjpe = KNOWN[clip.camera + 1]
            result = compare(found.limbs, clip.people[0].limbs, time_offset=frames / 60)
            assert result.mpjpe == pytest.approx(mpjpe, abs=0.6)
            assert result.pa_mpjpe == pytest.approx(pa_mpjpe, abs=0.6)
