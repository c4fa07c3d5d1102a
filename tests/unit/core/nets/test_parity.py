"""Our networks against the LiteRT interpreter on crops of real footage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from understudy.core.nets import load_network
from understudy.core.nets.specs import NETWORKS

Crops = Callable[[str, int], np.ndarray]
LiteRT = Callable[[str], Callable[[np.ndarray], dict[str, np.ndarray]]]

# Largest difference allowed for any value of an output: pixels, metres, probabilities or logits; per column for the
# body, whose depth is less well conditioned (on the worst crop LiteRT is 0.014 px off a float64 run, ours 0.0014).
BODY_COLUMNS = (0.01, 0.01, 0.05, 0.005, 0.005)
TOLERANCES = {
    "pose_detection": {"boxes": 0.01, "scores": 0.005},
    "pose_landmark_full": {"raw_landmarks": BODY_COLUMNS, "presence": 1e-4, "world_landmarks": 1e-3, "heatmap": 0.01},
    "palm_detection_full": {"boxes": 0.01, "scores": 0.005},
    "hand_landmark_full": {"landmarks": 0.01, "presence": 1e-4, "handedness": 1e-4, "world_landmarks": 1e-4},
    "face_landmark": {"landmarks": 0.01, "presence": 0.005},
}


def worst_differences(name: str, crops: np.ndarray, litert: LiteRT) -> dict[str, np.ndarray]:
    """Largest absolute difference of each output, per column where ``TOLERANCES`` gives one per column."""
    network = load_network(name, outputs=tuple(TOLERANCES[name]))
    ours = network.predict(crops)
    worst: dict[str, np.ndarray] = {}
    for i, crop in enumerate(crops):
        theirs = litert(name)(crop)
        for output, tolerance in TOLERANCES[name].items():
            difference = np.abs(ours[output][i] - theirs[output])
            largest = difference.max(0) if np.ndim(tolerance) else difference.max()
            worst[output] = np.maximum(worst.get(output, 0.0), largest)
    return worst


def assert_parity(name: str, crops: np.ndarray, litert: LiteRT) -> None:
    worst = worst_differences(name, crops, litert)
    print(name, len(crops), worst)  # shown with -s: the figures of record
    over = {output: value for output, value in worst.items() if not np.all(value <= np.array(TOLERANCES[name][output]))}
    assert not over, f"{name}: largest differences {over}, allowed {TOLERANCES[name]}"


@pytest.mark.parametrize("name", NETWORKS)
def test_parity_on_24_crops(name: str, real_crops: Crops, litert: LiteRT) -> None:
    assert_parity(name, real_crops(name, 24), litert)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_parity_on_200_crops(name: str, real_crops: Crops, litert: LiteRT) -> None:
    assert_parity(name, real_crops(name, 200), litert)


def test_landmarks_are_drawn_to_the_heatmap_by_default(real_crops: Crops) -> None:
    crops = real_crops("pose_landmark_full", 24)[:3]
    refined = load_network("pose_landmark_full").predict(crops)
    assert set(refined) == {"landmarks", "presence", "world_landmarks"}
    raw = load_network("pose_landmark_full", outputs=("raw_landmarks",)).predict(crops)["raw_landmarks"]
    shift = np.linalg.norm(refined["landmarks"][..., :2] - raw[..., :2], axis=-1)
    assert 0.2 < np.median(shift) < 5
    np.testing.assert_allclose(refined["landmarks"][..., 2:], raw[..., 2:], atol=1e-3)


def test_the_answer_does_not_depend_on_the_batch(real_crops: Crops) -> None:
    """Batches of 1, 2 (no slices), 5 (slices of 2, one left over) and all."""
    crops = real_crops("hand_landmark_full", 24)[:9]
    network = load_network("hand_landmark_full")
    answers = [network.predict(crops, batch)["landmarks"] for batch in (1, 2, 5, 9)]
    for answer in answers[1:]:
        np.testing.assert_allclose(answer, answers[0], atol=2e-3)


def test_uint8_and_float_crops_mean_the_same_and_stay_unchanged(real_crops: Crops) -> None:
    crops = real_crops("hand_landmark_full", 24)[:2]
    network = load_network("hand_landmark_full")
    as_float = crops.astype(np.float32)
    before = as_float.copy()
    np.testing.assert_allclose(network.predict(as_float)["landmarks"], network.predict(crops)["landmarks"], atol=1e-4)
    np.testing.assert_array_equal(as_float, before)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.usefixtures("pulled")
def test_no_images_give_empty_arrays_and_wrong_sizes_are_refused(name: str) -> None:
    network = load_network(name)
    size = network.spec.size
    empty = network.predict(np.zeros((0, size, size, 3), np.uint8))
    assert {key: value.shape for key, value in empty.items()} == {
        key: (0, *network.spec.output(key).shape) for key in network.spec.default_outputs
    }
    with pytest.raises(ValueError, match=str(size)):
        network.predict(np.zeros((1, size + 1, size, 3), np.uint8))
    with pytest.raises(KeyError, match="known"):
        load_network(name, outputs=("nothing",))


@pytest.mark.usefixtures("pulled")
def test_unneeded_outputs_cost_nothing() -> None:
    whole = load_network("pose_landmark_full")
    assert len(load_network("pose_landmark_full", outputs=("presence",)).body.ops) < len(whole.body.ops)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", NETWORKS)
def test_cuda_agrees_with_the_cpu(name: str, real_crops: Crops) -> None:
    crops = real_crops(name, 24)
    names = tuple(TOLERANCES[name])
    ours, theirs = (load_network(name, device, outputs=names).predict(crops) for device in ("cuda", "cpu"))
    for output, tolerance in TOLERANCES[name].items():
        assert np.all(np.abs(ours[output] - theirs[output]) <= np.array(tolerance)), output


def test_handedness_is_high_for_the_persons_right_hand(real_crops: Crops) -> None:
    """The crops alternate between the body network's left and right arm; the pictures are not mirrored."""
    crops = real_crops("hand_landmark_full", 24)
    network = load_network("hand_landmark_full")
    found, mirrored = network.predict(crops), network.predict(crops[:, :, ::-1])
    sure = found["presence"][:, 0] > 0.5
    assert sure.sum() >= 5
    left, right = (found["handedness"][side::2][sure[side::2]] for side in (0, 1))
    assert np.median(left) < 0.3 < 0.7 < np.median(right)
    assert np.corrcoef(found["handedness"][sure, 0], mirrored["handedness"][sure, 0])[0, 1] < -0.5
