"""The whole of perception on real footage; needs the networks' files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from understudy.core.errors import ModelsMissingError
from understudy.core.skeleton import KEYPOINT_INDEX, LEFT_HAND_KEYPOINTS
from understudy.core.track.identity import link
from understudy.core.track.perceive import PerceptionNets, load_perception, perceive_chunk
from understudy.core.track.state import PerceptionState
from understudy.core.track.tracklets import Tracklet
from understudy.core.video.reader import read_chunks


@pytest.fixture(scope="module")
def nets() -> PerceptionNets:
    try:
        return load_perception("cpu")
    except ModelsMissingError as error:
        pytest.skip(str(error))


def perceive(
    path: Path, nets: PerceptionNets, chunk_frames: int, end: float, through_file: Path | None = None
) -> tuple[list[Tracklet], np.ndarray]:
    state, parts, times = PerceptionState(), [], []
    for chunk in read_chunks(path, end=end, chunk_frames=chunk_frames, warn=lambda text: None):
        found, _, state = perceive_chunk(chunk, nets, state)
        if through_file is not None:
            np.savez(through_file, **state.to_arrays())
            with np.load(through_file, allow_pickle=False) as arrays:
                state = PerceptionState.from_arrays(arrays)
        parts += found
        times.append(chunk.timestamps)
    return parts, np.concatenate(times)


@pytest.fixture(scope="module")
def clip(shared_dir: Path) -> Path:
    path = shared_dir / "media/sign/please.mkv"
    if not path.exists():
        pytest.skip("sign/please.mkv is not there")
    return path


@pytest.mark.slow
def test_signer_with_both_hands_across_chunks(clip: Path, nets: PerceptionNets, tmp_path: Path) -> None:
    parts, times = perceive(clip, nets, 10, 0.8)
    (person,) = link(parts, len(times), times)
    assert person.present.all()
    nose = person.keypoints2d[:, KEYPOINT_INDEX["nose"]]
    assert np.hypot(*np.diff(nose, axis=0).T).max() < 12, "a seam between chunks"
    assert (person.confidence[:, LEFT_HAND_KEYPOINTS].max(1) > 0.5).mean() > 0.95
    # Left is the signer's left: on the right of the picture.
    assert (person.keypoints2d[:, 11, 0] > person.keypoints2d[:, 12, 0]).all()
    wrist = KEYPOINT_INDEX["left_wrist"]
    hand = KEYPOINT_INDEX["left_hand_wrist"]
    side = (person.boxes[:, 3] - person.boxes[:, 1]).mean()
    apart = np.hypot(*(person.keypoints2d[:, wrist] - person.keypoints2d[:, hand]).T)
    assert np.nanmedian(apart) < 0.06 * side
    np.testing.assert_allclose(person.keypoints3d[:, hand][person.confidence[:, hand] > 0], 0, atol=1e-6)
    # Through files and back, as a resumed capture goes, nothing changes.
    again, _ = perceive(clip, nets, 10, 0.8, tmp_path / "state.npz")
    for a, b in zip(parts, again, strict=True):
        for name, values in a.to_arrays().items():
            np.testing.assert_array_equal(values, getattr(b, name), err_msg=name)


@pytest.mark.slow
def test_empty_scene_has_nobody(nets: PerceptionNets) -> None:
    from understudy.core.video.source import FrameChunk

    rng = np.random.default_rng(1)
    images = [rng.integers(90, 110, (240, 320, 3), np.uint8) for _ in range(4)]
    found, detections, state = perceive_chunk(FrameChunk(0, np.arange(4) / 30, images), nets)
    assert found == [] and state.next_frame == 4 and set(detections) == {0}
